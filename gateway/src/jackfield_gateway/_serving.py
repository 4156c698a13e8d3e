"""What `jackfield serve` does: open connections, say where the door is, and close in order.

Law: a signal stops accepting first; requests under way get their time, then everything is closed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import anyio
import attrs

from jackfield import (
    Config,
    ConfigError,
    ConnectionConfig,
    JackfieldError,
    ProviderManager,
    ProviderType,
    configure_logging,
    load_config,
    near_names,
    prepare,
)

from ._budget import Budget
from ._collector import rare_collections
from ._gateway import Gateway
from ._note import Note, note_beside, noted
from ._server import serve
from ._settings import GatewaySettings
from ._store import store_beside
from ._token import Token, read_token

_OWN: Final = "own"
_DOORS: Final = "jackfield.doors"
_OWN_ACCOUNT: Final = (
    "acts as the person whose account it is, in conversations that they can see, and some sites' terms "
    "forbid programs to"
)


@attrs.frozen(kw_only=True)
class Serving:
    """One run of the command.

    Attributes:
        aliases: Names that clients know, to whom they mean.
        token_file: The file that keeps the token.
        guests: Further tokens by their names, each with the connections that it reaches.
        per_minute: How many questions a token may ask within a minute, by its name; `own` is the first one's.
        budgets: How many tokens of models a token may spend, by its name.
        config: The configuration file; None for the usual one.
        port: The port; 0 for a free one.
        connections: The connections to serve; empty for all to APIs.
        web: The web accounts to serve too.
        confirmed: Whether their owner has confirmed it here and now.
        origins: Origins whose pages may ask.
        ollama: Whether Ollama's wire is spoken, too.
        side_model: Whom to ask for titles and tags.
    """

    aliases: Mapping[str, str]
    token_file: Path
    guests: Mapping[str, Sequence[str]]
    per_minute: Mapping[str, int]
    budgets: Mapping[str, Budget]
    config: str | None
    port: int
    connections: Sequence[str]
    web: Sequence[str]
    confirmed: bool
    origins: Sequence[str]
    ollama: bool
    side_model: str | None

    def run(self, backend: str) -> int:
        """Serve until a signal arrives; return the exit code."""
        config = load_config(self.config)
        settings = GatewaySettings(
            aliases=self.aliases,
            web=frozenset(self.web),
            allow_origins=frozenset(self.origins),
            ollama=self.ollama,
            side_model=self.side_model,
            threads_file=store_beside(self.token_file),
        )
        entries = self._chosen(config)
        self._check_names(config, entries)
        self._confirm()
        if not logging.getLogger().handlers:
            # Nobody asked for the log; what somebody should look at is told all the same.
            configure_logging(logging.WARNING)
        anyio.run(self._serve, config, entries, settings, backend=backend)
        return 0

    def _chosen(self, config: Config) -> list[ConnectionConfig]:
        """Return the connections to open. A web account is not even opened unless it is named by --web."""
        there = {entry.name: entry for entry in config.connections}
        for name in (*self.connections, *self.web):
            if name not in there:
                raise ConfigError(f"there is no connection {name!r}", hint=near_names(name, there))
        wanted = [entry for entry in there.values() if not self.connections or entry.name in self.connections]
        chosen = [entry for entry in wanted if _is_api(entry)]
        for entry in wanted:
            if entry.name in self.connections and entry not in chosen and entry.name not in self.web:
                raise ConfigError(
                    f"{entry.name!r} {_OWN_ACCOUNT}", hint=f"To serve it: --web {entry.name} --yes."
                )
        chosen += [there[name] for name in self.web if there[name] not in chosen]
        if not chosen:
            raise ConfigError(
                "there is nothing to serve", hint="Add a connection: `jackfield add NAME --provider P`."
            )
        return chosen

    def _check_names(self, config: Config, entries: Sequence[ConnectionConfig]) -> None:
        served = {entry.name for entry in entries}
        names_served = served | {choice.name for choice in config.choices}
        for guest, names in self.guests.items():
            for name in names:
                _check_served(f"the guest {guest!r} is to reach", name, served)
        tokens = [_OWN, *self.guests]
        for option, named in (("--per-minute", self.per_minute), ("--budget", self.budgets)):
            for name in named:
                if name not in tokens:
                    told = f"{option} names {name!r}, which is no token"
                    raise ConfigError(told, hint=near_names(name, tokens))
        for alias, asked in self.aliases.items():
            for target in asked.replace("|", ",").split(","):
                _check_served(f"the alias {alias!r} asks", target.partition(":")[0], names_served)

    def _tokens(self) -> list[Token]:
        guests = [self._token(self._guest_file(name), name, reached) for name, reached in self.guests.items()]
        return [self._token(self.token_file, _OWN, None), *guests]

    def _token(self, file: Path, name: str, reached: Iterable[str] | None) -> Token:
        pace, budget = self.per_minute.get(name), self.budgets.get(name)
        return read_token(file, name=name, connections=reached, per_minute=pace, budget=budget)

    def _guest_file(self, name: str) -> Path:
        return self.token_file.with_name(f"{self.token_file.name}.guest-{name}")

    def _confirm(self) -> None:
        """Have the owner of web accounts say so once; the answer is kept beside the token."""
        kept = self.token_file.with_name(f"{self.token_file.name}.web")
        known = set(kept.read_text().split()) if kept.is_file() else set()
        missing = [name for name in self.web if name not in known]
        if missing and not self.confirmed:
            raise ConfigError(
                f"{', '.join(missing)}: serving it {_OWN_ACCOUNT}",
                hint="If the account is yours and its terms allow it, confirm once with --yes.",
            )
        if missing:
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as opened:  # noqa: PTH123  a descriptor
                opened.write("\n".join(sorted({*known, *missing})) + "\n")

    async def _serve(
        self, config: Config, entries: Sequence[ConnectionConfig], settings: GatewaySettings
    ) -> None:
        tokens = await anyio.to_thread.run_sync(self._tokens)
        stopping, kept = anyio.Event(), contextlib.ExitStack()

        def ready(address: str) -> None:
            kept.enter_context(rare_collections())
            kept.enter_context(noted(note_beside(self.token_file), self._note(address, settings)))
            print(f"front door: {address}", flush=True)  # noqa: T201  a program reads it
            _say(f"The token is in {self.token_file}")
            for name, reached in self.guests.items():
                _say(f"The token of {name}, for {', '.join(reached)} alone, is in {self._guest_file(name)}")

        async with ProviderManager(middleware=config.middleware) as manager:
            await _open(manager, config, entries)
            app = _wrapped(Gateway(manager, *tokens, settings=settings), config.middleware)
            async with anyio.create_task_group() as tasks:
                await tasks.start(listen, stopping)
                with kept:
                    await serve(app, stop=stopping.wait, port=self.port, ready=ready)
                tasks.cancel_scope.cancel()

    def _note(self, address: str, settings: GatewaySettings) -> Note:
        return Note(
            address=address,
            aliases=settings.aliases,
            guests=self.guests,
            web=self.web,
            origins=sorted(settings.allow_origins),
            budgets=self.budgets,
        )


def _wrapped(app: Any, middleware: Iterable[str]) -> Any:
    """Return the application as middleware wants it that looks at requests to the door, too.

    It has an entry point of its own name in the group `jackfield.doors`: a function that is given an ASGI
    application and returns one.
    """
    for entry in entry_points(group=_DOORS):
        if entry.name in middleware:
            app = entry.load()(app)
    return app


def _check_served(what: str, name: str, served: Iterable[str]) -> None:
    if name not in served:
        raise ConfigError(f"{what} {name!r}, which is not served", hint=near_names(name, served))


def _is_api(entry: ConnectionConfig) -> bool:
    found = prepare(entry.provider, entry.options, name=entry.name)
    return found.spec.type is ProviderType.API_BASED


async def _open(manager: ProviderManager, config: Config, entries: Sequence[ConnectionConfig]) -> None:
    """Open what is to be served. What cannot be is told, and does not keep the others from it."""

    async def one(entry: ConnectionConfig) -> None:
        try:
            await manager.add_provider(entry.provider, entry.options, name=entry.name)
        except JackfieldError as error:
            _say(f"{entry.name} is not served: {error}")

    async with anyio.create_task_group() as tasks:
        for entry in entries:
            tasks.start_soon(one, entry)
    for choice in config.choices:
        try:
            manager.add_choice(choice.name, map(str, choice.targets))
        except JackfieldError as error:
            _say(f"{choice.name} is not served: {error}")


async def listen(stopping: anyio.Event, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    """Set *stopping* at the first signal; a second one meets the system's own handler."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            stopping.set()
            return


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  beside what a program reads
