"""What a provider does to the program that it is in: it blocks nothing, prints nothing, tells no secret."""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import sys
import time
from collections.abc import Iterator
from typing import Final

import anyio
import anyio.to_thread
import attrs

from .._events import ResponseFinished
from .._exceptions import JackfieldError
from ._trial import Promise, Trial, expect, raw

_TICK: Final = 0.005
_TICKS: Final = 20
"""Ticks of a thread in which the event loop made no turn: it is blocked. On a slow machine both are slow."""
_TRIES: Final = 2


class GivesAnIterator(Promise):
    """What a stream gives is an iterator that owns nothing: an asynchronous generator has to be closed."""

    async def try_it(self, trial: Trial) -> None:
        """Look at what is given, under the core."""
        async with trial.opened() as connection, raw(connection).stream(trial.request()) as events:
            expect(not inspect.isasyncgen(events), "it is an asynchronous generator")
            # Read to its end: what is left early is another promise.
            async for event in events:
                if isinstance(event, ResponseFinished):
                    break


@attrs.define(eq=False)
class _Watch:
    """Watches the event loop from a worker thread."""

    turns: int = 0
    stood: int = 0
    looks: bool = False
    over: bool = False

    async def turn(self) -> None:
        """Make turns of the loop, until cancelled."""
        while True:
            self.turns += 1
            await anyio.sleep(_TICK)

    def look(self) -> None:
        """Note the most ticks without a turn, until it is over."""
        before, ticks, self.looks = self.turns, 0, True
        while not self.over:
            time.sleep(_TICK)
            before, ticks = (self.turns, 0) if self.turns != before else (before, ticks + 1)
            self.stood = max(self.stood, ticks)


class LetsTheLoopTurn(Promise):
    """While it asks and reads, the event loop turns: everybody else's requests go on."""

    async def try_it(self, trial: Trial) -> None:
        """Ask, and watch the loop; what happened once may have been somebody else, and is tried again."""
        stood = [await self._stood(trial)]
        while stood[-1] >= _TICKS and len(stood) < _TRIES:
            stood.append(await self._stood(trial))
        expect(stood[-1] < _TICKS, f"the event loop stood still for {stood[-1] * _TICK:.1f} s")

    async def _stood(self, trial: Trial) -> int:
        watch = _Watch()
        async with trial.opened() as connection, anyio.create_task_group() as tasks:
            tasks.start_soon(watch.turn)
            tasks.start_soon(anyio.to_thread.run_sync, watch.look)
            try:
                while not watch.looks:  # noqa: ASYNC110  a thread tells it
                    await anyio.sleep(_TICK)
                await connection.send(trial.message)
            finally:
                watch.over = True
                tasks.cancel_scope.cancel()
        return watch.stood


@contextlib.contextmanager
def _overheard() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """Give what is printed, and what is logged at any level, within a block."""
    printed, logged, root = io.StringIO(), io.StringIO(), logging.getLogger()
    handlers, level = root.handlers, root.level
    # The program's own handlers hear nothing of it: at this level there is too much.
    root.handlers = [logging.StreamHandler(logged)]
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield printed, logged
    finally:
        root.setLevel(level)
        root.handlers = handlers


class PrintsNothing(Promise):
    """It prints nothing: standard output is the program's."""

    async def try_it(self, trial: Trial) -> None:
        """Open and ask, and look at what was printed."""
        with _overheard() as (printed, _):
            async with trial.opened() as connection:
                await connection.send(trial.message)
            sys.stdout.flush()
        expect(not printed.getvalue(), f"it printed {printed.getvalue()[:100]!r}")


class TellsNoSecrets(Promise):
    """No credential is in an answer, its metadata, what is logged, or the error of a refused login."""

    async def try_it(self, trial: Trial) -> None:
        """Ask with the login that is taken, then with the one that is refused; look at all that was told."""
        with _overheard() as (printed, logged):
            async with trial.opened() as connection, connection.stream(trial.message) as stream:
                events = [event async for event in stream]
            refusal = await self._refusal(trial)
        expect(not trial.told_in(f"{events!r} {stream.response!r}"), "an answer tells a credential")
        expect(not trial.told_in(logged.getvalue() + printed.getvalue()), "a log tells a credential")
        expect(not trial.told_in(refusal), "the error of a refused login tells a credential")

    async def _refusal(self, trial: Trial) -> str:
        if trial.refused_context is None:
            return ""
        connection = trial.connection()
        try:
            async with connection.open(trial.refused_context):
                await connection.send(trial.message)
        except JackfieldError as error:
            return f"{error!r} {error} {error.hint}"
        return ""


MANNERS: Final[tuple[Promise, ...]] = (
    GivesAnIterator(),
    LetsTheLoopTurn(),
    PrintsNothing(),
    TellsNoSecrets(),
)
