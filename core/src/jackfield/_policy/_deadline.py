"""The time that one operation may take, and what it was waiting for when the time was over."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

import anyio
import attrs

from .._exceptions import Certainty, DeadlineExceeded, RateLimited

if TYPE_CHECKING:
    from ._gate import Gate

Phase: TypeAlias = Literal["queue", "gate", "rate", "answer", "event", "login", "health", "models"]
Result = TypeVar("Result")

_BEFORE_THE_WIRE: Final = {"queue", "gate", "rate"}
_running: ContextVar[Deadline | None] = ContextVar("jackfield_deadline", default=None)


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


def report_wait(seconds: float) -> None:
    """Tell the connection that is being used that its remote wants nothing more for *seconds*.

    For a provider that goes on after such an answer, or swallows it: to a poll, to a look for a lost run.
    What a provider raises is heard anyway, and `jackfield_api.ApiClient` reports every answer by itself.
    """
    if (deadline := _running.get()) is not None and deadline.gate is not None:
        deadline.gate.hear(seconds)


async def wait_until_allowed() -> None:
    """Wait until the remote of the connection that is being used takes requests again; call it and then send.

    It concerns polls and looks as much as the request itself, and a wait that ends the operation's time is
    told as our own as long as nothing was sent. `jackfield_api.ApiClient` calls it by itself. Outside of a
    connection it returns at once.

    Raises:
        RateLimited: The operation's time is over before that; nothing was sent.
    """
    deadline = _running.get()
    if deadline is None:
        return
    while deadline.gate is not None and (wait := deadline.gate.told_to_wait(anyio.current_time())) > 0:
        if not deadline.leaves(wait):
            raise RateLimited(
                f"the remote wants nothing for {wait:.0f} s more, and the request's time is over before",
                certainty=Certainty.NOT_SENT,
                retry_after=wait,
            )
        await anyio.sleep(wait)
    deadline.sent = True


@attrs.define(eq=False)
class Deadline:
    """The end of an operation's time, on the event loop's clock.

    Attributes:
        seconds: The time from now; None for no end.
        at: When the time is over.
        phase: What the operation waits for.
        gate: The gate of the connection that is used, if any.
        sent: Whether something may be on the wire, in this attempt.
    """

    seconds: float | None
    gate: Gate | None = None
    at: float = attrs.field(init=False)
    phase: Phase = attrs.field(default="answer", init=False)
    sent: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.at = float("inf") if self.seconds is None else anyio.current_time() + self.seconds

    def leaves(self, seconds: float) -> bool:
        """Whether there is time left after *seconds* of waiting."""
        return anyio.current_time() + seconds < self.at

    def refuse_wait(self, seconds: float) -> None:
        """Raise at once what waiting *seconds* in vain would raise in the end.

        Raises:
            DeadlineExceeded: There is no time left after that wait.
        """
        if not self.leaves(seconds):
            raise self.exceeded(f"the next turn is in {seconds:.0f} s, and {self.seconds:g} s are allowed")

    def exceeded(self, message: str) -> DeadlineExceeded:
        """Return the error for a time that is over, or will be before anything can happen."""
        certainty = Certainty.NOT_SENT if self.phase in _BEFORE_THE_WIRE and not self.sent else None
        return DeadlineExceeded(message, phase=self.phase, certainty=certainty)

    async def bound(self, step: Awaitable[Result], phase: Phase) -> Result:
        """Await *step*, and no longer than the time lasts.

        Raises:
            DeadlineExceeded: The time is over.
        """
        self.phase = phase
        # Never reset: whoever looks at it runs inside a step, and each step sets it anew.
        _running.set(self)
        remaining = self.at - anyio.current_time()
        with anyio.move_on_after(None if remaining == float("inf") else remaining):
            return await step
        raise self.exceeded(f"no answer within {self.seconds:g} s")
