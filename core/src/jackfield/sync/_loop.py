"""The one way to have something done in an event loop that runs in a thread of its own.

Laws: who waits for a call and is interrupted ends that call, and goes on when it has ended; nothing waits in
the loop's own thread, nor after a fork; a loop that is forgotten neither outlives the program nor holds it
up.
"""

from __future__ import annotations

import atexit
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import CancelledError
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Final, Generic, Self, TypeVar, TypeVarTuple
from weakref import WeakSet

import attrs

from .._exceptions import ConfigError, ProviderClosed
from ._thread import STOP_SECONDS, Backend, Errand, Running

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

_STARTED: Final[WeakSet[Loop]] = WeakSet()


@attrs.define(eq=False)
class Loop:
    """An event loop in a thread of its own, used by any number of threads.

    Args:
        backend: Which event loop.
    """

    _backend: Backend = attrs.field(default="asyncio", validator=attrs.validators.in_(("asyncio", "trio")))
    _running: Running | None = attrs.field(default=None, init=False)

    def __del__(self) -> None:
        running = self._running
        if running is None or running.is_forked:
            return
        warnings.warn("jackfield.sync was not closed: use `with`, or close()", ResourceWarning, stacklevel=1)
        # Whoever collects it may be anybody, the loop's own thread too, and must not wait.
        running.stop_soon()

    def start(self) -> None:
        """Start the thread.

        Raises:
            ConfigError: The event loop's library is not installed.
        """
        running = Running()
        try:
            running.start(self._backend)
        except LookupError as error:
            raise ConfigError(
                f"{self._backend} is not installed", hint=f"pip install 'jackfield[{self._backend}]'"
            ) from error
        self._running = running
        _STARTED.add(self)

    def stop(self, seconds: float | None = None) -> None:
        """End it, and all that goes on in it. May be called twice; in a child process it ends nothing."""
        running, self._running = self._running, None
        if running is not None and not running.is_forked:
            running.stop(seconds)

    def call(self, function: Callable[[*Arguments], Awaitable[T]], *arguments: *Arguments) -> T:
        """Return what an asynchronous function returns in the loop, or raise what it raises.

        Whatever is raised meanwhile in the thread that waits, as Ctrl-C is in the main thread, cancels the
        function, and goes on when that has ended, or after 10 seconds.

        Raises:
            ProviderClosed: It was closed, or opened before this process was forked.
            RuntimeError: This is the loop's own thread.
        """
        running, errand = self._reachable(), Errand(partial(function, *arguments))
        try:
            return running.begin(errand).result()
        except CancelledError:
            raise _closed("closed meanwhile") from None
        except BaseException:
            if not errand.is_over:
                running.give_up(errand)
            raise
        finally:
            # The error has this frame in its traceback, and the errand the error.
            del errand

    def do(self, function: Callable[[], T]) -> T:
        """Return what a plain function returns in the loop; errors as for `call`."""
        return self.call(_soon, function)

    def look(self, function: Callable[[], T]) -> T:
        """Return what a function returns that only looks: in the loop while it runs, and else here."""
        running = self._running
        if running is None or running.is_forked or running.is_here:
            return function()
        return self.do(function)

    def next(self, items: AsyncIterator[T]) -> T:
        """Return the next item.

        Raises:
            StopIteration: There is none.
        """
        try:
            return self.call(items.__anext__)
        except StopAsyncIteration:
            raise StopIteration from None

    def enter(self, manager: AbstractAsyncContextManager[T]) -> T:
        """Enter a context manager in the loop; whoever is interrupted meanwhile has left it."""
        running = self._reachable()
        was_entered = manager in running.entered
        try:
            return self.call(running.enter, manager)
        except BaseException:
            if manager in running.entered and not was_entered:
                self.leave(manager, *sys.exc_info())
            raise

    def leave(self, manager: AbstractAsyncContextManager[Any], *exc: Any) -> bool:
        """Leave a context manager in the loop; a loop that has ended has left it already."""
        running = self._running
        if running is None or running.is_forked:
            return False
        try:
            return self.call(running.leave, manager, *exc)
        except ProviderClosed:
            if self._running is running:
                raise
            return False

    def _reachable(self) -> Running:
        running = self._running
        if running is None:
            raise _closed("closed")
        if running.is_forked:
            raise _closed("opened before this process was forked, and its event loop runs there")
        if running.is_here:
            raise RuntimeError(
                "jackfield.sync was called in its own event loop, as a hook is, and would wait for itself "
                "forever: hand that to another thread, or use the asynchronous `jackfield`"
            )
        return running


@attrs.frozen(eq=False)
class Held(Generic[T]):
    """An asynchronous context manager, for `with`."""

    _loop: Loop
    _manager: AbstractAsyncContextManager[T]

    def __enter__(self) -> T:
        return self._loop.enter(self._manager)

    def __exit__(self, *exc: Any) -> bool:
        return self._loop.leave(self._manager, *exc)


@attrs.frozen(eq=False)
class Items(Generic[T]):
    """An asynchronous iterator, for `for`."""

    _loop: Loop
    _items: AsyncIterator[T]

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return self._loop.next(self._items)


async def _soon(function: Callable[[], T]) -> T:
    return function()


def _closed(how: str) -> ProviderClosed:
    return ProviderClosed(f"jackfield.sync was {how}", hint="Open it where it is used.")


def _stop_all() -> None:
    """Close what the program has forgotten, in bounded time: nobody could interrupt this any more."""
    for loop in list(_STARTED):
        loop.stop(STOP_SECONDS)


atexit.register(_stop_all)
