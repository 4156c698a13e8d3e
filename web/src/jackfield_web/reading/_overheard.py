"""How the page's requests end that no wire reads, by what its browser tells of them: those of workers too.

Law: an error that the remote tells in the place of the rest of an answer has cut it, whatever the page makes
of that. It is believed of the last request that can tell the answer, and where no other told one beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import attrs

from jackfield import ProviderError

from ..browser import listener
from ..errors import FIRST_ERROR_STATUS
from ..page import is_stream
from ..wire import error_at_end
from ._holding import holds

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

_ASKING: Final = frozenset({"eventsource", "fetch", "xhr"})
_BODY_SECONDS: Final = 2.0

_Listeners: TypeAlias = tuple[tuple[Any, Callable[[Any], None]], ...]


@attrs.define(eq=False)
class _Asked:
    """A request of the page.

    Attributes:
        began: When it was begun, as events are counted.
        has_message: Whether it holds our message.
        over: When it ended well; None while it has not.
        streams: Whether it was answered with a stream.
        error: The remote's own error that its answer ends with.
    """

    began: int
    has_message: bool
    over: int | None = None
    streams: bool = False
    error: ProviderError | None = None


@attrs.define(eq=False)
class Overheard:
    """Listens, from the press until the answer is over.

    Args:
        page: The page.
        text: The message.
        engine_error: The class of the engine's errors.
    """

    _page: Page
    _text: str = attrs.field(repr=False)
    _engine_error: type[Exception]
    _asked: dict[Request, _Asked] = attrs.field(factory=dict, init=False, repr=False)
    _bodies: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)
    _listeners: _Listeners = attrs.field(default=(), init=False)
    _events: int = attrs.field(default=0, init=False)

    def begin(self) -> None:
        """Begin to listen."""
        handlers = (("request", self._on_request), ("requestfinished", self._on_end))
        self._listeners = tuple((name, listener(handler)) for name, handler in handlers)
        for name, heard in self._listeners:
            self._page.on(name, heard)

    def end(self) -> None:
        """Stop listening. May be called twice."""
        for name, heard in self._listeners:
            self._page.remove_listener(name, heard)
        self._listeners = ()
        for task in self._bodies:
            task.cancel()

    async def trouble(self) -> ProviderError | None:
        """Return the error that the remote told last, where nothing that can be the answer came besides."""
        with anyio.move_on_after(_BODY_SECONDS):
            await asyncio.gather(*self._bodies, return_exceptions=True)
        over = [one for one in self._asked.values() if one.over is not None]
        streams = [one for one in over if one.streams]
        carriers = [one for one in over if one.has_message]
        telling = [one for one in streams if one.has_message] or streams or carriers
        if not telling or telling[-1].error is None:
            return None
        began = telling[-1].began
        beside = any(one.error is None and one.over is not None and one.over > began for one in telling)
        return None if beside else telling[-1].error

    def _on_request(self, request: Request) -> None:
        self._events += 1
        if request.resource_type in _ASKING:
            sent = (request.post_data_buffer or b"").decode("utf-8", "replace")
            has_message = holds(sent, self._text) or holds(request.url, self._text)
            self._asked[request] = _Asked(self._events, has_message)

    def _on_end(self, request: Request) -> None:
        self._events += 1
        if (asked := self._asked.get(request)) is not None:
            task = asyncio.ensure_future(self._read(request, asked, self._events))
            self._bodies.add(task)
            task.add_done_callback(self._bodies.discard)

    async def _read(self, request: Request, asked: _Asked, over: int) -> None:
        with contextlib.suppress(self._engine_error):
            response = await request.response()
            if response is None or response.status >= FIRST_ERROR_STATUS:
                return
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            asked.over, asked.streams = over, is_stream({"mimeType": kind})
            if asked.streams or asked.has_message:
                asked.error = error_at_end(await response.body(), kind)
