"""How the page's requests end that no wire reads, by what its browser tells of them: those of workers too.

Law: an error that the remote tells in the place of the rest of an answer has cut it, whatever the page makes
of that. It is believed of the last request that can tell the answer, and where no other told one beside it.
A request of a worker that took the message along and breaks off has cut it too, unless more was asked there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import anyio
import attrs

from jackfield import ProviderError

from ..browser import listen_to
from ..errors import FIRST_ERROR_STATUS
from ..page import is_stream
from ..wire import error_at_end
from ._exchange import ABORTED
from ._holding import holds, ids_in, may_hide

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response, Worker

_ASKING: Final = frozenset({"eventsource", "fetch", "xhr"})
_BODY_SECONDS: Final = 2.0
_LONGEST: Final = 2**20


@attrs.define(eq=False)
class _Asked:
    """A request of the page.

    Attributes:
        request: The engine's own.
        said: What it said: its body, or else its address.
        place: Where it went.
        began: When it was begun, as events are counted.
        has_message: Whether it holds our message.
        is_coded: Whether it may hold it unseen, in a code.
        is_refused: Whether it was answered with an error.
        answered: Whether it was answered, and not refused.
        kind: The type of that answer.
        ended: When it ended; 0 while it has not.
        failure: Why it broke off; empty when it did not.
    """

    request: Request
    said: str = attrs.field(repr=False)
    place: str
    began: int
    has_message: bool
    is_coded: bool = False
    is_refused: bool = False
    answered: bool = False
    kind: str = ""
    ended: int = 0
    failure: str = ""

    @property
    def streams(self) -> bool:
        """Whether it was answered with a stream."""
        return is_stream({"mimeType": self.kind})

    @property
    def is_whole(self) -> bool:
        """Whether its answer came to its end."""
        return self.answered and bool(self.ended) and not self.failure


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
    _listening: contextlib.ExitStack = attrs.field(factory=contextlib.ExitStack, init=False)
    _events: int = attrs.field(default=0, init=False)
    _has_workers: bool = attrs.field(default=False, init=False)

    def begin(self) -> None:
        """Begin to listen: to the page and its own workers, and to the service worker that it shares."""
        own: dict[str, Callable[[Any], None]] = {
            "request": self._on_request,
            "response": self._on_response,
            "requestfinished": self._on_finished,
            "requestfailed": self._on_failed,
        }
        self._has_workers = bool(self._page.workers)
        shared = {name: _if_shared(handler) for name, handler in own.items()}
        self._listening.enter_context(listen_to(self._page, {**own, "worker": self._on_worker}))
        self._listening.enter_context(listen_to(self._page.context, shared))

    def end(self) -> None:
        """Stop listening. May be called twice."""
        self._listening.close()

    @property
    def said(self) -> list[str]:
        """What the requests said: their bodies, or else their addresses."""
        return [one.said for one in self._asked.values()]

    @property
    def has_workers(self) -> bool:
        """Whether the page has, or had, workers of its own, whose sockets are not heard."""
        return self._has_workers

    def is_of_page(self, address: str) -> bool:
        """Tell whether an *address*, such as a worker's, is of the page's own origin."""
        return urlsplit(self._page.url).netloc == urlsplit(address.removeprefix("blob:")).netloc

    @property
    def has_message(self) -> bool:
        """Whether one of them holds the message."""
        return any(one.has_message for one in self._asked.values())

    @property
    def has_coded(self) -> bool:
        """Whether one of them, that was not refused, may hold it in a code of the page's own."""
        return any(one.is_coded and not (one.has_message or one.is_refused) for one in self._asked.values())

    def has_taken(self, known: Container[str]) -> bool:
        """Tell whether one took the message along, and was not refused.

        Args:
            known: What requests said of which somebody else hears more.
        """
        carriers = (one for one in self._asked.values() if one.has_message and one.said not in known)
        return any(not one.is_refused for one in carriers)

    @property
    def ids(self) -> frozenset[str]:
        """The ids in the requests that took the message along: one of them may be the conversation's."""
        carriers = (one for one in self._asked.values() if one.has_message)
        return frozenset().union(*(ids_in(f"{one.request.url} {one.said}", self._text) for one in carriers))

    def cut(self, known: Container[str]) -> str:
        """Return why the answer broke off; empty where it did not, or where more came after it.

        Args:
            known: What requests with the message said of which somebody else hears more.
        """
        carriers = [one for one in self._asked.values() if one.has_message]
        broken = [one for one in carriers if one.failure not in {"", ABORTED} and one.answered]
        last = next((one for one in reversed(broken) if one.said not in known), None)
        if last is None:
            return ""
        is_aside = not last.streams and any(one.is_whole for one in carriers)
        after = [one for one in self._asked.values() if one.began > last.ended and one.answered]
        return "" if is_aside or any(one.place == last.place for one in after) else last.failure

    async def trouble(self) -> ProviderError | None:
        """Return the error that the remote told last, where nothing that can be the answer came besides."""
        whole = [one for one in self._asked.values() if one.is_whole]
        streams = [one for one in whole if one.streams]
        carriers = [one for one in whole if one.has_message]
        telling = [one for one in streams if one.has_message] or streams or carriers
        error = None
        with anyio.move_on_after(_BODY_SECONDS):
            for one in reversed(telling):
                if one.ended < telling[-1].began:
                    continue
                if (told := await self._error_of(one)) is None:
                    return None
                error = error or told
        return error

    def _on_worker(self, _: Worker) -> None:
        self._has_workers = True

    def _on_request(self, request: Request) -> None:
        self._events += 1
        if request.resource_type in _ASKING:
            # Behind that stand files, which take long to be looked through.
            sent = (request.post_data_buffer or b"")[:_LONGEST].decode("utf-8", "replace")
            has_message = holds(sent, self._text) or holds(request.url, self._text)
            place, is_coded = urlsplit(request.url).netloc, may_hide(sent, self._text)
            said = sent or request.url
            self._asked[request] = _Asked(request, said, place, self._events, has_message, is_coded)

    def _on_response(self, response: Response) -> None:
        if (asked := self._asked.get(response.request)) is not None:
            asked.is_refused = response.status >= FIRST_ERROR_STATUS
            asked.answered = not asked.is_refused
            asked.kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()

    def _on_failed(self, request: Request) -> None:
        self._events += 1
        if (asked := self._asked.get(request)) is not None:
            asked.ended, asked.failure = self._events, request.failure or ABORTED

    def _on_finished(self, request: Request) -> None:
        self._events += 1
        if (asked := self._asked.get(request)) is not None:
            asked.ended = self._events

    async def _error_of(self, asked: _Asked) -> ProviderError | None:
        """Return the error that an answer ends with; None for none, or one that is not to be had any more."""
        with contextlib.suppress(self._engine_error):
            if (response := await asked.request.response()) is not None:
                return error_at_end(await response.body(), asked.kind)
        return None


def _if_shared(handler: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return what calls *handler* for a request of a service worker, or its response, and for no other."""

    def hear(event: Any) -> None:
        if getattr(event, "request", event).service_worker is not None:
            handler(event)

    return hear
