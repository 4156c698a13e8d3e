"""`jackfield stats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("stats")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--clear", is_flag=True, help="Forget them.")
@with_session
def stats(session: Session, as_json: bool, clear: bool) -> None:
    """Sum up the requests of this command, for each connection.

    Each request leaves one line in a file that only you can read: when, which connection, how it ended, how
    long it took, tokens where the provider reports them. Never what was asked or answered. The file keeps
    the last few thousand requests. Other programs' requests are not in it.
    """
    from jackfield_cli._journal import show

    show(session, as_json=as_json, clear=clear)


COMMANDS: Final = {"stats": stats}
