"""The page's own traffic, read through the DevTools protocol; Chromium only. Nothing is changed or held up.

Law: only what begins after our message was sent belongs to its answer; of a socket, and of a request that
stands open, only what comes from then on. Buffers are bounded, because what the protocol keeps of bodies is
kept in the browser's memory.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import log_event

from ..browser import listener
from ..errors import FIRST_ERROR_STATUS, shown_url
from ..hands import isolated_world, value_of
from ..page import beginning, is_stream
from ..site import WirePattern
from ._exchange import ABORTED, Exchange, Request
from ._holding import holds, is_text

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_BUFFERS: Final = {
    "maxTotalBufferSize": 32 * 2**20,
    "maxResourceBufferSize": 16 * 2**20,
    "maxPostDataSize": 2**20,
}
_NO_ANSWERS: Final = frozenset({"Ping", "Preflight", "Image", "Stylesheet", "Font", "CSPViolationReport"})
_ASKING: Final = frozenset({"Fetch", "XHR", "EventSource"})
_NO_CONTENT: Final = (204, 205)
_LEFT: Final = "the page went to another document"
_UNKNOWN: Final = "wasn't found"
_READ_TO_ITS_END: Final = """(url, size) => {
  const last = performance.getEntriesByName(url, "resource").at(-1);
  return size > 0 && last?.decodedBodySize === size && performance.now() - last.responseEnd < 10_000;
}"""
"""Whether a body came whole: the browser notes 0 for the size of one that was let go of before its end."""
_TEXT_FRAME: Final = 1
_BINARY_FRAME: Final = 2


@attrs.define(eq=False)
class WireTap:
    """Listens to a page's traffic from before it is opened until it is closed.

    Args:
        session: A DevTools session on the page.
        wires: The traffic to listen to.
        engine_error: The class of the engine's errors.
        changed: Called when something arrived.
        is_login_page: Tells whether an address is that of the page's login.
    """

    _session: CDPSession
    _wires: tuple[WirePattern, ...]
    _engine_error: type[Exception]
    _changed: Callable[[], None]
    _is_login_page: Callable[[str], bool]
    works: bool = attrs.field(default=False, init=False)
    """Whether this browser lets bodies be read while they arrive."""
    _sockets: dict[str, str] = attrs.field(factory=dict, init=False)
    _exchanges: dict[str, Exchange] = attrs.field(factory=dict, init=False)
    _listening: bool = attrs.field(default=False, init=False)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)
    _standing: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)
    answered: int = attrs.field(default=0, init=False)
    """How many requests of the page's scripts, for whatever, were answered since the listening began."""
    streamed: int = attrs.field(default=0, init=False)
    """How many of them were answered with a stream."""
    _asked: dict[str, bool] = attrs.field(factory=dict, init=False)
    """Whether they are answered with a stream, by the requests that are under way."""
    _text: str = attrs.field(default="", init=False, repr=False)
    _has_left: bool = attrs.field(default=False, init=False)
    """Whether a request or a frame was seen that holds our message."""

    async def open(self) -> None:
        """Begin to listen, and learn whether bodies can be streamed."""
        for name, handler in self._handlers():
            self._session.on(name, listener(handler))
        await self._session.send("Network.enable", dict(_BUFFERS))
        try:
            await self._session.send("Network.streamResourceContent", {"requestId": "none"})
        except self._engine_error as error:
            # A browser that knows the command complains of the request.
            self.works = _UNKNOWN not in str(error)

    def _handlers(self) -> Iterable[tuple[Any, Callable[[Any], None]]]:
        return (
            ("Network.requestWillBeSent", self._on_request),
            ("Network.responseReceived", self._on_response),
            ("Network.dataReceived", self._on_data),
            ("Network.loadingFinished", self._on_end),
            ("Network.loadingFailed", self._on_end),
            ("Network.webSocketCreated", self._on_socket),
            ("Network.webSocketFrameReceived", self._on_frame),
            ("Network.webSocketFrameSent", self._on_sent_frame),
            ("Network.webSocketClosed", self._on_end),
        )

    def begin(self, text: str = "") -> None:
        """Listen for an answer: our message *text* is about to be sent."""
        self._keep_what_stands()
        self._asked.clear()
        self.answered = self.streamed = 0
        self._text, self._has_left = text, False
        self._listening = True

    async def end(self) -> None:
        """Stop listening for it."""
        self._listening = False
        self._keep_what_stands()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _keep_what_stands(self) -> None:
        """Forget every exchange but requests that stand open: of those, what they have said."""
        self._exchanges = {
            name: one for name, one in self._exchanges.items() if one.has_no_end and not one.ended
        }
        for one in self._exchanges.values():
            one.forget()

    def has_socket(self, wire: WirePattern) -> bool:
        """Whether the page has a socket open that is *wire*."""
        return any(wire.matches(url) for url in self._sockets.values())

    @property
    def has_sockets(self) -> bool:
        """Whether the page has a socket open, or a request that stands, by which the answer may come."""
        by_socket = any(self._wire(url, socket=True) for url in self._sockets.values())
        return by_socket or any(one.wire.stays_open and not one.ended for one in self._exchanges.values())

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What belongs to the answer so far."""
        return tuple(self._exchanges.values())

    def _wire(self, url: str, method: str = "", *, socket: bool) -> WirePattern | None:
        for wire in self._wires:
            if (wire.is_socket == socket or wire.is_polled) and wire.matches(url, method or wire.method):
                return wire
        return None

    def _on_request(self, event: dict[str, Any]) -> None:
        if event.get("type") in _NO_ANSWERS:
            return
        name, told = event["requestId"], event["request"]
        wire = self._wire(told["url"], told["method"], socket=False)
        if not self._listening and (wire is None or not wire.stays_open):
            return
        self._has_left |= self._listening and _may_hold(told, self._text)
        if event.get("type") in _ASKING and self._listening:
            self._asked[name] = False
        request = Request(told["method"], told["url"], told.get("postData"))
        sent = self._exchanges.get(name) if "redirectResponse" in event else None
        if sent is not None and sent.redirect(request, to_login=self._is_login_page(request.url)):
            return
        if wire is not None:
            frame = event.get("frameId", "")
            self._exchanges[name] = Exchange(name, wire, request, self._round(wire), frame=frame)
            self._tell("wire.asked", self._exchanges[name], method=told["method"], pattern=wire.url)
            self._changed()

    def _tell(self, event: str, exchange: Exchange, **facts: Any) -> None:
        url = shown_url(exchange.request.url) if exchange.request else None
        log_event(event, layer="web", kind=exchange.wire.kind, url=url, **facts)

    def _round(self, wire: WirePattern) -> int:
        """Return the round that a request belongs to: with those under way, or after all there were."""
        last = max((one.round for one in self._exchanges.values() if one.wire is wire), default=-1)
        is_open = any(one.wire is wire and not one.ended for one in self._exchanges.values())
        return last if is_open else last + 1

    def _on_response(self, event: dict[str, Any]) -> None:
        name, response = event["requestId"], event["response"]
        if response["status"] >= FIRST_ERROR_STATUS:
            self._asked.pop(name, None)
        elif name in self._asked:
            self._asked[name] = is_stream(response)
        if event.get("type") == "Document" and response["status"] not in _NO_CONTENT:
            self._leave(event.get("frameId", ""), name)
        if (exchange := self._exchanges.get(name)) is None:
            return
        exchange.status = response["status"]
        self._tell("wire.answered", exchange, status=exchange.status, type=response.get("mimeType"))
        exchange.headers = {name.lower(): value for name, value in response["headers"].items()}
        if exchange.wire.is_read or (exchange.is_refused and exchange.wire.is_known):
            exchange.owe()
            # What stands open is streamed on though an answer ends meanwhile.
            self._keep(self._stream(exchange), self._standing if exchange.has_no_end else self._tasks)

    def _keep(self, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
        task = asyncio.ensure_future(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _leave(self, frame: str, coming: str) -> None:
        """End what a frame's document had under way, but not what comes: the protocol tells no end of it."""
        for name, exchange in self._exchanges.items():
            if (
                name != coming
                and not exchange.ended
                and exchange.frame == frame
                and exchange.request is not None
            ):
                exchange.ended, exchange.was_left = True, True
                exchange.failure = exchange.failure or _LEFT
                self._changed()

    async def _stream(self, exchange: Exchange) -> None:
        try:
            exchange.begin(await beginning(self._session, exchange.request_id, self._engine_error))
        except self._engine_error as error:
            exchange.give_up(str(error).splitlines()[0])
        self._changed()

    def _on_data(self, event: dict[str, Any]) -> None:
        if (exchange := self._exchanges.get(event["requestId"])) is None:
            return
        exchange.size += event["dataLength"]
        if "data" in event:
            exchange.add(base64.b64decode(event["data"]))
            self._heard(exchange)

    def _heard(self, exchange: Exchange) -> None:
        """Tell of news; between two answers there is none, and nothing of it is kept."""
        if self._listening:
            self._changed()
        else:
            exchange.forget()

    def _on_end(self, event: dict[str, Any]) -> None:
        exchange = self._exchanges.get(event["requestId"])
        if exchange is not None and exchange.wire.end_is_done and event.get("errorText") == ABORTED:
            self._keep(self._weigh_end(exchange, event), self._tasks)
        else:
            self._note_end(event)

    async def _weigh_end(self, exchange: Exchange, event: dict[str, Any]) -> None:
        """Note the end of a body that the page let go of: it may have read it to its end before.

        Chromium calls a body aborted that nobody may store, when a page reads it piece by piece to its end.
        """
        url = exchange.request.url if exchange.request else ""
        with contextlib.suppress(self._engine_error):
            world = await isolated_world(self._session, exchange.frame)
            size = exchange.size
            if await value_of(self._session, _READ_TO_ITS_END, url, size, executionContextId=world):
                event = {"requestId": event["requestId"]}
        self._note_end(event)

    def _note_end(self, event: dict[str, Any]) -> None:
        self._sockets.pop(event["requestId"], None)
        by_stream = self._asked.pop(event["requestId"], None)
        if by_stream is not None and "errorText" not in event:
            self.answered += 1
            self.streamed += by_stream
        if exchange := self._exchanges.get(event["requestId"]):
            exchange.ended, exchange.was_left = True, False
            exchange.failure = exchange.failure or event.get("errorText", "")
            self._tell("wire.ended", exchange, failure=exchange.failure or None)
            self._changed()
            if not self._listening:
                self._exchanges.pop(exchange.request_id, None)

    def _on_socket(self, event: dict[str, Any]) -> None:
        self._sockets[event["requestId"]] = event["url"]

    def _socket(self, event: dict[str, Any]) -> Exchange | None:
        """Return the exchange of a socket's frame, if it belongs to an answer."""
        name = event["requestId"]
        if not self._listening:
            return None
        if name not in self._exchanges and (wire := self._wire(self._sockets.get(name, ""), socket=True)):
            self._exchanges[name] = Exchange(name, wire)
        return self._exchanges.get(name)

    def _on_frame(self, event: dict[str, Any]) -> None:
        if (exchange := self._socket(event)) is None:
            return
        frame = event["response"]
        if frame["opcode"] == _TEXT_FRAME:
            exchange.add(frame["payloadData"])
        elif frame["opcode"] == _BINARY_FRAME:
            exchange.add(base64.b64decode(frame["payloadData"]))
        self._changed()

    def _on_sent_frame(self, event: dict[str, Any]) -> None:
        exchange, frame = self._socket(event), event["response"]
        if exchange is None or frame["opcode"] != _TEXT_FRAME:
            return
        if not self._has_left and holds(frame["payloadData"], self._text):
            # What came before our message on its own socket is the rest of an earlier answer.
            self._has_left = True
            exchange.forget()
        self._changed()


def _may_hold(request: Mapping[str, Any], text: str) -> bool:
    """Tell whether a request holds the message *text*, or a body that is not told, or is none."""
    body = request.get("postData")
    return bool(request.get("hasPostData")) if body is None else holds(body, text) or not is_text(body)
