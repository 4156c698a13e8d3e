"""`jackfield config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import complete_key, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.group("config")
def config() -> None:
    """Look into jackfield.toml, and change it."""


@config.command("path")
@with_session
def path(session: Session) -> None:
    """Print where jackfield.toml is, or would be."""
    print(session.path)  # noqa: T201


@config.command("get")
@click.argument("key", required=False, shell_complete=complete_key)
@with_session
def get(session: Session, key: str | None) -> None:
    """Print the value of a key; without one, the whole file.

    A text is printed as it is, anything else as TOML.

    \b
    jackfield config get connections.work.org_id
    """  # noqa: D301  click's mark
    from jackfield_cli._config_file import get as work

    work(session, key)


@config.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key", shell_complete=complete_key)
@click.argument("value")
@with_session
def set_(session: Session, key: str, value: str) -> None:
    """Set a key. Comments and order stay.

    A VALUE is read as TOML (323, true, ["a", "b"]), and as text if it is none. What the file would say then
    is checked before anything is written.

    \b
    jackfield config set connections.work.org_id 323
    jackfield config set aliases.smart work:big
    """  # noqa: D301  click's mark
    from jackfield_cli._config_file import set_ as work

    work(session, key, value)


@config.command("edit")
@with_session
def edit(session: Session) -> None:
    """Open jackfield.toml in your editor; check it afterwards.

    The editor is VISUAL or EDITOR, else one that is there.
    """
    from jackfield_cli._config_file import edit as work

    work(session)


COMMANDS: Final = {"config": config}
