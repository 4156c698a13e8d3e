"""An answer's events, from the page's own traffic."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from jackfield import (
    AuthenticationRequired,
    Certainty,
    Decoder,
    MalformedResponse,
    ProviderError,
    ResponseFinished,
    StreamEvent,
    StreamInterrupted,
)

from ..errors import Refusal
from ..site import WirePattern
from ..wire import DecoderFactory, Record, RulesDecoder, Snapshots, Transcript, decoder_for
from ._exchange import ABORTED, Exchange, holding, ours_among
from ._holding import holds
from ._strand import Strand
from ._tap import WireTap

_NOTHING: Final = Record(None)
_UNTOLD_SECONDS: Final = 10.0
"""Within them an answer may come by what no Site names."""
_UNTOLD_END: Final = (
    "If the answer is whole, give the wire a rule that says `done`: the browser calls a request aborted too "
    "whose body nobody may store, and of one to another origin it does not tell whether the page read it all."
)


class WireSource:
    """Reads what a tap hears of one answer.

    Args:
        tap: The tap; it listens already. None where no traffic is heard, and so nothing is read.
        text: Our message.
        conversation_id: Tells the id of our conversation, or None while it has none.
        decoders: Decoders that the provider brings, by name.
        refused: Makes an error of an HTTP error.
    """

    def __init__(
        self,
        tap: WireTap | None,
        text: str,
        conversation_id: Callable[[], str | None],
        decoders: Mapping[str, DecoderFactory],
        refused: Refusal,
    ) -> None:
        self._tap = tap
        self._text = text
        self._conversation_id = conversation_id
        self._more = decoders
        self._refused = refused
        self._strands: list[Strand] = []
        self._by_exchange: dict[str, Strand] = {}
        self._transcript = Transcript()
        self._over: set[str] = set()
        self._has_place = False
        self._may_go_on = False
        self._resumed_at: list[int] = []
        self._sorted: tuple[tuple[Exchange, ...], int] = (), -1
        self._known: list[Exchange] = []
        self._is_resumed = False
        self.records = 0
        """How many records were read."""
        self.failure: ProviderError | None = None
        """The error that the remote reports; set when it was read."""

    @property
    def is_heard(self) -> bool:
        """Whether the page's traffic is heard, and may tell the answer."""
        return self._tap is not None

    @property
    def _heard(self) -> tuple[Exchange, ...]:
        return () if self._tap is None else self._tap.exchanges

    def go_on(self, works: bool) -> None:
        """Say whether the page works, now that the wire has ended: if so, what it asks next goes on."""
        self._may_go_on = works

    @property
    def asked(self) -> int:
        """How many requests were heard, whosever they are."""
        return len(self._heard)

    def resume(self, asked: int) -> None:
        """Say that the page was made to go on with the answer: what it asks then stands behind the rest.

        Args:
            asked: How many requests were heard before: the press may have made one already.
        """
        self._resumed_at.append(asked)
        self._is_resumed = True
        for strand in self._strands:
            strand.finished = None

    def read(self) -> list[StreamEvent]:
        """Return the events of what has arrived, also of what arrived before a failure."""
        ours = self._ours
        events = self._take_back_but(ours)
        placed = any(one.wire.conversation for one in ours) and self._comes_to_place()
        arriving: list[WirePattern] = []
        # A page asks before it has its socket, which may have said something by then.
        for exchange in sorted(ours, key=lambda one: one.wire.is_polled and not one.is_poll):
            if not exchange.wire.is_read or exchange.wire in arriving:
                continue
            if (strand := self._strand(exchange)) is None:
                break
            events += self._events(strand, exchange, placed=placed)
            if exchange.is_poll and exchange.status and not exchange.is_drained:
                # What comes behind it may be told sooner.
                arriving.append(exchange.wire)
        return events

    def _comes_to_place(self) -> bool:
        """Whether our conversation has got its id since this was asked last."""
        had_place, self._has_place = self._has_place, self._conversation_id() is not None
        return self._has_place and not had_place

    @property
    def _ours(self) -> list[Exchange]:
        heard = self._heard, len(self._resumed_at)
        if heard != self._sorted:
            # Whose a request is its body tells, once and for all; while an answer arrives there is no other.
            self._sorted, self._known = heard, self._ours_of(heard[0])
        return self._known

    def _ours_of(self, exchanges: tuple[Exchange, ...]) -> list[Exchange]:
        ours: list[Exchange] = []
        starts = [0, *self._resumed_at]
        for at, (start, end) in enumerate(pairwise([*starts, len(exchanges)])):
            # What goes on need not say again to what.
            ours += ours_among(exchanges[start:end], "" if at else self._text)
        return ours

    def _take_back_but(self, ours: list[Exchange]) -> list[StreamEvent]:
        """Take back what was told of requests that are not among *ours*, after all."""
        names = {one.request_id for one in ours}
        for name in [name for name in self._by_exchange if name not in names]:
            strand = self._by_exchange.pop(name)
            if strand not in self._by_exchange.values():
                self._strands.remove(strand)
                self._transcript.edit(strand.base, "", strand.part)
        return self._transcript.news()

    def _strand(self, exchange: Exchange) -> Strand | None:
        """Return what reads an exchange; None while nobody knows whether the answer goes on in it."""
        if exchange.request_id not in self._by_exchange:
            before = next(
                (one for one in reversed(self._strands) if one.exchange.wire is exchange.wire), None
            )
            if before is not None and before.exchange.is_handed_on:
                strand = before
            elif before is not None and not self._goes_on_after(before):
                return None
            else:
                strand = self._following(before, exchange)
            strand.exchange = exchange
            self._by_exchange[exchange.request_id] = strand
        return self._by_exchange[exchange.request_id]

    def _goes_on_after(self, before: Strand) -> bool:
        """Whether the answer may go on in another request; not known while *before* may yet say its end."""
        wire = before.exchange.wire
        if before.finished is None:
            return not before.exchange.is_owed
        return self._may_go_on or wire.goes_on or self._wants_a_tool

    def _following(self, before: Strand | None, exchange: Exchange) -> Strand:
        wire = exchange.wire
        is_open = before is not None and before.finished is None and not self._is_resumed
        if before is not None and is_open and _is_asked_again(before.exchange, exchange):
            return before
        decoder = decoder_for(wire, self._conversation_id, self._more)
        strand = Strand(exchange, decoder, exchange.request_id)
        if before is None and not self._strands:
            self._transcript = Transcript(wire.joined_by)
        if before is not None and self._is_resumed:
            self._is_resumed = False
            before.close(self._transcript)
            strand.part, strand.base = before.part, len(self._transcript.part(before.part))
            strand.origin = strand.base
        elif before is not None and before.finished is None:
            before.close(self._transcript)
            self._place(strand, before)
        self._strands.append(strand)
        return strand

    def _place(self, strand: Strand, before: Strand) -> None:
        """Say where a strand stands, and what it may say anew, where *before* has not come to the end."""
        exchange, wire, request = strand.exchange, strand.exchange.wire, strand.exchange.request
        strand.part, strand.base, strand.origin = before.part, before.origin, before.origin
        strand.earlier = before.heard or before.earlier
        text = self._transcript.part(before.part)
        has_body = request is not None and request.body is not None and not wire.stays_open
        is_retry = has_body and _is_retry(before.exchange, exchange, text[before.origin :], self._text)
        if is_retry and wire.goes_on:
            strand.base = before.base  # a step is tried again: those before it stay
        said = text[strand.base :]
        if is_retry or not (has_body or _is_behind(before.exchange)):
            # What begins an answer goes on with none.
            strand.rest, strand.replaces = said, is_retry or any(rule.begins for rule in wire.rules)
        else:
            strand.base += len(said)

    def _events(self, strand: Strand, exchange: Exchange, *, placed: bool) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        try:
            for event in self._told(strand, exchange, placed=placed):
                events += strand.take(event, self._transcript)
        except ProviderError as error:
            self.failure = error
        return events

    def _told(self, strand: Strand, exchange: Exchange, *, placed: bool) -> Iterator[StreamEvent]:
        """Yield what the decoder makes of each record, and of the end. What comes before an error is kept."""
        for record in exchange.records():
            self.records += 1
            if strand.finished is not None and self._was_of_another(exchange, record):
                strand.finished = None
            if strand.finished is None and not strand.is_said_again(record):
                yield from strand.decoder.feed(record)
        if placed and exchange.wire.conversation and strand.finished is None:
            # What a decoder kept back until the conversation had its id need not wait for the next record.
            yield from strand.decoder.feed(_NOTHING)
            # An end that came before it says now of what.
            self._over.discard(exchange.request_id)
        if exchange.is_drained and exchange.request_id not in self._over:
            self._over.add(exchange.request_id)
            if strand.finished is None and not exchange.has_no_end:
                yield from _last_word(strand.decoder, exchange)

    def _was_of_another(self, exchange: Exchange, record: Record) -> bool:
        """Whether the end that was read is an earlier answer's, as another begins with *record*.

        Law: on the first socket nothing takes an end back, as what begins there then answers no message of
        ours. One that is opened anew may tell earlier answers again before ours.
        """
        wire, decoder = exchange.wire, self._by_exchange[exchange.request_id].decoder
        first = next(name for name, one in self._by_exchange.items() if one.exchange.wire is wire)
        is_anew = wire.stays_open and exchange.request_id != first
        return is_anew and isinstance(decoder, RulesDecoder) and decoder.begins_with(record)

    @property
    def finished(self) -> ResponseFinished | None:
        """The wire's word that the answer is complete."""
        ends = [one.finished for one in self._strands]
        # Beside a request that ended a socket may say nothing: one word is enough, unless more was asked.
        last = {id(one.exchange.wire): one for one in self._strands}
        open_again = any(
            one.finished is None and not one.came_to_nothing and self._was_finished(one)
            for one in last.values()
        )
        return None if open_again else next((end for end in reversed(ends) if end is not None), None)

    def _was_finished(self, strand: Strand) -> bool:
        return any(one.finished and one.exchange.wire is strand.exchange.wire for one in self._strands)

    @property
    def is_under_way(self) -> bool:
        """Whether all that was heard goes on: nothing of it has ended, and nothing was refused."""
        has_ended = any(one.ended or one.is_refused for one in self._heard)
        return not (has_ended or self.failure or any(one.finished for one in self._strands))

    @property
    def _wants_a_tool(self) -> bool:
        finished = self.finished
        return finished is not None and finished.finish_reason == "tool_call"

    @property
    def waits_for_more(self) -> float:
        """Seconds for which the page may still ask for more of an answer that has ended; below 0 for none."""
        wires = [one.exchange.wire for one in self._strands]
        goes_on = [wire for wire in wires if wire.goes_on or self._wants_a_tool]
        return max((wire.again_within for wire in goes_on), default=-1.0)

    @property
    def again_within(self) -> float:
        """Seconds within which the page asks again."""
        least = _UNTOLD_SECONDS if self.instead else 0.0
        return max((least, *(one.wire.again_within for one in self._heard)))

    @property
    def text(self) -> str:
        """The text that was told so far."""
        return self._transcript.text

    @property
    def spoke(self) -> bool:
        """Whether anything of the answer was told."""
        return any(one.spoke for one in self._strands)

    @property
    def doubtful(self) -> list[Snapshots]:
        """The snapshots that took back something of what the ones before them said."""
        return [one.snapshots for one in self._by_rules if one.snapshots.took_back]

    @property
    def trouble(self) -> ProviderError | None:
        """The error that the remote told last, though no rule names it, and no end was told behind it."""
        return next((one.trouble for one in reversed(self._by_rules)), None)

    @property
    def _by_rules(self) -> list[RulesDecoder]:
        return [one.decoder for one in self._strands if isinstance(one.decoder, RulesDecoder)]

    @property
    def refusal(self) -> ProviderError | None:
        """The error that the remote refused the latest of the page's requests with."""
        known = [one for one in self._ours if one.wire.is_known and not one.wire.stays_open]
        latest = {id(one.wire): one for one in known}
        for one in latest.values():
            if one.is_refused and one.is_drained:
                if one.wants_login:
                    return _login_wanted()
                error = self._refused(one.status, one.headers, one.body)
                if one.was_sent_on:
                    # Where the answer is asked for the message is known already.
                    error.certainty = Certainty.UNKNOWN
                return error
        return None

    @property
    def named_requests(self) -> frozenset[str]:
        """The ids of the requests that the Site names: what they take along is known."""
        return frozenset(one.request_id for one in self._ours if one.wire.is_known)

    @property
    def _bearing(self) -> list[Exchange]:
        """The requests whose end says something of the answer's: that tell it, or else that must be over."""
        telling = [one for one in self._ours if one.wire.tells_the_end]
        return telling or [one for one in self._ours if one.wire.is_known and not one.wire.is_read]

    @property
    def interruption(self) -> str:
        """Why no more can come, when the answer is not complete and every request of it is over."""
        requests = self._bearing
        if self.finished or not requests or not all(one.is_drained for one in requests):
            return ""
        if any(one.wire.standing for one in requests) or requests[-1].is_handed_on:
            return ""  # the browser opens it anew by itself, when it likes
        failure = requests[-1].failure
        if requests[-1].wire.is_read:
            return failure or "it ended without saying so"
        # Of what is not read, a good end says nothing, nor that the page itself let go of it.
        return "" if failure == ABORTED else failure

    @property
    def instead(self) -> str:
        """What came in place of the answer: nothing, or a page, and nowhere else may it come on the wire."""
        if not self.interruption or self.spoke or self._tap is None or self._tap.has_sockets:
            return ""
        last = self._bearing[-1]
        is_none = not last.failure and (last.is_page or not self.records)
        return last.answered_with if is_none and last.status and not last.is_refused else ""

    @property
    def cut(self) -> ProviderError | None:
        """Why no more can come before the answer is complete, where that is known for the answer's end."""
        if self.instead:
            return MalformedResponse(
                f"the page's request was answered with {self.instead} in place of the answer",
                hint="Open the page and look: it may ask for a login, or get its answers in another way now.",
                certainty=Certainty.UNKNOWN,
            )
        if not (why := self.interruption) or not (self.trouble or self.spoke or self.is_broken):
            return None
        said = f"the page's request broke off before the answer was complete: {why}"
        last = self._bearing[-1]
        is_untold = last.wire.end_is_done and last.failure == ABORTED
        return self.trouble or StreamInterrupted(said, hint=_UNTOLD_END if is_untold else None)

    @property
    def is_broken(self) -> bool:
        """Whether no more can come because the latest request failed."""
        return bool(self.interruption) and bool(self._bearing[-1].failure)

    @property
    def was_left(self) -> bool:
        """Whether the page went to another document with its request open."""
        return bool(self.interruption) and self._bearing[-1].was_left

    @property
    def answered(self) -> tuple[int, int]:
        """How many requests of the page's scripts, for whatever, were answered, and how many by a stream."""
        return (0, 0) if self._tap is None else (self._tap.answered, self._tap.streamed)

    @property
    def knows_the_request(self) -> bool:
        """Whether a request that the Site names may have taken the message along."""
        return any(one.wire.is_known and _may_carry(one) for one in self._heard)

    @property
    def in_flight(self) -> bool:
        """Whether a request that belongs to the answer is under way."""
        ours = self._ours
        going = (one for one in self._heard if not one.ended and not one.wire.stays_open)
        return any(not one.wire.is_read or one in ours for one in going)


def _login_wanted() -> AuthenticationRequired:
    return AuthenticationRequired(
        "the page's request was sent on to the login page in place of the answer",
        hint="The login has ended: log in in a window, jackfield login NAME, or give a new one.",
        certainty=Certainty.REJECTED,
    )


def _is_asked_again(before: Exchange, exchange: Exchange) -> bool:
    """Tell whether one decoder reads both: what is opened anew, or a question how far the answer is."""
    if exchange.wire.stays_open and not before.ended:
        return True
    if exchange.wire.stays_open:
        # Opened anew it goes on with the answer or says it anew: a decoder of its own lets the text tell.
        # What a provider's decoder keeps in mind may be needed still.
        return exchange.wire.decoder != "rules" or exchange.wire.tells_all
    asked = exchange.request is not None and before.request is not None and before.ended
    if not (asked and exchange.wire.tells_all and _body(exchange) == _body(before)):
        return False
    # Snapshots take back by themselves what a request that failed had said. With a body it is a retry.
    is_question = exchange.wire.decoder == "rules" and _body(exchange) is None
    return is_question or not (before.failure or before.is_refused)


def _is_retry(before: Exchange, exchange: Exchange, said: str, text: str) -> bool:
    """Tell whether a request asks anew: with the same body, or after a failure with our message.

    One that takes the answer up holds what was *said* of it. Where an answer goes on in steps, each may have
    the body of the one before: there only what failed, and is asked word for word, is asked anew.
    """
    has_failed = bool(before.failure) or before.is_refused
    if exchange.wire.goes_on:
        return has_failed and exchange.request == before.request
    holds_it = 0 < holding(before, text) <= holding(exchange, text)
    takes_it_up = bool(said) and holds(_body(exchange) or "", said)
    return exchange.request == before.request or (has_failed and holds_it and not takes_it_up)


def _is_behind(before: Exchange) -> bool:
    """Tell whether what comes after *before* stands behind it, whatever it begins with.

    Of steps, where one came whole the page asks for the next. A JSON body tells at its end alone: one that
    was refused or cut has told nothing that could come anew.
    """
    wire = before.wire
    came_whole = not (before.failure or before.is_refused)
    is_message = wire.kind == "json" or (wire.goes_on and not wire.stays_open and came_whole)
    return is_message and before.ended


def _may_carry(exchange: Exchange) -> bool:
    """Tell whether a request may take a message along, and not only ask how far its answer is."""
    request, wire = exchange.request, exchange.wire
    return request is not None and request.may_carry and not wire.stays_open


def _body(exchange: Exchange) -> str | None:
    return exchange.request.body if exchange.request else None


def _last_word(decoder: Decoder[Record], exchange: Exchange) -> Iterable[StreamEvent]:
    """Return what a decoder makes of an exchange's end.

    Of one that broke off nothing is complete; but why is known, if the remote said before what it ends with.
    And a body that the page read to its end is called aborted too, when the page lets go of it before the
    browser has noted the end.
    """
    if not exchange.failure:
        return decoder.finish()
    with contextlib.suppress(StreamInterrupted):
        # One that yields says why only when it is asked for all.
        tuple(decoder.finish())
    return ()
