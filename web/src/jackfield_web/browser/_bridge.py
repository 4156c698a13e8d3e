"""The way onto the host's loop and back. Law: one place crosses, and what was started inside ends inside.

The engine knows asyncio only. So it lives in an asyncio loop on a thread of its own, whatever its callers run
on, and a call comes back with its result, its error, or the caller's cancellation.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextvars import Context
from typing import Any, Final, Generic, TypeVar, TypeVarTuple

import anyio
import attrs
from anyio import RunFinishedError, to_thread
from anyio.from_thread import BlockingPortal
from anyio.lowlevel import EventLoopToken, current_token

from jackfield import ProviderClosed, log_event

from ._engine import driver_environment

T = TypeVar("T")
Args = TypeVarTuple("Args")

_JOIN_SECONDS: Final = 10.0


@attrs.define(eq=False)
class _Call(Generic[T]):
    """A call that is made outside and done inside. Its caller waits for the end of it, whatever happens."""

    _function: Callable[[], Awaitable[T]]
    _tell: Callable[[], object]
    """Wakes the caller; called inside."""
    _task: asyncio.Task[T] = attrs.field(init=False)
    _scope: anyio.CancelScope = attrs.field(init=False)

    def begin(self) -> None:
        self._scope = anyio.CancelScope()
        self._task = asyncio.ensure_future(self._run())
        self._task.add_done_callback(self._end)

    async def _run(self) -> T:
        with self._scope:
            return await self._function()
        raise asyncio.CancelledError

    def cancel(self) -> None:
        self._scope.cancel()

    def _end(self, task: asyncio.Task[T]) -> None:
        # An error that is read is not reported by the loop: its caller may have been cancelled.
        if not task.cancelled():
            task.exception()
        self._tell()

    def result(self) -> T:
        """Return what came of it, which does not change any more."""
        if self._task.cancelled():
            raise ProviderClosed("the browser host was closed meanwhile")
        return self._task.result()


@attrs.define(eq=False)
class Bridge:
    """An asyncio loop on its own thread, used from the event loop that started it."""

    _thread: threading.Thread | None = attrs.field(default=None, init=False)
    _started: Future[BlockingPortal] = attrs.field(factory=Future, init=False)
    _outside: EventLoopToken | None = attrs.field(default=None, init=False)
    _inside: EventLoopToken | None = attrs.field(default=None, init=False)

    async def start(self) -> None:
        """Start the thread; a caller that is cancelled meanwhile must still `stop`."""
        self._outside = current_token()
        # Not `start_blocking_portal`: a program that ends without having stopped it would wait for its end.
        self._thread = threading.Thread(
            target=Context().run, args=(anyio.run, self._serve), name="jackfield-browser", daemon=True
        )
        self._thread.start()
        # From asyncio's own cancellation, as by a second Ctrl-C, this keeps nothing.
        with anyio.CancelScope(shield=True):
            portal = await to_thread.run_sync(self._started.result)
            environment = await to_thread.run_sync(driver_environment)
            self._inside = await portal.call_async(_set_up, environment)

    async def _serve(self) -> None:
        async with BlockingPortal() as portal:
            self._started.set_result(portal)
            await portal.sleep_until_stopped()

    async def call(self, function: Callable[[*Args], Awaitable[T]], *args: *Args) -> T:
        """Return what *function* returns inside; a caller that is cancelled waits until it has ended.

        Raises:
            ProviderClosed: The bridge is not open, or was closed meanwhile.
        """
        if self._thread is None or self._inside is None:
            raise ProviderClosed("the browser host is not open", hint="Use it inside its `async with` block.")
        if current_token() != self._outside:
            raise RuntimeError("a browser host is used from the event loop that opened it, and from no other")
        over = anyio.Event()
        call = _Call(functools.partial(function, *args), functools.partial(self.post_back, over.set))
        if not self.post(call.begin):
            raise ProviderClosed("the browser host was closed meanwhile")
        try:
            await over.wait()
        except BaseException:
            self.post(call.cancel)
            with anyio.CancelScope(shield=True):
                await over.wait()
            raise
        return call.result()

    def post(self, function: Callable[[*Args], object], *args: *Args) -> bool:
        """Have *function* called inside, soon; tell whether it will be: a loop that is gone calls nothing."""
        return _call_soon(self._inside, function, *args)

    def post_back(self, function: Callable[[*Args], object], *args: *Args) -> bool:
        """Have *function* called outside, soon, as `post` does inside."""
        return _call_soon(self._outside, function, *args)

    async def leave(self, function: Callable[[], Awaitable[None]]) -> None:
        """Clean up inside, whatever happens to the caller; a loop that is gone has nothing left to clean."""
        with anyio.CancelScope(shield=True), contextlib.suppress(ProviderClosed):
            await self.call(function)

    async def stop(self) -> None:
        """End what still runs inside, then the loop and the thread. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with anyio.move_on_after(_JOIN_SECONDS, shield=True):
            portal = await to_thread.run_sync(self._started.result, abandon_on_cancel=True)
            await portal.call_async(portal.stop, True)
            await to_thread.run_sync(thread.join, _JOIN_SECONDS, abandon_on_cancel=True)


def _call_soon(loop: EventLoopToken | None, function: Callable[[*Args], object], *args: *Args) -> bool:
    assert loop is not None, "the bridge was started"
    try:
        loop.backend_class.run_sync_soon(function, args, loop.native_token)
    except RunFinishedError:
        return False
    return True


async def _set_up(environment: Mapping[str, str]) -> EventLoopToken:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_note)
    loop.subprocess_exec = _starting(loop.subprocess_exec, environment)  # type: ignore[method-assign]
    return current_token()


def _starting(start: Callable[..., T], environment: Mapping[str, str]) -> Callable[..., T]:
    """Return what starts the driver with more in its environment, in a session of its own.

    A signal to the program's whole group, such as Ctrl-C, would end it too, before it has ended its browsers
    and removed what they keep in the temporary folder; by itself it does so when its pipe to the program
    closes, however the program ended.
    """

    def started(*arguments: Any, env: Mapping[str, str] | None = None, **options: Any) -> T:
        env = {**(os.environ if env is None else env), **environment}
        return start(*arguments, env=env, start_new_session=True, **options)

    return started


def _note(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Keep what the engine leaves behind when its driver dies off the program's standard error."""
    reason = context.get("exception") or context.get("message")
    log_event("browser.loop_complained", layer="web", reason=repr(reason))
