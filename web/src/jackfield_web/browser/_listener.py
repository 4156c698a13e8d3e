"""What is called with an engine's events. Runs in the host's loop."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Final, TypeVar

T = TypeVar("T")

_ONE_EVENT: Final = Signature([Parameter("event", Parameter.POSITIONAL_OR_KEYWORD)])


def listener(hear: Callable[[T], object]) -> Callable[[T], None]:
    """Return what has *hear* called with each event of an engine's object, at the least cost.

    An engine notes its wrapper of a listener on the listener itself, or on the object of a method, which then
    needs room for it. And it works out the signature anew at each event, which takes longer than the rest of
    the call unless it is written down.
    """

    def listen(event: T) -> None:
        hear(event)

    listen.__signature__ = _ONE_EVENT  # type: ignore[attr-defined]
    return listen
