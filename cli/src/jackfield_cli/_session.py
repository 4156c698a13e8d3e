"""What every command works with: where it reads its settings, and where it speaks."""

from __future__ import annotations

import functools
import json
import logging
import os
import shlex
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import (
    ChoiceConfig,
    Config,
    ConfigError,
    ConnectionConfig,
    PluginError,
    ProviderSpec,
    Target,
    config_path,
    load_config,
    near_names,
    prepare,
    providers,
)

from ._installed import index_command
from ._safe import escape
from ._streams import console

if TYPE_CHECKING:
    from rich.console import Console

    from ._running import Interrupts

_BACKENDS: Final = ("asyncio", "trio")
_EVERYTHING: Final = 2
"""How often -v is given for the logs of other libraries."""


@attrs.define(eq=False)
class Session:
    """One run of the command.

    Attributes:
        config_file: The configuration file that was named, or None for the usual one.
        backend: The event loop: `asyncio` or `trio`.
        show: Whether connections get a window.
        color: `auto`, `always` or `never`.
        is_logged: Whether what is asked goes into the log, where the person wants one.
    """

    config_file: str | None = None
    backend: str = "asyncio"
    show: bool = False
    color: str = "auto"
    is_logged: bool = True

    @classmethod
    def start(
        cls,
        *,
        config: str | None,
        verbose: int = 0,
        backend: str | None,
        show: bool = False,
        color: str = "auto",
    ) -> Session:
        """Make the session that the common options ask for; *verbose* says how much is logged.

        Raises:
            ConfigError: The event loop is not known or not installed.
        """
        if verbose:
            import jackfield

            handler = jackfield.configure_logging(logging.DEBUG)
            if verbose < _EVERYTHING:
                handler.addFilter(_is_ours)
        backend = backend or os.environ.get("JACKFIELD_BACKEND") or "asyncio"
        if backend not in _BACKENDS:
            raise ConfigError(f"JACKFIELD_BACKEND is {backend!r}", hint=near_names(backend, _BACKENDS))
        if backend == "trio":
            _require_trio()
        return cls(config, backend, show, color)

    @property
    def path(self) -> Path:
        """The configuration file, there or not."""
        return Path(self.config_file) if self.config_file else config_path()

    @functools.cached_property
    def config(self) -> Config:
        """What the configuration file says; a `ConfigError` when it is wrong."""
        return load_config(self.config_file)

    @functools.cached_property
    def out(self) -> Console:
        """Standard output, for people."""
        return console(sys.stdout, self.color)

    @functools.cached_property
    def err(self) -> Console:
        """Standard error, for people."""
        return console(sys.stderr, self.color)

    @property
    def is_seen(self) -> bool:
        """Whether somebody looks at standard output; no variable can make a pipe a terminal."""
        return sys.stdout.isatty()

    def command(self, words: str) -> str:
        """Return what to type to run the command *words* as this run is: with the file that was named."""
        named = f" --config {shlex.quote(self.config_file)}" if self.config_file else ""
        return f"jackfield {words}{named}"

    def say(self, text: str) -> None:
        """Tell a person something beside the answer, on standard error."""
        print(escape(text), file=sys.stderr, flush=True)  # noqa: T201

    def remark(self, text: str) -> None:
        """Tell a person what only some want to know, on standard error and without emphasis."""
        from rich.text import Text

        self.err.print(Text(escape(text), style="dim"), soft_wrap=True)

    def run(self, job: Callable[[Interrupts], Awaitable[int]]) -> int:
        """Run an asynchronous job; see `_running.run`."""
        from ._running import run

        return run(job, backend=self.backend)

    @property
    def configured(self) -> dict[str, ConnectionConfig]:
        """The connections of the configuration file, by name."""
        return {entry.name: entry for entry in self.config.connections}

    def connection(self, name: str | None) -> ConnectionConfig:
        """Return a connection: a configured one, or else the provider *name* with what its environment says.

        Without a name it is the default, or the only configured connection. An alias is the connection
        that it stands for.

        Raises:
            ConfigError: There is none of that name, or none or several to choose from; or a window is wanted
                and its provider has none.
        """
        targets = self.asked(name).targets
        if len(targets) > 1:
            raise ConfigError(
                f"{name} stands for {', '.join(map(str, targets))}, and this takes one connection",
                hint="Name one of them.",
            )
        found = self._found(targets[0].connection)
        return with_window(found) if self.show else found

    def connections(self, names: Iterable[str]) -> list[ConnectionConfig]:
        """Return the connections that *names* stand for, each once; errors as for `connection`."""
        targets = (target for name in names for target in self.asked(name).targets)
        return [self.connection(name) for name in dict.fromkeys(target.connection for target in targets)]

    def asked(self, name: str | None) -> ChoiceConfig:
        """Return whom a name stands for: a choice's or an alias's targets, or the one connection itself.

        Raises:
            ConfigError: There is none of that name, or none or several to choose from.
        """
        if name is None and self.config.default is not None:
            # By its connection's own name: an answer is shown under it.
            return attrs.evolve(self.config.default, name=self.config.default.name.partition(":")[0])
        if name in self.choices:
            return self.choices[name]
        found = self._found(name).name
        return ChoiceConfig(found, (Target(found),))

    @property
    def choices(self) -> dict[str | None, ChoiceConfig]:
        """The choices and aliases of the configuration file, by name."""
        return {entry.name: entry for entry in self.config.choices}

    def _found(self, name: str | None) -> ConnectionConfig:
        configured = self.configured
        if name is None:
            return _only(configured, self.choices)
        if name in configured:
            return configured[name]
        installed = {found.name for found in providers()}
        if name in installed:
            return ConnectionConfig(name, name)
        raise ConfigError(
            f"there is no connection {name!r}, and no installed provider of that name",
            hint=near_names(name, {*configured, *installed, *(entry.name for entry in self.config.choices)}),
        )

    def is_connection(self, name: str) -> bool:
        """Whether *name* is a connection, another name for one or several, or an installed provider."""
        try:
            self.asked(name)
        except ConfigError:
            return False
        return True


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a line is one of ours, or one that somebody should look at: libraries log every byte's way."""
    return record.name.partition(".")[0] == "jackfield" or record.levelno >= logging.WARNING


def has_window(spec: ProviderSpec) -> bool:
    """Whether a provider has a window that can be shown."""
    return "show" in attrs.fields_dict(spec.options)


def with_window(entry: ConnectionConfig) -> ConnectionConfig:
    """Return *entry* with the option that shows its provider's window.

    Raises:
        ConfigError: Its provider has none.
    """
    spec = prepare(entry.provider, entry.options, name=entry.name).spec
    if not has_window(spec):
        raise ConfigError(
            f"{entry.name} has no window to show: {spec.name} drives no page in a browser",
            hint="Leave --show out.",
        )
    options = {name: value for name, value in entry.options.items() if name != "headless"}
    return attrs.evolve(entry, options={**options, "show": True})


def without_waiting(entry: ConnectionConfig) -> ConnectionConfig:
    """Return *entry* as it looks at its account only where no other program has it just now."""
    try:
        spec = prepare(entry.provider, entry.options, name=entry.name).spec
    except (ConfigError, PluginError):
        return entry  # opening it tells what is wrong with it
    waits = "turn_timeout" in attrs.fields_dict(spec.options) and "turn_timeout" not in entry.options
    return attrs.evolve(entry, options={**entry.options, "turn_timeout": 0}) if waits else entry


def _only(configured: Mapping[str, ConnectionConfig], choices: Iterable[object]) -> ConnectionConfig:
    if len(configured) == 1:
        return next(iter(configured.values()))
    if configured:
        there = ", ".join(map(str, (*configured, *choices)))
        raise ConfigError(
            f"which connection? There are {there}",
            hint="Name one, or choose one for good: jackfield use NAME.",
        )
    names = ", ".join(dict.fromkeys(found.name for found in providers())) or "none"
    raise ConfigError(
        "there is no connection yet",
        hint=f"Add one with `jackfield add NAME --provider P`; installed providers: {names}. "
        "Or look at `jackfield demo` first.",
    )


def _require_trio() -> None:
    try:
        import trio  # noqa: F401
    except ImportError:
        raise ConfigError("trio is not installed", hint=index_command("trio")) from None


def json_line(value: Mapping[str, Any]) -> str:
    """Return *value* as one line of JSON in ASCII, which carries no control character."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    return str(value)
