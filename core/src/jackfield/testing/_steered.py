"""What is seen at the remote: how often it is asked, which connections stay, what is left behind."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio
import anyio.lowlevel
import anyio.to_thread

from .._capability import Capability
from .._connection import Connection
from .._events import TextDelta
from .._exceptions import JackfieldError
from .._stream import ResponseStream
from ._trial import Promise, Trial, expect, raw

_TURNS: Final = 2000
"""Turns of the event loop that a cancelled request may take to leave. It takes a few dozen; who waits for
something all the same takes tens of thousands. Counted in turns, for a slow machine makes each slower."""
_SECONDS: Final = 2.0
"""How long what is left may take to go, where it has to travel through a socket."""
_OPEN_FILES: Final = Path("/proc/self/fd")


async def _settled(kept: Callable[[], bool]) -> bool:
    """Whether something becomes true in time."""
    with anyio.move_on_after(_SECONDS):
        while not kept():  # noqa: ASYNC110  nobody tells when a remote has seen it
            await anyio.sleep(0.01)
    return kept()


async def _at_rest(trial: Trial) -> int:
    """Return how many connections are open while none is ours, once what was closed before has arrived."""
    await _settled(lambda: not trial.steered.open_connections())
    return trial.steered.open_connections()


@asynccontextmanager
async def _hanging(trial: Trial, connection: Connection) -> AsyncIterator[ResponseStream]:
    """Ask while the remote does not go on with its answers, and read the first event."""
    trial.steered.play("hang")
    try:
        async with connection.stream(trial.message) as stream:
            await stream.__anext__()
            yield stream
    finally:
        trial.steered.play("none")


class AsksOnlyWhenAsked(Promise):
    """Opening, logging in, a look at health or models ask for no answer, nor does a stream not entered."""

    needs_remote = True

    async def try_it(self, trial: Trial) -> None:
        """Do all that costs nothing; count what arrived."""
        before = trial.steered.posts()
        async with trial.opened() as connection:
            raw(connection).stream(trial.request())
            for look in (connection.check_health, connection.list_models, connection.examine):
                # Whether it answers is another promise.
                with contextlib.suppress(JackfieldError):
                    await look()
        asked = trial.steered.posts() - before
        expect(not asked, f"the remote was asked for {asked} answers")


class HangsUpOnLeaving(Promise):
    """Leaving a stream early ends its connection to the remote, unless the next request uses it."""

    plays = "hang"

    async def try_it(self, trial: Trial) -> None:
        """Leave four answers that do not go on; count connections."""
        async with trial.opened() as connection:
            before = max(1, trial.steered.open_connections())
            for _ in range(4):
                async with _hanging(trial, connection):
                    pass
            gone = await _settled(lambda: trial.steered.open_connections() <= before)
            more = trial.steered.open_connections() - before
        expect(gone, f"{more} connections more are open than before, of 4 answers that were left")


class StopsWhenCancelled(Promise):
    """A request that waits leaves at once when cancelled, hangs up, and lets the cancellation pass."""

    plays = "hang"

    async def try_it(self, trial: Trial) -> None:
        """Cancel two requests that wait; count connections. One may be kept for what is asked next."""
        async with trial.opened() as connection:
            before = max(1, trial.steered.open_connections())
            for _ in range(2):
                await self._cancel_one(trial, connection)
            gone = await _settled(lambda: trial.steered.open_connections() <= before)
            more = trial.steered.open_connections() - before
        expect(gone, f"{more} connections more are open than before, of 2 requests that were cancelled")

    async def _cancel_one(self, trial: Trial, connection: Connection) -> None:
        """Cancel a request that waits; count the turns of the loop until it has left."""
        turns, left = 0, False

        async def cancel(scope: anyio.CancelScope) -> None:
            nonlocal turns
            await anyio.sleep(0.05)
            scope.cancel()
            while not left:
                turns += 1
                await (anyio.lowlevel.checkpoint() if turns < _TURNS else anyio.sleep(0.01))

        async with anyio.create_task_group() as tasks:
            with anyio.CancelScope() as scope:
                async with _hanging(trial, connection) as stream:
                    tasks.start_soon(cancel, scope)  # noqa: ASYNC111  it ends with the request
                    async for _ in stream:
                        pass
            left = True
        expect(scope.cancelled_caught, "the cancellation did not come out")
        expect(turns < _TURNS, "it went on waiting after it was cancelled")


class ClosesInTheMiddle(Promise):
    """A connection that is closed in the middle of an answer ends it with an error, and hangs up."""

    plays = "hang"

    async def try_it(self, trial: Trial) -> None:
        """Close while somebody reads."""
        before, reads = await _at_rest(trial), anyio.Event()
        ends: list[object] = []

        async def read(connection: Connection) -> None:
            try:
                async with _hanging(trial, connection) as stream:
                    reads.set()
                    ends.append(await stream.collect())
            except JackfieldError as error:
                ends.append(error)
            finally:
                reads.set()

        async with anyio.create_task_group() as tasks, trial.opened() as connection:
            tasks.start_soon(read, connection)  # noqa: ASYNC111  closed while it is read
            await reads.wait()
        expect(ends and isinstance(ends[0], JackfieldError), "the answer ended well")
        gone = await _settled(lambda: trial.steered.open_connections() <= before)
        expect(gone, f"{trial.steered.open_connections() - before} connections are still open")


class LeavesNothing(Promise):
    """Whoever opens, asks, leaves early and closes leaves nothing: no connection, no task, thread or file."""

    needs_remote = True

    async def try_it(self, trial: Trial) -> None:
        """Do it once to warm up, then three times; count."""
        at_rest = await _at_rest(trial)
        await self._use(trial)
        before = {**await _what_is_there(trial), "open connections": at_rest}
        for _ in range(3):
            await self._use(trial)
        more: list[str] = []
        with anyio.move_on_after(_SECONDS):
            while more := await _more_than(before, trial):  # noqa: ASYNC110  as above
                await anyio.sleep(0.01)
        expect(not more, f"after three times there are {', '.join(more)}")

    async def _use(self, trial: Trial) -> None:
        # The whole answer comes last: its connection is kept for the next one, so that it shows who does not
        # close. One that is left early is kept only where the rest of the answer had come by then.
        async with trial.opened() as connection:
            async with connection.stream(trial.message) as stream:
                await stream.__anext__()
            await connection.send(trial.message)


async def _what_is_there(trial: Trial) -> dict[str, int]:
    return {
        "open connections": trial.steered.open_connections(),
        "tasks": len(anyio.get_running_tasks()),
        "threads": len([one for one in threading.enumerate() if not _is_of_the_loop(one)]),
        "open files": await anyio.to_thread.run_sync(_open_files),
    }


async def _more_than(before: Mapping[str, int], trial: Trial) -> list[str]:
    now = await _what_is_there(trial)
    return [f"{now[name] - count} {name} more" for name, count in before.items() if now[name] > count]


def _open_files() -> int:
    return len(list(_OPEN_FILES.iterdir())) if _OPEN_FILES.exists() else 0


def _is_of_the_loop(thread: threading.Thread) -> bool:
    """Whether a thread is one that the event loop keeps for later."""
    return any(word in thread.name for word in ("AnyIO", "Trio", "asyncio"))


class TellsTextAsItComes(Promise):
    """Text arrives as it is written: it is there before the answer is whole."""

    needs = Capability.TEXT_DELTAS
    plays = "hang"

    async def try_it(self, trial: Trial) -> None:
        """Wait for text of an answer that does not go on."""
        told = False
        async with trial.opened() as connection:
            with anyio.move_on_after(_SECONDS):
                async with _hanging(trial, connection) as stream:
                    async for event in stream:
                        if told := isinstance(event, TextDelta):
                            break
        expect(told, "no text came before the end of the answer, which does not come")


class _TheSameText(Promise):
    async def try_it(self, trial: Trial) -> None:
        """Ask with and without, and compare."""
        async with trial.opened() as connection:
            usual = await connection.send(trial.message)
            trial.steered.play(self.plays)
            try:
                told = await connection.send(trial.message)
            finally:
                trial.steered.play("none")
        expect(told.content == usual.content, f"{usual.content!r} becomes {told.content!r}")


class IsPatient(_TheSameText):
    """A slow answer is the same answer."""

    plays = "slow"


class TakesAnyPieces(_TheSameText):
    """An answer that comes cut anywhere is the same answer."""

    plays = "in pieces"


STEERED: Final[tuple[Promise, ...]] = (
    AsksOnlyWhenAsked(),
    HangsUpOnLeaving(),
    StopsWhenCancelled(),
    ClosesInTheMiddle(),
    LeavesNothing(),
    TellsTextAsItComes(),
    IsPatient(),
    TakesAnyPieces(),
)
