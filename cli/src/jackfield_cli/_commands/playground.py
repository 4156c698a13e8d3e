"""`jackfield playground`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("playground")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; a free one by default.")
@click.option("--scripted", is_flag=True, help="Let the scripted responder answer, even if a model is there.")
@with_session
def playground(session: Session, port: int, scripted: bool) -> int:
    """Serve stand-ins of the remotes on this machine.

    Until Ctrl-C. Prints their addresses and the commands to try them with, in another terminal.
    """
    from jackfield_cli._playground import playground as work

    return work(session, port=port, scripted=scripted)


COMMANDS: Final = {"playground": playground}
