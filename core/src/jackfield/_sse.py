"""Server-sent events from bytes, cut anywhere (WHATWG HTML §9.2.6). No I/O.

Lines end at CR, LF or CRLF and at nothing else: `str.splitlines` and the HTTP library's line iterators also
split at U+2028 and tear JSON apart. A line is decoded when it is whole, so no code point is ever cut.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from . import _log
from ._exceptions import Certainty, ResponseTooLarge

_BOM: Final = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event.

    Attributes:
        data: Its data lines, joined by line feeds.
        event: Its type; `message` when the server names none.
        id: The last id that the server has sent; empty when there is none.
    """

    data: str
    event: str = "message"
    id: str = ""


class SSEDecoder:
    """Turns bytes into events. An event that the end of the stream cuts off is none of them; see `cut_off`.

    Args:
        limit: The largest event, in bytes.
        bare: Whether an event counts of which nothing but the name was sent. The standard throws it away, and
            clients that read a stream by themselves may not.
    """

    __slots__ = (
        "_bare",
        "_data",
        "_event",
        "_id",
        "_limit",
        "_rest",
        "_size",
        "_skip_lf",
        "_started",
        "_warned",
    )

    def __init__(self, limit: int = 2**20, *, bare: bool = False) -> None:
        self._limit = limit
        self._bare = bare
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self._id = ""
        self._skip_lf = False
        self._started = False
        self._warned = False

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take bytes in and return the events that they complete.

        Raises:
            ResponseTooLarge: An event is larger than the limit.
        """
        if self._skip_lf and chunk:
            self._skip_lf = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._skip_lf = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        rest = self._rest
        if b"\n" not in chunk:
            # Kept without looking at what is there already: an event in tiny pieces takes linear time.
            rest += chunk
            if len(rest) + self._size > self._limit:
                self._refuse()
            return []
        if rest:
            rest += chunk
            chunk = bytes(rest)
            rest.clear()
        lines = chunk.split(b"\n")
        rest += lines.pop()
        if not self._started:
            self._started = True
            lines[0] = lines[0].removeprefix(_BOM)
        events = self._take(lines)
        if len(rest) + self._size > self._limit:
            self._refuse()
        return events

    def cut_off(self) -> ServerSentEvent | None:
        """Return what came of an event whose blank line did not; None where nothing did. Call it at the end.

        The standard throws it away, since it may be half. Some remotes leave the last blank line out all the
        same: who can tell by the data that it is whole, as an object of JSON is, need not lose it.
        """
        line = bytes(self._rest)
        self._rest.clear()
        if line:
            self._take([line if self._started else line.removeprefix(_BOM)])
        if not self._data:
            return None
        return ServerSentEvent(self._text(b"\n".join(self._data)), self._event or "message", self._id)

    def _take(self, lines: list[bytes]) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        data = self._data
        for line in lines:
            if line.startswith(b"data:"):
                self._size += len(line)
                data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line:
                self._field(line)
            else:
                if data or (self._bare and self._event):
                    if self._size > self._limit:
                        self._refuse()
                    text = self._text(b"\n".join(data))
                    events.append(ServerSentEvent(text, self._event or "message", self._id))
                    data.clear()
                    self._size = 0
                self._event = ""
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(line)
        elif name == b"event":
            self._event = self._text(value)
        elif name == b"id" and b"\0" not in value:
            self._id = self._text(value)

    def _text(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            if not self._warned:
                self._warned = True
                _log.warning("stream.not_utf8", note="U+FFFD stands for what cannot be read")
            return data.decode(errors="replace")

    def _refuse(self) -> None:
        raise ResponseTooLarge(
            f"an event of the stream is larger than {self._limit} bytes", certainty=Certainty.STARTED
        )
