"""Time limits on what a page does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal, TypeVar

import anyio

from jackfield import Certainty, DeadlineExceeded

T = TypeVar("T")

_STEP_SECONDS: Final = 0.05


def unreached(seconds: float) -> DeadlineExceeded:
    """Return the error for a click that had *seconds* and found no way: nothing was pressed, nothing sent."""
    return DeadlineExceeded(
        f"what was to be clicked could not be reached within {seconds:g} seconds",
        phase="page",
        certainty=Certainty.NOT_SENT,
        hint="It is disabled, it moves, or something lies over it; selectors.dismiss closes that.",
    )


@contextmanager
def deadline(seconds: float, doing: str) -> Iterator[None]:
    """End the block after *seconds*.

    Args:
        seconds: The limit.
        doing: What is under way, as the subject of a sentence.

    Raises:
        DeadlineExceeded: The time is over; its phase is `page`.
    """
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise DeadlineExceeded(f"{doing} took longer than {seconds:g} seconds", phase="page")


async def eventually(so: Callable[[], Awaitable[T | None]], seconds: float) -> T | Literal[False]:
    """Ask again and again until something is *so*; return what is told, False when it is not in *seconds*."""
    with anyio.move_on_after(seconds):
        while True:
            if told := await so():
                return told
            await anyio.sleep(_STEP_SECONDS)
    return False
