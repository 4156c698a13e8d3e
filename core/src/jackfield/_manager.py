"""The exchange: many connections, each in a task of its own, and asking several of them at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, overload

import anyio
import attrs

from ._background import Background
from ._choices import Choice, Choices
from ._config import load_config
from ._connect import build_connection, load_plugins
from ._connection import Connection
from ._discovery import InstalledProvider
from ._exceptions import (
    AuthenticationRequired,
    ConfigError,
    JackfieldError,
    PluginError,
    ProviderError,
    UnknownConnection,
)
from ._fanout import Fanout
from ._health import HealthReport, checked, tested
from ._names import near_names
from ._owner import Owner, close
from ._plugins import Plugins
from ._provider import ProviderContext
from ._stats import StatsByName
from ._status import ProviderStatus
from ._targets import in_words
from ._types import ChatResponse, Said, new_request_id, to_request

if TYPE_CHECKING:
    from ._events import StreamEvent
    from ._stats import ProviderStats
    from ._stream import ResponseStream

TEST_MESSAGE: Final = "Say hello in one short sentence."
_ACTIVE: Final = {ProviderStatus.ACTIVE, ProviderStatus.BUSY, ProviderStatus.RATE_LIMITED}


@attrs.define(eq=False, repr=False)
class ProviderManager:
    """Holds connections and closes them. Use it in an `async with` block, on asyncio or trio.

    Without a block it runs from the first connection that is added until `cleanup_all`, or until the event
    loop ends: for programs that have a place where they start and another where they stop.

    Args:
        plugins: Plugins of the program's own: modules or objects with hook implementations.
        middleware: Names of installed plugins of the group `jackfield.middleware`.
    """

    plugins: Iterable[object] = ()
    middleware: Iterable[str] = ()
    _plugins: Plugins = attrs.field(init=False)
    _owners: dict[str, Owner[Connection]] = attrs.field(factory=dict, init=False)
    _choices: Choices = attrs.field(init=False)
    _tasks: Background | None = attrs.field(default=None, init=False)
    _block: Background | None = attrs.field(default=None, init=False)
    _was_left: bool = attrs.field(default=False, init=False)
    _starting: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._plugins = load_plugins(self.plugins, self.middleware)
        self._choices = Choices(self._reach, lambda: self._owners)

    async def __aenter__(self) -> Self:
        if self._tasks is not None:
            raise RuntimeError("the manager is running: enter its block once, before anything is added")
        await self._start()
        self._block, self._was_left = self._tasks, False
        return self

    async def __aexit__(self, *exc: object) -> None:
        block, self._block, self._was_left = self._block, None, True
        if block is not None:
            await block.__aexit__()

    async def _start(self) -> None:
        tasks = Background(self._end)
        await tasks.__aenter__()
        self._tasks = tasks

    async def _stop(self) -> None:
        if self._tasks is not None:
            await self._tasks.__aexit__()

    async def _end(self) -> None:
        try:
            await self._close_all()
        finally:
            self._tasks = None

    async def _started(self) -> Background:
        """Return where tasks of the manager run; without a block, a task beside the program's holds them."""
        async with self._starting:
            if self._tasks is None and not self._was_left:
                await self._start()
        return self._running()

    def installed(self) -> Sequence[InstalledProvider]:
        """Return the providers that are installed and what became of each. Imports nothing."""
        return self._plugins.providers()

    async def add_provider(
        self, provider: str, options: Mapping[str, Any] | None = None, *, name: str | None = None
    ) -> Connection:
        """Add a connection, and open it if it has what it needs.

        It opens when the provider needs no login or a plugin (the environment is one) knows credentials;
        otherwise it is `AUTHENTICATION_REQUIRED` until `set_provider_context`.

        Args:
            provider: The provider's name.
            options: Its options.
            name: The connection's name, for a second account; the provider's name by default.

        Raises:
            PluginError: The provider is not installed or cannot be used.
            ConfigError: An option is wrong, or the name is taken.
            ProviderError: The remote cannot be reached; the connection is not added.
        """
        owner = await self._add(provider, options, name)
        await self._open(owner)
        return owner.connection

    async def _add(
        self, provider: str, options: Mapping[str, Any] | None, name: str | None
    ) -> Owner[Connection]:
        tasks = await self._started()
        await self._plugins.find(provider)
        connection = build_connection(self._plugins, provider, options, name)
        if connection.name in self._owners:
            raise ConfigError(
                f"there is a connection {connection.name!r} already",
                hint="Give the second account a name of its own.",
            )
        if connection.name in self._choices:
            raise ConfigError(
                f"there is a choice {connection.name!r} already", hint="A name means one thing: use another."
            )
        owner = self._owners[connection.name] = Owner(connection, tasks)
        return owner

    async def _open(self, owner: Owner[Connection]) -> None:
        """Open a connection that was added; what cannot be opened, but for want of a login, is none."""
        try:
            await owner.open()
        except AuthenticationRequired:
            pass
        except BaseException:
            owner.give_up()
            self._forget(owner)
            raise

    def _forget(self, owner: Owner[Connection]) -> None:
        # The name may be somebody else's by now: it was removed and added anew.
        if self._owners.get(owner.connection.name) is owner:
            del self._owners[owner.connection.name]

    async def add_from_config(self, path: str | Path | None = None) -> Mapping[str, JackfieldError]:
        """Add all that a `jackfield.toml` names; return the errors of what could not be added, by name.

        A choice is added also when not all of its connections could be: then the others are asked.

        Raises:
            ConfigError: The file itself is wrong.
        """
        config = await anyio.to_thread.run_sync(load_config, path)
        for name in config.middleware:
            await self._plugins.find_middleware(name)
        failed: dict[str, JackfieldError] = {}

        async def open_one(owner: Owner[Connection]) -> None:
            try:
                await self._open(owner)
            except (ConfigError, PluginError, ProviderError) as error:
                failed[owner.connection.name] = error

        async with anyio.create_task_group() as tasks:
            for entry in config.connections:
                try:
                    owner = await self._add(entry.provider, entry.options, entry.name)
                except (ConfigError, PluginError, ProviderError) as error:
                    failed[entry.name] = error
                else:
                    tasks.start_soon(open_one, owner)
        for choice in config.choices:
            try:
                self._choices.take(choice)
            except ConfigError as error:
                failed[choice.name] = error
        order = [*(entry.name for entry in config.connections), *(entry.name for entry in config.choices)]
        return {name: failed[name] for name in order if name in failed}

    async def remove_provider(self, name: str) -> None:
        """Close a connection and forget it; its requests fail with `ProviderClosed`."""
        owner = self._owner(name)
        try:
            await owner.close()
        finally:
            # Given up is given up, also when whoever removes it is cancelled: the name is free again.
            self._forget(owner)

    def add_alias(self, name: str, target: str) -> Choice:
        """Give a connection, or a connection and a model, another name to be asked by.

            manager.add_alias("smart", "work:codegen-premium")
            await manager.send_message("smart", "Hello")

        Args:
            name: The name.
            target: `CONNECTION`, `CONNECTION:MODEL`, or the name of another choice.

        Raises:
            ConfigError: The name is taken or unusable.
            UnknownConnection: There is no connection of the name in *target*.
        """
        return self._choices.add(name, target)

    def add_choice(self, name: str, fallback: Iterable[str]) -> Choice:
        """Give several connections one name: they are asked one after another, until one answers.

            manager.add_choice("any", fallback=["work", "claude:opus"])
            response = await manager.send_message("any", "Hello")
            print(response.connection, response.misses)

        Args:
            name: The name.
            fallback: Whom to ask, in this order; each as the target of `add_alias`. See `Choice` for when the
                next one is asked.

        Raises:
            ConfigError: The name is taken or unusable, or the list makes no sense.
            UnknownConnection: There is no connection of one of the names.
        """
        return self._choices.add(name, fallback)

    def first_of(self, *names: str) -> Choice:
        """Return a choice without a name, for the first of *names* that answers.

            response = await manager.first_of("work", "claude").send("Hello")

        Arguments and errors are those of the `fallback` of `add_choice`.
        """
        return self._choices.build("", names)

    def get_choice(self, name: str) -> Choice:
        """Return a choice, or an alias, which is a choice of one.

        Raises:
            UnknownConnection: There is none of that name.
        """
        return self._choices.get(name)

    def list_choices(self) -> Sequence[str]:
        """Return the names of all choices and aliases, in the order they were added."""
        return self._choices.names

    def remove_choice(self, name: str) -> None:
        """Forget a choice or an alias; its connections stay. Errors as for `get_choice`."""
        self._choices.remove(name)

    async def set_provider_context(self, name: str, context: ProviderContext) -> None:
        """Give a connection credentials and open it with them, anew if it was open.

        Raises:
            AuthenticationRequired: The remote refuses them.
            ConfigError: The provider takes no such context.
            ProviderError: The remote cannot be reached.
        """
        await self._owner(name).reopen(context)

    def get_provider(self, name: str) -> Connection:
        """Return a connection.

        Raises:
            UnknownConnection: There is none of that name.
        """
        return self._owner(name).connection

    def list_providers(self) -> Sequence[str]:
        """Return the names of all connections, in the order they were added."""
        return list(self._owners)

    def get_active_providers(self) -> Sequence[str]:
        """Return the names of the connections that take requests now or in a moment."""
        return [name for name, owner in self._owners.items() if owner.connection.status in _ACTIVE]

    @overload
    def get_provider_stats(self, name: str) -> ProviderStats: ...

    @overload
    def get_provider_stats(self, name: None = None) -> StatsByName: ...

    def get_provider_stats(self, name: str | None = None) -> ProviderStats | StatsByName:
        """Return what a connection has done so far; without a name, that of all connections by name.

        Raises:
            UnknownConnection: There is none of that name.
        """
        if name is not None:
            return self.get_provider(name).stats
        return StatsByName((name, owner.connection.stats) for name, owner in self._owners.items())

    async def send_message(self, name: str, messages: Said, **settings: Any) -> ChatResponse:
        """Ask one provider. Its failure is in `response.error`, and what had arrived in `response.partial`.

        Args:
            name: The name of a connection, a choice or an alias.
            messages: What is said; see `Connection.send`.
            **settings: Fields of `ChatRequest`.

        Raises:
            UnknownConnection: There is no such connection.
        """
        return await self._asked(name).answer(messages, **settings)

    def stream_message(
        self, name: str, messages: Said, **settings: Any
    ) -> AbstractAsyncContextManager[ResponseStream]:
        """Ask one provider and read the answer's events; a failure is raised. See `Connection.stream`."""
        return self._asked(name).stream(messages, **settings)

    def send_message_parallel(
        self,
        messages: Said,
        names: Iterable[str] | None = None,
        **settings: Any,
    ) -> AbstractAsyncContextManager[AsyncIterator[ChatResponse]]:
        """Ask several providers the same and read their responses as they arrive, failed ones among them.

            async with manager.send_message_parallel("Hello") as responses:
                async for response in responses: ...

        Args:
            messages: What is said; see `Connection.send`.
            names: Connections and choices; None for all active connections.
            **settings: Fields of `ChatRequest`.
        """
        request, chosen = to_request(messages, **settings), self._chosen(names)

        async def send(name: str, tell: Any) -> None:
            try:
                response = await self.send_message(name, attrs.evolve(request, id=new_request_id()))
            except UnknownConnection as removed:
                response = ChatResponse(connection=name, error=removed)
            await tell(response)

        return Fanout[ChatResponse](self._running, chosen, send).open()

    def stream_parallel(
        self,
        messages: Said,
        names: Iterable[str] | None = None,
        **settings: Any,
    ) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, StreamEvent | ChatResponse]]]:
        """Ask several providers the same and read all their events as they arrive, each with its name.

        The last of each connection is its `ChatResponse`, also when it failed.

        Args:
            messages: What is said; see `Connection.send`.
            names: Connections and choices; None for all active connections.
            **settings: Fields of `ChatRequest`.
        """
        request, chosen = to_request(messages, **settings), self._chosen(names)

        async def stream(name: str, tell: Any) -> None:
            try:
                asked = self._asked(name).stream(attrs.evolve(request, id=new_request_id()))
            except UnknownConnection as removed:
                await tell((name, ChatResponse(connection=name, error=removed)))
                return
            with suppress(JackfieldError):
                async with asked as events:
                    async for event in events:
                        await tell((name, event))
            await tell((name, asked.response))

        return Fanout[tuple[str, "StreamEvent | ChatResponse"]](self._running, chosen, stream).open()

    async def test_provider(self, name: str, message: str = TEST_MESSAGE) -> HealthReport:
        """Ask a provider one small question. Unlike `health_check`, it may cost something.

        Returns:
            A report that is true exactly when the whole answer arrived; the answer is its `response`.
        """
        return tested(await self.send_message(name, message))

    async def test_all_providers(self, message: str = TEST_MESSAGE) -> Mapping[str, HealthReport]:
        """Ask every connection one small question, all at once; return the reports by name."""
        async with self.send_message_parallel(message, self.list_providers()) as responses:
            return {response.connection: tested(response) async for response in responses}

    async def health_check(self, name: str) -> HealthReport:
        """Look whether one connection's remote answers. Never a paid call."""
        return await checked(self.get_provider(name))

    async def health_check_all(self) -> Mapping[str, HealthReport]:
        """Look whether every connection's remote answers, all at once; return the reports by name."""

        async def check(name: str, tell: Any) -> None:
            await tell(await checked(connections[name]))

        connections = {name: owner.connection for name, owner in self._owners.items()}
        if not connections:
            return {}
        async with Fanout[HealthReport](self._running, list(connections), check).open() as reports:
            found = {report.connection: report async for report in reports}
        return {name: found[name] for name in connections}

    async def cleanup_all(self) -> None:
        """Close every connection and forget it. Called on leaving the block; without one, call it last."""
        await self._close_all()
        if self._block is None:
            await self._stop()

    async def _close_all(self) -> None:
        owners, self._owners = self._owners, {}
        self._choices.clear()
        await close(*owners.values())

    def _running(self) -> Background:
        if self._tasks is None:
            raise RuntimeError(
                "the manager is not running: use `async with ProviderManager() as manager:`, or add a "
                "provider first and call `await manager.cleanup_all()` last"
            )
        return self._tasks

    def _owner(self, name: str) -> Owner[Connection]:
        if name in self._owners:
            return self._owners[name]
        if name in self._choices:
            targets = in_words(self.get_choice(name).targets)
            raise UnknownConnection(
                f"{name!r} is no connection", hint=f"It is a name for {targets}, and can only be asked."
            )
        raise UnknownConnection(
            f"there is no connection {name!r}", hint=near_names(name, {*self._owners, *self.list_choices()})
        )

    async def _reach(self, name: str) -> Connection:
        return self.get_provider(name)

    def _asked(self, name: str) -> Connection | Choice:
        if name in self._choices:
            return self.get_choice(name)
        return self.get_provider(name)

    def _chosen(self, names: Iterable[str] | None) -> list[str]:
        chosen = list(self.get_active_providers() if names is None else names)
        for name in chosen:
            self._asked(name)
        return chosen
