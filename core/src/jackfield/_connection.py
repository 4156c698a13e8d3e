"""One opened provider: a provider, an account, a name.

The way of a request: `send` → `stream` → `ResponseStream` (what the caller reads) → `Attempts` (deadline and
retry) → the middlewares, the core's own limits outermost → `Provider.stream`.

A connection lives as long as its name. What is opened is a value inside it, which the task that owns the
connection puts there and takes away; statistics, queue, gate and login outlive that.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
import attrs

from . import _log
from ._blame import as_ours, in_words, is_plugins_fault
from ._checks import refuse_unsupported, require
from ._conversation import Conversation
from ._error_context import provider_errors
from ._exceptions import (
    Certainty,
    ChallengeRequired,
    ContractBroken,
    DeadlineExceeded,
    JackfieldError,
    ProviderClosed,
    ProviderError,
)
from ._findings import Finding
from ._login import Login
from ._opened import Opened
from ._options import ProviderOptions
from ._owner import CLOSE_SECONDS, opened
from ._policy import (
    Attempts,
    Deadline,
    Gate,
    Limits,
    RetryBudget,
    RetryPolicy,
    Slots,
    answer_of,
    one_answer,
)
from ._provider import Capability, Effect, Provider, ProviderContext, ProviderSpec, StreamHandler
from ._stats import ProviderStats
from ._status import Facts, ProviderStatus, status_of
from ._stream import ResponseStream
from ._types import ChatRequest, ChatResponse, Model, Said, identified, to_request

if TYPE_CHECKING:
    from ._events import StreamEvent
    from ._plugins import Plugins

HEALTH_SECONDS: Final = 5.0
_LEAVE_SECONDS: Final = 2.5
_RETRIES_OF_OPENING: Final = 3

Answer = TypeVar("Answer")


@attrs.define(eq=False, repr=False)
class Connection:
    """A provider opened for one account. Made by a `ProviderManager` or by `connect`.

    Attributes:
        name: Its name in the manager.
        spec: The provider.
        options: Its settings.
        stats: What it has done so far.
        slots: The queue and the requests on the wire.
        gate: What the remote told about waiting, and the breaker.
        login: Whether it is logged in, and with what.
    """

    name: str
    spec: ProviderSpec
    options: ProviderOptions
    _plugins: Plugins
    stats: ProviderStats = attrs.field(factory=ProviderStats, init=False)
    slots: Slots = attrs.field(init=False)
    gate: Gate = attrs.field(init=False)
    login: Login = attrs.field(init=False)
    _limits: Limits = attrs.field(init=False)
    _budget: RetryBudget = attrs.field(factory=RetryBudget, init=False)
    _opened: Opened | None = attrs.field(default=None, init=False)
    _opening: bool = attrs.field(default=False, init=False)
    _streams: set[ResponseStream] = attrs.field(factory=set, init=False)
    _last_status: ProviderStatus = attrs.field(default=ProviderStatus.INACTIVE, init=False)
    _news: anyio.Event = attrs.field(factory=anyio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        options = self.options
        self.slots = Slots(options.max_concurrency, options.max_queue)
        self.gate = Gate(
            options.retry_after_cap,
            base_delay=options.base_delay,
            cap_delay=options.cap_delay,
            fails_open=options.on_open == "fail",
        )
        self.login = Login(
            name=self.name,
            spec=self.spec,
            options=options,
            plugins=self._plugins,
            challenged=self._call_for_owner,
        )
        self._limits = Limits(self.slots, self.gate, self.login)

    def __repr__(self) -> str:
        return f"<Connection {self.name!r} to {self.spec.name}>"

    @property
    def status(self) -> ProviderStatus:
        """Its state, told from the facts as they are now; outside of an event loop, as it was told last."""
        try:
            return status_of(self._facts())[0]
        except anyio.NoEventLoopError:
            return self._last_status

    @property
    def closed(self) -> bool:
        """Whether it is not open: not yet, or not any more."""
        return self._opened is None

    @property
    def status_reason(self) -> str:
        """Why it is in that state."""
        return status_of(self._facts())[1]

    def _facts(self) -> Facts:
        return Facts(
            opening=self._opening,
            opened=self._opened is not None,
            login_needed=self.login.needed,
            breaker_open=self.gate.breaker_open,
            told_to_wait=self.gate.told_to_wait(anyio.current_time()) if self._opened else 0.0,
            in_flight=self.slots.in_flight,
            limit=self.slots.limit,
        )

    async def send(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the whole answer.

        Args:
            messages: Text, a message, several, or a whole `ChatRequest`.
            **settings: Fields of `ChatRequest`: `model`, `conversation_id`, `timeout` …

        Raises:
            ProviderError: What went wrong, with its certainty, the handle and the partial text.
        """
        async with self._ask(to_request(messages, **settings), "send") as stream:
            return await stream.collect()

    def stream(self, messages: Said, **settings: Any) -> ResponseStream:
        """Ask and read the answer's events as they arrive; arguments and errors as for `send`."""
        return self._ask(to_request(messages, **settings), "stream")

    async def answer(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the answer as far as it came: a failure is in its `error` instead of raised."""
        stream = self._ask(to_request(messages, **settings), "send")
        try:
            async with stream:
                return await stream.collect()
        except JackfieldError:
            return stream.response

    def attach(self, handle: str, **settings: Any) -> ResponseStream:
        """Take up an answer that was asked for earlier, by its *handle*. Nothing is asked again.

        Args:
            handle: The handle from a response, an event or an error.
            **settings: `timeout`, in seconds, as in `ChatRequest`.

        Raises:
            Unsupported: The provider cannot do that.
        """
        request = identified(ChatRequest(messages=f"(the answer {handle})", **settings))

        def take_up(opened: Opened) -> StreamHandler:
            require(self.spec, Capability.ATTACH, "take up an answer again")
            return opened.wrap(lambda _: opened.provider.attach(handle))

        return self._stream(request, "attach", take_up, Effect.SAFE)

    def conversation(self, conversation_id: str | None = None) -> Conversation:
        """Begin a conversation, or go on with the provider's thread *conversation_id*.

        Raises:
            Unsupported: The provider keeps no threads to go on with.
        """
        if conversation_id is not None:
            require(self.spec, Capability.CONVERSATIONS, "go on with a conversation_id")
        return Conversation(self, conversation_id)

    async def check_health(self) -> None:
        """Return when the remote answers, within 5 seconds; raise what is wrong otherwise.

        Never a paid call, never retried, and it waits behind no request: but the remote's own wish to be left
        alone holds for it too.
        """
        with self._provider_errors("health"):
            provider = self._usable().provider
            deadline = self._deadline(HEALTH_SECONDS)
            if wait := self.gate.told_to_wait(anyio.current_time()):
                self.gate.weigh(wait, deadline)
            await deadline.bound(provider.check_health, "health")

    async def list_models(self) -> Sequence[Model]:
        """Return the models on offer.

        Raises:
            Unsupported: The provider does not list its models.
        """
        with self._provider_errors("models"):
            provider = self._usable().provider
            require(self.spec, Capability.MODELS, "list its models")
            return await self._call(provider.list_models)

    async def examine(self) -> Sequence[Finding]:
        """Return what the provider finds when it looks whether the remote is still as it knows it.

        Raises:
            DeadlineExceeded: It took longer than `open_timeout`.
        """
        with self._provider_errors("examine"):
            provider = self._usable().provider
            return await self._deadline(self.options.open_timeout).bound(provider.examine, "health")

    def _ask(self, request: ChatRequest, operation: str) -> ResponseStream:
        def ask(opened: Opened) -> StreamHandler:
            refuse_unsupported(request, self.spec, self.options)
            return opened.handler

        return self._stream(request, operation, ask, self.spec.effect)

    def _stream(
        self,
        request: ChatRequest,
        operation: str,
        choose: Callable[[Opened], StreamHandler],
        effect: Effect,
    ) -> ResponseStream:
        """Return a stream that will ask *request* once it is entered, of what *choose* finds fit then."""
        chosen: list[StreamHandler] = []
        attempts: Attempts[StreamEvent] = Attempts(
            handler=lambda: chosen[0](request),
            deadline=self._deadline(request.timeout or self.options.timeout),
            policy=RetryPolicy.of(self.options, effect),
            budget=self._budget,
            uncertain=request.retry_uncertain,
            retrying=partial(self._retrying, request),
        )

        def admit(stream: ResponseStream) -> None:
            opened = self._usable()
            attempts.deadline.read_timeout = opened.provider.read_timeout
            chosen.append(choose(opened))
            self._streams.add(stream)
            self._tell_status()

        listens = self._plugins.listens("jackfield_stream_event")
        return ResponseStream(
            request=request,
            spec=self.spec,
            connection=self.name,
            operation=operation,
            attempts=attempts,
            admit=admit,
            event_came=self._pass_event_on if listens else None,
            over=self._conclude,
        )

    def _conclude(self, stream: ResponseStream) -> None:
        """Count one request and tell its outcome, whichever way it ended."""
        self._streams.discard(stream)
        response = stream.response
        self.stats = self.stats.after(response, response.error, finished=stream.finished)
        _log.info("request.finished", **_log.response_fields(response))
        self._tell_status()
        outcome = {"request": stream.request, "response": response, "error": response.error}
        self._plugins.notify("jackfield_response_finished", connection=self, **outcome)

    async def _call(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Await *call*, which has no effect, within the limits of requests and tried again as they are."""
        attempts: Attempts[Answer] = Attempts(
            handler=partial(self._limits.wrap(one_answer), call),
            deadline=self._deadline(self.options.timeout),
            policy=RetryPolicy.of(self.options, Effect.SAFE),
            budget=self._budget,
        )
        return await answer_of(attempts)

    def _deadline(self, seconds: float | None) -> Deadline:
        return Deadline(seconds, gate=self.gate, login=self.login)

    def _provider_errors(self, operation: str) -> AbstractContextManager[None]:
        return provider_errors(self.spec.name, self.name, operation)

    def _usable(self) -> Opened:
        """Return what is open, if it can be used from here.

        Raises:
            AuthenticationRequired: There is no valid login.
            ProviderClosed: It is not open, or was opened in another process or event loop: its sockets belong
                there, and answers would come to the wrong one.
        """
        self.login.refuse_if_needed()
        opened = self._opened
        if opened is None:
            raise self._closed(f"the connection {self.name!r} is not open")
        if opened.process != os.getpid():
            raise self._closed(f"the connection {self.name!r} was opened before this process was forked")
        if opened.loop != anyio.lowlevel.current_token():
            raise self._closed(f"the connection {self.name!r} was opened in another event loop")
        return opened

    def _closed(self, message: str) -> ProviderClosed:
        return ProviderClosed(message, hint="Open it where it is used.", provider=self.spec.name)

    @property
    def _provider(self) -> Provider | None:
        return self._opened.provider if self._opened else None

    def _pass_event_on(self, event: StreamEvent) -> None:
        self._plugins.notify("jackfield_stream_event", connection=self, event=event)

    def _call_for_owner(self, challenge: ChallengeRequired) -> None:
        self._plugins.notify("jackfield_human_needed", connection=self, challenge=challenge)

    def _retrying(self, request: ChatRequest, error: ProviderError, wait: float) -> None:
        _log.info("request.retried", connection=self.name, reason=type(error).__name__, wait=round(wait, 3))
        self._tell_status()
        self._plugins.notify(
            "jackfield_request_retried", connection=self, request=request, error=error, wait=wait
        )

    def _tell_status(self) -> None:
        new, reason = status_of(self._facts())
        old, self._last_status = self._last_status, new
        if old is not new:
            self._plugins.notify("jackfield_status_changed", connection=self, old=old, new=new, reason=reason)
            self._news.set()

    async def stay_open(self, closing: anyio.Event) -> None:
        """Return after *closing* is set and `wake` called; meanwhile tell what changes by time alone.

        For the task that owns the connection.
        """
        while not closing.is_set():
            self._news = anyio.Event()
            changes = self.gate.closed_until if self.gate.told_to_wait(anyio.current_time()) else float("inf")
            with anyio.CancelScope(deadline=changes):
                await self._news.wait()
            self._tell_status()

    def wake(self) -> None:
        """Let the owning task look whether it is to close."""
        self._news.set()

    @asynccontextmanager
    async def hold_open(self, context: ProviderContext | None = None) -> AsyncIterator[None]:
        """Open the provider, log in with *context*, and close it when the block is left.

        Only for the task that owns the connection: see `open`.

        Raises:
            AuthenticationRequired: The remote refuses the context, or there is none and one is needed.
            DeadlineExceeded: It took longer than `open_timeout`.
            ProviderError: The remote cannot be reached.
            ContractBroken: The provider's plugin is at fault.
        """
        error: BaseException | None = None
        was_open = False
        self._opening = True
        self._tell_status()
        # One scope for both ends: a provider may keep scopes and task groups of its own while it is open, and
        # those must be left before any that was entered earlier. So no other scope may lie round its opening
        # or its closing alone.
        try:
            with anyio.CancelScope(deadline=_from_now(self._open_timeout(context))) as scope:
                try:
                    async with AsyncExitStack() as stack:
                        try:
                            await self._open(stack, context)
                            was_open, scope.deadline = True, float("inf")
                            yield
                        except BaseException as failure:
                            error = failure
                            # Others are kept from the provider: a task group of its own would wrap them.
                            if not is_plugins_fault(failure):
                                raise
                        finally:
                            # What is still being opened is given up as its opener is, with its threads.
                            scope.shield, scope.deadline = was_open, _from_now(CLOSE_SECONDS)
                            await self._end_streams()
                except BaseException as late:
                    if not is_plugins_fault(late):
                        raise
                    _log.debug("provider.close_failed", connection=self.name, reason=in_words(late))
                    if error is None or not (is_plugins_fault(error) or isinstance(error, KeyboardInterrupt)):
                        error = as_ours(late, self.spec.name)
        finally:
            if was_open:
                self._plugins.notify("jackfield_provider_closed", connection=self, error=error)
        if scope.cancelled_caught and not was_open:
            raise self._too_slow()
        if error is not None:
            raise error

    async def _open(self, stack: AsyncExitStack, context: ProviderContext | None) -> None:
        with self._provider_errors("open"):
            provider = await stack.enter_async_context(self.spec.open(self.options))
            if not isinstance(provider, Provider):
                raise ContractBroken(f"{self.spec.name} opens {type(provider).__name__}, not a Provider")
            context = await self.login.prepare(provider, context)
            if context is not None:
                await self._log_in(context)
            middlewares = self._plugins.middlewares(self.spec, self)
        self._opened, self._opening = Opened(provider, middlewares, self._limits), False
        _log.info("provider.opened", connection=self.name, **{"gen_ai.provider.name": self.spec.name})
        self._plugins.notify("jackfield_provider_opened", connection=self)
        self._tell_status()

    async def _log_in(self, context: ProviderContext) -> None:
        policy = RetryPolicy.of(self.options, Effect.SAFE)
        log_in = partial(self.login.log_in, context, self.login.generation)
        attempts: Attempts[None] = Attempts(
            handler=partial(one_answer, log_in),
            deadline=self._deadline(self.options.timeout),
            policy=attrs.evolve(policy, max_retries=min(_RETRIES_OF_OPENING, policy.max_retries)),
            budget=self._budget,
        )
        await answer_of(attempts)

    def _open_timeout(self, context: ProviderContext | None) -> float | None:
        """Return the seconds that opening may take; a person who logs in takes the time that they need."""
        is_for_a_person = context is not None and context.auth_type == "interactive"
        return None if is_for_a_person else self.options.open_timeout

    def _too_slow(self) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"{self.name} was not open within {self.options.open_timeout:g} s",
            phase="open",
            certainty=Certainty.NOT_SENT,
            provider=self.spec.name,
            hint="A larger open_timeout waits longer.",
        )

    async def _end_streams(self) -> None:
        """End every request at once; give those that somebody is reading a moment to leave what lies below.

        A request that nobody is reading just now holds nobody up: its reader hears of it when it comes back,
        and its slot is taken back here.
        """
        self._opened, self._opening = None, False
        leaving = [stream.cut() for stream in self._streams]
        self.slots.clear()
        self.gate.clear()
        self._tell_status()
        with anyio.move_on_after(_LEAVE_SECONDS):
            for left in filter(None, leaving):
                await left.wait()

    def open(self, context: ProviderContext | None = None) -> AbstractAsyncContextManager[Connection]:
        """Open it for the length of a block, and log in with *context*; for one that `prepare` gave.

        Raises:
            JackfieldError: As for `ProviderManager.add_provider` and `ProviderManager.set_provider_context`.
        """
        return opened(self, context)


def _from_now(seconds: float | None) -> float:
    return float("inf") if seconds is None else anyio.current_time() + seconds
