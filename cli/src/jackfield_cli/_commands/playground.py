"""`jackfield playground`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("playground")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The first stand-in's port, the others having those that follow; free ones by default.",
)
@click.option("--env", is_flag=True, help="Print only what a shell evaluates, and leave standard output.")
@click.option("--scripted", is_flag=True, help="Let the scripted responder answer, even if a model is there.")
@with_session
def playground(session: Session, port: int, env: bool, scripted: bool) -> int:
    """Serve stand-ins of the remotes on this machine.

    Until Ctrl-C. Prints their addresses and the commands to try them with, in another terminal. In this one:

    \b
    eval "$(jackfield playground --env &)"
    jackfield send codegen_api "What is a jackfield?"
    kill $JACKFIELD_PLAYGROUND_PID
    """  # noqa: D301  click's mark
    from jackfield_cli._playground import playground as work

    return work(session, port=port, scripted=scripted, env=env)


COMMANDS: Final = {"playground": playground}
