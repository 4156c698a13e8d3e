"""The trace of whoever asks at a door: what is asked below belongs to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ._traced import within

Message: TypeAlias = MutableMapping[str, Any]
ASGI: TypeAlias = Callable[
    [Mapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

# The trace alone, whatever else the program propagates: baggage of a stranger would go on to the providers.
_PROPAGATOR: Final = TraceContextTextMapPropagator()


def continue_trace(app: ASGI) -> ASGI:
    """Have the trace that a request names be the parent of everything that *app* asks for it.

    Args:
        app: An ASGI application, such as the front door's `Gateway`.

    Returns:
        The application with the `traceparent` and `tracestate` of the W3C's Trace Context heeded. One that
        makes no sense is none.
    """

    async def continued(
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        headers = scope.get("headers", ())
        carrier = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        await within(_PROPAGATOR.extract(carrier), lambda: app(scope, receive, send))

    return continued
