"""What leaves a page after its send control was pressed: traffic that holds our message has taken it along.

Law: a request or a frame that holds the message shows that it went; that none was seen shows nothing, because
bodies can be coded, too long to be told, or sent by a worker. So what holds it and is refused, as a draft may
be, is the message's refusal only if nothing else left that can have taken it along; and it rejects the
message only where no worker can have sent it by a socket, which nobody hears. And what holds it and
breaks off has cut its answer, whatever the page makes of that, unless the page asked there once more.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections import deque
from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

import attrs

from jackfield import Certainty, ProviderError

from ..browser import listen_to
from ..errors import FIRST_ERROR_STATUS, Refusal
from ..page import is_stream
from ..wire import Record, error_left, json_or_text
from ._exchange import ABORTED
from ._holding import holds, ids_in, may_hide

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

    from ._overheard import Overheard

_TEXT_FRAME: Final = 1
_BINARY_FRAME: Final = 2
_LAST_FRAMES: Final = 4
"""How many frames can tell that an error stands."""
_ASKING: Final = frozenset({"Document", "Fetch", "XHR"})
_SOURCES: Final = frozenset({"EventSource"})
_BEACON: Final = "Ping"
"""What tells somebody of a message: it may take one along, but what it is answered with is no answer."""
_BUFFERS: Final = {"maxTotalBufferSize": 2**20, "maxResourceBufferSize": 2**20}
"""What the protocol keeps of bodies, which nobody asks for here, is kept in the browser's memory."""
_UNKNOWN: Final = {"status": 0}
_LEAST_CODED: Final = 24
"""The letters, in Base64, of the shortest frame that may hold a message: less tells that a page is there."""
_WORD: Final = re.compile(r"[\w-]+")
_DIGIT: Final = re.compile(r"\d")

_Answer: TypeAlias = Mapping[str, Any]


@attrs.define(eq=False)
class _Carrier:
    """A request that holds the message.

    Attributes:
        said: What it said: its body, or else its address.
        place: Where it went.
        is_anew: Whether it was begun when another had been refused.
        answer: What it was answered with; None while it was not.
        is_over: Whether it has ended.
        failure: Why it broke off; empty where it did not, or where the page itself let go of it.
    """

    said: str = attrs.field(repr=False)
    place: str
    is_anew: bool
    answer: _Answer | None = attrs.field(default=None, repr=False)
    is_over: bool = False
    failure: str = ""


@attrs.define(eq=False)
class Departures:
    """Listens, from the press until what took the message along is over.

    Args:
        session: A DevTools session on the page.
        text: The message.
        engine_error: The class of the engine's errors.
        overheard: Hears how the page's requests end.
        is_shared: Whether somebody else listens on the session, and goes on.
    """

    _session: CDPSession
    _text: str = attrs.field(repr=False)
    _engine_error: type[Exception]
    _overheard: Overheard
    _is_shared: bool = False
    _has_message: bool = attrs.field(default=False, init=False)
    _carriers: dict[str, _Carrier] = attrs.field(factory=dict, init=False, repr=False)
    _others: dict[str, _Answer | None] = attrs.field(factory=dict, init=False, repr=False)
    """Those of beacons with it, and of requests long enough to hold it in a code of the page's own."""
    _interruption: str = attrs.field(default="", init=False)
    _broke_at: str = attrs.field(default="", init=False, repr=False)
    _later: set[str] = attrs.field(factory=set, init=False)
    """The requests that went there after it broke off."""
    _has_other_frames: bool = attrs.field(default=False, init=False)
    _has_coded_frames: bool = attrs.field(default=False, init=False)
    _has_shared_workers: bool = attrs.field(default=False, init=False)
    _socket: str = attrs.field(default="", init=False)
    """The socket by which the message went; empty for none."""
    _ids_by_socket: frozenset[str] = attrs.field(default=frozenset(), init=False)
    _frames: deque[str] = attrs.field(factory=lambda: deque(maxlen=_LAST_FRAMES), init=False, repr=False)
    """What that one said last, since then."""
    _listening: contextlib.ExitStack | None = attrs.field(default=None, init=False)

    async def begin(self) -> None:
        """Begin to listen."""
        self._overheard.begin()
        with contextlib.suppress(self._engine_error):
            targets = await self._session.send("Target.getTargets")
            shared = [it["url"] for it in targets["targetInfos"] if it["type"] == "shared_worker"]
            self._has_shared_workers = any(map(self._overheard.is_of_page, shared))
        self._listening = listen_to(
            self._session,
            {
                "Network.requestWillBeSent": self._on_request,
                "Network.responseReceived": self._on_response,
                "Network.loadingFailed": self._on_failure,
                "Network.loadingFinished": self._on_end,
                "Network.webSocketFrameSent": self._on_frame,
                "Network.webSocketFrameReceived": self._on_frame_received,
                "Network.eventSourceMessageReceived": self._on_more,
            },
        )
        if not self._is_shared:
            with contextlib.suppress(self._engine_error):
                await self._session.send("Network.enable", dict(_BUFFERS))

    async def end(self) -> None:
        """Stop listening. May be called twice."""
        if self._listening is None:
            return
        self._listening.close()
        self._listening = None
        if not self._is_shared:
            with contextlib.suppress(self._engine_error):
                await self._session.send("Network.disable")

    async def close(self) -> None:
        """Stop listening, also to how requests end."""
        self._overheard.end()
        await self.end()

    async def trouble(self) -> ProviderError | None:
        """Return the remote's own error in the place of the rest of the answer; None for none."""
        by_socket = error_left(Record(json_or_text(frame)) for frame in self._frames)
        return by_socket or await self._overheard.trouble()

    @property
    def has_message(self) -> bool:
        """Whether something left that holds the message."""
        return self._has_message or self._overheard.has_message

    @property
    def has_workers(self) -> bool:
        """Whether a worker's socket, which nobody hears, may have taken the message along."""
        return self._has_shared_workers or self._overheard.has_workers

    @property
    def is_veiled(self) -> bool:
        """Whether something left that may hold it, and that nobody can read."""
        return self._has_coded_frames or self._overheard.has_coded

    @property
    def said(self) -> Iterable[str]:
        """What the page's requests said since the press; nothing where something else may have said more."""
        has_others = self._socket or self._has_other_frames or self.is_veiled
        return () if has_others else self._overheard.said

    @property
    def ids(self) -> frozenset[str]:
        """The ids that left with the message: one of them may be the conversation's."""
        return self._ids_by_socket | self._overheard.ids

    @property
    def is_waiting(self) -> bool:
        """Whether more may be heard: what holds the message is not over, or broke off, or may yet be told."""
        is_open = any(not one.is_over for one in self._carriers.values()) or None in self._others.values()
        # The engine may tell of a request before the session does.
        is_open |= self._overheard.has_message and not self._carriers
        return self._listening is not None and (is_open or bool(self._broke_at or self._socket))

    @property
    def is_asking(self) -> bool:
        """Whether a request that holds the message is under way, and was not refused."""
        return any(not (one.is_over or _is_refusal(one.answer)) for one in self._carriers.values())

    @property
    def is_asking_anew(self) -> bool:
        """Whether the message, which was refused, is under way again and was not refused by that."""
        return self._listening is not None and any(not one.is_over for one in self._taken_anew)

    @property
    def was_answered_anew(self) -> bool:
        """Whether it was refused, and sent again by what was answered to its end."""
        is_whole = any(one.is_over and one.answer != _UNKNOWN for one in self._taken_anew)
        return is_whole and not self._interruption

    @property
    def interruption(self) -> str:
        """Why what took the message along broke off; empty where it did not, or where more came after it."""
        return self._interruption or self._overheard.cut(self._known)

    @property
    def _known(self) -> set[str]:
        return {one.said for one in self._carriers.values()}

    def was_taken(self, besides: Container[str]) -> bool:
        """Tell whether the remote may have acted on the message: something that holds it was not refused.

        What is asked after a refusal counts where it may have brought the answer.

        Args:
            besides: The ids of requests of which somebody else knows what they came to.
        """
        first = (one for name, one in self._carriers.items() if not (name in besides or one.is_anew))
        is_taken = any(not _is_refusal(one.answer) for one in first) or bool(self._taken_anew)
        return is_taken or self._overheard.has_taken(self._known)

    @property
    def _taken_anew(self) -> list[_Carrier]:
        # Pages ask for a title of the conversation too, by the message: what answers is a stream, or is asked
        # in the very words that were refused.
        refused = {_without_ids(one.said) for one in self._carriers.values() if _is_refusal(one.answer)}
        anew = [one for one in self._carriers.values() if one.is_anew]
        return [one for one in anew if _may_answer(one.answer, is_repeated=_without_ids(one.said) in refused)]

    def refusal(self, refused: Refusal) -> ProviderError | None:
        """Return the message's refusal, where all that hold it were refused, and nothing else is under way.

        Args:
            refused: Makes an error of an HTTP error.
        """
        answers = [one.answer for one in self._carriers.values()]
        is_open = bool(self._socket) or any(answer is None for answer in self._others.values())
        is_taken = self._overheard.has_taken(self._known)
        if is_open or is_taken or not answers or any(not _is_refusal(answer) for answer in answers):
            return None
        assert answers[-1] is not None, "it is a refusal"
        headers = {name.lower(): value for name, value in answers[-1].get("headers", {}).items()}
        error = refused(answers[-1]["status"], headers, b"")
        if not self.went_alone or self.has_workers:
            error.certainty = Certainty.UNKNOWN
        return error

    @property
    def loss(self) -> str:
        """Why no answer is to be expected: all that holds the message broke off. Empty where one may come."""
        failures = [one.failure for one in self._carriers.values() if not _is_refusal(one.answer)]
        may_come = self._socket or not (self.went_alone and self._broke_at)
        return failures[-1] if failures and all(failures) and not may_come else ""

    @property
    def went_alone(self) -> bool:
        """Whether nothing that was answered can have taken the message along but what holds it."""
        is_only = not (self._has_other_frames or self.is_veiled or self._overheard.has_taken(self._known))
        return is_only and all(map(_is_refusal, self._others.values()))

    def _on_request(self, event: dict[str, Any]) -> None:
        name, request = event["requestId"], event["request"]
        place = urlsplit(request["url"]).netloc
        if place == self._broke_at and event.get("type") in _ASKING | _SOURCES:
            self._later.add(name)
        # With `|`, as each of them may be the one that shows that the message left.
        has = self._take(request.get("postData", "")) | self._take(request["url"])
        if has and event.get("type") == _BEACON:
            self._others[name] = _UNKNOWN
        elif has:
            is_anew = any(_is_refusal(one.answer) for one in self._carriers.values())
            self._carriers[name] = _Carrier(request.get("postData") or request["url"], place, is_anew)
        elif "redirectResponse" in event:
            # Whoever names another address for the answer has taken the message: it is not refused there.
            self._answer(name, event["redirectResponse"])
        elif event.get("type") in _ASKING and request.get("hasPostData") and self._may_hold(request):
            self._others[name] = None

    def _may_hold(self, request: Mapping[str, Any]) -> bool:
        # A body that is not told is a long one, or a file.
        return len(request.get("postData", self._text)) >= len(self._text)

    def _on_response(self, event: dict[str, Any]) -> None:
        self._answer(event["requestId"], event["response"])
        if event["requestId"] in self._later and not _is_refusal(event["response"]):
            self._on_more(event)

    def _on_failure(self, event: dict[str, Any]) -> None:
        carrier = self._carriers.get(event["requestId"])
        # What the page lets go of itself it may have read to its end.
        is_cut = event.get("errorText", ABORTED) != ABORTED
        if is_cut and carrier is not None and not _is_refusal(carrier.answer):
            carrier.failure, self._broke_at = event["errorText"], carrier.place
            if carrier.answer:
                self._interruption = carrier.failure
        # Nobody knows what became of it, so it was not refused.
        self._answer(event["requestId"], _UNKNOWN)
        self._on_end(event)

    def _on_end(self, event: dict[str, Any]) -> None:
        if (carrier := self._carriers.get(event["requestId"])) is not None:
            carrier.is_over = True
        if self._others.get(event["requestId"], event) is None:
            self._others[event["requestId"]] = _UNKNOWN

    def _answer(self, request: str, answer: _Answer) -> None:
        if (carrier := self._carriers.get(request)) is not None:
            carrier.answer = carrier.answer or answer
        # What is not refused may bring the answer until its end.
        if self._others.get(request, answer) is None and _is_refusal(answer):
            self._others[request] = answer

    def _on_more(self, _: dict[str, Any]) -> None:
        self._interruption = self._broke_at = ""

    def _on_frame(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        payload: str = frame["payloadData"]
        is_binary = frame["opcode"] == _BINARY_FRAME
        sent = base64.b64decode(payload).decode("utf-8", "replace") if is_binary else payload
        if has := self._take(sent):
            self._socket, self._ids_by_socket = event["requestId"], ids_in(sent, self._text)
            self._frames.clear()
        is_beat = len(payload) < min(len(self._text), _LEAST_CODED)
        self._has_coded_frames |= not (has or is_beat) and may_hide(sent, self._text)
        self._has_other_frames |= len(payload) >= len(self._text) and not has

    def _on_frame_received(self, event: dict[str, Any]) -> None:
        self._on_more(event)
        if event["requestId"] == self._socket and event["response"]["opcode"] == _TEXT_FRAME:
            self._frames.append(event["response"]["payloadData"])

    def _take(self, sent: str) -> bool:
        has = holds(sent, self._text)
        self._has_message = self._has_message or has
        return has


def _is_refusal(answer: _Answer | None) -> bool:
    return answer is not None and answer["status"] >= FIRST_ERROR_STATUS


def _may_answer(answer: _Answer | None, *, is_repeated: bool) -> bool:
    return answer in (None, _UNKNOWN) or ((is_repeated or is_stream(answer)) and not _is_refusal(answer))


def _without_ids(body: str) -> str:
    """Return what a body says but for words with digits: ids and times are others each time it is sent."""
    return _WORD.sub(lambda word: "" if _DIGIT.search(word[0]) else word[0], body)
