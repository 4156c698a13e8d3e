"""`jackfield login` and `logout`: a person logs in, in a window of the provider's own, and out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import complete_connection, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("login")
@click.argument("name", shell_complete=complete_connection)
@with_session
def login(session: Session, name: str) -> int:
    """Log in yourself, in a window that opens.

    The login is kept for connection NAME. It is for providers that drive a page in a browser: where a
    password alone is not enough, or you would rather not give one.
    """
    from jackfield_cli._login import login as work

    return work(session, name)


@click.command("logout")
@click.argument("name", shell_complete=complete_connection)
@with_session
def logout(session: Session, name: str) -> int:
    """Delete everything that is kept of a connection's logins.

    Credentials in the keyring or in files, saved sessions, cookies, the browser profile: it says what it
    deleted. Nothing is opened and no remote is told.
    """
    from jackfield_cli._logout import logout as work

    return work(session, name)


COMMANDS: Final = {"login": login, "logout": logout}
