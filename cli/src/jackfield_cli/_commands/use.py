"""`jackfield use`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import complete_name, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("use")
@click.argument("name", metavar="[NAME[:MODEL]]", required=False, shell_complete=complete_name)
@click.option("--none", "nobody", is_flag=True, help="Ask nobody by default.")
@with_session
def use(session: Session, name: str | None, nobody: bool) -> None:
    """Choose who is asked when nobody is named.

    Written into jackfield.toml as `default`. Without a name it is printed.

    \b
    jackfield use work
    jackfield use work:big                             that connection, and that model
    """  # noqa: D301  click's mark
    from jackfield_cli._default import use as work

    work(session, name, nobody=nobody)


COMMANDS: Final = {"use": use}
