"""What a connection is made of, and the one way that everything takes which is asked over it.

`ResponseStream` (what the caller reads) → `Run` (the middlewares of the whole request) → `Attempts` (deadline
and retry) → the core's own limits → the middlewares of each attempt → `Provider.stream`. A call with one
answer goes the same way.

A connection lives as long as its name. What is opened is a value inside it, which the task that owns the
connection puts there and takes away; statistics, queue, gate and login outlive that.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import attrs

from . import _log
from ._batches import hold_to_claim
from ._blame import as_ours, in_words, is_plugins_fault
from ._capability import Capability, Need
from ._error_context import failure_of, provider_errors
from ._exceptions import (
    Certainty,
    ChallengeRequired,
    ContractBroken,
    DeadlineExceeded,
    InvalidRequest,
    JackfieldError,
    ProviderClosed,
    ProviderError,
)
from ._login import Login
from ._opened import Opened
from ._options import ProviderOptions
from ._owner import CLOSE_SECONDS
from ._plan import Plan, joined, plan_of, require
from ._policy import (
    Attempts,
    Deadline,
    Gate,
    Limits,
    RetryBudget,
    RetryPolicy,
    Run,
    Slots,
    answer_of,
    one_answer,
)
from ._provider import Effect, Provider, ProviderContext, ProviderSpec, StreamHandler
from ._requests import AttachRequest
from ._stats import ProviderStats
from ._status import Facts, ProviderStatus, status_of
from ._stream import ResponseStream
from ._types import ChatRequest, ChatResponse, Usage
from ._values import describe

if TYPE_CHECKING:
    from ._events import StreamEvent
    from ._plugins import Plugins
    from ._requests import Request

HEALTH_SECONDS: Final = 5.0
_LEAVE_SECONDS: Final = 2.5
_RETRIES_OF_OPENING: Final = 3

Choose: TypeAlias = Callable[[Opened, Any], tuple[StreamHandler, Any]]


@attrs.define(eq=False, repr=False)
class Line:
    """What a connection is made of, and the one way that everything takes which is asked over it.

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
    _policies: Mapping[Effect, RetryPolicy] = attrs.field(init=False)
    _budget: RetryBudget = attrs.field(factory=RetryBudget, init=False)
    _opened: Opened | None = attrs.field(default=None, init=False)
    _opening: bool = attrs.field(default=False, init=False)
    _runs: dict[str, Run[Any]] = attrs.field(factory=dict, init=False)
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
        self._policies = {effect: RetryPolicy.of(options, effect) for effect in Effect}

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
        is_told = self._opened is not None and self.gate.closed_until > 0
        return Facts(
            opening=self._opening,
            opened=self._opened is not None,
            login_needed=self.login.needed,
            breaker_open=self.gate.breaker_open,
            told_to_wait=self.gate.told_to_wait(anyio.current_time()) if is_told else 0.0,
            in_flight=self.slots.in_flight,
            limit=self.slots.limit,
        )

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the provider can do beyond answering, as far as it is known: some tell once they are open."""
        told = self._opened.provider.capabilities if self._opened else None
        return self.spec.capabilities if told is None else told

    def _plan(self, request: ChatRequest, opened: Opened | None) -> Plan:
        plan, places = plan_of(request, self.spec, self.capabilities, self.options)
        if plan.refusals or opened is None:
            return plan
        try:
            theirs = opened.provider.plan(plan.request)
        except InvalidRequest as refusal:
            refusal.provider = refusal.provider or self.spec.name
            theirs = Plan(plan.request, refusals=(refusal,))
        if not isinstance(theirs, Plan):
            raise ContractBroken(f"the plan of {self.spec.name} is {describe(theirs)}, not a Plan")
        return joined(plan, theirs, places) if plan.adaptations else theirs

    def _stream(
        self, request: ChatRequest | AttachRequest, operation: str, choose: Choose, effect: Effect
    ) -> ResponseStream:
        """Return a stream that will ask *request* once it is entered, of what *choose* finds fit then."""
        run = self._run(request, choose, effect)

        def admit(stream: ResponseStream) -> None:
            self._streams.add(stream)
            _log.debug("request.started", connection=self.name, operation=operation, request_id=request.id)

        listens = self._plugins.listens("jackfield_stream_event")
        return ResponseStream(
            request=request,
            spec=self.spec,
            can_attach=Capability.ATTACH in self.capabilities,
            connection=self.name,
            operation=operation,
            run=run,
            admit=admit,
            event_came=self._pass_event_on if listens else None,
            over=self._conclude,
        )

    def _run(self, request: Any, choose: Choose, effect: Effect) -> Run[Any]:
        """Return an operation that begins when it is entered: the one way of everything that is asked.

        Args:
            request: What is asked.
            choose: Gives what makes one attempt, and what it is asked, once the connection is in use.
            effect: What a repetition does.
        """

        def admit(run: Run[Any]) -> StreamHandler:
            opened = self._usable()
            if request.id in self._runs:
                raise InvalidRequest(
                    f"a request with the id {request.id!r} is under way already",
                    hint="Leave id out: each sending draws its own.",
                    provider=self.spec.name,
                )
            run.deadline.read_timeout = opened.provider.read_timeout
            self._runs[request.id] = run
            self._tell_status()
            return opened.whole

        def attempt(run: Run[Any], asked: Any) -> Attempts[Any]:
            handler, planned = choose(self._usable(), asked)
            return Attempts(
                handler=partial(handler, planned),
                deadline=run.deadline,
                policy=self._policies[effect],
                budget=self._budget,
                uncertain=getattr(asked, "retry_uncertain", False),
                retrying=partial(self._retrying, asked),
            )

        seconds = getattr(request, "timeout", None) or self.options.timeout
        # What these are given is not theirs: a run that held itself would stay until the collector comes.
        return Run(request=request, deadline=self._deadline(seconds), admit=admit, attempt=attempt)

    def _begin(self, asked: Any) -> Attempts[Any]:
        """Begin the attempts of a request that has passed what wraps all of them."""
        if asked.id not in self._runs:
            raise ContractBroken(
                "a middleware asks a request under another id; it may change a request, but for its id"
            )
        return self._runs[asked.id].begin(asked)

    def _conclude(self, stream: ResponseStream) -> None:
        """Count one request and tell its outcome, whichever way it ended."""
        self._streams.discard(stream)
        response = stream.response
        self._end_run(stream.run, response, finished=stream.finished)
        self._tell_inconsistencies(response.usage)
        _log.response_finished(response)
        outcome = {"request": stream.request, "response": response, "error": response.error}
        self._plugins.notify("jackfield_response_finished", connection=self, **outcome)

    def _end_run(self, run: Run[Any], outcome: ChatResponse, *, finished: bool) -> None:
        if self._runs.get(run.request.id) is run:
            del self._runs[run.request.id]
        self.stats = self.stats.after(outcome, outcome.error, finished=finished)
        self._tell_status()

    async def _call(
        self,
        operation: str,
        request: Any,
        need: Need,
        call: Callable[[Any, Any], Awaitable[Any]],
        *,
        effect: Effect = Effect.SAFE,
        plan: Callable[[Opened, Any], Any] | None = None,
    ) -> Any:
        """Await one answer of the provider, on the one way of everything that is asked.

        Args:
            operation: What it is called in errors and hooks.
            request: What is asked.
            need: What the provider must be able to do.
            call: Asks the provider.
            effect: What a repetition does.
            plan: Gives what is asked as the provider gets it, or refuses it; before it waits for its turn.
        """

        def choose(opened: Opened, asked: Any) -> tuple[StreamHandler, Any]:
            require(self.spec, self.capabilities, need)
            hold_to_claim(opened.provider, need.capability, self.spec.name)
            handler = opened.wrap(lambda planned: one_answer(partial(call, opened.provider, planned)))
            return handler, asked if plan is None else plan(opened, asked)

        run, started = self._run(request, choose, effect), anyio.current_time()
        outcome: JackfieldError | None = None
        answer: Any = None
        finished = False
        try:
            answer = await answer_of(run)
            finished = True
        except BaseException as error:
            if not is_plugins_fault(error):
                raise
            facts = {"provider": self.spec.name, "connection": self.name, "operation": operation}
            outcome = failure_of(run, error, elapsed=anyio.current_time() - started, **facts)
            raise outcome from outcome.__cause__
        finally:
            elapsed = anyio.current_time() - started
            usage = getattr(answer, "usage", None)
            self._tell_inconsistencies(usage)
            counted = ChatResponse(error=outcome, elapsed=elapsed, attempts=max(1, run.count), usage=usage)
            self._end_run(run, counted, finished=finished)
            told = {"operation": operation, "request": request, "error": outcome, "elapsed": elapsed}
            self._plugins.notify("jackfield_operation_finished", connection=self, **told)
        return answer

    def _tell_inconsistencies(self, usage: Usage | None) -> None:
        for inconsistency in usage.inconsistencies if usage else ():
            _log.warning("usage.inconsistent", connection=self.name, found=inconsistency)

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

    def _retrying(self, request: Request, error: ProviderError, wait: float) -> None:
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
            attempts = self._plugins.middlewares("jackfield_wrap_attempt", self.spec, self)
            requests = self._plugins.middlewares("jackfield_wrap_request", self.spec, self)
            opened = Opened(provider, attempts, requests, self._limits, self._begin)
        self._opened, self._opening = opened, False
        _log.info("provider.opened", connection=self.name, **{"gen_ai.provider.name": self.spec.name})
        self._plugins.notify("jackfield_provider_opened", connection=self)
        self._tell_status()

    async def _log_in(self, context: ProviderContext) -> None:
        policy = self._policies[Effect.SAFE]
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
        for run in self._runs.values():
            run.deadline.cut()
        self.slots.clear()
        self.gate.clear()
        self._tell_status()
        with anyio.move_on_after(_LEAVE_SECONDS):
            for left in filter(None, leaving):
                await left.wait()


def _from_now(seconds: float | None) -> float:
    return float("inf") if seconds is None else anyio.current_time() + seconds
