"""From bytes or frames to records: one per server-sent event, line, WebSocket frame or Socket.IO event.

A record's data is JSON where it is JSON, and text where it is not: what a remote says beside its JSON, such
as `[DONE]`, is for the decoder to know.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple, Protocol

from jackfield import Certainty, ResponseTooLarge, SSEDecoder

from .._site_wires import WireKind

_LIMIT: Final = 16 * 2**20
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


def json_or_text(text: str) -> Any:
    """Return what JSON says; what is none is text, and is returned as it is."""
    # A number with thousands of digits is a ValueError as well, and deep nesting a RecursionError.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


class _EventFraming:
    """One record per server-sent event. An event that the end cuts off is dropped, as the standard says."""

    def __init__(self) -> None:
        self._events = SSEDecoder(_LIMIT)

    def feed(self, piece: bytes | str) -> list[Record]:
        return [
            Record(json_or_text(event.data), event.event) for event in self._events.feed(_as_bytes(piece))
        ]

    def finish(self) -> list[Record]:
        return []


class _LineFraming:
    """One record per line that is not blank. Lines end at LF and nothing else: text decoders add ends."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes | str) -> list[Record]:
        data = _as_bytes(piece)
        self._rest += data
        whole: list[bytearray] = []
        if b"\n" in data:
            *whole, self._rest = self._rest.split(b"\n")
        if len(self._rest) > _LIMIT:
            raise ResponseTooLarge(
                f"a line on the page's wire is larger than {_LIMIT} bytes", certainty=Certainty.STARTED
            )
        return self._records(whole)

    def finish(self) -> list[Record]:
        rest, self._rest = self._rest, bytearray()
        return self._records([rest])

    def _records(self, lines: list[bytearray]) -> list[Record]:
        texts = (line.decode(errors="replace") for line in lines)
        return [Record(json_or_text(text)) for text in texts if text.strip()]


class _FrameFraming:
    """One record per WebSocket frame of text; frames of bytes are for others to understand."""

    def feed(self, piece: bytes | str) -> list[Record]:
        return [Record(json_or_text(piece))] if isinstance(piece, str) else []

    def finish(self) -> list[Record]:
        return []


class _SocketIOFraming:
    """Events of Socket.IO 5 over Engine.IO 4: `42["name", argument, …]`. A record's data are the arguments.

    The packets that a page's connection begins with (`0{…}`, `40`, `3probe`) and its pings are passed over.
    """

    def feed(self, piece: bytes | str) -> list[Record]:
        found = _EVENT_PACKET.fullmatch(piece) if isinstance(piece, str) else None
        packet = json_or_text(found[1]) if found else None
        if not isinstance(packet, list) or not packet:
            return []
        return [Record(packet[1:], str(packet[0]))]

    def finish(self) -> list[Record]:
        return []


def _as_bytes(piece: bytes | str) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece
