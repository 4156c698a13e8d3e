"""The front desk: notes every request, and lets ordered faults happen to its answer.

Law: an answer is whole before its first byte goes out, so a fault can replace, cut, delay or drop it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, final

from starlette.routing import Match

from jackfield_playground._books import Arrived
from jackfield_playground._loopback import gone, hang_up

from ._faults import Answer, Fault
from ._scenes import ASKS
from ._settings import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ._state import CodegenState

_NO_FAULT = Fault()


@final
class FrontDesk:
    """ASGI middleware between the server and the API."""

    def __init__(self, app: ASGIApp, state: CodegenState, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._state = state
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass on what is not one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = self._route(scope)
        index = self._state.arrived(scope["method"], scope["path"], route)
        body = await _read(receive)
        if route in ASKS:
            self._state.note_asking(_arrived(scope, body))
        fault = self._state.fault_for(route) or _NO_FAULT
        if fault.silent:
            await gone(receive)
            return
        answer = await self._execute(scope, body) if fault.executed else None
        if await _left_within(receive, fault.delay_seconds + self._state.settings.latency_seconds):
            return
        if fault.dropped:
            await hang_up(scope, receive)
            return
        sent = fault.applied_to(answer)
        self._state.answered(index, sent.status)
        await sent.send(send)

    def _route(self, scope: Scope) -> Route | None:
        known = (route for route in self._routes if route.matches(scope)[0] is Match.FULL)
        name = getattr(next(known, None), "name", None)
        return Route(name) if name in set(Route) else None

    async def _execute(self, scope: Scope, body: bytes) -> Answer:
        sent: list[Message] = []
        request: list[Message] = [{"type": "http.request", "body": body}]

        async def receive() -> Message:
            return request.pop() if request else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, *rest = sent
        return Answer(
            status=start["status"],
            headers=tuple(start["headers"]),
            body=b"".join(message.get("body", b"") for message in rest),
        )


def _arrived(scope: Scope, body: bytes) -> Arrived:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    headers.pop("authorization", None)
    query = scope["query_string"].decode("latin-1")
    return Arrived(f"{scope['path']}?{query}" if query else scope["path"], headers, body)


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _left_within(receive: Receive, seconds: float) -> bool:
    if not seconds:
        return False
    try:
        await asyncio.wait_for(gone(receive), seconds)
    except TimeoutError:
        return False
    return True
