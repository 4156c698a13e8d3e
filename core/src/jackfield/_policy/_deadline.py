"""The running operation: the time it may take, what it waits for now, and whose gate and login it uses.

It is a context variable, so that whoever is below and knows better can say what is waited for, obey what the
remote told about waiting, or read a wire within the time, without a parameter through every layer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, TypeVar

import anyio
import attrs

from .. import _log
from .._exceptions import (
    AuthenticationRequired,
    Certainty,
    ContractBroken,
    DeadlineExceeded,
    ProviderClosed,
)

if TYPE_CHECKING:
    from ._gate import Gate

Phase: TypeAlias = Literal[
    "open", "queue", "gate", "rate", "connect", "answer", "event", "retry", "login", "health", "models"
]
Result = TypeVar("Result")

BEFORE_THE_WIRE: Final = {"open", "queue", "gate", "rate", "connect"}
_running: ContextVar[Deadline | None] = ContextVar("jackfield_deadline", default=None)


class Renewing(Protocol):
    """A login that can be renewed; *generation* tells how often it was."""

    generation: int

    async def renew(self, error: AuthenticationRequired, generation: int) -> bool:
        """Log in anew after the refusal of that *generation*; return whether that helped."""


@attrs.define(eq=False)
class Deadline:
    """The end of an operation's time, on the event loop's clock, and where the operation is.

    Attributes:
        seconds: The time from now; None for no end.
        gate: The gate of the connection that is used, if any.
        login: The login of the connection that is used, if any.
        read_timeout: What the provider says of its transport; see `Provider.read_timeout`.
        at: When the time is over.
        phase: What the operation waits for.
        sent: Whether something may be on the wire, in this attempt.
        hurried: Whether another connection is asked instead, rather than to wait or to try again.
        generation: Which login this attempt was sent with.
        is_cut: Whether the connection was closed meanwhile.
        first_event: Called when this attempt brings its first event.
        fate: What the provider says of an operation that is cut off now; see `if_cut_off`.
    """

    seconds: float | None
    gate: Gate | None = None
    login: Renewing | None = None
    read_timeout: float | None = None
    at: float = attrs.field(init=False)
    phase: Phase = attrs.field(default="answer", init=False)
    sent: bool = attrs.field(default=False, init=False)
    hurried: bool = attrs.field(default=False, init=False)
    generation: int = attrs.field(default=0, init=False)
    is_cut: bool = attrs.field(default=False, init=False)
    first_event: Callable[[], None] | None = attrs.field(default=None, init=False)
    fate: tuple[str, Certainty | None] | None = attrs.field(default=None, init=False)
    _steps: list[anyio.CancelScope] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Let the time begin now, and not when this was made."""
        self.at = float("inf") if self.seconds is None else anyio.current_time() + self.seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return anyio.current_time() >= self.at

    @property
    def is_stepping(self) -> bool:
        """Whether somebody is inside a step just now."""
        return bool(self._steps)

    @property
    def in_haste(self) -> bool:
        """Whether to give up rather than wait. Not once something is on the wire: its fate counts then."""
        return self.hurried and not self.sent

    def leaves(self, seconds: float) -> bool:
        """Whether there is time left after *seconds* of waiting."""
        return anyio.current_time() + seconds < self.at

    def enter(self) -> None:
        """Make this the running operation of whoever calls: each step may be taken in another task."""
        _running.set(self)

    def cut(self) -> None:
        """End the step that is taken now, and let none begin any more: the connection is being closed."""
        self.is_cut = True
        for step in self._steps:
            step.cancel()

    def refuse_if_cut(self) -> None:
        """Raise `ProviderClosed` once the connection was closed."""
        if self.is_cut:
            certainty, hint = self.told()
            raise ProviderClosed(
                "the connection was closed while the request was under way", certainty=certainty, hint=hint
            )

    def refuse_wait(self, seconds: float) -> None:
        """Raise at once what waiting *seconds* in vain would raise in the end.

        Raises:
            DeadlineExceeded: There is no time left after that wait.
        """
        if not self.leaves(seconds):
            raise self.exceeded(f"the next turn is in {seconds:.0f} s, and {self.seconds:g} s are allowed")

    def exceeded(self, message: str) -> DeadlineExceeded:
        """Return the error for a time that is over, or will be before anything can happen."""
        certainty, hint = self.told()
        return DeadlineExceeded(message, phase=self.phase, certainty=certainty, hint=hint)

    def told(self) -> tuple[Certainty, str | None]:
        """Return whether the remote can have acted, if the operation is cut off now, and what to do then."""
        hint, certainty = self.fate or (None, None)
        if certainty is None and self.phase in BEFORE_THE_WIRE and not self.sent:
            return Certainty.NOT_SENT, None
        return certainty or Certainty.UNKNOWN, hint

    async def bound(self, call: Callable[[], Awaitable[Result]], phase: Phase) -> Result:
        """Await what *call* gives, no longer than the time lasts and the connection is open.

        Raises:
            DeadlineExceeded: The time is over.
            ProviderClosed: The connection was closed.
        """
        self.refuse_if_cut()
        self.phase = phase
        if not self._steps:
            self.fate = None
        before = _running.set(self)
        with anyio.CancelScope(deadline=self.at) as scope:
            self._steps.append(scope)
            try:
                return await call()
            finally:
                self._steps.remove(scope)
                _running.reset(before)
        self.refuse_if_cut()
        raise self.exceeded(f"no answer within {self.seconds:g} s")

    def may_read_freely(self, limit: float | None) -> bool:
        """Whether the next read of a wire ends within the time by itself; otherwise it has to be `bound`.

        A scope for each read costs more than decoding it. So where the transport itself ends a read after
        *limit* seconds, and that is before the time is over, the read needs none: the clock is looked at
        again before the next one, whether this one brought an event or a ping. Closing the connection
        closes such a transport, and that ends the read too.

        Args:
            limit: Seconds after which the transport ends a read by itself; None when nobody knows.

        Raises:
            ProviderClosed: The connection was closed.
        """
        self.refuse_if_cut()
        return limit is not None and self.leaves(limit)


def running() -> Deadline | None:
    """Return the running operation, if there is one."""
    return _running.get()


def waiting_for(phase: Phase) -> None:
    """Say what the running operation waits for from here on; for those below who know it better."""
    if (deadline := _running.get()) is not None:
        deadline.phase = phase


@contextmanager
def waiting(phase: Phase) -> Iterator[Deadline | None]:
    """Say for the length of a block that the running operation waits for *phase*; give its deadline."""
    deadline = _running.get()
    if deadline is None:
        yield None
        return
    before, deadline.phase = deadline.phase, phase
    yield deadline
    # Not so when a wait is cut off: then the deadline is about to say what was waited for.
    deadline.phase = before


def on_first_event(call: Callable[[], None]) -> None:
    """Have *call* called when the running attempt brings its first event: then the remote answers."""
    if (deadline := _running.get()) is not None:
        deadline.first_event = call


def report_wait(seconds: float) -> None:
    """Tell the connection that is being used that its remote wants nothing more for *seconds*.

    For a provider that goes on after such an answer, or swallows it: to a poll, to a look for a lost run.
    What a provider raises is heard anyway, and `jackfield_api.ApiClient` reports every answer by itself.
    """
    if (deadline := _running.get()) is not None and deadline.gate is not None:
        deadline.gate.hear(seconds)


def report_connecting() -> None:
    """Say that a connection is being made: until `report_sent`, nothing has left."""
    waiting_for("connect")


def report_sent() -> None:
    """Say that from here on the remote may have what was asked: our own waits are no excuse any more."""
    if (deadline := _running.get()) is not None:
        deadline.sent = True
        deadline.phase = "answer"


async def wait_until_allowed() -> None:
    """Wait until the remote of the connection that is being used takes requests again; call it and then send.

    It concerns polls and looks as much as the request itself. `jackfield_api.ApiClient` calls it by itself.
    Outside of a connection it returns at once.

    Raises:
        RateLimited: The operation's time is over before that; nothing was sent.
    """
    deadline = _running.get()
    if deadline is None or deadline.gate is None or not deadline.gate.closed_until:
        return
    while (wait := deadline.gate.told_to_wait(anyio.current_time())) > 0:
        deadline.gate.weigh(wait, deadline)
        with waiting("gate"):
            await anyio.sleep_until(deadline.gate.closed_until)


@contextmanager
def if_cut_off(hint: str, certainty: Certainty | None = None) -> Iterator[None]:
    """Say what becomes of the running operation should its time end, or its caller give up, within a block.

    For a provider that asks in several steps, of which only it knows what they do. The error that ends the
    operation then has this hint and certainty. A caller's own cancellation carries no error; where something
    may be left behind at the remote, that is logged.

        with if_cut_off(f"The job may exist: look for {request.id} before you send again."):
            job = await http.request_json("POST", "/jobs", json=body)

    Args:
        hint: What may be left at the remote, by which name, and what to do about it. Never a secret.
        certainty: Whether the remote can have acted. None: not before something was sent; from then on that
            is unknown, and the hint is told. `Certainty.NOT_SENT`: nothing that is sent within acts.
    """
    deadline = _running.get()
    if deadline is None:
        yield
        return
    fate, sent = deadline.fate, deadline.sent
    deadline.fate = (hint, certainty)
    try:
        yield
    except anyio.get_cancelled_exc_class():
        # The fate stays: the deadline, or whoever else cut the operation off, is about to tell it.
        told, tells = deadline.told()
        if tells and told is not Certainty.NOT_SENT and not (deadline.is_over or deadline.is_cut):
            _log.warning("request.cut_off", certainty=told.value, hint=hint)
        raise
    except BaseException:
        deadline.fate = fate
        raise
    deadline.fate = fate
    if certainty is Certainty.NOT_SENT:
        # What only looked has not acted: the wait for the next step is still one before the wire.
        deadline.sent = sent


async def renew_login(error: AuthenticationRequired) -> bool:
    """Log in anew from within a provider, after the remote refused in the middle of an answer.

    Before the answer has begun it is enough to raise *error*; the core renews and tries again. Who polls a
    run that goes on asks here and polls on. Everybody who uses the connection shares one renewal.

    Returns:
        Whether somebody is logged in now; if not, raise *error*.
    """
    deadline = _running.get()
    if deadline is None or deadline.login is None:
        return False
    renewed = await deadline.login.renew(error, deadline.generation)
    # From here on this operation uses the new login: when that runs out too, it is the refused one.
    deadline.generation = deadline.login.generation
    return renewed


def check_read_timeout(transport: float | None) -> None:
    """Refuse a `Provider.read_timeout` that promises more than the *transport* keeps.

    Args:
        transport: Seconds after which the transport ends a read; None for never.

    Raises:
        ContractBroken: The provider says that it ends a read sooner than its transport does.
    """
    deadline = _running.get()
    said = deadline.read_timeout if deadline is not None else None
    if said is not None and (transport is None or transport > said):
        kept = "never" if transport is None else f"after {transport:g} s"
        raise ContractBroken(
            f"the provider's read_timeout is {said:g} s, and its transport ends a read {kept}",
            hint="Let read_timeout be what the transport keeps, for example Timeouts.read of an ApiClient.",
        )
