"""One run, followed: look, tell, wait, look again. Nothing here sends anything that acts.

A look that fails is tried at the next one. That is no second retry layer: the run goes on meanwhile, and its
number is known.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Self

import anyio
import attrs

from jackfield import Certainty, MalformedResponse, ProviderError, RunFailed, StreamEvent
from jackfield_api import NotFound, Poller

from ._decoder import RunDecoder
from ._options import CodegenOptions
from ._submission import Submission
from ._wire import LogPage, Run

_FAILED_LOOKS: Final = 5
_MISSING_LOOKS: Final = 3
_MISSING_SECONDS: Final = 15.0
"""Per second of `base_delay`, so 30 by default: the API may need a while to show a new run everywhere."""


@attrs.define(eq=False)
class RunEvents:
    """The events of a run: an iterator that ends when the run does."""

    _submission: Submission
    _options: CodegenOptions
    _decoder: RunDecoder = attrs.field(init=False)
    _poller: Poller = attrs.field(init=False)
    _ready: deque[StreamEvent] = attrs.field(factory=deque, init=False)
    _over: bool = attrs.field(default=False, init=False)
    _at_least: float = attrs.field(default=0.0, init=False)
    _failures: int = attrs.field(default=0, init=False)
    _missing: list[float] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._decoder = RunDecoder(self._submission)
        self._poller = Poller(start=self._options.poll_start, longest=self._options.poll_longest)
        self._ready.extend(self._decoder.start())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._ready:
            if self._over:
                raise StopAsyncIteration
            if not self._decoder.behind:
                await anyio.sleep(self._poller.wait(self._at_least))
            await self._look()
        return self._ready.popleft()

    async def _look(self) -> None:
        decoder, reader = self._decoder, self._submission.reader
        self._at_least = 0.0
        try:
            if decoder.ended is None:
                self.take(await reader.look(decoder.seen))
            whole = await self._whole(decoder.ended) if decoder.ended else None
        except ProviderError as error:
            self._note_failure(error)
            return
        self._failures = 0
        self._missing.clear()
        if decoder.ended is not None:
            self._ready.extend(decoder.finish(decoder.ended, whole, reader.no_logs))
            self._over = True

    def take(self, page: LogPage) -> None:
        """Take in what one look shows; while there is news, the next look comes soon."""
        self._ready.extend(self._decoder.feed(page))
        if page.entries:
            self._poller.reset()

    async def _whole(self, ended: Run) -> Run | None:
        """Return the run with all that is known of it; None when the answer is complete without."""
        if ended.ended_badly:
            return None
        try:
            return await self._submission.reader.whole()
        except ProviderError:
            if ended.result:
                return None
            raise

    def _note_failure(self, error: ProviderError) -> None:
        """Let a failed look pass, or raise it with what is known of the run."""
        if isinstance(error, NotFound):
            self._note_missing(error)
            return
        self._failures += 1
        self._at_least = error.retry_after or 0.0
        passing = error.transient or isinstance(error, MalformedResponse)
        if passing and self._failures < _FAILED_LOOKS and self._at_least <= self._options.retry_after_cap:
            return
        run = self._submission.run
        error.certainty = Certainty.STARTED
        error.handle, error.url = run.handle, run.url
        raise error

    def _note_missing(self, error: NotFound) -> None:
        run, now = self._submission.run, anyio.current_time()
        self._missing.append(now)
        long_enough = now - self._missing[0] >= _MISSING_SECONDS * self._options.base_delay
        if long_enough and len(self._missing) >= _MISSING_LOOKS:
            raise RunFailed(
                f"Codegen's run {run.id} has vanished: {error.message}",
                status="vanished",
                handle=run.handle,
                url=run.url,
            ) from error
