"""`jackfield test` and `jackfield health`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import complete_connection, show_option, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("test")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_connection)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@show_option
@with_session
def test(session: Session, names: tuple[str, ...], as_json: bool) -> int:
    """Ask each connection one small question.

    It shows that the whole way works, and may cost what a question costs. `jackfield health` costs nothing.
    """
    from jackfield_cli._checks import test as work

    return work(session, names, as_json=as_json)


@click.command("health")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_connection)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@show_option
@with_session
def health(session: Session, names: tuple[str, ...], as_json: bool) -> int:
    """Look whether each connection's remote answers. Never a paid call."""
    from jackfield_cli._checks import health as work

    return work(session, names, as_json=as_json)


COMMANDS: Final = {"test": test, "health": health}
