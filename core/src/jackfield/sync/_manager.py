"""The exchange, for programs without an event loop."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, overload

import attrs

from .._choices import Choice as AsyncChoice
from .._connect import connect as connect_async
from .._discovery import InstalledProvider
from .._events import StreamEvent
from .._exceptions import JackfieldError
from .._health import HealthReport
from .._manager import TEST_MESSAGE
from .._manager import ProviderManager as AsyncManager
from .._provider import ProviderContext
from .._stats import ProviderStats
from .._types import ChatResponse, Said
from ._choice import Choice
from ._connection import Connection
from ._loop import Held, Items, Loop
from ._stream import ResponseStream

T = TypeVar("T")


@attrs.define(eq=False, repr=False)
class ProviderManager:
    """Holds connections and closes them. Use it in a `with` block, or `close` it at the end.

    It opens when it is first used. Threads may share it.

    Args:
        plugins: Plugins of the program's own: modules or objects with hook implementations. Hooks are called
            in the manager's thread.
        middleware: Names of installed plugins of the group `jackfield.middleware`.
        backend: The event loop that its thread runs.
    """

    plugins: Iterable[object] = ()
    middleware: Iterable[str] = ()
    backend: Literal["asyncio", "trio"] = attrs.field(default="asyncio", kw_only=True)
    _manager: AsyncManager = attrs.field(init=False)
    _loop: Loop = attrs.field(init=False)
    _state: Literal["new", "open", "closed"] = attrs.field(default="new", init=False)
    _changing: threading.RLock = attrs.field(factory=threading.RLock, init=False)

    def __attrs_post_init__(self) -> None:
        self._manager = AsyncManager(self.plugins, self.middleware)
        self._loop = Loop(self.backend)

    def __enter__(self) -> Self:
        with self._changing:
            if self._state != "open":
                self._loop.start()
                try:
                    self._loop.enter(self._manager)
                except BaseException:
                    self._loop.stop()
                    raise
                self._state = "open"
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and end the manager's thread. `with` opens it again."""
        with self._changing:
            self._state = "closed"
            try:
                self._loop.leave(self._manager, None, None, None)
            finally:
                self._loop.stop()

    def _open(self) -> Loop:
        if self._state == "new":
            self.__enter__()
        if self._state == "closed":
            raise RuntimeError("the manager is closed: open it again with `with manager:`, or make another")
        return self._loop

    def installed(self) -> Sequence[InstalledProvider]:
        """Return the providers that are installed and what became of each. Imports nothing."""
        return self._loop.look(self._manager.installed)

    def add_provider(
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
        add = partial(self._manager.add_provider, provider, options, name=name)
        return Connection(self._loop, self._open().call(add))

    def add_from_config(self, path: str | Path | None = None) -> Mapping[str, JackfieldError]:
        """Add all that a `jackfield.toml` names; return the errors of what could not be added, by name.

        A choice is added also when not all of its connections could be: then the others are asked.

        Raises:
            ConfigError: The file itself is wrong.
        """
        return self._open().call(self._manager.add_from_config, path)

    def remove_provider(self, name: str) -> None:
        """Close a connection and forget it; its requests fail with `ProviderClosed`."""
        self._open().call(self._manager.remove_provider, name)

    def add_alias(self, name: str, target: str) -> Choice:
        """Give a connection, or a connection and a model, another name to be asked by.

            manager.add_alias("smart", "work:codegen-premium")
            manager.send_message("smart", "Hello")

        Args:
            name: The name.
            target: `CONNECTION`, `CONNECTION:MODEL`, or the name of another choice.

        Raises:
            ConfigError: The name is taken or unusable.
            UnknownConnection: There is no connection of the name in *target*.
        """
        return self._choice(partial(self._manager.add_alias, name, target))

    def add_choice(self, name: str, fallback: Iterable[str]) -> Choice:
        """Give several connections one name: they are asked one after another, until one answers.

            manager.add_choice("any", fallback=["work", "claude:opus"])
            response = manager.send_message("any", "Hello")
            print(response.connection, response.misses)

        Args:
            name: The name.
            fallback: Whom to ask, in this order; each as the target of `add_alias`. See `Choice` for when the
                next one is asked.

        Raises:
            ConfigError: The name is taken or unusable, or the list makes no sense.
            UnknownConnection: There is no connection of one of the names.
        """
        return self._choice(partial(self._manager.add_choice, name, fallback))

    def first_of(self, *names: str) -> Choice:
        """Return a choice without a name, for the first of *names* that answers.

            response = manager.first_of("work", "claude").send("Hello")

        Arguments and errors are those of the `fallback` of `add_choice`.
        """
        return self._choice(partial(self._manager.first_of, *names))

    def get_choice(self, name: str) -> Choice:
        """Return a choice, or an alias, which is a choice of one.

        Raises:
            UnknownConnection: There is none of that name.
        """
        return self._choice(partial(self._manager.get_choice, name))

    def _choice(self, find: Callable[[], AsyncChoice]) -> Choice:
        return Choice(self._loop, self._loop.look(find))

    def list_choices(self) -> Sequence[str]:
        """Return the names of all choices and aliases, in the order they were added."""
        return self._loop.look(self._manager.list_choices)

    def remove_choice(self, name: str) -> None:
        """Forget a choice or an alias; its connections stay. Errors as for `get_choice`."""
        self._loop.look(partial(self._manager.remove_choice, name))

    def set_provider_context(self, name: str, context: ProviderContext) -> None:
        """Give a connection credentials and open it with them, anew if it was open.

        Raises:
            AuthenticationRequired: The remote refuses them.
            ConfigError: The provider takes no such context.
            ProviderError: The remote cannot be reached.
        """
        self._open().call(self._manager.set_provider_context, name, context)

    def get_provider(self, name: str) -> Connection:
        """Return a connection.

        Raises:
            UnknownConnection: There is none of that name.
        """
        return Connection(self._loop, self._loop.look(partial(self._manager.get_provider, name)))

    def list_providers(self) -> Sequence[str]:
        """Return the names of all connections, in the order they were added."""
        return self._loop.look(self._manager.list_providers)

    def get_active_providers(self) -> Sequence[str]:
        """Return the names of the connections that take requests now or in a moment."""
        return self._loop.look(self._manager.get_active_providers)

    @overload
    def get_provider_stats(self, name: str) -> ProviderStats: ...

    @overload
    def get_provider_stats(self, name: None = None) -> Mapping[str, ProviderStats]: ...

    def get_provider_stats(self, name: str | None = None) -> ProviderStats | Mapping[str, ProviderStats]:
        """Return what a connection has done so far; without a name, that of all connections by name.

        Raises:
            UnknownConnection: There is none of that name.
        """
        return self._open().look(partial(self._manager.get_provider_stats, name))

    def send_message(self, name: str, messages: Said, **settings: Any) -> ChatResponse:
        """Ask one provider. Its failure is in `response.error`, and what had arrived in `response.partial`.

        Args:
            name: The name of a connection, a choice or an alias.
            messages: What is said; see `Connection.send`.
            **settings: Fields of `ChatRequest`.

        Raises:
            UnknownConnection: There is no such connection.
        """
        return self._open().call(partial(self._manager.send_message, name, messages, **settings))

    def stream_message(
        self, name: str, messages: Said, **settings: Any
    ) -> AbstractContextManager[ResponseStream]:
        """Ask one provider and read the answer's events; a failure is raised. See `Connection.stream`."""
        if name in self.list_choices():
            return self.get_choice(name).stream(messages, **settings)
        return self.get_provider(name).stream(messages, **settings)

    def send_message_parallel(
        self,
        messages: Said,
        names: Iterable[str] | None = None,
        **settings: Any,
    ) -> AbstractContextManager[Iterator[ChatResponse]]:
        """Ask several providers the same and read their responses as they arrive, failed ones among them.

            with manager.send_message_parallel("Hello") as responses:
                for response in responses: ...

        Args:
            messages: What is said; see `Connection.send`.
            names: Connections and choices; None for all active connections.
            **settings: Fields of `ChatRequest`.
        """
        return self._read(partial(self._manager.send_message_parallel, messages, names, **settings))

    def stream_parallel(
        self,
        messages: Said,
        names: Iterable[str] | None = None,
        **settings: Any,
    ) -> AbstractContextManager[Iterator[tuple[str, StreamEvent | ChatResponse]]]:
        """Ask several providers the same and read all their events as they arrive, each with its name.

        The last of each connection is its `ChatResponse`, also when it failed.

        Args:
            messages: What is said; see `Connection.send`.
            names: The connections; None for all active ones.
            **settings: Fields of `ChatRequest`.
        """
        return self._read(partial(self._manager.stream_parallel, messages, names, **settings))

    def _read(
        self, begin: Callable[[], AbstractAsyncContextManager[AsyncIterator[T]]]
    ) -> AbstractContextManager[Iterator[T]]:
        return _reading(self._loop, self._open().do(begin))

    def test_provider(self, name: str, message: str = TEST_MESSAGE) -> HealthReport:
        """Ask a provider one small question. Unlike `health_check`, it may cost something.

        Returns:
            A report that is true exactly when the whole answer arrived; the answer is its `response`.
        """
        return self._open().call(self._manager.test_provider, name, message)

    def test_all_providers(self, message: str = TEST_MESSAGE) -> Mapping[str, HealthReport]:
        """Ask every connection one small question, all at once; return the reports by name."""
        return self._open().call(self._manager.test_all_providers, message)

    def health_check(self, name: str) -> HealthReport:
        """Look whether one connection's remote answers. Never a paid call."""
        return self._open().call(self._manager.health_check, name)

    def health_check_all(self) -> Mapping[str, HealthReport]:
        """Look whether every connection's remote answers, all at once; return the reports by name."""
        return self._open().call(self._manager.health_check_all)

    def cleanup_all(self) -> None:
        """Close every connection and forget it. Called on leaving the block; without one, call it last."""
        self._open().call(self._manager.cleanup_all)


@contextmanager
def _reading(loop: Loop, manager: AbstractAsyncContextManager[AsyncIterator[T]]) -> Iterator[Iterator[T]]:
    with Held(loop, manager) as items:
        yield Items(loop, items)


@contextmanager
def connect(
    provider: str,
    options: Mapping[str, Any] | None = None,
    context: ProviderContext | None = None,
    *,
    name: str | None = None,
    plugins: Iterable[object] = (),
    backend: Literal["asyncio", "trio"] = "asyncio",
) -> Iterator[Connection]:
    """Open one connection for the length of a block; the short way for a program with one provider.

    Args:
        provider: The provider's name.
        options: Its options.
        context: What to log in with; None to look in the environment.
        name: The connection's name; the provider's by default.
        plugins: Plugins of the program's own.
        backend: The event loop that the connection's thread runs.

    Raises:
        JackfieldError: As for `ProviderManager.add_provider` and `ProviderManager.set_provider_context`.
    """
    loop = Loop(backend)
    loop.start()
    try:
        opening = connect_async(provider, options, context, name=name, plugins=plugins)
        with Held(loop, opening) as connection:
            yield Connection(loop, connection)
    finally:
        loop.stop()
