"""What a page's traffic carried after a message was sent: the streams that an answer may come by."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

import attrs

from ..browser import listener
from ..site import WireKind, letters_of
from ..wire import KINDS_BY_TYPE, Record, framing_for

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_BUFFERS: Final = {"maxTotalBufferSize": 32 * 2**20, "maxResourceBufferSize": 16 * 2**20}
_BY_HEADER: Final[Mapping[str, WireKind]] = {
    "x-vercel-ai-ui-message-stream": "ui-messages",
    "x-vercel-ai-data-stream": "prefixed",
}
_ASKING: Final = frozenset({"Fetch", "XHR", "EventSource"})
_TEXT_FRAME: Final = 1
_EVENTS: Final[tuple[Any, ...]] = (
    "dataReceived",
    "loadingFailed",
    "loadingFinished",
    "requestWillBeSent",
    "responseReceived",
    "webSocketCreated",
    "webSocketFrameReceived",
    "webSocketFrameSent",
)


def is_stream(response: Mapping[str, Any]) -> bool:
    """Tell whether a response is of a type in which answers are streamed."""
    return KINDS_BY_TYPE.get(response.get("mimeType", ""), "json") != "json"


async def beginning(session: CDPSession, request: str, engine_error: type[Exception]) -> bytes:
    """Return what has arrived of a request's body; the rest is told by `Network.dataReceived` from now on.

    A body that is over by now is no longer streamed, and is returned whole. When nobody has it any more, the
    engine's error is raised.
    """
    name = {"requestId": request}
    answer: Any
    try:
        answer = await session.send("Network.streamResourceContent", name)
    except engine_error:
        # It is over already, or this browser is an old one.
        answer = await session.send("Network.getResponseBody", name)
        body: str = answer["body"]
        return base64.b64decode(body) if answer["base64Encoded"] else body.encode()
    return base64.b64decode(answer["bufferedData"])


@attrs.define(eq=False)
class Heard:
    """A request or a socket of the page.

    Attributes:
        url: Its address.
        method: The HTTP method; empty for a socket.
        mime: What its answer is.
        told: How its messages are framed, where a header says so.
        over: Whether it is over.
        frames: The texts that came over a socket.
        body: What a request was answered with.
    """

    url: str
    method: str
    mime: str = ""
    told: WireKind | None = None
    over: bool = False
    frames: list[str] = attrs.field(factory=list, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    @property
    def kind(self) -> WireKind | None:
        """How its messages are framed; None when it is no stream."""
        if not self.method:
            return "socketio" if "socket.io" in self.url else "websocket"
        return self.told or KINDS_BY_TYPE.get(self.mime)

    @property
    def is_stream(self) -> bool:
        """Whether it is one that says something while it is written."""
        return self.kind is not None and self.kind != "json"

    @property
    def records(self) -> Sequence[Record]:
        """Its messages."""
        if self.kind is None:
            return ()
        framing = framing_for(self.kind)
        pieces: list[bytes | str] = [self.body] if self.method else [*self.frames]
        return [record for piece in pieces for record in framing.feed(piece)] + framing.finish()


@attrs.define(eq=False)
class Traffic:
    """Listens to a page from before it is opened; `begin` forgets what came before a message."""

    _session: CDPSession
    _engine_error: type[Exception]
    _sockets: dict[str, str] = attrs.field(factory=dict, init=False)
    _heard: dict[str, Heard] = attrs.field(factory=dict, init=False)
    _told: list[str] = attrs.field(factory=list, init=False, repr=False)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    async def open(self) -> None:
        """Begin to listen."""
        for name in _EVENTS:
            self._session.on(f"Network.{name}", listener(getattr(self, f"_{name}")))
        await self._session.send("Network.enable", dict(_BUFFERS))

    def begin(self) -> None:
        """Forget what was heard: a message is about to be sent."""
        self._heard.clear()
        self._told.clear()

    def has_told(self, text: str) -> bool:
        """Whether the page has sent *text* to anybody since `begin`."""
        return any(letters_of(text) in letters_of(unquote_plus(told)) for told in self._told)

    @property
    def is_busy(self) -> bool:
        """Whether a stream of the page's has not ended."""
        return any(one.method and one.kind and not one.over for one in self._heard.values())

    async def streams(self) -> list[Heard]:
        """Return what was heard that may carry an answer."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return [one for one in self._heard.values() if one.kind is not None]

    async def _stream(self, name: str, one: Heard) -> None:
        """Have the browser hand out a body while it arrives: afterwards it may have forgotten it."""
        with contextlib.suppress(self._engine_error):
            one.body = await beginning(self._session, name, self._engine_error) + one.body

    def _requestWillBeSent(self, event: dict[str, Any]) -> None:  # noqa: N802  the protocol's name
        request = event["request"]
        self._told += [request["url"], request.get("postData", "")]
        if event.get("type") in _ASKING:
            self._heard[event["requestId"]] = Heard(request["url"], request["method"])

    def _responseReceived(self, event: dict[str, Any]) -> None:  # noqa: N802
        if one := self._heard.get(event["requestId"]):
            one.mime = event["response"]["mimeType"]
            names = {name.lower() for name in event["response"].get("headers", {})}
            one.told = next((kind for name, kind in _BY_HEADER.items() if name in names), None)
            if one.kind is not None:
                task = asyncio.ensure_future(self._stream(event["requestId"], one))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _dataReceived(self, event: dict[str, Any]) -> None:  # noqa: N802
        if "data" in event and (one := self._heard.get(event["requestId"])):
            one.body += base64.b64decode(event["data"])

    def _loadingFinished(self, event: dict[str, Any]) -> None:  # noqa: N802
        if one := self._heard.get(event["requestId"]):
            one.over = True

    _loadingFailed = _loadingFinished  # noqa: N815

    def _webSocketCreated(self, event: dict[str, Any]) -> None:  # noqa: N802
        self._sockets[event["requestId"]] = event["url"]

    def _webSocketFrameSent(self, event: dict[str, Any]) -> None:  # noqa: N802
        self._told.append(event["response"]["payloadData"])

    def _webSocketFrameReceived(self, event: dict[str, Any]) -> None:  # noqa: N802
        name, frame = event["requestId"], event["response"]
        if frame["opcode"] == _TEXT_FRAME and name in self._sockets:
            one = self._heard.setdefault(name, Heard(self._sockets[name], ""))
            one.frames.append(frame["payloadData"])
