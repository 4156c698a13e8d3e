"""What a connection is made of, and the one way that everything takes which is asked over it.

`ResponseStream` (what the caller reads) → `Run` (the middlewares of the whole request) → `Attempts` (deadline
and retry) → the core's own limits → the middlewares of each attempt → `Provider.stream`. A call with one
answer goes the same way.

A connection lives as long as its name. What is opened is a value inside it, which the task that owns the
connection puts there and takes away (see `_opening`); statistics, queue, gate and login outlive that.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import attrs

from . import _log
from ._batches import hold_to_claim
from ._blame import is_plugins_fault
from ._capability import Capability, Need
from ._error_context import failure_of, provider_errors
from ._exceptions import (
    ChallengeRequired,
    ContractBroken,
    InvalidRequest,
    JackfieldError,
    ProviderClosed,
    ProviderError,
)
from ._login import Login
from ._opened import Opened
from ._options import ProviderOptions
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
from ._provider import Effect, Provider, ProviderSpec, StreamHandler
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
    _last_told: tuple[ProviderStatus, str] = attrs.field(default=status_of(Facts()), init=False)
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
        return self._status_and_reason()[0]

    @property
    def closed(self) -> bool:
        """Whether it is not open: not yet, or not any more."""
        return self._opened is None

    @property
    def status_reason(self) -> str:
        """Why it is in that state."""
        return self._status_and_reason()[1]

    def _status_and_reason(self) -> tuple[ProviderStatus, str]:
        try:
            return status_of(self._facts())
        except anyio.NoEventLoopError:
            return self._last_told

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
        listens = self._plugins.listens("jackfield_stream_event")
        return ResponseStream(
            request=request,
            spec=self.spec,
            can_attach=Capability.ATTACH in self.capabilities,
            connection=self.name,
            operation=operation,
            run=self._run(request, choose, effect),
            admit=partial(self._begin_stream, operation),
            event_came=self._pass_event_on if listens else None,
            over=self._conclude,
        )

    def _begin_stream(self, operation: str, stream: ResponseStream) -> None:
        self._streams.add(stream)
        request = stream.request.id
        _log.debug("request.started", connection=self.name, operation=operation, request_id=request)

    def _run(self, request: Any, choose: Choose, effect: Effect) -> Run[Any]:
        """Return an operation that begins when it is entered: the one way of everything that is asked.

        Args:
            request: What is asked.
            choose: Gives what makes one attempt, and what it is asked, once the connection is in use.
            effect: What a repetition does.
        """
        seconds = getattr(request, "timeout", None) or self.options.timeout
        # What these are given is not theirs: a run that held itself would stay until the collector comes.
        return Run(
            request=request,
            deadline=self._deadline(seconds),
            admit=self._admit,
            attempt=partial(self._attempt, choose, effect),
        )

    def _admit(self, run: Run[Any]) -> StreamHandler:
        opened, request = self._usable(), run.request
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

    def _attempt(self, choose: Choose, effect: Effect, run: Run[Any], asked: Any) -> Attempts[Any]:
        handler, planned = choose(self._usable(), asked)
        return Attempts(
            handler=partial(handler, planned),
            deadline=run.deadline,
            policy=self._policies[effect],
            budget=self._budget,
            uncertain=getattr(asked, "retry_uncertain", False),
            retrying=partial(self._retrying, asked),
        )

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
        old, _ = self._last_told
        new, reason = self._last_told = status_of(self._facts())
        if old is not new:
            self._plugins.notify("jackfield_status_changed", connection=self, old=old, new=new, reason=reason)
            self._news.set()
