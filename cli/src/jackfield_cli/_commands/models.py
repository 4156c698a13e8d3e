"""`jackfield models`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import complete_connection, show_option, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("models")
@click.argument("name", required=False, shell_complete=complete_connection)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@show_option
@with_session
def models(session: Session, name: str | None, as_json: bool) -> None:
    """List the models of a connection, and the names that lead to each."""
    from jackfield_cli._checks import models as work

    work(session, name, as_json=as_json)


COMMANDS: Final = {"models": models}
