"""One message in a tab, and the events of its answer.

Law: what is done again, and what an error says of the message, its `Delivery` decides. When the page or its
browser is lost, our message is looked for first; where it stands the answer is read again, and never asked
for again. What a second reading finds different from what was told is told, be it longer or shorter.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Final, Self

import anyio
import attrs

from jackfield import (
    Accumulator,
    Certainty,
    ProviderError,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    SubmissionUncertain,
)

from ..accounts import Again, Delivery, Kept, LeftMessage, Outbox
from ..browser import HostStream
from ..errors import BrowserCrashed, PageChanged, PageClosed, PageCrashed, PageLeft
from ..hands import InputDriver
from ..reading import Submission, Told, Written, allow, ask, read
from ..wire import changes
from ._login import WebLogin
from ._recovery import Search
from ._tabs import Tab

_NOT_SENT: Final = Certainty.NOT_SENT
_REJECTED: Final = Certainty.REJECTED
_LOST: Final = (BrowserCrashed, PageClosed, PageCrashed)
_DRAWING_SECONDS: Final = 0.5
_FIRST_SECONDS: Final = 2.0
_DOUBT_SECONDS: Final = 0.25
_LOOK_FIRST: Final = "Look at the conversation before you send it again."


@attrs.define(eq=False, repr=False)
class Turn:
    """The events of one answer, to be read inside its `async with` block.

    Attributes:
        text: The message; empty when it was sent earlier.
        model: The model that was asked for, in the page's own word.
        delivery: What is known of the message's fate.
        outbox: Where that is kept for the next program; None where nothing is kept of the account.
    """

    _tab: Tab
    _login: WebLogin
    text: str = ""
    model: str | None = None
    delivery: Delivery = attrs.field(factory=Delivery)
    outbox: Outbox | None = None
    _reading: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _events: HostStream[Told] = attrs.field(init=False)
    _address: str | None = attrs.field(init=False)
    """Where the conversation was before the message."""
    _kept: Kept = attrs.field(init=False)
    _is_whole: bool = attrs.field(default=False, init=False)
    _told: Accumulator = attrs.field(factory=Accumulator, init=False)
    _again: Accumulator | None = attrs.field(default=None, init=False)
    _ready: deque[StreamEvent] = attrs.field(factory=deque, init=False)

    def __attrs_post_init__(self) -> None:
        self._address = self._tab.address
        self._kept = Kept(self.outbox, self.delivery, LeftMessage.of(self.text, self._address))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _: object, error: BaseException | None, *__: object) -> None:
        try:
            await self._reading.aclose()
        finally:
            await self._kept.leave(error)
        if self._is_whole and not self.text:
            await self._kept.settle(self._tab.address)

    async def submit(self, hands: InputDriver) -> None:
        """Send the message; return when it went and the remote had a moment to refuse it.

        Raises:
            PageChanged: It did not go.
            SubmissionUncertain: Nobody can tell whether it went.
            ProviderError: Its certainty tells.
        """
        await self._kept.prepare()
        submission = await self._sent(hands)
        if submission.state == "not_sent" and self.delivery.may_try_again():
            await anyio.sleep(_DRAWING_SECONDS)
            submission = await self._sent(hands)
        if submission.state != "committed":
            error = _unsent(submission)
            self._tab.page.tell_dialog(error)
            await self._make_sure(error)
        await self._first_events()

    async def _sent(self, hands: InputDriver) -> Submission:
        await self._reading.aclose()
        self._told = Accumulator()
        self._ready.clear()
        asking = self._tab.page.stream(ask, self._tab.reader, self.text, hands, self.delivery)
        try:
            self._events = await self._reading.enter_async_context(asking)
            submission = await self._events.__anext__()
            if isinstance(submission, Written):
                await self._login.still(self._tab)
                await self._kept.press()
                await self._tab.page.call(allow, submission)
                submission = await self._events.__anext__()
        except ProviderError as error:
            await self._make_sure(error)
            return Submission("committed", "it was found on the page that was opened again")
        assert isinstance(submission, Submission)
        return submission

    async def attach(self, text: str = "") -> None:
        """Begin to read an answer that was asked for earlier: that to *text*, or the last."""
        reading = self._tab.page.stream(read, self._tab.reader, text)
        self._events = await self._reading.enter_async_context(reading)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._ready:
            await self._step()
        return self._ready.popleft()

    async def _first_events(self) -> None:
        """Wait a moment for what comes first: a refusal is raised while nothing was told yet.

        The page may ask again after one, so it is believed after a grace. While that runs nothing is told:
        who was told that an answer began neither logs in anew nor sends the message again.
        """
        try:
            await self._step()
            until = anyio.current_time() + _FIRST_SECONDS
            # It may begin twice: once more when the conversation gets its address.
            while all(isinstance(event, ResponseStarted) for event in self._ready):
                left = until - anyio.current_time()
                if left <= 0 and not self.delivery.in_doubt:
                    break
                await self._step(max(left, _DOUBT_SECONDS))
        except ProviderError as error:
            if error.certainty is Certainty.REJECTED:
                # What the page called the conversation is a name for nothing.
                self._tab.address = self._address
            raise

    async def _step(self, within: float = math.inf) -> None:
        """Take the next event if it comes *within* so many seconds; to look for a lost page takes longer."""
        event: Told | None = None
        try:
            event = await self._next(within)
        except ProviderError as error:
            await self._make_sure(error)
        if event is not None:
            assert not isinstance(event, Written | Submission)
            for news in self._news(event):
                self._tell(news)
            await self._require_own_place()
        await self._kept.follow(self._tab.address)

    async def _next(self, within: float) -> Told | None:
        if within == math.inf:
            return await self._events.__anext__()
        with anyio.move_on_after(within):
            return await self._events.__anext__()
        return None

    async def _make_sure(self, error: ProviderError) -> None:
        """Read on where the message stands, if *error* leaves it open whether it does; raise it otherwise."""
        again: Again = "nothing"
        if isinstance(error, (*_LOST, SubmissionUncertain)):
            is_known = self._tab.address is not None and bool(self._told.text or not self.text)
            # A remote may keep a message only with its answer: until then the last answer is an older one's.
            again = self.delivery.after_loss(is_told=is_known and not self._search.is_possible)
        if again == "look":
            await self._look_back(error)
        elif again == "read":
            await self._read_again()
        else:
            raise self._placed(error) from error.__cause__

    @property
    def _search(self) -> Search:
        return Search(self._tab, self._login, self._tab.reader.site, self.text, self.delivery.before)

    async def _look_back(self, error: ProviderError) -> None:
        """Look for the message; read its answer if it is there, raise what is known then if it is not."""
        search = self._search
        await self._reading.aclose()
        finding = await search.find() if search.is_possible else "unknown"
        if finding == "found":
            self.delivery.see()
            await self._read_again(self.text)
        elif finding == "likely" and self._told.text and self._tab.address is not None:
            await self._read_again()
        elif finding == "absent" and self.delivery.disprove():
            raise _absent(error) from error.__cause__
        else:
            raise self._placed(error) from error.__cause__

    async def _read_again(self, text: str = "") -> None:
        """Open the conversation again and read what became of the answer."""
        self._again = Accumulator()
        try:
            await self._reading.aclose()
            await self._login.ready(self._tab)
            await self.attach(text)
        except ProviderError as error:
            raise self._placed(error) from error.__cause__

    def _news(self, event: StreamEvent) -> Iterable[StreamEvent]:
        """Return what of *event* was not told yet; on a second reading, what goes beyond the first."""
        if self._again is None:
            return [event]
        self._again.add(event)
        if isinstance(event, ResponseStarted):
            is_known = self._told.started is not None and self._told.started.handle == self._tab.address
            return [] if is_known else [event]
        if isinstance(event, ReasoningDelta):
            return []
        more = changes(self._told.text, self._again.text)
        if isinstance(event, ResponseFinished):
            return [*more, attrs.evolve(event, metadata={**event.metadata, "read_again": True})]
        # Until its end it may be on its way to what was told already.
        return more if len(self._again.text) > len(self._told.text) else []

    def _tell(self, event: StreamEvent) -> None:
        if isinstance(event, ResponseStarted):
            event = self._located(event)
            if self._ready and isinstance(self._ready[-1], ResponseStarted):
                self._ready.pop()
        self._is_whole = isinstance(event, ResponseFinished)
        self._told.add(event)
        self._ready.append(event)

    def _located(self, started: ResponseStarted) -> ResponseStarted:
        """Give the answer the name by which its conversation is found again."""
        if started.handle or self._again is None:
            # A name is taken back where the page brought an earlier conversation back, in the place of ours.
            self._tab.address = started.handle or self._address
        place = self._tab.address or self._tab.id
        kept_by = "address" if self._tab.address else "tab"
        metadata = {**started.metadata, "conversation_kept_by": kept_by}
        return attrs.evolve(
            started,
            handle=place,
            conversation_id=place,
            requested_model=self.model,
            metadata=metadata,
        )

    async def _require_own_place(self) -> None:
        """Raise where a message that was to begin a conversation ends in an earlier one.

        Before its answer's end a page may have one address for all that begin.

        Raises:
            PageLeft: It stands in another conversation.
        """
        address = self._tab.address
        if not self._is_whole or self._address is not None or address is None:
            return
        if not await self._tab.is_another_s(address):
            return
        error = PageLeft(
            "the page said the message in an earlier conversation, where it was to begin a new one",
            hint="It may keep the id of its last one in the browser: use a connection of its own for each.",
            certainty=Certainty.STARTED,
        )
        error.handle, error.url, error.partial = address, address, self._told.text
        self._tab.address = None
        raise error

    def _placed(self, error: ProviderError) -> ProviderError:
        """Return *error* with what is known of the message's fate."""
        # To read what was sent earlier sends nothing.
        started, known = self._told.started, self.delivery.certainty if self.text else _NOT_SENT
        # What could not be done afterwards, such as opening the page again, was not sent; the message may be.
        if error.certainty in {Certainty.UNKNOWN, _NOT_SENT} or (
            known is _NOT_SENT and error.certainty is not _REJECTED
        ):
            error.certainty = known
        if started is not None:
            error.handle, error.partial = started.handle, self._told.text
            return error
        if isinstance(error, _LOST) and known is not _NOT_SENT:
            error = SubmissionUncertain(f"{error.message}, just when the message was sent", hint=_LOOK_FIRST)
        if isinstance(error, SubmissionUncertain):
            error.handle = error.url = self._tab.address
        return error


def _absent(error: ProviderError) -> ProviderError:
    """Return the error for a message that its conversation, opened again, does not have."""
    if isinstance(error, SubmissionUncertain):
        error = PageChanged("the message was not sent: the page, opened again, does not have it")
    error.certainty = Certainty.NOT_SENT
    return error


def _unsent(submission: Submission) -> ProviderError:
    """Return the error for a message that was not sent, or that nobody saw being sent."""
    if submission.state == "not_sent":
        return PageChanged(f"the message was not sent: {submission.reason}", certainty=Certainty.NOT_SENT)
    return SubmissionUncertain(
        f"nobody can tell whether the message was sent: {submission.reason}", hint=_LOOK_FIRST
    )
