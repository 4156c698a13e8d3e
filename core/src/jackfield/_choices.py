"""Several connections behind one name: they are asked one after another, until one answers.

Law: the next one is asked only when the one before certainly did not act, or when acting twice was allowed;
and never once an event was handed out. Each is asked in a request of its own, through its own limits, with
its own statistics; nothing is ever asked of two at once.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from . import _log
from ._exceptions import (
    Certainty,
    InvalidRequest,
    JackfieldError,
    ProviderError,
    StreamConsumed,
    UnknownConnection,
    Unsupported,
    worst_of,
)
from ._misses import Miss
from ._names import near_names
from ._policy import RetryPolicy
from ._targets import ChoiceConfig, Target, check_name, in_words, resolve
from ._types import ChatRequest, ChatResponse, Said, new_request_id, to_request

if TYPE_CHECKING:
    from ._connection import Connection
    from ._stream import ResponseStream


@attrs.define(eq=False, repr=False)
class Choice:
    """Whom to ask, in an order: the first that answers is the one. Usually made by a `ProviderManager`.

    The next one is asked only when the one before certainly did not act on the request (or where
    `retry_uncertain` allows that both do). While another one is left, none is waited for or tried again: not
    for a remote that is to be left alone, not after a failure. The last one is asked as if it were alone.

    `response.connection` says who answered, and `response.misses` why the others did not.

    Attributes:
        name: Its name in the manager; empty for one that has none.
        targets: The connections, each with its model.

    Args:
        reach: Gives a connection by its name. It may open one then that was not needed before; an error of
            its own counts as one of a connection that was never asked.
    """

    name: str
    targets: tuple[Target, ...]
    _reach: Callable[[str], Awaitable[Connection]]

    def __repr__(self) -> str:
        return f"<Choice {self.name!r}: {in_words(self.targets)}>"

    async def send(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the whole answer.

        Args:
            messages: Text, a message, several, or a whole `ChatRequest`.
            **settings: Fields of `ChatRequest`. *timeout* is for all of them together, what opening
                one takes apart; *model* is for those that no model is named for.

        Raises:
            ProviderError: What went wrong with the last one that was asked; notes on it tell of the others.
            InvalidRequest: See `stream`.
        """
        async with self.stream(messages, **settings) as stream:
            return await stream.collect()

    async def answer(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the answer as far as it came: a failure is in its `error` instead of raised."""
        asking = self.stream(messages, **settings)
        try:
            async with asking as stream:
                return await stream.collect()
        except JackfieldError:
            return asking.response

    def stream(self, messages: Said, **settings: Any) -> Asking:
        """Ask and read the answer's events as they arrive; arguments and errors as for `send`.

            async with choice.stream("Hello") as stream:
                async for event in stream: ...

        Raises:
            Unsupported: It goes on with a conversation, which only one of several can know.
            InvalidRequest: It names a model, and so does the choice for each of its connections.
        """
        request = to_request(messages, **settings)
        self._refuse(request)
        return Asking(self.targets, request, self._reach)

    def _refuse(self, request: ChatRequest) -> None:
        about = f"{self.name or 'first_of'} stands for {in_words(self.targets)}"
        if request.conversation_id is not None and len(self.targets) > 1:
            raise Unsupported(
                f"{about}, and a conversation belongs to one connection",
                hint="Ask the one that began it by its own name: `connection` in its response.",
            )
        if request.model is not None and all(target.model is not None for target in self.targets):
            raise InvalidRequest(
                f"{about}, so the model {request.model!r} would be asked of nobody",
                hint="Leave the model out, or ask a connection by its own name.",
            )


@attrs.define(eq=False, repr=False)
class Asking:
    """One request to a choice: a context that is entered with the stream of the connection that answers."""

    _targets: Sequence[Target]
    _request: ChatRequest
    _reach: Callable[[str], Awaitable[Connection]]
    _ends_at: float = attrs.field(default=float("inf"), init=False)
    _is_entered: bool = attrs.field(default=False, init=False)
    _misses: list[Miss] = attrs.field(factory=list, init=False)
    _connection: Connection | None = attrs.field(default=None, init=False)
    _stream: ResponseStream | None = attrs.field(default=None, init=False)
    _error: JackfieldError | None = attrs.field(default=None, init=False)

    @property
    def response(self) -> ChatResponse:
        """The answer of the connection that was asked last, or how far it came."""
        if self._stream is not None:
            return self._stream.response
        asked = self._targets[len(self._misses)]
        return ChatResponse(
            connection=asked.connection,
            error=self._error,
            misses=tuple(self._misses),
            request_id=self._request.id,
        )

    @property
    def certainty(self) -> Certainty:
        """Whether any of those that were asked can have acted until now: for whoever gives the request up."""
        found = Certainty.NOT_SENT if self._stream is None else self._stream.certainty
        for miss in self._misses:
            if isinstance(miss.error, ProviderError):
                found = worst_of(found, miss.error.certainty)
        return found

    async def __aenter__(self) -> ResponseStream:
        if self._is_entered:
            raise StreamConsumed("the stream was entered before; for the same question again, make another")
        self._is_entered = True
        if self._request.timeout is not None:
            self._ends_at = anyio.current_time() + self._request.timeout
        *ahead, last = self._targets
        try:
            for target in ahead:
                if (stream := await self._ask_ahead(target)) is not None:
                    return stream
            return await self._ask(last)
        except JackfieldError as error:
            self._complete(error)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stream is not None, "it was entered"
        await self._stream.__aexit__(kind, error, trace)
        if isinstance(error, JackfieldError) and error is self._stream.response.error:
            self._complete(error)

    async def _ask_ahead(self, target: Target) -> ResponseStream | None:
        """Ask one that others come after; return None when the next one may be asked."""
        try:
            stream = await self._ask(target, hurried=True)
        except JackfieldError as error:
            if not self._may_go_on(error):
                raise
            _log.info("choice.went_on", connection=target.connection, reason=type(error).__name__)
            self._misses.append(Miss(target.connection, error, target.model))
            return None
        return stream

    async def _ask(self, target: Target, *, hurried: bool = False) -> ResponseStream:
        self._connection = self._stream = None
        self._connection = await self._reached(target.connection)
        stream = self._stream = self._connection.stream(self._request_to(target))
        stream.misses = tuple(self._misses)
        if not hurried:
            return await stream.__aenter__()
        stream.hurry()
        await stream.__aenter__()
        try:
            # Only with an event at hand is it sure that this one answers. It is the last moment to go on:
            # nobody has seen anything yet.
            await stream.read_ahead()
        except BaseException:
            await stream.__aexit__(*sys.exc_info())
            raise
        return stream

    async def _reached(self, name: str) -> Connection:
        # Where this opens the connection, as for a command, that is no part of the request: its time stands
        # still meanwhile, as it does where one connection alone is opened and asked. So there always is some
        # left for whom it is asked of next.
        began = anyio.current_time()
        try:
            return await self._reach(name)
        finally:
            self._ends_at += anyio.current_time() - began

    def _request_to(self, target: Target) -> ChatRequest:
        changes: dict[str, Any] = {}
        if target.model is not None:
            changes["model"] = target.model
        if self._misses:
            changes["id"] = new_request_id()
            if self._request.timeout is not None:
                changes["timeout"] = self._ends_at - anyio.current_time()
        return attrs.evolve(self._request, **changes) if changes else self._request

    def _may_go_on(self, error: JackfieldError) -> bool:
        """Whether another one may be asked after *error*: without acting twice or with leave to, in time."""
        if anyio.current_time() >= self._ends_at:
            return False
        if self._connection is None:
            # It could not be reached at all, so it was never asked.
            return True
        if not isinstance(error, ProviderError):
            # A plugin at fault: nobody knows what it did.
            return False
        policy = RetryPolicy.of(self._connection.options, self._connection.spec.effect)
        return policy.may_repeat(error, uncertain=self._request.retry_uncertain)

    def _complete(self, error: JackfieldError) -> None:
        """Tell on the error that the caller gets of those that were asked before."""
        self._error = error
        for miss in self._misses:
            error.add_note(f"Asked before it, and no answer: {miss.connection}: {miss.error}")
            if isinstance(error, ProviderError) and isinstance(miss.error, ProviderError):
                # With leave to act twice: what can have happened is what can have at any of them.
                error.certainty = worst_of(error.certainty, miss.error.certainty)


@attrs.define(eq=False, repr=False)
class Choices:
    """A manager's choices, by name."""

    _reach: Callable[[str], Awaitable[Connection]]
    _connections: Callable[[], Collection[str]]
    _named: dict[str, Choice] = attrs.field(factory=dict, init=False)

    def __contains__(self, name: str) -> bool:
        return name in self._named

    @property
    def names(self) -> list[str]:
        """The names, in the order they were added."""
        return list(self._named)

    def add(self, name: str, asks: Iterable[str]) -> Choice:
        """Give those to be asked a name; errors as for `ProviderManager.add_choice`."""
        self._check(name)
        choice = self._named[name] = self.build(name, asks)
        return choice

    def take(self, entry: ChoiceConfig) -> None:
        """Add one of the configuration file, which was checked against the file's own connections.

        That one of them could not be opened is no reason to leave it out: to ask another one then is what a
        choice is for.
        """
        self._check(entry.name)
        self._named[entry.name] = Choice(entry.name, entry.targets, self._reach)

    def _check(self, name: str) -> None:
        check_name(
            name, dict.fromkeys(self._named, "a choice") | dict.fromkeys(self._connections(), "a connection")
        )

    def build(self, name: str, asks: Iterable[str]) -> Choice:
        """Return those to be asked as a choice; the empty name is that of one without a name."""
        written = {known: [*map(str, choice.targets)] for known, choice in self._named.items()}
        written[name] = [asks] if isinstance(asks, str) else list(asks)
        targets = resolve(name, written, self._connections(), unknown=UnknownConnection)
        return Choice(name, targets, self._reach)

    def get(self, name: str) -> Choice:
        """Return the choice of that name.

        Raises:
            UnknownConnection: There is none.
        """
        if name not in self._named:
            raise UnknownConnection(f"there is no choice {name!r}", hint=near_names(name, self._named))
        return self._named[name]

    def remove(self, name: str) -> None:
        """Forget a choice; errors as for `get`."""
        self.get(name)
        del self._named[name]

    def clear(self) -> None:
        """Forget all of them."""
        self._named.clear()
