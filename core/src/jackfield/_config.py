"""`jackfield.toml`: connections as data.

    default = "work"

    [connections.work]
    provider = "codegen_api"
    org_id = 323

    [aliases]
    smart = "work:codegen-premium"

    [choices.any]
    fallback = ["work", "claude"]

Everything but `provider` is an option of the provider. Secrets do not belong here. An alias and a choice are
names for connections, to be asked by.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from ._exceptions import ConfigError
from ._names import near_names
from ._provider import CREDENTIALS, is_provider_name
from ._targets import ChoiceConfig, check_name, resolve
from ._values import frozen_mapping

_VARIABLE: Final = "JACKFIELD_CONFIG"
_TABLES: Final = ("connections", "middleware", "aliases", "choices", "default")
_FALLBACK: Final = "fallback"
_CHOICES: Final = (
    "Whom to ask one after another is written [choices.NAME] and "
    'fallback = ["CONNECTION", "CONNECTION:MODEL"].'
)
_REPEATED: Final = re.compile(r"'[^']{2,}'|\"[^\"]{2,}\"|\(.*\)")
"""What a reason may repeat of the text: keys and values. What was expected is one character."""
_TEACHES: Final = {
    "aliases": 'Another name is written [aliases] and NAME = "CONNECTION:MODEL".',
    **dict.fromkeys(("choices", "choice", "fallback", "fallbacks", "first_of"), _CHOICES),
}


@attrs.frozen
class ConnectionConfig:
    """One connection as the file describes it.

    Attributes:
        name: The connection's name.
        provider: The provider's name; the connection's own when the file does not tell.
        options: The provider's options.
    """

    name: str
    provider: str
    options: Mapping[str, Any] = attrs.field(factory=dict, converter=frozen_mapping, repr=False)


@attrs.frozen
class Config:
    """What a `jackfield.toml` says.

    Attributes:
        connections: The connections, in the file's order.
        middleware: The plugins of the group `jackfield.middleware` to load.
        choices: The other names to ask by: the aliases and then the choices, in the file's order.
        default: Whom a person means who names nobody; None when the file does not say.
    """

    connections: tuple[ConnectionConfig, ...] = ()
    middleware: tuple[str, ...] = ()
    choices: tuple[ChoiceConfig, ...] = ()
    default: ChoiceConfig | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Config:
        """Return what *data* says, which is a configuration file's TOML as it was read.

        Raises:
            ConfigError: It says something unknown.
        """
        tables, middleware = data.get("connections", {}), data.get("middleware", [])
        for name in data:
            if name not in _TABLES:
                hint = _TEACHES.get(name) or near_names(name, _TABLES)
                raise ConfigError(f"unknown table {name!r}", hint=hint)
        if not isinstance(tables, dict):
            raise ConfigError("'connections' must be a table of connections: [connections.NAME]")
        if not (isinstance(middleware, list) and all(isinstance(name, str) for name in middleware)):
            raise ConfigError("'middleware' must be a list of names")
        connections = tuple(_connection(name, table) for name, table in tables.items())
        names = [entry.name for entry in connections]
        choices = _choices(data, names)
        return cls(connections, tuple(middleware), choices, _default(data, names, choices))


def config_path() -> Path:
    """Return the place of the configuration file.

    `JACKFIELD_CONFIG`, or `jackfield/jackfield.toml` in `XDG_CONFIG_HOME`, which is `~/.config` by default. A
    variable that is empty counts as not set, as for every program that follows the XDG rules.

    Raises:
        ConfigError: The user has no home directory, and no variable names another place.
    """
    try:
        if named := os.environ.get(_VARIABLE):
            return Path(named).expanduser()
        home = os.environ.get("XDG_CONFIG_HOME")
        return (Path(home) if home else Path.home() / ".config") / "jackfield" / "jackfield.toml"
    except RuntimeError:
        raise ConfigError(
            "there is no place for a configuration file: this user has no home directory",
            hint=f"Set HOME or XDG_CONFIG_HOME, or {_VARIABLE} to the file.",
        ) from None


def load_config(path: str | Path | None = None) -> Config:
    """Read a configuration file.

    Args:
        path: The file; None for `config_path()`, which may be missing.

    Raises:
        ConfigError: The file is missing though it was named, is no TOML, or says something unknown; or
            anybody may write it.
    """
    import tomllib

    is_named = path is not None or bool(os.environ.get(_VARIABLE))
    try:
        file = Path(path) if path is not None else config_path()
    except ConfigError:
        if is_named:
            raise
        return Config()
    try:
        data = tomllib.loads(_read(file).decode("utf-8-sig"))
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        if not is_named and (is_missing or not _can_be_seen(file)):
            return Config()
        if is_missing:
            raise ConfigError(f"there is no configuration file {str(file)!r}") from None
        raise ConfigError(f"the configuration file {str(file)!r} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"the configuration file {str(file)!r} is not valid TOML: {_what_is_wrong(error)}"
        ) from None
    try:
        return Config.from_data(data)
    except ConfigError as error:
        raise ConfigError(f"{str(file)!r}: {error.message}", hint=error.hint) from None


def _read(file: Path) -> bytes:
    """Return what *file* holds. It says where credentials go, so it is refused where anybody may write it."""
    with file.open("rb") as opened:
        mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
        # Windows has other rights, and tells these of every file.
        if os.name == "posix" and mode & stat.S_IWOTH:
            raise ConfigError(
                f"the configuration file {str(file)!r} is refused: anybody may write it (mode {mode:04o})",
                hint=f"Look whether it says what you wrote, then: chmod o-w {shlex.quote(str(file))}",
            )
        return opened.read()


def _can_be_seen(file: Path) -> bool:
    """Whether the folders above *file* may be entered. A service's home may be somebody else's."""
    try:
        file.stat()
    except OSError:
        return False
    return True


def _what_is_wrong(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a text of TOML, and where; nothing of the text, which may be a secret."""
    if isinstance(error, UnicodeDecodeError):
        return f"the byte at {error.start} is not valid UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    reason, place, where = str(error).rpartition(" (at ")
    return f"{_REPEATED.sub('…', reason)}{place}{where}" if place else "a number in it is too long"


def _default(
    data: Mapping[str, Any], connections: Collection[str], choices: Collection[ChoiceConfig]
) -> ChoiceConfig | None:
    default = data.get("default")
    if default is None:
        return None
    if not isinstance(default, str):
        raise ConfigError("'default' must be a text", hint='Write it default = "CONNECTION:MODEL".')
    written = {one.name: [str(target) for target in one.targets] for one in choices}
    return ChoiceConfig(default, resolve("default", {**written, "default": [default]}, connections))


def _choices(data: Mapping[str, Any], connections: Collection[str]) -> tuple[ChoiceConfig, ...]:
    taken = dict.fromkeys(connections, "a connection")
    written: dict[str, Sequence[str]] = {}
    for table, kind, asked_by in (("aliases", "an alias", _alias), ("choices", "a choice", _fallback)):
        entries = data.get(table, {})
        if not isinstance(entries, dict):
            raise ConfigError(f"{table!r} must be a table", hint=_TEACHES[table])
        for name, entry in entries.items():
            check_name(name, taken)
            written[name], taken[name] = asked_by(name, entry), kind
    return tuple(ChoiceConfig(name, resolve(name, written, connections)) for name in written)


def _alias(name: str, target: Any) -> Sequence[str]:
    if not isinstance(target, str):
        hint = _TEACHES["choices"] if isinstance(target, list) else _TEACHES["aliases"]
        raise ConfigError(f"the alias {name!r} must be a text", hint=hint)
    return [target]


def _fallback(name: str, entry: Any) -> Sequence[str]:
    if not isinstance(entry, dict):
        raise ConfigError(f"the choice {name!r} must be a table: [choices.{name}]", hint=_TEACHES["choices"])
    for key in entry:
        if key != _FALLBACK:
            raise ConfigError(f"the choice {name!r} has an unknown key {key!r}", hint=_TEACHES["choices"])
    fallback = entry.get(_FALLBACK)
    if not isinstance(fallback, list):
        raise ConfigError(f"the choice {name!r} needs a list {_FALLBACK!r}", hint=_TEACHES["choices"])
    return fallback


def _connection(name: str, table: Any) -> ConnectionConfig:
    if not is_provider_name(name):
        raise ConfigError(
            f"connection name {name!r} is not usable",
            hint="Use lower-case letters, digits, '_' and '-', at most 64.",
        )
    if not isinstance(table, dict):
        raise ConfigError(f"connection {name!r} must be a table: [connections.{name}]")
    options = dict(table)
    provider = options.pop("provider", name)
    if not isinstance(provider, str):
        raise ConfigError(f"connection {name!r}: 'provider' must be a provider's name")
    for secret in {field for fields in CREDENTIALS.values() for field in fields} & set(options):
        raise ConfigError(
            f"connection {name!r}: {secret!r} is a secret and does not belong in a configuration file",
            hint=f"Remove it, and store it with `jackfield auth set {name}`.",
        )
    return ConnectionConfig(name, provider, options)
