"""From bytes or frames to records: one per event, line, body, envelope, WebSocket frame or Socket.IO event.

A record's data is JSON where it is JSON, and text where it is not: what a remote says beside its JSON, such
as `[DONE]`, is for the decoder to know. A word that looks like a number is text, as are all bare words.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from jackfield import Certainty, MalformedResponse, ResponseTooLarge, SSEDecoder

from ..site import WireKind

_LIMIT: Final = 16 * 2**20
_LONGEST_REFUSAL: Final = 2**16
_BOM: Final = "\ufeff"
_BETWEEN: Final = " \t\r\n,[]"
_JSON_DECODER: Final = json.JSONDecoder()
KINDS_BY_TYPE: Final[Mapping[str, WireKind]] = {
    "application/connect+json": "connect",
    "application/json": "json",
    "application/jsonl": "ndjson",
    "application/x-ndjson": "ndjson",
    "text/event-stream": "fetch-sse",
    "text/plain": "text",
}
"""How bodies are framed, by their types."""
_SEPARATOR: Final = "\x1e"
_LINE_ENDS: Final = (b"\n", b"\r")
_JSON: Final = ("{", "[", '"')
_SEVERAL: Final = 2
_LAST_WORD: Final = re.compile(r"\[\w+\]")
_PREFIXED: Final = re.compile(r"(\w{1,8}):(.*)", re.DOTALL)
_GUARD: Final = re.compile(r"\s*(?:\)\]\}'?,?|while ?\(1\);|for ?\(;;\);|&&&START&&&|\{\}&&)")
"""What some remotes put before their JSON, so that no other site can run it as a script."""
_ENVELOPE: Final = 5
_COMPRESSED: Final = 1
_LAST: Final = 2
_GZIP: Final = zlib.MAX_WBITS | 16
_EVENT_PACKET: Final = re.compile(r"42(?:/[^,]*,)?\d*(\[.*)", re.DOTALL)
_ERROR_PACKET: Final = re.compile(r"44(?:/[^,]*,)?(.+)", re.DOTALL)


class Record(NamedTuple):
    """One message on the wire.

    Attributes:
        data: What it says.
        event: Its name; empty when it has none.
        id: By what a stream that broke off goes on behind it; empty when it has nothing of the kind.
    """

    data: Any
    event: str = ""
    id: str = ""


class Framing(Protocol):
    """Turns the pieces of one request or socket into records.

    Attributes:
        is_cut: Whether the end cut a message off in its midst; known when it has finished.
    """

    is_cut: bool

    def feed(self, piece: bytes | str, /) -> list[Record]:
        """Take one piece in and return the records that it completes.

        Raises:
            ResponseTooLarge: A record is larger than 16 MiB.
            MalformedResponse: It cannot be of this kind; only kinds whose records are counted can tell.
        """

    def finish(self) -> list[Record]:
        """Say that the request has ended; return the records that its end completes."""


def framing_for(kind: WireKind, *, is_poll: bool = False) -> Framing:
    """Return a new framing for a kind of wire; *is_poll* says that a request stands in for its socket."""
    if is_poll:
        return _PollFraming()
    return _FRAMINGS.get(kind, _FrameFraming)()


def json_or_text(text: str | bytes) -> Any:
    """Return what JSON says; what is none is text, and is returned as it is."""
    # A number with thousands of digits is a ValueError as well, and deep nesting a RecursionError.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


class _Base:
    """A framing whose end says nothing."""

    is_cut = False

    def finish(self) -> list[Record]:
        return []


class _EventFraming(_Base):
    """One record per server-sent event.

    An `EventSource` drops an event that the end cuts off; a page that reads its request itself mostly does
    not. So what is whole is taken though the blank line after it is missing: a line with its end, and without
    one JSON or a word like `[DONE]`, to which no text is cut. A body that is an object of JSON and no events,
    as some remotes refuse with though they answer 200, is one record without a name.
    """

    def __init__(self) -> None:
        self._events = SSEDecoder(_LIMIT, bare=True)
        self._words = _Words()
        self._is_line_over = True
        self._body = bytearray()

    def feed(self, piece: bytes | str) -> list[Record]:
        data = _as_bytes(piece)
        self._is_line_over = data.endswith(_LINE_ENDS) if data else self._is_line_over
        self._body += data[: _LONGEST_REFUSAL - len(self._body)]
        said = self._words.said
        found = self._events.feed(data)
        return [Record(said(event.data, event.event), event.event, event.id) for event in found]

    def finish(self) -> list[Record]:
        is_line_over = self._is_line_over
        found = self.feed(b"\n\n")
        told = [one for one in found if is_line_over or _is_whole(one.data)]
        self.is_cut = len(told) < len(found)
        # What is longer was cut before its last byte, without which it is no object.
        whole = json_or_text(self._body.decode("utf-8-sig", errors="replace"))
        return told if told or not isinstance(whole, dict) else [Record(whole)]


class _LineFraming(_Base):
    """One record per line that is not blank. Lines end at LF and nothing else: text decoders add ends."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._first = self._last = ""

    def feed(self, piece: bytes | str) -> list[Record]:
        data = _as_bytes(piece)
        self._rest += data
        whole: list[bytearray] = []
        if b"\n" in data:
            *whole, self._rest = self._rest.split(b"\n")
        if len(self._rest) > _LIMIT:
            raise _too_large("line")
        return self._records(whole)

    def finish(self) -> list[Record]:
        rest, self._rest = self._rest, bytearray()
        text = _unguarded(rest.decode(errors="replace")).rstrip()
        records = self._records([rest])
        # The end of a list that began on a line above may stand behind its last object.
        is_broken = _is_broken(text) and _is_broken(text.removesuffix("]"))
        self.is_cut = is_broken or (_begins_list(self._first) and not self._last.endswith("]"))
        return records

    def _records(self, lines: list[bytearray]) -> list[Record]:
        texts = [_unguarded(line.decode(errors="replace").removeprefix(_BOM)) for line in lines]
        if told := [text for text in texts if text.strip()]:
            self._first, self._last = self._first or told[0].strip(), told[-1].rstrip()
        return [record for text in told for record in self._read(text)]

    def _read(self, text: str) -> list[Record]:
        return [Record(data) for data in _messages(text, _said)]


class _PrefixedFraming(_LineFraming):
    """Lines with a prefix that names what they carry, `0:"Hello"`: it is the record's name."""

    def _read(self, text: str) -> list[Record]:
        found = _PREFIXED.fullmatch(text)
        return [Record(_said(found[2]), found[1])] if found else super()._read(text)


class _TextFraming(_Base):
    """A body of plain text: a record is what arrived, whatever it looks like."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")

    def feed(self, piece: bytes | str) -> list[Record]:
        return self._records(self._decoder.decode(_as_bytes(piece)))

    def finish(self) -> list[Record]:
        self.is_cut = bool(self._decoder.getstate()[0])
        return self._records(self._decoder.decode(b"", final=True))

    def _records(self, text: str) -> list[Record]:
        return [Record(text)] if text else []


class _BodyFraming(_Base):
    """One record: the whole body, which is JSON."""

    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, piece: bytes | str) -> list[Record]:
        self._body += _as_bytes(piece)
        if len(self._body) > _LIMIT:
            raise _too_large("body")
        return []

    def finish(self) -> list[Record]:
        text = _unguarded(self._body.decode("utf-8-sig", errors="replace"))
        self.is_cut = _is_broken(text)
        return [Record(json_or_text(text))] if text.strip() else []


class _SequenceFraming(_Base):
    """JSON between record separators (U+001E), before or after each: SignalR's frames, JSON sequences.

    Pieces are frames or parts of a body; what a frame cuts goes on in the next.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest: list[str] = []
        self._size = 0

    def feed(self, piece: bytes | str) -> list[Record]:
        text = piece if isinstance(piece, str) else self._decoder.decode(piece)
        *whole, rest = text.split(_SEPARATOR)
        if whole:
            whole[0] = "".join(self._rest) + whole[0]
            self._rest, self._size = [], 0
        self._rest.append(rest)
        self._size += len(rest)
        if self._size > _LIMIT:
            raise _too_large()
        return self._read(whole)

    def finish(self) -> list[Record]:
        rest, self._rest, self._size = "".join(self._rest), [], 0
        self.is_cut = _is_broken(rest)
        return self._read([rest])

    def _read(self, texts: list[str]) -> list[Record]:
        return [Record(json_or_text(text)) for text in texts if text.strip()]


class _FrameFraming(_Base):
    """One record per message in a WebSocket frame of text; frames of bytes are for others to understand."""

    def __init__(self) -> None:
        self._words = _Words()

    def feed(self, piece: bytes | str) -> list[Record]:
        said = self._words.said
        return [Record(data) for data in _messages(piece, said)] if isinstance(piece, str) else []


class _SocketIOFraming(_Base):
    """Events of Socket.IO 5 over Engine.IO 4: `42["name", argument, …]`. A record's data are the arguments.

    An error packet, `44{"message": …}`, is a record called `error`. The packets that a page's connection
    begins with (`0{…}`, `40`, `3probe`) and its pings are passed over.
    """

    def feed(self, piece: bytes | str) -> list[Record]:
        if isinstance(piece, str) and (refused := _ERROR_PACKET.fullmatch(piece)):
            return [Record(json_or_text(refused[1]), "error")]
        found = _EVENT_PACKET.fullmatch(piece) if isinstance(piece, str) else None
        packet = json_or_text(found[1]) if found else None
        if not isinstance(packet, list) or not packet:
            return []
        return [Record(packet[1:], str(packet[0]))]


class _PollFraming(_SequenceFraming):
    """Packets of Socket.IO that a page polls for by Engine.IO 4: between record separators in a body."""

    def __init__(self) -> None:
        super().__init__()
        self._packets = _SocketIOFraming()

    def _read(self, texts: list[str]) -> list[Record]:
        return [record for text in texts for record in self._packets.feed(text)]


class _ConnectFraming(_Base):
    """Connect's streams: envelopes of a flag, a length of four bytes and a message (connectrpc.com, 2026-11).

    A record is a message: what its JSON says, or bytes where it is none, as with Protocol Buffers. The last
    envelope is a record called `end`, an object with what the remote says of an error or of itself.
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes | str) -> list[Record]:
        self._rest += _as_bytes(piece)
        records: list[Record] = []
        while (size := self._size()) is not None and len(self._rest) >= size:
            flags, message = self._rest[0], bytes(self._rest[_ENVELOPE:size])
            del self._rest[:size]
            records.append(self._record(flags, _inflated(message) if flags & _COMPRESSED else message))
        return records

    def finish(self) -> list[Record]:
        # An envelope that the end cut off has no meaning: not even its JSON could be told whole from half.
        self.is_cut = bool(self._rest)
        self._rest.clear()
        return []

    def _size(self) -> int | None:
        """Return the bytes of the envelope that comes next; None while nobody knows."""
        if self._rest and self._rest[0] > _COMPRESSED | _LAST:
            raise _no_envelope(f"flags {self._rest[0]:#04x}")
        if len(self._rest) < _ENVELOPE:
            return None
        size = int.from_bytes(self._rest[1:_ENVELOPE], "big")
        if size > _LIMIT:
            raise _too_large()
        return _ENVELOPE + size

    def _record(self, flags: int, message: bytes) -> Record:
        data = _json_or_bytes(message)
        return Record(data if isinstance(data, dict) else {}, "end") if flags & _LAST else Record(data)


_FRAMINGS: Final[Mapping[WireKind, Callable[[], Framing]]] = {
    "connect": _ConnectFraming,
    "fetch-sse": _EventFraming,
    "json": _BodyFraming,
    "json-seq": _SequenceFraming,
    "ndjson": _LineFraming,
    "prefixed": _PrefixedFraming,
    "signalr": _SequenceFraming,
    "socketio": _SocketIOFraming,
    "text": _TextFraming,
    "ui-messages": _EventFraming,
    "websocket": _FrameFraming,
}


class _Words:
    """What the messages of one stream say: JSON, or words that may look like it.

    A remote that says bare words puts none of its words into quotes: what is quoted there was said so, and
    `{}` and `[]` are code. One bare word may tell of something else, such as that the connection stands.
    """

    def __init__(self) -> None:
        self._bare: Counter[str] = Counter()
        self._quoted: Counter[str] = Counter()

    def said(self, text: str, name: str = "") -> Any:
        """Return what a message says that is of those called *name*."""
        data = json_or_text(text)
        if data is text:
            self._bare[name] += not (is_last_word(text) or text.startswith(_JSON))
            return text
        self._quoted[name] += isinstance(data, str)
        are_bare = self._bare[name] >= _SEVERAL and self._bare[name] > self._quoted[name]
        return text if are_bare and (isinstance(data, str) or not data) else _meant(text, data)


def _said(text: str) -> Any:
    return _meant(text, json_or_text(text))


def _meant(text: str, data: Any) -> Any:
    """Return what one message says: JSON that has parts or quotes, or text. Words may look like numbers."""
    is_list_of_numbers = isinstance(data, list) and data and all(isinstance(one, int | float) for one in data)
    return text if is_list_of_numbers or not isinstance(data, dict | list | str) else data


def _messages(text: str, said: Callable[[str], Any]) -> list[Any]:
    """Return what a line or a frame says: one message, or the objects that stand behind each other in it.

    Remotes put what has queued up into one frame, and stream a list of objects line by line.
    """
    whole = said(text)
    objects = _objects(text) if whole is text else []
    return objects if any(objects) else [whole]


def _objects(text: str) -> list[Any]:
    """Return the objects of which a text consists; none if there is anything else in it."""
    found: list[Any] = []
    rest = text.strip(_BETWEEN)
    while rest:
        try:
            value, end = _JSON_DECODER.raw_decode(rest)
        except (ValueError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
        rest = rest[end:].lstrip(_BETWEEN)
    return found


def _begins_list(text: str) -> bool:
    """Tell whether a line is the beginning of a list of objects, whose end stands on another."""
    has_objects_alone = not text.strip(_BETWEEN) or bool(_objects(text))
    return text.startswith("[") and has_objects_alone and json_or_text(text) is text


def _is_broken(text: str) -> bool:
    """Tell whether *text* begins as JSON does, behind its line's prefix where it has one, and is none."""
    found = _PREFIXED.fullmatch(text := text.strip())
    text = found[2] if found else text
    return text.startswith(_JSON) and json_or_text(text) is text and not is_last_word(text)


def _is_whole(data: Any) -> bool:
    return not isinstance(data, str) or is_last_word(data)


def is_last_word(data: Any) -> bool:
    """Tell whether what a message says is a bare word such as `[DONE]`."""
    return isinstance(data, str) and _LAST_WORD.fullmatch(data) is not None


def _inflated(message: bytes) -> bytes:
    """Return what a compressed message says; it may grow to the limit of any message."""
    inflating = zlib.decompressobj(_GZIP)
    try:
        inflated = inflating.decompress(message, _LIMIT)
    except zlib.error as error:
        raise _no_envelope(f"a message that is not gzip ({error})") from None
    if inflating.unconsumed_tail:
        raise _too_large()
    if not inflating.eof:
        raise _no_envelope("a compressed message without its end")
    return inflated


def _too_large(what: str = "message") -> ResponseTooLarge:
    return ResponseTooLarge(
        f"a {what} on the page's wire is larger than {_LIMIT} bytes", certainty=Certainty.STARTED
    )


def _no_envelope(found: str) -> MalformedResponse:
    return MalformedResponse(
        f"the page's wire is no stream of Connect: it has {found}",
        hint="Its kind may have changed; the wire's `kind` in the Site says how it is read.",
        certainty=Certainty.STARTED,
    )


def _json_or_bytes(message: bytes) -> Any:
    # No message of Protocol Buffers begins like an object or a list: groups, which would, are long gone.
    return json_or_text(message) if message.startswith((b"{", b"[")) else message


def _unguarded(text: str) -> str:
    found = _GUARD.match(text)
    return text[found.end() :] if found else text


def _as_bytes(piece: bytes | str) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece
