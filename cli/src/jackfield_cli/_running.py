"""Running an asynchronous job in the foreground: Ctrl-C and SIGTERM become cancellation, then an exit code.

Law: a signal cancels, so everything that was opened is closed on its way out, on asyncio and trio alike; a
second signal meets the system's own handler, and ends the process at once.
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
import attrs
from anyio.abc import TaskStatus

Result = TypeVar("Result")


@attrs.define(eq=False)
class Interrupts:
    """What Ctrl-C stops: the innermost `stoppable` block, or the whole job when there is none.

    Attributes:
        ended_by: The signal that ended the job, if one did.
    """

    ended_by: int | None = None
    _stoppable: list[anyio.CancelScope] = attrs.field(factory=list, init=False)

    @contextmanager
    def stoppable(self) -> Iterator[anyio.CancelScope]:
        """Let Ctrl-C stop this block only; the scope that is given tells whether it did."""
        with anyio.CancelScope() as scope:
            self._stoppable.append(scope)
            try:
                yield scope
            finally:
                self._stoppable.remove(scope)

    async def listen(self, job: anyio.CancelScope, *, task_status: TaskStatus[None]) -> None:
        """Receive signals until one ends the job."""
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            async for number in signals:
                if number == signal.SIGINT and self._stoppable:
                    self._stoppable[-1].cancel()
                else:
                    self.ended_by = number
                    job.cancel()
                    return


def run(job: Callable[[Interrupts], Awaitable[int]], *, backend: str) -> int:
    """Run *job*; return its exit code, or 128 and the number of the signal that ended it."""
    return anyio.run(_supervised, job, backend=backend)


async def _supervised(job: Callable[[Interrupts], Awaitable[int]]) -> int:
    interrupts, code, failure = Interrupts(), 0, None
    async with anyio.create_task_group() as tasks:
        await tasks.start(interrupts.listen, tasks.cancel_scope)
        try:
            code = await job(interrupts)
        except Exception as error:  # noqa: BLE001  raised below: the task group would wrap it in a group
            failure = error
        tasks.cancel_scope.cancel()
    if interrupts.ended_by is not None:
        return 128 + interrupts.ended_by
    if failure is not None:
        raise failure
    return code
