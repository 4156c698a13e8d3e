"""What a page's traffic carried after a message was sent: the streams that an answer may come by."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from .._site_wires import WireKind
from .._wires import Record, framing_for

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_BUFFERS: Final = {"maxTotalBufferSize": 32 * 2**20, "maxResourceBufferSize": 16 * 2**20}
_STREAMS: Final = {
    "text/event-stream": "fetch-sse",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
_ASKING: Final = frozenset({"Fetch", "XHR", "EventSource"})
_TEXT_FRAME: Final = 1


@attrs.define(eq=False)
class Heard:
    """A request or a socket of the page.

    Attributes:
        url: Its address.
        method: The HTTP method; empty for a socket.
        mime: What its answer is.
        over: Whether it is over.
        frames: The texts that came over a socket.
        body: The text of a request's answer.
    """

    url: str
    method: str
    mime: str = ""
    over: bool = False
    frames: list[str] = attrs.field(factory=list, repr=False)
    body: str = attrs.field(default="", repr=False)

    @property
    def kind(self) -> WireKind | None:
        """How its messages are framed; None when it is no stream."""
        if not self.method:
            return "socketio" if "socket.io" in self.url else "websocket"
        if self.mime in _STREAMS:
            return "fetch-sse" if self.mime == "text/event-stream" else "ndjson"
        return None

    @property
    def records(self) -> Sequence[Record]:
        """Its messages."""
        if self.kind is None:
            return ()
        framing = framing_for(self.kind)
        pieces: list[bytes | str] = [*self.frames] if not self.method else [self.body.encode()]
        return [record for piece in pieces for record in framing.feed(piece)] + framing.finish()


# The engine keeps a note on the object of each method that it calls: no slots.
@attrs.define(eq=False, slots=False)
class Traffic:
    """Listens to a page from before it is opened; `begin` forgets what came before a message."""

    _session: CDPSession
    _engine_error: type[Exception]
    _sockets: dict[str, str] = attrs.field(factory=dict, init=False)
    _heard: dict[str, Heard] = attrs.field(factory=dict, init=False)

    async def open(self) -> None:
        """Begin to listen."""
        for name in ("requestWillBeSent", "responseReceived", "loadingFinished", "loadingFailed"):
            self._session.on(f"Network.{name}", getattr(self, f"_{name}"))
        for name in ("webSocketCreated", "webSocketFrameReceived"):
            self._session.on(f"Network.{name}", getattr(self, f"_{name}"))
        await self._session.send("Network.enable", dict(_BUFFERS))

    def begin(self) -> None:
        """Forget what was heard: a message is about to be sent."""
        self._heard.clear()

    @property
    def is_busy(self) -> bool:
        """Whether a stream of the page's has not ended."""
        return any(one.method and one.kind and not one.over for one in self._heard.values())

    async def streams(self) -> list[Heard]:
        """Return what was heard that may carry an answer, with its content."""
        found = []
        for name, one in self._heard.items():
            if one.kind is None:
                continue
            if one.method and one.over:
                one.body = await self._body(name)
            found.append(one)
        return found

    async def _body(self, name: str) -> str:
        try:
            answer = await self._session.send("Network.getResponseBody", {"requestId": name})
        except self._engine_error:
            return ""  # the page took it in a way that leaves none to read
        body: str = answer["body"]
        return base64.b64decode(body).decode(errors="replace") if answer["base64Encoded"] else body

    def _requestWillBeSent(self, event: dict[str, Any]) -> None:  # noqa: N802  the protocol's name
        if event.get("type") in _ASKING:
            request = event["request"]
            self._heard[event["requestId"]] = Heard(request["url"], request["method"])

    def _responseReceived(self, event: dict[str, Any]) -> None:  # noqa: N802
        if one := self._heard.get(event["requestId"]):
            one.mime = event["response"]["mimeType"]

    def _loadingFinished(self, event: dict[str, Any]) -> None:  # noqa: N802
        if one := self._heard.get(event["requestId"]):
            one.over = True

    _loadingFailed = _loadingFinished  # noqa: N815

    def _webSocketCreated(self, event: dict[str, Any]) -> None:  # noqa: N802
        self._sockets[event["requestId"]] = event["url"]

    def _webSocketFrameReceived(self, event: dict[str, Any]) -> None:  # noqa: N802
        name, frame = event["requestId"], event["response"]
        if frame["opcode"] == _TEXT_FRAME and name in self._sockets:
            one = self._heard.setdefault(name, Heard(self._sockets[name], ""))
            one.frames.append(frame["payloadData"])
