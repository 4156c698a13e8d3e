"""Running an asynchronous job in the foreground: Ctrl-C and SIGTERM become cancellation, then an exit code.

Law: a signal cancels, so everything that was opened is closed on its way out, on asyncio and trio alike; a
second signal meets the system's own handler, and ends the process at once.
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable

import anyio
import attrs
from anyio.abc import TaskStatus


@attrs.define(eq=False)
class Interrupts:
    """What a signal stops: Ctrl-C the innermost part of a job, SIGTERM all of its work.

    Attributes:
        ended_by: The signal that ended the job, if one did.
    """

    ended_by: int | None = None
    _parts: list[tuple[anyio.CancelScope, bool]] = attrs.field(factory=list, init=False)

    async def part(self, work: Callable[[], Awaitable[object]], *, ends_job: bool = False) -> bool:
        """Await a part of the job that a signal can stop; return whether one did.

        Args:
            work: The part.
            ends_job: Stopping this part ends the job: its exit code is the signal's.
        """
        with anyio.CancelScope() as scope:
            self._parts.append((scope, ends_job))
            try:
                await work()
            finally:
                self._parts.remove((scope, ends_job))
        return scope.cancelled_caught

    async def listen(self, *, task_status: TaskStatus[None]) -> None:
        """Receive signals until one ends the job."""
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            async for number in signals:
                for scope, ends_job in self._chosen(number):
                    if ends_job:
                        self.ended_by = number
                    scope.cancel()
                    if ends_job:
                        return

    def _chosen(self, number: int) -> list[tuple[anyio.CancelScope, bool]]:
        """Return what a signal stops: the innermost part, of those that end the job when it is SIGTERM.

        There is none when it comes in the very moment in which the job has ended.
        """
        return [part for part in self._parts if part[1] or number == signal.SIGINT][-1:]


def run(job: Callable[[Interrupts], Awaitable[int]], *, backend: str) -> int:
    """Run *job*; return its exit code, or 128 and the number of the signal that ended it."""
    return anyio.run(_supervised, job, backend=backend)


async def _supervised(job: Callable[[Interrupts], Awaitable[int]]) -> int:
    interrupts, code, failure = Interrupts(), 0, None
    async with anyio.create_task_group() as tasks:

        async def whole() -> None:
            nonlocal code
            code = await job(interrupts)

        await tasks.start(interrupts.listen)
        try:
            await interrupts.part(whole, ends_job=True)
        except Exception as error:  # noqa: BLE001  raised below: the task group would wrap it in a group
            failure = error
        tasks.cancel_scope.cancel()
    if interrupts.ended_by is not None:
        return 128 + interrupts.ended_by
    if failure is not None:
        raise _alone(failure)
    return code


def _alone(error: Exception) -> Exception:
    """Take a single error out of the groups that task groups wrap round it."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
