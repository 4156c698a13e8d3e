"""One opened provider: a provider, an account, a name.

The way of a request: `send` → `stream` → `ResponseStream` (what the caller reads) → `Attempts` (deadline and
retry) → the middlewares, the core's own limits outermost → `Provider.stream`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from . import _log
from ._checks import refuse_unsupported, require
from ._conversation import Conversation
from ._error_context import told
from ._exceptions import ContractBroken, JackfieldError, ProviderClosed, ProviderError
from ._findings import Finding
from ._login import Login
from ._options import ProviderOptions
from ._policy import Attempts, Call, Gate, RetryBudget, RetryPolicy, Slots, retried
from ._provider import Capability, Effect, Middleware, Provider, ProviderContext, ProviderSpec, StreamHandler
from ._stats import ProviderStats
from ._status import Facts, ProviderStatus, status_of
from ._stream import ResponseStream
from ._types import ChatRequest, ChatResponse, Model, Said, to_request

if TYPE_CHECKING:
    from ._plugins import Plugins


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
    _budget: RetryBudget = attrs.field(factory=RetryBudget, init=False)
    _provider: Provider | None = attrs.field(default=None, init=False)
    _handler: StreamHandler = attrs.field(init=False)
    _middlewares: list[Middleware] = attrs.field(factory=list, init=False)
    _opening: bool = attrs.field(default=False, init=False)
    _last_told: ProviderStatus = attrs.field(default=ProviderStatus.INACTIVE, init=False)

    def __attrs_post_init__(self) -> None:
        self.slots = Slots(self.options.max_concurrency, self.options.max_queue)
        self.gate = Gate(self.options.retry_after_cap)
        self.login = Login(self, self._plugins)

    def __repr__(self) -> str:
        return f"<Connection {self.name!r} to {self.spec.name}>"

    @property
    def status(self) -> ProviderStatus:
        """Its state, told from the facts as they are now."""
        return status_of(self._facts())[0]

    @property
    def closed(self) -> bool:
        """Whether it is not open: not yet, or not any more."""
        return self._provider is None

    @property
    def status_reason(self) -> str:
        """Why it is in that state."""
        return status_of(self._facts())[1]

    def _facts(self) -> Facts:
        return Facts(
            opening=self._opening,
            opened=self._provider is not None,
            login_needed=self.login.needed,
            breaker_open=self.gate.breaker_open,
            told_to_wait=self.gate.told_to_wait(anyio.current_time()) if self._provider else 0.0,
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
        async with self._exchange(to_request(messages, **settings), "send") as stream:
            return await stream.collect()

    def stream(self, messages: Said, **settings: Any) -> AbstractAsyncContextManager[ResponseStream]:
        """Ask and read the answer's events as they arrive; arguments and errors as for `send`."""
        return self._exchange(to_request(messages, **settings), "stream")

    @asynccontextmanager
    async def attach(self, handle: str, **settings: Any) -> AsyncIterator[ResponseStream]:
        """Take up an answer that was asked for earlier, by its *handle*. Nothing is asked again.

        Args:
            handle: The handle from a response, an event or an error.
            **settings: `timeout`, in seconds, as in `ChatRequest`.

        Raises:
            Unsupported: The provider cannot do that.
        """
        with told(self.spec.name, self.name, "attach"):
            provider = self._opened()
            require(self.spec, Capability.ATTACH, "take up an answer again")
        request = ChatRequest(messages=f"(the answer {handle})", **settings)
        reading = self._attempts(request, self._wrapped(lambda _: provider.attach(handle)), Effect.SAFE)
        async with self._observed(request, "attach", reading) as stream:
            yield stream

    def conversation(self, conversation_id: str | None = None) -> Conversation:
        """Begin a conversation, or go on with the provider's thread *conversation_id*.

        Raises:
            Unsupported: The provider keeps no threads to go on with.
        """
        if conversation_id is not None:
            require(self.spec, Capability.CONVERSATIONS, "go on with a conversation_id")
        return Conversation(self, conversation_id)

    async def check_health(self) -> None:
        """Return when the remote answers; raise what is wrong otherwise. Never a paid call, never retried."""
        with told(self.spec.name, self.name, "health"):
            await self._opened().check_health()

    async def list_models(self) -> Sequence[Model]:
        """Return the models on offer.

        Raises:
            Unsupported: The provider does not list its models.
        """
        with told(self.spec.name, self.name, "models"):
            provider = self._opened()
            require(self.spec, Capability.MODELS, "list its models")
            policy = RetryPolicy.of(self.options, Effect.SAFE)
            return await retried(provider.list_models, policy, self.options.timeout, "models")

    async def examine(self) -> Sequence[Finding]:
        """Return what the provider finds when it looks whether the remote is still as it knows it."""
        with told(self.spec.name, self.name, "examine"):
            return await self._opened().examine()

    def _exchange(self, request: ChatRequest, operation: str) -> AbstractAsyncContextManager[ResponseStream]:
        with told(self.spec.name, self.name, operation):
            self._opened()
            refuse_unsupported(request, self.spec, self.options)
        attempts = self._attempts(request, self._handler, self.spec.effect)
        return self._observed(request, operation, attempts)

    def _attempts(self, request: ChatRequest, handler: StreamHandler, effect: Effect) -> Attempts:
        provider = self._opened()
        call = Call(
            request=request,
            handler=handler,
            policy=RetryPolicy.of(self.options, effect),
            budget=self._budget,
            timeout=request.timeout or self.options.timeout,
            read_timeout=provider.read_timeout,
            generation=lambda: self.login.generation,
            renew=partial(self.login.renew, provider),
            retrying=lambda error, wait: self._retrying(request, error, wait),
        )
        return Attempts(call)

    @asynccontextmanager
    async def _observed(
        self, request: ChatRequest, operation: str, attempts: Attempts
    ) -> AsyncIterator[ResponseStream]:
        """Run one request so that its outcome is counted and told, whichever way the block is left."""
        listens = self._plugins.listens("jackfield_stream_event")
        notify = partial(self._plugins.notify, "jackfield_stream_event", connection=self)
        stream = ResponseStream(request, self, operation, attempts, notify if listens else None)
        try:
            async with stream:
                self._tell_status()
                yield stream
        finally:
            response, error = stream.response, stream.response.error
            self.stats = self.stats.after(response, error, finished=stream.finished)
            _log.info("request.finished", **_log.response_fields(response))
            self._tell_status()
            outcome = {"request": request, "response": response, "error": error}
            self._plugins.notify("jackfield_response_finished", connection=self, **outcome)

    def _retrying(self, request: ChatRequest, error: ProviderError, wait: float) -> None:
        _log.info("request.retried", connection=self.name, reason=type(error).__name__, wait=round(wait, 3))
        self._tell_status()
        self._plugins.notify(
            "jackfield_request_retried", connection=self, request=request, error=error, wait=wait
        )

    def _tell_status(self) -> None:
        new, reason = status_of(self._facts())
        old, self._last_told = self._last_told, new
        if old is not new:
            self._plugins.notify("jackfield_status_changed", connection=self, old=old, new=new, reason=reason)

    def _opened(self) -> Provider:
        self.login.refuse_if_needed()
        if self._provider is None:
            raise ProviderClosed(f"the connection {self.name!r} is not open", provider=self.spec.name)
        return self._provider

    @asynccontextmanager
    async def opened(self, context: ProviderContext | None = None) -> AsyncIterator[Connection]:
        """Open the provider, log in with *context*, and close it when the block is left.

        Raises:
            AuthenticationRequired: The remote refuses the context, or there is none and one is needed.
            ProviderError: The remote cannot be reached.
            ContractBroken: The provider's plugin is at fault.
        """
        self._opening = True
        self._tell_status()
        error: BaseException | None = None
        try:
            with told(self.spec.name, self.name, "close"):
                async with AsyncExitStack() as stack:
                    try:
                        self._enter(await self._open(stack, context))
                        yield self
                    except BaseException as failure:
                        error = failure
                        # Others are kept from the provider: a task group of its own would wrap them.
                        if not isinstance(failure, Exception):
                            raise
        except JackfieldError as late:
            _log.debug("provider.close_failed", connection=self.name, reason=str(late))
            error = error if isinstance(error, Exception) else late
        finally:
            self._exit(error)
        if isinstance(error, Exception):
            raise error

    async def _open(self, stack: AsyncExitStack, context: ProviderContext | None) -> Provider:
        with told(self.spec.name, self.name, "open"):
            provider = await stack.enter_async_context(self.spec.open(self.options))
            if not isinstance(provider, Provider):
                raise ContractBroken(f"{self.spec.name} opens {type(provider).__name__}, not a Provider")
            policy = RetryPolicy.of(self.options, Effect.SAFE)
            opening = attrs.evolve(policy, max_retries=min(3, policy.max_retries))
            await self.login.log_in(provider, context, opening)
        return provider

    def _enter(self, provider: Provider) -> None:
        self._middlewares = self._plugins.middlewares(self.spec, self)
        self._handler = self._wrapped(provider.stream)
        self._provider, self._opening = provider, False
        _log.info("provider.opened", connection=self.name, **{"gen_ai.provider.name": self.spec.name})
        self._plugins.notify("jackfield_provider_opened", connection=self)
        self._tell_status()

    def _wrapped(self, handler: StreamHandler) -> StreamHandler:
        for middleware in reversed(self._middlewares):
            handler = middleware(handler)
        return handler

    def _exit(self, error: BaseException | None) -> None:
        was_open, self._provider, self._opening = self._provider is not None, None, False
        self._tell_status()
        if was_open:
            self._plugins.notify("jackfield_provider_closed", connection=self, error=error)

    def renewed(self) -> Connection:
        """Return a connection like this one that is not open yet; the statistics go on."""
        fresh = Connection(self.name, self.spec, self.options, self._plugins)
        fresh.stats = self.stats
        return fresh

    def shut(self) -> None:
        """Turn away new and waiting requests; the owner closes the provider next."""
        self.slots.close()
        self.gate.close()
