"""`jackfield rename`: another name for a connection, in the file and wherever the old name was kept.

Law: what is written is compared with what was meant. The headings of the file are changed as text, so that
every comment stays; that is safe because the result is read again and has to say the same under the new name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import tomlkit

from jackfield import Config, ConfigError, ConnectionConfig, PluginError, ProviderSpec, prepare

from ._auth import environment_names
from ._editing import document_config, read_document, unknown_connection, write_text
from .credentials import Credentials

if TYPE_CHECKING:
    from ._session import Session


def rename(session: Session, old: str, new: str) -> None:
    """Rename connection *old*; its credentials, its saved session and what asks it follow.

    Raises:
        ConfigError: There is no such connection, the name is taken or cannot be one, or the file is written
            in a way that is not understood here; nothing was changed.
        AuthenticationRequired: The keyring could not be asked for the credentials; nothing was changed.
    """
    config = document_config(session)
    found = {entry.name: entry for entry in config.connections}
    if old not in found:
        raise unknown_connection(session, old, found)
    if new in found or new in {choice.name for choice in config.choices}:
        raise ConfigError(f"there is a {new!r} already in {str(session.path)!r}")
    text = _renamed(tomlkit.dumps(read_document(session)), found[old], new, _added(found[old]))
    credentials = Credentials(session.say)
    context, store = credentials.find(old)
    if credentials.find(new)[0] is not None:
        raise ConfigError(
            f"credentials of {new!r} are stored already, of a connection that was called so",
            hint=f"If nobody needs them: jackfield logout {new}.",
        )
    if context is not None:
        credentials.keep(new, context, to_file=store == credentials.file.title)
    try:
        write_text(session, text)
    except ConfigError:
        credentials.forget(new)
        raise
    session.say(f"Renamed {old} to {new} in {session.path}.")
    if context is not None:
        credentials.forget(old)
        session.say("Its credentials are kept under the new name.")
    _tell_of_the_environment(session, found[old], new)


def _added(entry: ConnectionConfig) -> Mapping[str, Any]:
    """Return what has to be written now because the name said it: the provider, and the saved session."""
    added: dict[str, Any] = {"provider": entry.provider}
    spec = _spec(entry)
    if spec is not None and "session" in attrs.fields_dict(spec.options):
        # The login of a page and its browser profile stay where they are: a browser may be using them.
        added["session"] = entry.name
    return {key: value for key, value in added.items() if entry.options.get(key) is None}


def _spec(entry: ConnectionConfig) -> ProviderSpec | None:
    try:
        return prepare(entry.provider, entry.options, name=entry.name).spec
    except (ConfigError, PluginError):
        return None  # a connection that is wrong, or not installed here, can have another name too


def _renamed(text: str, entry: ConnectionConfig, new: str, added: Mapping[str, Any]) -> str:
    """Return *text* with the connection's name replaced, wherever it stands for the connection."""
    old = entry.name
    wanted = _expected(tomllib.loads(text), old, new, added)
    Config.from_data(wanted)  # tells where the new name cannot be one
    written = f"(?:{re.escape(old)}|\"{re.escape(old)}\"|'{re.escape(old)}')"
    headings = re.compile(rf"^(\s*\[?\s*connections\s*\.\s*){written}(?=\s*[\].])", re.MULTILINE)
    document = tomlkit.parse(headings.sub(rf"\g<1>{new}", text))
    try:
        table: Any = document["connections"]
        for key, value in added.items():
            table[new].setdefault(key, value)
        _follow(document, old, new)
        done = tomlkit.dumps(document)
    except KeyError:
        done = ""
    if not done or tomllib.loads(done) != wanted:
        raise ConfigError(
            f"the connection {old!r} is not written as [connections.{old}], so it is not renamed",
            hint="Rename it yourself: jackfield config edit.",
        )
    return done


def _expected(data: dict[str, Any], old: str, new: str, added: Mapping[str, Any]) -> dict[str, Any]:
    tables = data["connections"]
    data["connections"] = {new if name == old else name: table for name, table in tables.items()}
    data["connections"][new] = {**added, **data["connections"][new]}
    _follow(data, old, new)
    return data


def _follow(data: Any, old: str, new: str) -> None:
    """Have the default, the aliases and the choices ask *new* where they asked *old*."""
    if "default" in data:
        data["default"] = _target(data["default"], old, new)
    for name, target in list(data.get("aliases", {}).items()):
        data["aliases"][name] = _target(target, old, new)
    for choice in data.get("choices", {}).values():
        for number, target in enumerate(choice["fallback"]):
            choice["fallback"][number] = _target(target, old, new)


def _target(target: str, old: str, new: str) -> str:
    name, colon, model = target.partition(":")
    return f"{new}{colon}{model}" if name == old else target


def _tell_of_the_environment(session: Session, entry: ConnectionConfig, new: str) -> None:
    try:
        before = prepare(entry.provider, entry.options, name=entry.name)
        after = prepare(entry.provider, entry.options, name=new)
    except (ConfigError, PluginError):
        return
    if lost := set(environment_names(before)) - set(environment_names(after)):
        session.say(f"The environment's {' and '.join(sorted(lost))} is for the old name, and read no more.")
