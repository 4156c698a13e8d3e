"""Bodies in and replies out, over ASGI. Law: headers leave with the first bytes and never before."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias

import anyio
import attrs

from ._fault import Refusal
from ._guard import Head
from ._settings import GatewaySettings

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON: Final = "application/json"
_MOST_AHEAD: Final = 1024 * 1024
_LONGEST_VALUE: Final = 4000
"""Bytes of a header's value; some clients take 8 KiB for all of a head."""


class Gone(Exception):
    """The client hung up."""


def sending_lock() -> anyio.Lock:
    """Return a lock for who sends: others have their turn while it is sent, not when it is taken as well."""
    return anyio.Lock(fast_acquire=True)


@attrs.define(eq=False)
class Reply:
    """What a client gets.

    Attributes:
        headers: What every reply to this request says; added to until it begins.
        started: Whether headers have left: then no status can be told any more.
        ended: Whether its last byte was handed to the server.
        outcome: What it told: `answered`, or the kind of a fault.
        last: When something was sent last, on the clock of the event loop.
    """

    _send: Send
    headers: dict[str, str] = attrs.field(factory=dict)
    started: bool = attrs.field(default=False, init=False)
    ended: bool = attrs.field(default=False, init=False)
    outcome: str = attrs.field(default="answered", init=False)
    last: float = attrs.field(factory=anyio.current_time, init=False)
    _sending: anyio.Lock = attrs.field(factory=sending_lock, init=False)

    async def write(self, data: bytes, *, status: int = 200, media_type: str = JSON) -> None:
        """Send bytes of a stream, after the headers when they are the first; none once it has ended."""
        async with self._sending:
            if self.ended:
                return
            await self._begin(status, media_type)
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
            self.last = anyio.current_time()

    async def end(self, data: bytes = b"", *, media_type: str = JSON) -> None:
        """End a stream with its last bytes, in one go: no sign of life comes between them, or after."""
        async with self._sending:
            await self._begin(200, media_type)
            await self._last(data)

    async def _begin(self, status: int, media_type: str) -> None:
        if not self.started:
            await self._start(status, {"content-type": media_type, "cache-control": "no-store"})

    async def whole(
        self, status: int, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a reply in one piece; never compressed, so that whoever looks at the wire can read it."""
        data = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        await self.piece(data, {"content-type": JSON, **(headers or {})}, status=status)

    async def piece(self, data: bytes, headers: Mapping[str, str], *, status: int = 200) -> None:
        """Send a reply of bytes in one piece."""
        async with self._sending:
            await self._start(status, {"content-length": str(len(data)), **headers})
            await self._last(data)

    async def _last(self, data: bytes) -> None:
        # Said ahead: once the last byte has left, a client hangs up, and that ends who waits for the send.
        self.ended = True
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        told = {**self.headers, **headers, "x-content-type-options": "nosniff"}
        pairs = [(name.encode("latin-1"), _header_value(value)) for name, value in told.items()]
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})


def _header_value(text: str) -> bytes:
    """Return a text as the value of a header: a name in a client's body may hold what would end the line.

    What a header cannot hold is written as its number, and what is longer than clients take is cut off.
    Refused instead, the answer to a request that was sent on would be lost, and a client would send it again.
    """
    if text.isascii() and text.isprintable():
        return text.encode()[:_LONGEST_VALUE].strip()
    told = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
    return told.encode("ascii", "backslashreplace")[:_LONGEST_VALUE].strip()


async def read_json(head: Head, receive: Receive, settings: GatewaySettings) -> dict[str, Any]:
    """Read a body that is a JSON object, within the limits.

    Raises:
        Refusal: It is too large, too slow, or no JSON object.
        Gone: The client hung up before it was whole.
    """
    length = head.one(b"content-length")
    if length.isdecimal() and int(length) > settings.max_body_bytes:
        raise _too_large(settings)
    data = b""
    with anyio.move_on_after(settings.body_seconds):
        data = await _read(receive, settings)
        return _parsed(data)
    raise Refusal("too_slow", f"the body did not arrive within {settings.body_seconds:g} seconds")


async def _read(receive: Receive, settings: GatewaySettings) -> bytes:
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if size > settings.max_body_bytes:
            raise _too_large(settings)
        pieces.append(piece)
        more = message.get("more_body", False)
    return b"".join(pieces)


def _too_large(settings: GatewaySettings) -> Refusal:
    return Refusal("too_large", f"a body may have {settings.max_body_bytes} bytes")


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal("invalid", "the body is no JSON object")
    return body


@attrs.define(eq=False)
class Ahead:
    """What a client sends before its turn has come: kept, so that its leaving is seen behind it.

    A server tells of a hang-up only after all that came before it. Of a body no more than a mebibyte is kept
    for one that waits, which holds what agents send; the leaving of a client that sends more is seen at its
    turn, before anything is asked.
    """

    _receive: Receive
    _kept: deque[MutableMapping[str, Any]] = attrs.field(factory=deque, init=False)
    _size: int = attrs.field(default=0, init=False)

    async def receive(self) -> MutableMapping[str, Any]:
        """Return what comes next, in the order in which it came."""
        return self._kept.popleft() if self._kept else await self._receive()

    async def hang_up(self) -> None:
        """Return when the client has left."""
        while self._size < _MOST_AHEAD:
            message = await self._receive()
            self._kept.append(message)
            self._size += len(message.get("body", b""))
            if message["type"] == "http.disconnect":
                return
        await anyio.sleep_forever()


async def hang_up(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
