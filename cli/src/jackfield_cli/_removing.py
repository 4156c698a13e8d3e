"""`jackfield remove`: a connection out of the file, and its logins where the person wants that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from jackfield import Config, ConfigError, ConnectionConfig, JackfieldError, prepare

from ._auth import environment_names
from ._editing import change, document_config, unknown_connection
from ._logout import logout
from ._report import sentence
from .credentials import Credentials

if TYPE_CHECKING:
    from ._session import Session


def remove(session: Session, name: str, *, credentials: bool | None) -> int:
    """Remove a connection; return the exit code.

    Args:
        session: This run.
        name: The connection's name.
        credentials: Whether to delete its logins too; None asks where there are some and somebody to ask.

    Raises:
        ConfigError: There is none of that name, or another name stands for it.
    """
    config = document_config(session)
    _refuse_if_asked(session, config, name)
    known = {entry.name: entry for entry in config.connections}
    if name not in known:
        raise unknown_connection(session, name, known)
    kept = _kept(session, known[name])
    if credentials is None and kept and sys.stdin.isatty():
        credentials = click.confirm(f"There is {kept} of {name}. Delete that too?", default=False, err=True)
    if credentials and (code := logout(session, name)):
        return code  # the connection stays, by whose name it can be tried again
    change(session, lambda data: data["connections"].pop(name))
    session.say(f"Removed {name} from {session.path}.")
    if kept and not credentials:
        session.say(f"Kept {kept} of {name}. To delete that too: {_way_out(name, known[name], kept)}")
    return 0


def _refuse_if_asked(session: Session, config: Config, name: str) -> None:
    if config.default is not None and name in {target.connection for target in config.default.targets}:
        raise ConfigError(
            f"{name!r} is the default", hint="Choose another first, or none: jackfield use --none."
        )
    for choice in config.choices:
        if name in {target.connection for target in choice.targets}:
            raise ConfigError(
                f"{choice.name!r} in {str(session.path)!r} asks {name!r}",
                hint=f"Take {name} out of [aliases] and [choices] first.",
            )


_SAVED_LOGIN = "a saved login"


def _kept(session: Session, entry: ConnectionConfig) -> str:
    """Return in words what is kept of a connection's logins; empty where that is nothing."""
    try:
        context, store = Credentials().find(entry.name)
        if context is not None:
            return f"the {' and the '.join(context.credentials)} in {store}"
        connection = prepare(entry.provider, entry.options, name=entry.name)
        if not environment_names(connection) and connection.login.known() is not None:
            return _SAVED_LOGIN
    except JackfieldError as error:
        session.say(f"Whether credentials are kept could not be looked at: {sentence(error)}")
    return ""


def _way_out(name: str, entry: ConnectionConfig, kept: str) -> str:
    # Only the provider can find a login of its own, and it is reached by a connection.
    again = f"jackfield add {name} --provider {entry.provider} && " if kept == _SAVED_LOGIN else ""
    return f"{again}jackfield logout {name}"
