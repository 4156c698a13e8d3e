"""A request with a span round it.

Law: nothing is attached across a `yield`. The span is made the current one for the length of one `await`,
and is that no more when the caller gets an event, or an error, in its hands. So what is asked below gets the
right parent, and what the caller does between two events keeps the caller's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self, TypeVar

import attrs
from opentelemetry.context import Context, attach, detach

from jackfield import EventStream, StreamEvent

from ._operation import Operation

Result = TypeVar("Result")


async def within(context: Context, call: Callable[[], Awaitable[Result]]) -> Result:
    """Await what *call* gives, with *context* as the current one."""
    token = attach(context)
    # A task keeps its context variables through an await, whoever else runs meanwhile: what is detached here
    # is what was attached above, in the same task.
    try:
        return await call()
    finally:
        detach(token)


@attrs.define(eq=False)
class Traced:
    """A request on its way, and the iterator of what comes.

    Args:
        inner: The request without the span.
        begin: Starts the span, in the context of whoever asks.
    """

    _inner: EventStream
    _begin: Callable[[], Operation]
    _operation: Operation = attrs.field(init=False)
    _events: AsyncIterator[StreamEvent] = attrs.field(init=False)

    async def __aenter__(self) -> Self:
        self._operation = self._begin()
        try:
            self._events = await within(self._operation.context, self._inner.__aenter__)
        except BaseException:
            # What cannot be entered is not left either.
            self._operation.stop()
            raise
        return self

    async def __aexit__(self, *exc: Any) -> bool | None:
        try:
            # Its own leaving is bounded by what it wraps: a scope here would only cut that short.
            return await within(  # noqa: ASYNC102
                self._operation.context, lambda: self._inner.__aexit__(*exc)
            )
        finally:
            self._operation.stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        item = await within(self._operation.context, self._events.__anext__)
        self._operation.see(item)
        return item
