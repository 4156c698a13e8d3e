"""What is called with an engine's events, and what those begin. Runs in the host's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from inspect import Parameter, Signature
from typing import Any, Final, TypeVar

import attrs

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


def listen_to(place: Any, handlers: Mapping[str, Callable[[Any], object]]) -> ExitStack:
    """Have *handlers* called with the events of an engine's object, by their names, until that is closed."""
    listening = ExitStack()
    for name, handler in handlers.items():
        hear = listener(handler)
        place.on(name, hear)
        listening.callback(place.remove_listener, name, hear)
    return listening


@attrs.define(eq=False)
class Errands:
    """What is begun on an event, and that nobody waits for."""

    _tasks: set[asyncio.Task[object]] = attrs.field(factory=set, init=False)

    def begin(self, work: Coroutine[Any, Any, object]) -> None:
        """Have *work* done. That it fails is of no interest: a page may have closed meanwhile."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def on_event(self, do: Callable[[T], Coroutine[Any, Any, object]]) -> Callable[[T], None]:
        """Return what begins to *do* something with each event of an engine's object."""
        return listener(lambda event: self.begin(do(event)))

    def _end(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # An error that is read is not reported by the loop.
            task.exception()
