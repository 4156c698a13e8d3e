"""An answer's events, from the page's own traffic."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from jackfield import Decoder, ProviderError, ResponseFinished, StreamEvent

from .._refusing import Refusal
from .._site_wires import WirePattern
from .._wires import DecoderFactory, Record, decoder_for
from ._exchange import Exchange
from ._tap import WireTap

_NOTHING: Final = Record(None)


class WireSource:
    """Reads what a tap hears of one answer.

    Args:
        tap: The tap; it listens already.
        conversation_id: Tells the id of our conversation, or None while it has none.
        decoders: Decoders that the provider brings, by name.
        refused: Makes an error of an HTTP error.
    """

    def __init__(
        self,
        tap: WireTap,
        conversation_id: Callable[[], str | None],
        decoders: Mapping[str, DecoderFactory],
        refused: Refusal,
    ) -> None:
        self._tap = tap
        self._conversation_id = conversation_id
        self._more = decoders
        self._refused = refused
        self._decoders: dict[str, Decoder[Record]] = {}
        self._over: set[str] = set()
        self._has_place = False
        self.records = 0
        """How many records were read."""
        self.finished = False
        """Whether the wire said that the answer is complete."""
        self.failure: ProviderError | None = None
        """The error that the remote refused the page's request with, or reports; set when it was read."""

    def read(self) -> list[StreamEvent]:
        """Return the events of what has arrived, also of what arrived before a failure."""
        events: list[StreamEvent] = []
        had_place, self._has_place = self._has_place, self._conversation_id() is not None
        for exchange in self._tap.exchanges:
            if exchange.is_refused and exchange.is_drained and exchange.wire.is_known:
                self.failure = self._refused(exchange.status, exchange.headers, exchange.body)
            events += self._events(exchange, placed=self._has_place and not had_place)
        for at, event in enumerate(events):
            if isinstance(event, ResponseFinished):
                self.finished = True
                return events[: at + 1]
        return events

    def _events(self, exchange: Exchange, *, placed: bool) -> list[StreamEvent]:
        if not exchange.wire.is_read:
            return []
        decoder = self._decoder(exchange.wire)
        events: list[StreamEvent] = []
        records = exchange.records()
        self.records += len(records)
        # What a decoder kept back until the conversation had its id need not wait for the next record.
        for record in [*records, _NOTHING] if placed and exchange.wire.conversation else records:
            try:
                events += decoder.feed(record)
            except ProviderError as error:
                self.failure = error
                return events
        if exchange.is_drained and not exchange.failure and exchange.request_id not in self._over:
            self._over.add(exchange.request_id)
            events += decoder.finish()
        return events

    def _decoder(self, wire: WirePattern) -> Decoder[Record]:
        if wire.url not in self._decoders:
            self._decoders[wire.url] = decoder_for(wire, self._conversation_id, self._more)
        return self._decoders[wire.url]

    @property
    def interruption(self) -> str:
        """Why no more can come, when the answer is not complete and every request of it is over."""
        requests = [one for one in self._tap.exchanges if one.wire.tells_the_end]
        if self.finished or not requests or not all(one.is_drained for one in requests):
            return ""
        if any(one.wire.is_socket for one in requests):
            return ""  # a page connects its socket anew
        return next((one.failure for one in requests if one.failure), "it ended without saying so")

    @property
    def is_broken(self) -> bool:
        """Whether no more can come because a request failed."""
        return bool(self.interruption) and any(one.failure for one in self._tap.exchanges)

    def shows(self, text: str) -> bool:
        """Tell whether the page's traffic shows that our message left: a request, or a frame that has it."""
        if any(one.wire.is_known and not one.wire.is_socket for one in self._tap.exchanges):
            return True
        written = (json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
        return any(form in self._tap.sent for form in written)

    @property
    def in_flight(self) -> bool:
        """Whether a request that belongs to the answer is under way."""
        return self._tap.in_flight
