"""Time limits on what a page does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from jackfield import DeadlineExceeded


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
