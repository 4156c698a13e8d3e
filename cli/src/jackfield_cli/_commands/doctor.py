"""`jackfield doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("doctor")
@with_session
def doctor(session: Session) -> int:
    """Look at the installation and say what is wrong with it.

    Python, the core, every provider (each is loaded), jackfield.toml, where credentials are kept and come
    from, permissions, the playground, the terminal. Nothing is sent. Exits with 1 when something is wrong.
    """
    from jackfield_cli._doctor import doctor as work

    return work(session)


COMMANDS: Final = {"doctor": doctor}
