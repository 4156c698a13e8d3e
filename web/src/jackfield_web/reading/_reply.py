"""One answer, while it is written: which source tells it, and when it is complete, late or cut.

The first source that has text is the one that is read, so that nothing is told twice; the wire gets a moment
of grace, because its text is the remote's own and the page's is what became of it.
"""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Self

import anyio
import attrs

from jackfield import (
    Accumulator,
    Certainty,
    ProviderError,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextReplaced,
)

from ..accounts import Delivery
from ..hands import line_feeds
from ..page import IsolatedWorld
from ..site import ReadingWay, Site, letters_of
from ..wire import changes, increments
from ._continuing import Continuing
from ._departures import Departures
from ._failing import Failing, Patience, failure_of, loss_of, require_whole
from ._glances import Glances
from ._look import Completion, Look
from ._page_source import PageSource
from ._settled import is_folded, settle
from ._tap import WireTap
from ._whereabouts import Whereabouts
from ._wire_end import WireEnd
from ._wire_source import WireSource

if TYPE_CHECKING:
    from playwright.async_api import Page

    from ._reader import PageReader

_CLEANUP_SECONDS: Final = 2.0
_TOLD_SECONDS: Final = 1.0
_TEXT: Final = (TextDelta, TextReplaced)


class Reply:
    """The events of one answer. Enter it before the message is sent, then iterate.

    Raises:
        RunTimeout: A limit of `Site.timing` passed; *phase* is `first_token`, `idle` or `total`.
        StreamInterrupted: The answer broke off.
        QuotaExhausted: The page says that the account's limit is reached.
        ChallengeRequired: The page wants proof of a person.
    """

    def __init__(
        self, reader: PageReader, text: str, *, attach: bool, delivery: Delivery | None = None
    ) -> None:
        self.text = line_feeds(text)
        """The message."""
        self.delivery = delivery or Delivery()
        """What is known of its fate."""
        self.reader = reader
        """What reads the page."""
        self.page: Page = reader.page
        """The page."""
        self.source: PageSource
        """What the page shows of it; from when it is entered."""
        self._attach = attach
        self._ready: deque[StreamEvent] = deque()
        self._failure: ProviderError | None = None
        self._folded = Accumulator()
        self._read_by: ReadingWay | None = None
        self._wire = self._told_by(None)
        self.departures: Departures
        """What is heard of the message leaving; from when it is entered."""
        self._page_had_text: float | None = None
        self._was_seen = self._is_to_be_weighed = False
        self._whereabouts, self._looked_from = Whereabouts(self.site, not text, letters_of(self.text)), ""
        timing = self.site.timing
        self._completion = Completion(timing.settle, still=timing.still)
        self._glances = Glances(self.site.timing.tick, reader.changed)
        self._end = WireEnd(timing.wire_grace)
        self._failing = Failing()
        self.continuing = Continuing(reader.page, reader.site)
        """What lets the answer go on when the page stops it."""
        self._stopped_by: ResponseFinished | None = None

    @property
    def site(self) -> Site:
        """What the page is like."""
        return self.reader.site

    @property
    def read_by(self) -> ReadingWay:
        """How the answer is read, or will be if nothing changes."""
        return self._read_by or ("wire" if self._wire.is_heard else self._world.way)

    async def __aenter__(self) -> Self:
        self._world: IsolatedWorld = await self.reader.world()
        await self._world.open()
        self.departures = self.reader.departures(self.text)
        self.source = PageSource(
            self._world, self.reader.engine_error, self.text, self.site, afresh=self._attach
        )
        await self.source.mark()
        self._patience = Patience(self.site.timing, since=anyio.current_time())
        return self

    async def __aexit__(self, *_: object) -> None:
        with anyio.move_on_after(_CLEANUP_SECONDS, shield=True):
            if self._folded.finished is not None:
                await self.reader.note_sight(self._was_seen or self._read_by != "wire")
            self.reader.ids |= self.departures.ids
            self.delivery.is_veiled |= self.departures.is_veiled | self.departures.has_workers
            await self.departures.close()
            await self._glances.end()
            if self.reader.tap is not None:
                await self.reader.tap.end()
            with contextlib.suppress(self.reader.engine_error):
                await self._world.close()

    def _told_by(self, tap: WireTap | None) -> WireSource:
        reader = self.reader
        return WireSource(tap, self.text, reader.conversation_id, reader.decoders, reader.refused)

    async def sending(self) -> None:
        """Say that the message is about to be sent: what page and wire told until now is of other answers."""
        await self.source.mark()
        self._patience = Patience(self.site.timing, since=anyio.current_time())
        if (tap := self.reader.tap) is not None:
            tap.begin(self.text)
            self._wire = self._told_by(tap)
        self.reader.ids = frozenset()
        await self.departures.begin()

    async def departed(self) -> None:
        """Say that nobody looks any more whether the message goes; until it went and is over it is heard."""
        has_gone = self.was_sent or bool(self._folded.text)
        if has_gone and self._refusal is None and not self.departures.is_waiting:
            await self.departures.end()

    @property
    def was_sent(self) -> bool:
        """Whether the page's traffic shows that the message left."""
        return self._wire.knows_the_request or self.departures.has_message

    @property
    def _refusal(self) -> ProviderError | None:
        """What the message was refused with, by traffic that the Site need not know."""
        return self.departures.refusal(self.reader.refused)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._ready:
            if self._failure is not None:
                raise self._failure from self._failure.__cause__
            if self._folded.finished is not None:
                raise StopAsyncIteration
            try:
                await self._step()
            except ProviderError as error:
                # What was said before it is told first.
                self._failure = self._completed(error)
        return self._ready.popleft()

    def _completed(self, error: ProviderError) -> ProviderError:
        started = self._folded.started or ResponseStarted()
        error.partial = self._folded.text
        error.handle, error.url = error.handle or started.handle, error.url or started.url
        return error

    async def _step(self) -> None:
        if self._is_to_be_weighed or self._glances.have_news:
            await self._weigh()
        if not self._ready:
            self._start()
        if self._ready:
            return
        now = anyio.current_time()
        every = self._look_every(now)
        self._look_if_due(every, now)
        await self._glances.await_news(every, now)
        # Whoever waits for a word has it before it is weighed what follows from it.
        self._is_to_be_weighed = self._read_wire()

    async def _weigh(self) -> None:
        """Take in what the wire told and the page shows: whether the answer is complete, late or cut."""
        self._weigh_wire()
        if self._glances.have_news:
            await self._read_page()
        if not self._ready:
            await self._judge(anyio.current_time())
        if not self._ready:
            now, grace = anyio.current_time(), self._end.grace if self._wire.is_heard else 0.0
            self._patience.check(now)
            by_wire, told = self._read_by == "wire", self._refusal
            self._whereabouts.check(self.page.url, now, grace=grace, by_wire=by_wire, told=told)

    def _start(self) -> None:
        """Say that the answer has begun, and again when the conversation gets its address, or another one."""
        address = self._whereabouts.address(self.reader.place)
        started = self._folded.started
        if started is None or started.handle != address:
            self._emit(
                ResponseStarted(
                    handle=address,
                    conversation_id=self.reader.conversation_id(),
                    url=address,
                    metadata={"read_by": self.read_by, **self._shown},
                )
            )

    def _emit(self, event: StreamEvent) -> None:
        self._folded.add(event)
        self._ready.append(event)

    @property
    def _is_told_by_wire(self) -> bool:
        """Whether the wire tells the answer, and has not ended."""
        return self._read_by == "wire" and self._end.since is None

    def _look_every(self, now: float) -> float:
        """Return the seconds between two looks, as things are."""
        tick, is_told = self.site.timing.tick, self._is_told_by_wire
        if self.reader.page_changed and not is_told:
            return 0.0
        # While words come by the wire, or are to come, a look is for what the page has to say besides, and it
        # tells when it changes. But a page may have given up a wire that says nothing more.
        asks = self._wire.in_flight and self._world.way == "observer"
        by_wire = self._patience.silence(now) <= tick if is_told else asks and self._read_by is None
        return max(tick, _TOLD_SECONDS) if by_wire else tick

    def _look_if_due(self, every: float, now: float) -> None:
        """Begin a look, beside the wire: a page that is busy drawing takes long to answer."""
        if self._glances.are_due(every, now):
            self.reader.page_changed, self._looked_from = False, self.reader.place
            self._glances.begin(self.source.look(), now)

    def _read_wire(self) -> bool:
        """Tell what the wire has; return whether it may be more than words of an answer that goes on."""
        was_told, before = self._is_told_by_wire, self._wire.records
        for event in self._wire.read():
            if self._read_by is None and isinstance(event, _TEXT):
                self._read_by = "wire"
            # Of an answer that the page tells the wire still knows the end, and a failure.
            if self._read_by in {None, "wire"}:
                self._emit(event)
        if self._wire.records > before or self._ready:
            self._patience.hear(anyio.current_time())
        return not (was_told and self._ready and self._wire.is_under_way)

    def _weigh_wire(self) -> None:
        self.delivery.in_doubt |= self._wire.refusal is not None
        if self._wire.failure is not None:
            raise self._wire.failure
        if self._end.note(bool(self._wire.finished or self._trouble), anyio.current_time()):
            # Only a look from now on tells what the end means.
            self.reader.page_changed = True
            self._end.keep(self._wire.answered, self._folded.text)
        self._world.heed(not self._is_told_by_wire)

    @property
    def _trouble(self) -> ProviderError | None:
        """Why the wire says no more before the answer is complete, which the page may still make good."""
        if (refusal := self._wire.refusal) is None:
            return self._wire.cut
        if self.departures.was_taken(self._wire.named_requests):
            refusal.certainty = Certainty.UNKNOWN
        return refusal

    @property
    def _remote_error(self) -> ProviderError | None:
        """The remote's own error, which tells more than the page's note of it."""
        if self._wire.refusal is not None and not self._page_ends_it:
            return self._trouble
        return self._wire.trouble or self._refusal

    async def _judge(self, now: float) -> None:
        """Finish, or raise, when what the wire ended with is believed."""
        if self.continuing.waits:
            return
        if (trouble := self._trouble) is not None:
            # Who is sent to log in is waited for; but a page that stays may renew its token, and ask again.
            has_left = self._wire.refusal is not None and self.site.is_login_page(self.page.url)
            if self.departures.is_asking_anew:
                self._end.move(now)
            is_believed = has_left or self._end.is_believed(now, self._wire.again_within)
            if is_believed and not self._page_ends_it:
                if self._read_by != "wire" and self._wire.refusal is None:
                    # A page draws half an answer as it draws one.
                    self._say(await self.source.text(growing=False))
                raise trouble
            return
        if self._read_by == "wire" and self._is_over(now):
            await self._end_unless_it_goes_on(self._wire.finished)

    def _is_over(self, now: float) -> bool:
        """Whether what the wire calls the answer's end is one."""
        if self._wire.finished is None:
            return False
        wait = self._wire.waits_for_more
        wait = max(wait, self._end.grace) if wait >= 0 else 0.0
        if self.continuing.is_possible:
            # The page draws after the wire's end what lets the answer go on.
            wait = max(wait, self.site.timing.settle)
        return self._end.is_over(now, wait) and not (self._end.was_held and self._end.has_more)

    @property
    def _page_ends_it(self) -> bool:
        """Whether the page's word that the answer is complete counts, though the wire broke off.

        A page shows a failure as it shows an answer. It counts where the page left its request for another
        document, and where it went on with its work by requests that were answered; after a refusal only
        where the message went again, and was answered: pages tell of their failures too. Where no answer came
        on the wire it may come by what no Site names, for as long as the page works.
        """
        if self._wire.instead:
            return self._end.has_more or bool(self._end.works)
        if self._wire.refusal is not None:
            return self.departures.was_answered_anew and self._end.has_more
        return self._wire.was_left or self._end.went_on(self._wire.answered)

    async def _read_page(self) -> None:
        began = self._glances.began
        try:
            look = self._glances.take()
        except (self.reader.engine_error, ProviderError):
            if self._wire.finished is None or self._read_by != "wire":
                raise
            # The page is gone; what the remote called complete is complete.
            await self._finish_by_wire(self._wire.finished)
            return
        self._whereabouts.see(look, began=self._looked_from, ended=self.reader.place)
        self._was_seen |= look.mine or bool(look.count)
        if self._whereabouts.is_elsewhere:
            # What stands there is another's.
            self._glances.rest()
            return
        now = anyio.current_time()
        told = self._wire.refusal
        left = self.departures
        self._patience.see(look, now, quiet=not self._folded.text, told=told, departures=left)
        has_failed = await self._watch_for_failure(look, now)
        self.delivery.in_doubt = has_failed or told is not None
        await self._see_end(look, began, now)
        in_flight = self._wire.in_flight
        if self.continuing.see(look, now, in_flight=in_flight):
            await self._finish(self._stopped_by, is_cut=True)
            return
        complete = self._is_complete(look, now, in_flight=in_flight)
        has_broken = self._trouble is not None and not self._page_ends_it
        in_trouble = has_failed or has_broken
        if self._read_by is None and not in_trouble and (complete or await self._page_may_speak(look, now)):
            self._read_by = self._world.way
        if self._read_by not in {None, "wire"} or not self._wire.is_heard:
            # Where there is a wire and it tells the answer, it tells what the model thinks too.
            for thought in await self.source.thought(growing=not complete):
                self._emit(thought)
        if self._read_by not in {None, "wire"} and not complete and not has_failed:
            self._say(await self.source.text(growing=True))
        silent = self._patience.silence(now) >= self._end.grace or self._end.was_held
        if complete and not in_trouble and (self._read_by != "wire" or silent):
            await self._end_unless_it_goes_on(self._whole_by_wire)
        self._glances.rest()

    @property
    def _whole_by_wire(self) -> ResponseFinished | None:
        """The wire's last word, where it told the answer and the page worked on but has no more of it."""
        if self._read_by != "wire" or self._end.has_more or self._wire.waits_for_more >= 0:
            return None
        return self._wire.finished if self._end.was_held else None

    def _is_complete(self, look: Look, now: float, *, in_flight: bool) -> bool:
        if self._read_by != "wire" and self._wire.text and self._is_over(now):
            # The remote's word for an answer that it told is as good a sign as any of its page's.
            look = attrs.evolve(look, finished=True)
        # What a page was made to go on with stood complete before.
        found = self.source.afresh or bool(self.continuing.times)
        complete = self._completion.is_complete(look, now=now, in_flight=in_flight, is_found=found)
        return complete and not self.continuing.waits

    async def _watch_for_failure(self, look: Look, now: float) -> bool:
        """Raise when the page has failed; tell whether it seems so."""
        if self._failing.see(look.failure, grows=look.goes_on):
            noted = failure_of(self._failing.words, self.delivery.certainty, site=self.site.name)
            error = self._remote_error or noted
            error.certainty = noted.certainty if look.works else error.certainty  # it may ask again by itself
            raise error
        await self.departed()
        # Where the wire knows the request, it has the refusal's body too, and its own patience.
        known = self._wire.spoke or self._wire.knows_the_request
        # What is drawn when something else left too is the answer to that, and not the refusal's words.
        is_outgrown = self._failing.is_outgrown and self.departures.has_workers
        is_answered = bool(look.count) and (is_outgrown or not self.departures.went_alone)
        refusal = None if known or is_answered else self._refusal or loss_of(self.departures, look)
        if refusal is None:
            self._failing.is_undone()
        elif self._failing.leaves_it(refusal, look, now, self._end.grace):
            raise refusal
        return look.failure is not None or refusal is not None

    async def _end_unless_it_goes_on(self, by_wire: ResponseFinished | None) -> None:
        """End the answer, or let the page go on with it where it stopped at its limit.

        Args:
            by_wire: The wire's word that it is complete; None where it is the page's.
        """
        if not self.continuing.is_possible:
            await self._finish(by_wire)
            return
        look, asked = await self.source.look(), self._wire.asked
        if not await self.continuing.press(look, anyio.current_time()):
            await self._finish(by_wire, is_cut=look.goes_on_by is not None)
            return
        self._stopped_by = by_wire
        await self.source.resume()
        self._completion, self._end = attrs.evolve(self._completion), attrs.evolve(self._end)
        self._wire.resume(asked)

    async def _finish(self, by_wire: ResponseFinished | None, *, is_cut: bool = False) -> None:
        """End the answer; *is_cut* says that the page would have had more."""
        if self._whereabouts.may_have_moved(url := self.reader.place):
            # A page that is gone takes nothing away of what its wire told.
            with contextlib.suppress(self.reader.engine_error, ProviderError):
                self._whereabouts.see(await self.source.look(), began=url, ended=self.reader.place)
            self._start()
        if by_wire is None:
            if not self._whereabouts.is_elsewhere:
                await self._settle(is_cut=is_cut)
            return
        await self._finish_by_wire(attrs.evolve(by_wire, finish_reason="length") if is_cut else by_wire)

    async def _see_end(self, look: Look, began: float, now: float) -> None:
        """Take in what the page shows after the wire's end."""
        self._end.see(look, began=began, now=now)
        self._wire.go_on(self._end.was_held)
        if self._end.was_held or self._trouble is not None:
            self._end.compare(await self.source.text(growing=True), self._wire.text)

    async def _finish_by_wire(self, finished: ResponseFinished) -> None:
        for snapshots in self._wire.doubtful:
            if snapshots.are_none(self._folded.text, await self.source.text(growing=False)):
                # Of increments the rule has kept the last; the others are in what is told.
                self._say(snapshots.as_increments)
                raise increments()
        told = {**finished.metadata, "read_by": "wire", **self._went_on}
        self._emit(attrs.evolve(finished, metadata=told))

    @property
    def _went_on(self) -> dict[str, Any]:
        return self._shown | ({"continued": self.continuing.times} if self.continuing.times else {})

    @property
    def _shown(self) -> dict[str, str]:
        return {"variant": self.reader.variant} if self.reader.variant else {}

    async def _page_may_speak(self, look: Look, now: float) -> bool:
        """Tell whether the page has text and the wire had its chance."""
        if not look.count or not await self.source.text(growing=True):
            return False
        if self._page_had_text is None:
            self._page_had_text = now
        if not self._wire.is_heard or self._wire.finished:
            return True
        # While the wire tells what the model thinks, what the page shows of it is no answer.
        if self._wire.spoke and self._wire.in_flight:
            return False
        return now - self._page_had_text >= self._end.grace

    def _say(self, text: str) -> None:
        for event in () if is_folded(text, self._folded.text) else changes(self._folded.text, text):
            self._emit(event)
            self._patience.hear(anyio.current_time())

    async def _settle(self, *, is_cut: bool = False) -> None:
        """Read the answer once more, tell what is different, and finish."""
        settled = await settle(self.reader, self.source, self.text)
        # What came by wire is the remote's own; the page only knows better when it has more.
        if self._read_by != "wire" or len(letters_of(settled.text)) > len(letters_of(self._folded.text)):
            self._say(settled.text)
        await require_whole(self.departures, self._wire)
        told = {**self._went_on, "read_by": self.read_by}
        if self._completion.by_stillness:
            told["ended_by"] = "stillness"
        # What the page went on with by other traffic ended otherwise than its wire.
        by_wire = None if self._end.went_on(self._wire.answered) else self._wire.finished
        self._emit(settled.end(by_wire, told, said=self._folded.text, is_cut=is_cut))
