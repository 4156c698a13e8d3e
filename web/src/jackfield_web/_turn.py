"""One message in a tab, and the events of its answer.

Law: the message is submitted once. What is known of its fate is on every error; an answer whose page or
browser was lost is read again where the conversation has an address, and never asked for again.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Self

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

from ._errors import BrowserCrashed, PageChanged, PageClosed, PageCrashed
from ._input import InputDriver
from ._reading import PageReader, Submission, stop, submit
from ._reading._frames import conversation_frame, find_visible
from ._stream import HostStream
from ._tabs import Tab
from ._wires import changes

if TYPE_CHECKING:
    from playwright.async_api import Page

_LOST: Final = (BrowserCrashed, PageClosed, PageCrashed)
_READ_AGAIN: Final = 2
_DRAWING_SECONDS: Final = 0.5
_FIRST_SECONDS: Final = 0.5
_STOP_SECONDS: Final = 3.0
_STEP_SECONDS: Final = 0.05


@attrs.define(eq=False)
class _Fate:
    """What became of a message, as the function inside leaves it behind.

    Attributes:
        begun: Whether the page was made to send.
        over: Whether the answer is complete, or the page was made to stop it.
    """

    begun: bool = False
    over: bool = False


@attrs.define(eq=False, repr=False)
class Turn:
    """The events of one answer, to be read inside its `async with` block.

    Attributes:
        text: The message; empty when it was sent earlier.
        model: The model that was asked for, in the page's own word.
    """

    _tab: Tab
    _ready_tab: Callable[[Tab], Awaitable[None]]
    text: str = ""
    model: str | None = None
    _reading: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _fate: _Fate = attrs.field(factory=_Fate, init=False)
    _events: HostStream[Submission | StreamEvent] = attrs.field(init=False)
    _told: Accumulator = attrs.field(factory=Accumulator, init=False)
    _again: Accumulator | None = attrs.field(default=None, init=False)
    _losses: int = attrs.field(default=0, init=False)
    _ready: deque[StreamEvent] = attrs.field(factory=deque, init=False)

    @property
    def was_sent(self) -> bool:
        """Whether the message may have gone."""
        return self._fate.begun

    @property
    def leaves_the_page_at_work(self) -> bool:
        """Whether the page may still be at work on the answer, now that nobody reads it."""
        return self._fate.begun and not self._fate.over

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reading.aclose()

    async def submit(self, hands: InputDriver) -> None:
        """Send the message; return when it went and the remote had a moment to refuse it.

        Raises:
            PageChanged: It did not go.
            SubmissionUncertain: Nobody can tell whether it went.
            ProviderError: Its certainty tells.
        """
        submission = await self._sent(hands)
        if submission.state == "not_sent":
            # It certainly did not go: a page that was drawing its composer anew takes it the next time.
            await anyio.sleep(_DRAWING_SECONDS)
            submission = await self._sent(hands)
        self._refuse_unsent(submission)
        await self._first_events()

    async def _sent(self, hands: InputDriver) -> Submission:
        await self._reading.aclose()
        self._fate, self._told = _Fate(), Accumulator()
        self._ready.clear()
        asking = self._tab.page.stream(_ask, self._tab.reader, self.text, hands, self._fate)
        try:
            self._events = await self._reading.enter_async_context(asking)
            submission = await self._events.__anext__()
        except ProviderError as error:
            raise self._placed(error) from error.__cause__
        assert isinstance(submission, Submission)
        return submission

    async def attach(self) -> None:
        """Begin to read an answer that was asked for earlier."""
        reading = self._tab.page.stream(_read, self._tab.reader)
        self._events = await self._reading.enter_async_context(reading)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._ready:
            await self._step()
        return self._ready.popleft()

    async def _first_events(self) -> None:
        """Wait a moment for what comes first: a refusal is raised while nothing was told yet."""
        address = self._tab.address
        try:
            await self._step()
            with anyio.move_on_after(_FIRST_SECONDS):
                await self._step()
        except ProviderError as error:
            if error.certainty is Certainty.REJECTED:
                # What the page called the conversation is a name for nothing.
                self._tab.address = address
            raise

    async def _step(self) -> None:
        try:
            event = await self._events.__anext__()
        except ProviderError as error:
            if not isinstance(error, _LOST) or self._tab.address is None or self._losses >= _READ_AGAIN:
                raise self._placed(error) from error.__cause__
            await self._read_again()
            return
        assert not isinstance(event, Submission)
        for news in self._news(event):
            self._tell(news)

    async def _read_again(self) -> None:
        """Open the conversation again and read what became of the answer."""
        self._losses += 1
        self._again = Accumulator()
        try:
            await self._reading.aclose()
            await self._ready_tab(self._tab)
            await self.attach()
        except ProviderError as error:
            raise self._placed(error) from error.__cause__

    def _news(self, event: StreamEvent) -> Iterable[StreamEvent]:
        """Return what of *event* was not told yet; on a second reading, what goes beyond the first."""
        if self._again is None:
            return [event]
        self._again.add(event)
        if isinstance(event, ResponseStarted | ReasoningDelta):
            return []
        longer = len(self._again.text) > len(self._told.text)
        more = changes(self._told.text, self._again.text) if longer else []
        if isinstance(event, ResponseFinished):
            return [*more, attrs.evolve(event, metadata={**event.metadata, "read_again": True})]
        return more

    def _tell(self, event: StreamEvent) -> None:
        if isinstance(event, ResponseStarted):
            event = self._located(event)
            if self._ready and isinstance(self._ready[-1], ResponseStarted):
                self._ready.pop()
        self._told.add(event)
        self._ready.append(event)

    def _located(self, started: ResponseStarted) -> ResponseStarted:
        """Give the answer the name by which its conversation is found again."""
        self._tab.address = started.handle or self._tab.address
        place = self._tab.address or self._tab.id
        kept_by = "address" if self._tab.address else "tab"
        metadata = {**started.metadata, "conversation_kept_by": kept_by}
        named = {"handle": place, "conversation_id": place, "requested_model": self.model}
        return attrs.evolve(started, **named, metadata=metadata)

    def _refuse_unsent(self, submission: Submission) -> None:
        if submission.state == "not_sent":
            raise PageChanged(f"the message was not sent: {submission.reason}", certainty=Certainty.NOT_SENT)
        if submission.state == "maybe_sent":
            raise SubmissionUncertain(
                f"nobody can tell whether the message was sent: {submission.reason}",
                hint="Look at the conversation before you send it again.",
                handle=self._tab.address,
                url=self._tab.address,
            )

    def _placed(self, error: ProviderError) -> ProviderError:
        """Return *error* with what is known of the message's fate."""
        started = self._told.started
        if started is not None:
            if error.certainty is Certainty.UNKNOWN:
                error.certainty = Certainty.STARTED
            error.handle, error.partial = started.handle, self._told.text
            return error
        if not self._fate.begun:
            error.certainty = Certainty.NOT_SENT
        elif isinstance(error, _LOST):
            return SubmissionUncertain(
                f"{error.message}, just when the message was sent",
                hint="Look at the conversation before you send it again.",
                handle=self._tab.address,
                url=self._tab.address,
            )
        return error


async def _ask(
    page: Page, reader: PageReader, text: str, hands: InputDriver, fate: _Fate
) -> AsyncGenerator[Submission | StreamEvent]:
    """Send *text* and read its answer; left early, stop it. Runs inside."""
    async with reader.reply(text) as reply:
        try:
            yield await submit(reply, hands)
            async for event in reply:
                fate.over = isinstance(event, ResponseFinished)
                yield event
        finally:
            fate.begun = reply.begun
            if fate.begun and not fate.over:
                fate.over = await _stopped(page, reader)


async def _read(page: Page, reader: PageReader) -> AsyncGenerator[Submission | StreamEvent]:
    """Read the last answer of the page. Runs inside."""
    del page
    async with reader.reply(attach=True) as reply:
        async for event in reply:
            yield event


async def _stopped(page: Page, reader: PageReader) -> bool:
    """Press the page's stop button; tell whether the page stopped."""
    with anyio.move_on_after(_STOP_SECONDS, shield=True), contextlib.suppress(reader.engine_error):
        if not await stop(page, reader.site):
            return False
        frame = await conversation_frame(page, reader.site)
        while True:
            if await find_visible(frame, reader.site.selectors.stop_button) is None:
                return True
            await anyio.sleep(_STEP_SECONDS)
    return False
