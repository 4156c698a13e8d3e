"""One run, followed: look, tell, wait, look again. Nothing here sends anything that acts.

A look that fails is tried at the next one. That is no second retry layer: the run goes on meanwhile, and its
number is known.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Self

import anyio
import attrs

from jackfield import (
    AuthenticationRequired,
    Certainty,
    MalformedResponse,
    ProviderError,
    RunFailed,
    StreamEvent,
    renew_login,
)
from jackfield_api import NotFound, Poller

from ._decoder import RunDecoder
from ._options import CodegenOptions
from ._submission import Submission
from ._wire import LogPage, Run

_FAILED_LOOKS: Final = 5
_FAILED_LOOKS_AT_DETAILS: Final = 2
_REFUSALS: Final = 3
"""Refusals in a row that end it: of the old login, and of two new ones. The first renewal may have been
somebody else's, long ago."""

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
    _refusals: int = attrs.field(default=0, init=False)
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
            ended = decoder.ended
            whole = await reader.whole() if ended is not None and not ended.ended_badly else None
        except AuthenticationRequired as refused:
            await self._note_refusal(refused)
            return
        except ProviderError as error:
            self._note_failure(error)
            return
        self._failures = self._refusals = 0
        self._missing.clear()
        if ended is not None:
            self._finish(ended, whole)

    def take(self, page: LogPage) -> None:
        """Take in what one look shows; while there is news, the next look comes soon."""
        self._ready.extend(self._decoder.feed(page))
        if page.entries:
            self._poller.reset()

    def _finish(self, ended: Run, whole: Run | None) -> None:
        self._over = True
        self._ready.extend(self._decoder.finish(ended, whole, self._submission.reader.no_logs))

    async def _note_refusal(self, refused: AuthenticationRequired) -> None:
        """Look on with a new login, or raise that there is none.

        The core may not try again once there were events. It is safe here: a look acts on nothing, and the
        run, which was created with the old login, goes on meanwhile.
        """
        self._refusals += 1
        try:
            renewed = self._refusals < _REFUSALS and await renew_login(refused)
        except AuthenticationRequired as again:
            self._give_up(again)
        except ProviderError as error:
            self._note_failure(error)
        else:
            if not renewed:
                self._give_up(refused)

    def _note_failure(self, error: ProviderError) -> None:
        """Let a failed look pass, or give up."""
        if isinstance(error, NotFound) and not self._has_answer:
            self._note_missing(error)
            return
        self._failures += 1
        self._at_least = error.retry_after or 0.0
        is_unclear = isinstance(error, MalformedResponse) or type(error) is ProviderError
        passing = error.transient or is_unclear
        most = _FAILED_LOOKS_AT_DETAILS if self._has_answer else _FAILED_LOOKS
        if not passing or self._failures >= most or self._at_least > self._options.retry_after_cap:
            self._give_up(error)

    @property
    def _has_answer(self) -> bool:
        """Whether nothing is missing but details: summary and pull requests."""
        ended = self._decoder.ended
        return ended is not None and bool(ended.result)

    def _give_up(self, error: ProviderError) -> None:
        """Raise *error* with what is known of the run, unless the answer is there."""
        ended, run = self._decoder.ended, self._submission.run
        if ended is not None and ended.result:
            self._finish(ended, None)
            return
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
