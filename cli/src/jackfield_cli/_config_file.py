"""`jackfield config`: one key of the file read or written, and the whole file in an editor."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tomlkit

from jackfield import Config, ConfigError, load_config, near_names, prepare

from ._editing import change, document_config, put, read_document, read_value
from ._editor import edit_file
from ._safe import escape

if TYPE_CHECKING:
    from ._session import Session


def get(session: Session, key: str | None) -> None:
    """Print one value, or the whole file.

    Raises:
        ConfigError: The file says something wrong, or has no such key.
    """
    document_config(session)  # a file with a secret in it is refused, not shown
    found: Any = read_document(session)
    for name in _names(key) if key is not None else ():
        if not isinstance(found, Mapping) or name not in found:
            known = list(found) if isinstance(found, Mapping) else []
            raise ConfigError(f"there is no {key} in {str(session.path)!r}", hint=near_names(name, known))
        found = found[name]
    value = found.unwrap() if hasattr(found, "unwrap") else found
    text = value if isinstance(value, str) else tomlkit.dumps(found) if key is None else _shown(value)
    print(escape(text).rstrip("\n"))  # noqa: T201


def set_(session: Session, key: str, value: str) -> None:
    """Write one value, once what the file says with it was checked.

    Raises:
        ConfigError: The file would say something wrong; nothing was written.
        PluginError: It is an option of a connection whose provider cannot be used; nothing was written.
    """
    document_config(session)
    names = _names(key)

    def check(config: Config) -> None:
        for entry in config.connections:
            if names[:2] == ["connections", entry.name]:
                prepare(entry.provider, entry.options, name=entry.name)

    change(session, lambda data: put(data, names, read_value(value)), check)
    session.say(f"Set {key} in {session.path}.")


def edit(session: Session) -> None:
    """Open the file in the person's editor, then say whether it can be used.

    Raises:
        ConfigError: There is no editor, or the file says something wrong now; it stays as it was saved.
    """
    path = session.path.resolve()
    edit_file(path)
    try:
        for entry in load_config(path).connections:
            prepare(entry.provider, entry.options, name=entry.name)
    except ConfigError as error:
        hint = f"{error.hint} " if error.hint else ""
        raise ConfigError(error.message, hint=f"{hint}Mend it: jackfield config edit.") from None
    session.say(f"{session.path} is in order.")


def _names(key: str) -> Sequence[str]:
    """Return the names of a dotted key, which is written as TOML writes it."""
    try:
        found: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        found = {}
    names: list[str] = []
    while isinstance(found, dict) and len(found) == 1:
        ((name, found),) = found.items()
        names.append(name)
    if found != 0 or not names:
        raise ConfigError(f"{key!r} is no key", hint="A key is written as in connections.work.org_id.")
    return names


def _shown(value: Any) -> str:
    text: str = tomlkit.dumps(value) if isinstance(value, Mapping) else tomlkit.item(value).as_string()
    return text
