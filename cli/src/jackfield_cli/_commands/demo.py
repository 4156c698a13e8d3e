"""`jackfield demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("demo")
@click.option("--scripted", is_flag=True, help="Let the scripted responder answer, even if a model is there.")
@with_session
def demo(session: Session, scripted: bool) -> int:
    """Show everything, without an account.

    Starts the playground on this machine, finds the installed providers, asks an API and chat pages in a
    browser side by side, streams an answer, stops one and takes it up again, lets a server die under
    another, talks over two turns, shows health and statistics, and leaves nothing running. Where there is no
    browser the pages are left out, and how to get one is said. Nothing leaves this machine.
    """
    from jackfield_cli._demo import demo as work

    return work(session, scripted=scripted)


COMMANDS: Final = {"demo": demo}
