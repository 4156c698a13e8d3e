"""Changing `jackfield.toml`, and adding connections to it. Comments and order stay as they are."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import tomlkit
from tomlkit.container import Container, OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Item

from jackfield import (
    Config,
    ConfigError,
    Connection,
    Finding,
    ProviderContext,
    Verdict,
    load_config,
    near_names,
    prepare,
)

from ._auth import STORED_TYPES
from ._private import FILE_MODE, is_there, replace

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session

_FILES: Final = ("site", "ca_file", "browser")
"""Options that may name a file."""

_SECRETS: Final = frozenset(
    name
    for auth_type in ("token", "username_password", "cookies")
    for name in ProviderContext("any", auth_type).missing
)


def add(session: Session, name: str, provider: str, given: Iterable[str]) -> None:
    """Check a connection and write it.

    Raises:
        ConfigError: The name is taken, or an option is wrong; nothing was written.
        PluginError: The provider is not installed or cannot be used; nothing was written.
    """
    if not name:
        raise ConfigError("a connection needs a name", hint="jackfield add NAME --provider P")
    options = parse_options(given, name)
    config = document_config(session)
    if any(entry.name == name for entry in config.connections):
        raise ConfigError(
            f"there is a connection {name!r} already in {str(session.path)!r}",
            hint=f"Remove it first: jackfield remove {name}.",
        )
    if any(choice.name == name for choice in config.choices):
        raise ConfigError(
            f"{name!r} is another name for connections already, in {str(session.path)!r}",
            hint="A name means one thing: give the connection another.",
        )
    options = {key: _from_anywhere(key, value) for key, value in options.items()}
    connection = prepare(provider, options, name=name)
    spec = connection.spec
    _examine(session, connection, options)

    def added(data: Any) -> None:
        put(data, ["connections", name], {"provider": provider, **options})

    change(session, added)
    session.say(f"Added {name} ({spec.title}) to {session.path}.")
    if spec.auth_types.intersection(STORED_TYPES):
        when = "Next" if spec.needs_context else "If it wants credentials"
        session.say(f"{when}: {session.command(f'auth set {name}')}")


def _from_anywhere(key: str, value: Any) -> Any:
    """Return an option's *value*; a file's path as it is from every folder, for it is read from any."""
    if not (isinstance(value, str) and key in _FILES):
        return value
    is_path = key == "ca_file" or value.endswith(".toml") or os.sep in value
    if not (is_path and value):
        return value
    return str(Path(os.path.expanduser(value)).absolute())  # noqa: PTH111  a Path's raises for no user


def _examine(session: Session, connection: Connection, options: Iterable[str]) -> None:
    """Have the provider look at what the options lead to; what else is missing here is told.

    Raises:
        ConfigError: An option leads to nothing, or to what cannot be used.
    """
    from ._doctor import examined

    found: list[Finding] = []

    async def job(_: Interrupts) -> int:
        found.extend(await examined(connection))
        return 0

    if connection.spec.examine is not None and session.run(job):
        raise KeyboardInterrupt
    for finding in found:
        if finding.verdict is not Verdict.WRONG:
            continue
        if any(option == finding.about or finding.told.startswith(option) for option in options):
            raise ConfigError(f"{connection.name}: {finding.told}")
        session.say(f"Missing here: {finding.about}: {finding.told}")


def document_config(session: Session) -> Config:
    """Return what the file that is edited says, which may not be there yet."""
    return load_config(session.path) if is_there(session.path) else Config()


def unknown_connection(session: Session, name: str, known: Iterable[str]) -> ConfigError:
    """Return the error that the file has no connection *name*."""
    return ConfigError(
        f"there is no connection {name!r} in {str(session.path)!r}", hint=near_names(name, known)
    )


def parse_options(given: Iterable[str], name: str) -> dict[str, Any]:
    """Read `key=value` options; a value is TOML, or text when it is none.

    Raises:
        ConfigError: One is not of that form, given twice, or a secret.
    """
    options: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not (equals and key):
            raise ConfigError("an option is given as -o KEY=VALUE", hint="For example: -o org_id=323.")
        if key in _SECRETS:
            raise ConfigError(
                f"{key!r} is a secret and belongs neither on the command line nor in a configuration file",
                hint=f"Store it with `jackfield auth set {name}`, and replace it, now that it was there.",
            )
        if key in options:
            raise ConfigError(f"the option {key!r} is given twice")
        options[key] = read_value(value)
    return options


def read_value(text: str) -> Any:
    """Return what *text* says as a value of TOML, or the text itself when it is none."""
    try:
        found = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return found["value"] if len(found) == 1 else text


def read_document(session: Session) -> tomlkit.TOMLDocument:
    """Return the file as it can be edited: comments and order stay."""
    try:
        # As bytes: reading as text would make every CR LF of the file an LF.
        return tomlkit.parse(session.path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError):
        load_config(session.path)  # tells what is wrong, and where
        raise


def put(data: Any, names: Sequence[str], value: Any) -> None:
    """Put *value* where *names* lead to, in a document or in plain data; missing tables are made.

    Raises:
        ConfigError: They lead through what is no table.
    """
    *tables, last = names
    table = data
    for number, name in enumerate(tables):
        if name not in table:
            # One that holds tables only needs no heading of its own.
            table[name] = {} if _is_plain(table) else tomlkit.table(is_super_table=number < len(tables) - 1)
        table = table[name]
        if not isinstance(table, Mapping):
            raise ConfigError(
                f"{'.'.join(names[: number + 1])} is no table, so it has no {names[number + 1]}"
            )
    table[last] = value


def _is_plain(table: Any) -> bool:
    """Whether a new table in *table* is a plain one: what is written inline holds no other kind."""
    return isinstance(table, InlineTable) or not isinstance(table, Container | Item | OutOfOrderTableProxy)


def change(
    session: Session, edit: Callable[[Any], object], check: Callable[[Config], object] | None = None
) -> None:
    """Change the file by *edit*, which is called with the document and with the plain data of it.

    Before anything is written *check* is called with what the file would say.

    Law: what is written is compared with what was meant, for there are layouts of which an editor that keeps
    comments loses a part.

    Raises:
        ConfigError: It would say something wrong, or lose something; nothing was written.
    """
    document = read_document(session)
    wanted = tomllib.loads(tomlkit.dumps(document))
    edit(wanted)
    config = Config.from_data(wanted)
    if check is not None:
        check(config)
    edit(document)
    text = tomlkit.dumps(document)
    if not _says(text, wanted):
        raise ConfigError(
            f"{str(session.path)!r} is written in a way in which a change here would lose some of it",
            hint="Write it yourself: jackfield config edit.",
        )
    write_text(session, text)


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    # Of the tables that name things the last name may go, and the table with it.
    return {key: value for key, value in found.items() if value != {}} == {
        key: value for key, value in wanted.items() if value != {}
    }


def write_text(session: Session, text: str) -> None:
    """Write the file whole or not at all; who can read it stays as it was."""
    path = session.path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.stat().st_mode) if is_there(path) else FILE_MODE
        replace(path, text, mode)
    except OSError as error:
        raise ConfigError(f"the file {str(path)!r} cannot be written: {error.strerror}") from None
