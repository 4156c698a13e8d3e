"""Tasks that run beside a program's own, whichever of those enters and leaves the block that they belong to.

A task group is its task's: who enters it has to leave it, and nothing entered later may still be open then. A
program cannot always do that: start and stop hooks, fixtures and the cells of a notebook are tasks of their
own. So the group lives in a task beside the program, and the block only says when it begins and ends.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Self, TypeVarTuple

import anyio
import attrs
from anyio.abc import TaskGroup
from anyio.lowlevel import EventLoopToken, current_token

from ._keeper import Keeper

Arguments = TypeVarTuple("Arguments")


@attrs.define(eq=False, repr=False)
class Background:
    """A task group in a task of its own; an `async with` block that any task may enter and any other leave.

    Args:
        last: Ends what the tasks hold open, within a time of its own. Called when the block is left, and when
            the event loop ends without that.
    """

    _last: Callable[[], Awaitable[None]]
    _tasks: TaskGroup | None = attrs.field(default=None, init=False)
    _keeper: Keeper = attrs.field(init=False)
    _loop: EventLoopToken = attrs.field(factory=current_token, init=False)

    @_keeper.default
    def _in_a_task(self) -> Keeper:
        return Keeper(self._begin, self._end)

    async def __aenter__(self) -> Self:
        await self._keeper.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        # Not told of the block's own exception: a task group would wrap it in an ExceptionGroup.
        if current_token() != self._loop:
            raise RuntimeError(
                "entered in one event loop and left in another: what it holds lives in the first. Leave it "
                "where it was entered, before that loop ends; a program that starts several loops has one "
                "for each, or uses jackfield.sync."
            )
        await self._keeper.close()

    def start_soon(self, function: Callable[[*Arguments], Awaitable[object]], *arguments: *Arguments) -> None:
        """Run something in a task of its own, as a task group does."""
        if self._tasks is None:
            raise RuntimeError("these tasks were not started: use `async with`")
        self._tasks.start_soon(_run, function, arguments)

    async def _begin(self) -> None:
        _protect(_run)
        tasks = anyio.create_task_group()
        await tasks.__aenter__()
        self._tasks = tasks

    async def _end(self) -> None:
        if self._tasks is None:
            return
        try:
            await self._last()
        finally:
            self._tasks.cancel_scope.cancel()
            await self._tasks.__aexit__(None, None, None)


async def _run(function: Callable[[*Arguments], Awaitable[object]], arguments: tuple[*Arguments]) -> None:
    await function(*arguments)


def _protect(run: Callable[..., object]) -> None:
    """Keep Ctrl-C out of these tasks on trio: it is the program's, and nobody would hear of it there."""
    if (trio := sys.modules.get("trio")) is not None:
        trio.lowlevel.enable_ki_protection(run)
