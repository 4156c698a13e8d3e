"""Answers that come as server-sent events with JSON in them: the loop that their decoders share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from jackfield import (
    Certainty,
    MalformedResponse,
    ProviderError,
    ResponseTooLarge,
    ServerSentEvent,
    SSEDecoder,
    StreamEvent,
)

from ._body import parse_json
from ._status import error_in

_LARGEST: Final = 32 * 2**20
_BLANK: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"


class JsonEventsDecoder:
    """Bytes in, events out: a decoder to subclass. Write `take`, and `end` for what comes last.

    An error that the remote reports in place of an event is raised. An answer that comes as one JSON body,
    as from a remote that knows no streams, is taken as one event, and a list of events as all of them.
    """

    def __init__(self) -> None:
        self._sse = SSEDecoder(_LARGEST)
        self._form: Literal["events", "body"] | None = None
        self._body = bytearray()
        self._head = b""
        self._is_over = False

    def take(self, told: Mapping[str, Any], event: str) -> Iterable[StreamEvent]:
        """Return the events of ours that one of theirs means.

        Args:
            told: Its data, decoded.
            event: Its type; `message` where the remote names none.
        """
        raise NotImplementedError

    def end(self) -> Iterable[StreamEvent]:
        """Return the last events: the remote has said that it is done, or has hung up. Called once.

        Without a `ResponseFinished` among them, or before, the answer was cut.
        """
        return ()

    def fault_in(self, told: Mapping[str, Any], event: str) -> ProviderError | None:
        """Return the error that an event reports, if it is one."""
        return error_in({**told, "type": "error"} if event == "error" else told)

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Take bytes in; see `Decoder.feed`."""
        if self._form is None:
            data = (self._head + data).removeprefix(_BOM).lstrip(_BLANK)
            if not data or _BOM.startswith(data):
                self._head = data
                return
            if data.startswith(b"<"):
                raise MalformedResponse(
                    "what answered is a page", hint="Look at base_url.", certainty=Certainty.UNKNOWN
                )
            self._form = "body" if data.startswith((b"{", b"[")) else "events"
        if self._form == "body":
            self._body += data
            if len(self._body) > _LARGEST:
                raise ResponseTooLarge(f"the answer is larger than {_LARGEST} bytes")
            return
        for event in self._sse.feed(data):
            if self._is_over:
                return
            if event.data.strip() == "[DONE]":
                yield from self._ended()
            else:
                yield from self._taken(parse_json(event.data), event.event)

    def finish(self) -> Iterator[StreamEvent]:
        """Say that the wire has ended; see `Decoder.finish`."""
        if self._form == "body" and not self._is_over:
            yield from self.take_whole(parse_json(bytes(self._body)))
        elif not self._is_over and (event := self._sse.cut_off()):
            yield from self._cut_off(event)
        yield from self._ended()

    def take_whole(self, told: Any) -> Iterator[StreamEvent]:
        """Return the events of an answer that came in one piece and is decoded already, as in a batch."""
        for one in told if isinstance(told, list) else [told]:
            yield from self._taken(one, "message")
        yield from self._ended()

    def _cut_off(self, event: ServerSentEvent) -> Iterable[StreamEvent]:
        """Take an event whose blank line did not come. Half of an object is no JSON: it is whole, or none."""
        try:
            told = parse_json(event.data)
        except MalformedResponse:
            return ()
        return self._taken(told, event.event) if isinstance(told, dict) else ()

    def _taken(self, told: Any, event: str) -> Iterable[StreamEvent]:
        if not isinstance(told, dict):
            raise MalformedResponse("an event of the stream is no JSON object")
        if (fault := self.fault_in(told, event)) is not None:
            raise fault
        return self.take(told, event)

    def _ended(self) -> Iterator[StreamEvent]:
        if not self._is_over:
            self._is_over = True
            yield from self.end()
