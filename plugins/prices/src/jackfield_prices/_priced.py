"""An answer on its way, whose end has its cost beside its counts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import attrs

from jackfield import EventStream, ResponseFinished, ResponseStarted, StreamEvent, Usage, UsageReported

from ._estimate import CostEstimate


@attrs.define(eq=False)
class Priced:
    """The events of an answer; only the last of them is changed.

    Args:
        inner: The answer without its cost.
        cost: Estimates the cost of those tokens of that model, None where it is not known.
        model: The model that was asked for.
    """

    _inner: EventStream
    _cost: Callable[[Usage, str], Awaitable[CostEstimate | None]]
    _model: str | None
    _usage: Usage | None = attrs.field(default=None, init=False)
    _events: AsyncIterator[StreamEvent] = attrs.field(init=False)

    async def __aenter__(self) -> Self:
        self._events = await self._inner.__aenter__()
        return self

    async def __aexit__(self, *exc: Any) -> bool | None:
        return await self._inner.__aexit__(*exc)  # noqa: ASYNC102  # bounded by what it wraps

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        event = await self._events.__anext__()
        if isinstance(event, ResponseStarted):
            self._model = event.model or event.requested_model or self._model
        elif isinstance(event, UsageReported):
            self._usage = event.usage
        elif isinstance(event, ResponseFinished):
            return await self._with_cost(event)
        return event

    async def _with_cost(self, event: ResponseFinished) -> ResponseFinished:
        usage, model = event.usage or self._usage, event.model or self._model
        cost = await self._cost(usage, model) if usage is not None and model else None
        if cost is None:
            return event
        return attrs.evolve(event, metadata={**event.metadata, "cost_estimate": cost.told()})
