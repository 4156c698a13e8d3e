"""From bytes or frames to records: one per server-sent event, line, WebSocket frame or Socket.IO event.

A record's data is JSON where it is JSON, and text where it is not: what a remote says beside its JSON, such
as `[DONE]`, is for the decoder to know.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple, Protocol

from jackfield import Certainty, ResponseTooLarge

from .._site_wires import WireKind

_LIMIT: Final = 16 * 2**20
_BOM: Final = b"\xef\xbb\xbf"
_EVENT_PACKET: Final = re.compile(r"42(?:/[^,]*,)?\d*(\[.*)", re.DOTALL)


class Record(NamedTuple):
    """One message on the wire.

    Attributes:
        data: What it says.
        event: Its name; empty when it has none.
    """

    data: Any
    event: str = ""


class Framing(Protocol):
    """Turns the pieces of one request or socket into records."""

    def feed(self, piece: bytes | str, /) -> list[Record]:
        """Take one piece in and return the records that it completes.

        Raises:
            ResponseTooLarge: A record is larger than 16 MiB.
        """

    def finish(self) -> list[Record]:
        """Say that the request has ended; return the records that its end completes."""


def framing_for(kind: WireKind) -> Framing:
    """Return a new framing for a kind of wire."""
    if kind == "fetch-sse":
        return _EventFraming()
    if kind == "ndjson":
        return _LineFraming()
    return _SocketIOFraming() if kind == "socketio" else _FrameFraming()


def _value(text: str) -> Any:
    # A number with thousands of digits is a ValueError as well, and deep nesting a RecursionError.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


class _Lines:
    """Lines from bytes, ended by LF, CR or CRLF and by nothing else; text decoders would add their own."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._skip_lf = False
        self._first = True

    def feed(self, piece: bytes) -> list[str]:
        if self._skip_lf and piece:
            self._skip_lf = False
            piece = piece.removeprefix(b"\n")
        if b"\r" in piece:
            self._skip_lf = piece.endswith(b"\r")
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._rest += piece
        whole: list[bytearray] = []
        if b"\n" in piece:
            *whole, self._rest = self._rest.split(b"\n")
        if len(self._rest) > _LIMIT:
            _refuse()
        return [self._text(line) for line in whole]

    def finish(self) -> list[str]:
        rest, self._rest = self._rest, bytearray()
        return [self._text(rest)] if rest else []

    def _text(self, line: bytearray) -> str:
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        return line.decode(errors="replace")


def _refuse() -> None:
    raise ResponseTooLarge(
        f"a message on the page's wire is larger than {_LIMIT} bytes", certainty=Certainty.STARTED
    )


class _EventFraming:
    """Server-sent events (WHATWG HTML 9.2.6). An event that the end cuts off is dropped, as it says there."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._data: list[str] = []
        self._size = 0
        self._event = ""

    def feed(self, piece: bytes | str) -> list[Record]:
        records: list[Record] = []
        for line in self._lines.feed(_as_bytes(piece)):
            if line:
                self._take(line)
            elif record := self._dispatch():
                records.append(record)
        return records

    def finish(self) -> list[Record]:
        return []

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
            self._size += len(value)
            if self._size > _LIMIT:
                _refuse()

    def _dispatch(self) -> Record | None:
        data, event = self._data, self._event
        self._data, self._size, self._event = [], 0, ""
        return Record(_value("\n".join(data)), event or "message") if data else None


class _LineFraming:
    """One record per line that is not blank."""

    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, piece: bytes | str) -> list[Record]:
        return self._records(self._lines.feed(_as_bytes(piece)))

    def finish(self) -> list[Record]:
        return self._records(self._lines.finish())

    def _records(self, lines: list[str]) -> list[Record]:
        return [Record(_value(line)) for line in lines if line.strip()]


class _FrameFraming:
    """One record per WebSocket frame of text; frames of bytes are for others to understand."""

    def feed(self, piece: bytes | str) -> list[Record]:
        return [Record(_value(piece))] if isinstance(piece, str) else []

    def finish(self) -> list[Record]:
        return []


class _SocketIOFraming:
    """Events of Socket.IO 5 over Engine.IO 4: `42["name", argument, …]`. A record's data are the arguments.

    The packets that a page's connection begins with (`0{…}`, `40`, `3probe`) and its pings are passed over.
    """

    def feed(self, piece: bytes | str) -> list[Record]:
        found = _EVENT_PACKET.fullmatch(piece) if isinstance(piece, str) else None
        packet = _value(found[1]) if found else None
        if not isinstance(packet, list) or not packet:
            return []
        return [Record(packet[1:], str(packet[0]))]

    def finish(self) -> list[Record]:
        return []


def _as_bytes(piece: bytes | str) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece
