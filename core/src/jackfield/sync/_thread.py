"""An event loop while it runs in a thread of its own, and what is done in it for threads that wait."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from contextvars import Context, copy_context
from functools import partial
from types import TracebackType
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import anyio
import attrs
from anyio.abc import TaskGroup

from .. import _log
from .._blame import in_words, is_plugins_fault
from .._from_threads import caller_from_threads

T = TypeVar("T")
Backend: TypeAlias = Literal["asyncio", "trio"]

STOP_SECONDS: Final = 10.0


@attrs.define(eq=False)
class Errand(Generic[T]):
    """One call, done in the loop for a thread that waits for it. Only the loop's thread changes it.

    Attributes:
        answer: What comes of it; cancelled when nothing does.
    """

    _do: Callable[[], Awaitable[T]]
    answer: Future[T] = attrs.field(factory=Future, init=False)
    _scope: anyio.CancelScope | None = attrs.field(default=None, init=False)
    _is_unwanted: bool = attrs.field(default=False, init=False)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or will not begin."""
        return self.answer.done()

    async def run(self) -> None:
        """Do it."""
        try:
            with anyio.CancelScope() as self._scope:
                if not self._is_unwanted:
                    self.answer.set_result(await self._do())
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            self.answer.set_exception(error)
        finally:
            self.answer.cancel()

    def give_up(self) -> None:
        """End it. What has not begun yet, since the loop draws who is first, does not begin any more."""
        self._is_unwanted = True
        if self._scope is None:
            self.answer.cancel()
        else:
            self._scope.cancel()


@attrs.define(eq=False)
class Running:
    """An event loop in a thread. It knows nothing of who uses it, so that it is seen when nobody does.

    Attributes:
        entered: The context managers that were entered in it and not left yet.
    """

    entered: list[AbstractAsyncContextManager[Any]] = attrs.field(factory=list, init=False)
    _errands: set[Errand[Any]] = attrs.field(factory=set, init=False)
    _thread: threading.Thread = attrs.field(init=False)
    _inbox: deque[tuple[Context, Callable[[], object]]] = attrs.field(factory=deque, init=False)
    _soon: Callable[[Callable[[], object]], object] = attrs.field(init=False)
    _tasks: TaskGroup = attrs.field(init=False)
    _news: anyio.Event = attrs.field(init=False)
    _stopping: anyio.Event = attrs.field(init=False)
    _process: int = attrs.field(factory=os.getpid, init=False)

    @property
    def is_forked(self) -> bool:
        """Whether it runs in the process that this one was forked from, and so not here."""
        return self._process != os.getpid()

    @property
    def is_here(self) -> bool:
        """Whether whoever asks is in its thread."""
        return self._thread is threading.current_thread()

    def start(self, backend: Backend) -> None:
        """Start the thread; whoever is interrupted meanwhile leaves none behind."""
        started: Future[None] = Future()
        # A daemon, so that no program hangs for having forgotten it; it is stopped when the program ends.
        self._thread = threading.Thread(
            target=self._run, args=(backend, started), name="jackfield-sync", daemon=True
        )
        self._thread.start()
        try:
            started.result()
        except BaseException:
            if not started.cancel() and not started.exception():
                self.stop()
            raise

    def _run(self, backend: Backend, started: Future[None]) -> None:
        try:
            anyio.run(self._serve, started, backend=backend)
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            # What was handed over in the loop's last moment was not begun.
            for errand in list(self._errands):
                errand.answer.cancel()

    async def _serve(self, started: Future[None]) -> None:
        self._soon, self._news, self._stopping = caller_from_threads(), anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._take)
            if started.set_running_or_notify_cancel():
                started.set_result(None)
                await self._stopping.wait()
            # In the order they were entered: a connection that is closed ends its streams, and tells their
            # readers so; a stream that is left while it is being read could not.
            while self.entered:
                try:
                    await self.leave(self.entered[0], None, None, None)
                except BaseException as error:
                    if not is_plugins_fault(error):
                        raise
                    _log.warning("sync.close_failed", reason=in_words(error))
            self._tasks.cancel_scope.cancel()

    def begin(self, errand: Errand[T]) -> Future[T]:
        """Have something done, with the context variables of whoever asks; return what comes of it."""
        self._errands.add(errand)
        try:
            self._post(partial(self._tasks.start_soon, self._do, errand))
        except RuntimeError:
            errand.answer.cancel()
        return errand.answer

    def _post(self, function: Callable[[], object]) -> None:
        """Have a function called in the loop, and do not wait for it.

        Raises:
            RuntimeError: The loop has ended.
        """
        self._inbox.append((copy_context(), function))
        self._soon(self._wake)

    def _wake(self) -> None:
        self._news.set()

    async def _take(self) -> None:
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            while self._inbox:
                context, function = self._inbox.popleft()
                context.run(function)

    async def _do(self, errand: Errand[Any]) -> None:
        try:
            await errand.run()
        finally:
            self._errands.discard(errand)

    def give_up(self, errand: Errand[Any]) -> None:
        """End what is being done, and return when it has ended; after 10 seconds at the latest."""
        with suppress(RuntimeError):
            self._post(errand.give_up)
            with suppress(Exception):
                errand.answer.exception(STOP_SECONDS)

    async def enter(self, manager: AbstractAsyncContextManager[T]) -> T:
        """Enter a context manager; the loop leaves it when it ends, if nobody does before."""
        value = await manager.__aenter__()
        self.entered.append(manager)
        return value

    async def leave(
        self,
        manager: AbstractAsyncContextManager[Any],
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Leave it, if it was entered and not left yet; return whether it swallows the error."""
        if manager not in self.entered:
            return False
        self.entered.remove(manager)
        return bool(await manager.__aexit__(kind, error, traceback))

    def stop_soon(self) -> None:
        """Leave what was entered and end the loop, some time."""
        with suppress(RuntimeError):
            self._post(self._stopping.set)

    def stop(self, seconds: float | None = None) -> None:
        """Leave what was entered, end the loop, and wait for its thread, that many seconds at most."""
        self.stop_soon()
        self._thread.join(seconds)
