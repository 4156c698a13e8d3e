"""Traffic is not one request with one end: which requests are ours, and what several of them say together.

The browser's DevTools session is the only stand-in: it says what Chromium says, when the test wants it.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest

from jackfield import Accumulator, ProviderError, QuotaExhausted, RunFailed, StreamEvent
from jackfield_web.errors._refusing import refusal
from jackfield_web.reading._look import Look
from jackfield_web.reading._tap import WireTap
from jackfield_web.reading._wire_end import WireEnd
from jackfield_web.reading._wire_source import WireSource
from jackfield_web.site import Rule, WirePattern
from jackfield_web.wire import RulesDecoder

pytestmark = pytest.mark.anyio
MINE = "What is it?"
RULES = (Rule(text="t"), Rule(when={"$": "[DONE]"}, done=True, finish_reason="why"))
DONE = "[DONE]"
DOCUMENT: dict[str, Any] = {"type": "Document", "response": {"status": 200, "headers": {}}}


@attrs.define(eq=False, slots=False)
class Session:
    """What a DevTools session tells."""

    handlers: dict[str, Callable[[dict[str, Any]], None]] = attrs.field(factory=dict)
    buffered: dict[str, str] = attrs.field(factory=dict)
    held: asyncio.Event | None = None

    def on(self, name: str, handler: Callable[[dict[str, Any]], None]) -> None:
        self.handlers[name] = handler

    async def send(self, _: str, asked: dict[str, Any]) -> dict[str, Any]:
        if self.held is not None:
            await self.held.wait()
        return {"bufferedData": self.buffered.get(asked.get("requestId", ""), "")}

    def tell(self, name: str, **event: Any) -> None:
        self.handlers[f"Network.{name}"](event)

    async def ask(
        self, name: str, body: str | None, *, kind: str = "Fetch", status: int = 200, place: str = "chat"
    ) -> None:
        """Begin a request, and its answer."""
        sent = (
            {"method": "GET"} if body is None else {"method": "POST", "hasPostData": True, "postData": body}
        )
        request = {"url": f"http://x/api/{place}", **sent}
        self.tell("requestWillBeSent", requestId=name, type=kind, request=request, frameId="f")
        self.tell("responseReceived", requestId=name, response={"status": status, "headers": {}})
        await self.rest()

    async def rest(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    def bring(self, name: str, text: str) -> None:
        """Let a request's answer grow by *text*."""
        self.tell("dataReceived", requestId=name, data=_base64(text), dataLength=len(text.encode()))


@attrs.define(eq=False)
class Page:
    """A page's requests, and the answer that is read of them."""

    source: WireSource
    session: Session
    told: Accumulator = attrs.field(factory=Accumulator)

    async def ask(self, name: str, body: str | None = MINE, **more: Any) -> None:
        await self.session.ask(name, body, **more)

    def say(self, name: str, *messages: Any) -> None:
        """Let a request's answer grow."""
        for one in messages:
            data = one if isinstance(one, str) else json.dumps(one)
            self.session.bring(name, f"data: {data}\n\n")
        self.read()

    def write(self, name: str, text: str) -> None:
        self.say(name, *({"t": word + " "} for word in text.split()))

    def end(self, name: str, **failure: str) -> None:
        self.session.tell("loadingFailed" if failure else "loadingFinished", requestId=name, **failure)
        self.read()

    def read(self) -> list[StreamEvent]:
        events = self.source.read()
        for event in events:
            self.told.add(event)
        return events

    @property
    def text(self) -> str:
        return " ".join(self.told.text.split())


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def listening(wire: WirePattern) -> tuple[WireTap, Session]:
    """Return a tap that listens for a wire, and the session that it listens to."""
    session = Session()
    tap = WireTap(session, (wire,), RuntimeError, lambda: None, bool)  # type: ignore[arg-type]
    await tap.open()
    return tap, session


def reading(
    tap: WireTap, session: Session, decoders: Any = None, place: Callable[[], str | None] = lambda: None
) -> Page:
    """Return a page whose answer is read from now on."""
    return Page(WireSource(tap, MINE, place, decoders or {}, refusal), session)


@pytest.fixture
def page() -> Callable[..., Any]:
    """Return what makes a page whose wire differs in some fields."""

    async def made(
        *, decoders: Any = None, place: Callable[[], str | None] = lambda: None, **more: Any
    ) -> Page:
        wire = WirePattern(**{"url": "/api/chat$", "kind": "fetch-sse", "rules": RULES, **more})
        tap, session = await listening(wire)
        tap.begin()
        return reading(tap, session, decoders, place)

    return made


STANDING = {"standing": True, "kind": "ndjson"}


def lines(*messages: Any) -> str:
    return "".join(json.dumps(one) + "\n" for one in messages)


async def stand(session: Session, name: str, *before: Any) -> None:
    """Let the page open a request that stands, whose answer says something before anybody streams it."""
    session.buffered[name] = _base64(lines(*before))
    await session.ask(name, "{}")


@pytest.fixture
async def standing() -> tuple[WireTap, Session]:
    """Return a tap whose page has opened a request that stands, and said something there."""
    rules = (Rule(text="t"), Rule(when={"done": True}, done=True))
    wire = WirePattern(url="/api/chat$", rules=rules, **STANDING)
    tap, session = await listening(wire)
    await stand(session, "before", {"t": "of another answer"})
    session.bring("before", '{"t": "also of ')
    return tap, session


async def test_what_stands_open_is_heard_from_the_sending_on(standing: Any) -> None:
    """A request opened before the message carries its answer: what came whole before it is dropped."""
    tap, session = standing
    tap.begin()
    chat = reading(tap, session)
    session.bring("before", 'another "}\n{"t": "One "}\n')
    chat.read()
    chat.end("before")
    assert (chat.source.interruption, chat.source.refusal, chat.source.in_flight) == ("", None, False)

    await stand(session, "after", {"t": "two"}, {"done": True})
    chat.read()
    assert chat.text == "also of another One two"
    assert chat.source.finished is not None
    assert not chat.source.knows_the_request, "that it stands open shows nothing of our message"


@pytest.mark.parametrize("again", ["two", "One two"])
async def test_what_stands_open_may_say_an_answer_anew(standing: Any, again: str) -> None:
    """Opened anew in the midst of an answer it goes on with it, or begins it again; each word stands once."""
    tap, session = standing
    session.tell("loadingFinished", requestId="before")
    await stand(session, "first")
    tap.begin()
    chat = reading(tap, session)
    session.bring("first", lines({"t": "One "}))
    chat.read()
    chat.end("first", errorText="net::ERR_NETWORK_CHANGED")

    await stand(session, "again", *({"t": f"{word} "} for word in again.split()), {"done": True})
    chat.read()
    assert chat.text == "One two"
    assert chat.source.finished is not None


@pytest.mark.parametrize("between", [[], [{"t": "nobody waits for it"}]])
async def test_what_stands_open_serves_one_answer_after_the_other(standing: Any, between: list[Any]) -> None:
    """Between two answers what it says is forgotten, and the next answer begins with nothing of it."""
    tap, session = standing
    tap.begin()
    session.bring("before", 'another"}\n{"t": "not read"}\n')
    await tap.end()
    if between:
        session.bring("before", lines(*between))
    await stand(session, "closed meanwhile", {"t": "x"})
    session.tell("loadingFinished", requestId="closed meanwhile")
    assert [one.request_id for one in tap.exchanges] == ["before"]

    tap.begin()
    chat = reading(tap, session)
    session.bring("before", lines({"t": "Ours"}, {"done": True}))
    chat.read()
    assert (chat.text, chat.source.in_flight) == ("Ours", False)


async def test_a_beginning_that_comes_late_is_forgotten_too(standing: Any) -> None:
    """What arrived before the message is no part of its answer, though it is told after the message went."""
    tap, session = standing
    session.held = asyncio.Event()
    session.tell("loadingFinished", requestId="before")
    await stand(session, "late", {"t": "old "})
    session.bring("late", lines({"t": "older "}))
    tap.begin()
    chat = reading(tap, session)
    session.bring("late", lines({"t": "ours"}))
    session.held.set()
    await chat.session.rest()
    chat.read()

    assert chat.text == "ours"


@pytest.mark.parametrize("status", [403, 500])
async def test_what_stands_open_and_is_refused_refuses_no_message(standing: Any, status: int) -> None:
    """That a page may not open what stands says nothing of the message: it may go by another way."""
    tap, session = standing
    tap.begin()
    chat = reading(tap, session)
    await chat.ask("denied", "{}", status=status)
    chat.end("denied")

    assert (chat.source.refusal, chat.source.interruption) == (None, "")


class Sour(RulesDecoder):
    """A decoder to which the end of its request is an error."""

    def finish(self) -> Iterable[StreamEvent]:
        raise QuotaExhausted("the limit is reached")


class SourInTheEnd(RulesDecoder):
    """The same, as a generator."""

    def finish(self) -> Iterable[StreamEvent]:
        yield from super().finish()
        raise QuotaExhausted("the limit is reached")


@pytest.mark.parametrize("failure", [{}, {"errorText": "net::ERR_ABORTED"}], ids=["ended", "broken off"])
@pytest.mark.parametrize("sour", [Sour, SourInTheEnd])
async def test_an_end_that_is_an_error(page: Any, sour: type[RulesDecoder], failure: dict[str, str]) -> None:
    """What a request's end tells of a failure comes after its text, and the text is kept; also of a break.

    A browser calls a body aborted, too, that the page had read to its end.
    """
    chat = await page(decoders={"sour": sour}, decoder="sour")
    await chat.ask("a")
    chat.write("a", "one two")
    chat.end("a", **failure)

    assert chat.text == "one two"
    assert isinstance(chat.source.failure, QuotaExhausted)


async def test_what_comes_before_an_error_is_told(page: Any) -> None:
    """Messages that arrive together with the one that reports a failure are told before it."""
    chat = await page(rules=(*RULES, Rule(error="failed")))
    await chat.ask("a")
    arrived = '{"t": "one "}', '{"t": "two "}', '{"t": "three", "failed": "no luck"}', '{"t": "four"}'
    for one in arrived:
        chat.session.bring("a", f"data: {one}\n\n")
    chat.read()

    assert chat.text == "one two three"
    assert isinstance(chat.source.failure, RunFailed)


@pytest.mark.parametrize(
    ("kind", "cut"),
    [("fetch-sse", 'data: {"t": "thr'), ("ndjson", '{"t": "thr'), ("json-seq", '\x1e{"t": "thr')],
)
async def test_an_end_in_the_midst_of_a_message_is_none(page: Any, kind: str, cut: str) -> None:
    """A body that ends well in the midst of a message was cut, also where its end alone is enough."""
    whole = {"fetch-sse": "data: {}\n\n", "ndjson": "{}\n", "json-seq": "\x1e{}"}[kind]
    chat = await page(kind=kind, end_is_done=True)
    await chat.ask("a")
    for text in (whole.replace("{}", '{"t": "one two "}'), cut):
        chat.session.bring("a", text)
    chat.read()
    chat.end("a")

    assert chat.text == "one two"
    assert chat.source.finished is None
    assert "cut off" in chat.source.interruption


@pytest.fixture
async def frames() -> tuple[Page, Callable[..., None]]:
    """Return a page whose answers come by sockets, and what lets a frame go by one."""
    wire = WirePattern(
        url="/ws$", kind="websocket", rules=(Rule(text="t"), Rule(when={"end": True}, done=True))
    )
    tap, session = await listening(wire)
    tap.begin(MINE)

    def frame(name: str, way: str = "Received", **message: Any) -> None:
        response = {"opcode": 1, "payloadData": json.dumps(message)}
        session.tell(f"webSocketFrame{way}", requestId=name, response=response)

    return reading(tap, session), frame


async def test_what_comes_before_our_message_on_its_socket_is_no_answer_to_it(frames: Any) -> None:
    """The rest of an earlier answer that comes while our message is being sent is not told as its own."""
    chat, frame = frames
    chat.session.tell("webSocketCreated", requestId="one", url="ws://x/ws")

    frame("one", t="the rest of the former", end=True)
    frame("one", "Sent", say=MINE)
    frame("one", t="ours ")
    frame("one", "Sent", title_of=MINE)
    frame("one", t="whole", end=True)
    chat.read()

    assert chat.text == "ours whole"
    assert chat.source.finished is not None


@pytest.mark.parametrize("body", [MINE, "\x1f\ufffd\x08packed"])
async def test_a_socket_answers_a_message_that_left_by_a_request(frames: Any, body: str) -> None:
    """Where a request took our message along, or may have, a frame that holds it takes nothing away."""
    chat, frame = frames
    chat.session.tell("webSocketCreated", requestId="one", url="ws://x/ws")

    await chat.ask("two", body)
    frame("one", t="ours")
    frame("one", "Sent", title_of=MINE)
    chat.read()

    assert chat.text == "ours"


REPLAYED = {
    "our answer": ["start", "Ours ", "whole", "end"],
    "both answers": ["start", "Former", "end", "start", "Ours ", "whole", "end"],
    "another beginning": ["start", "Ours ", "start", "Else", "end"],
}
"""What a socket says that was opened anew in the midst of an answer."""


@pytest.mark.parametrize("mode", ["delta", "snapshot"])
@pytest.mark.parametrize("again", REPLAYED.values(), ids=REPLAYED)
async def test_the_last_answer_that_begins_is_ours(page: Any, again: list[str], mode: Any) -> None:
    """A socket that is opened anew may tell earlier answers again, each with its end: none is told."""
    text = Rule(text="t", mode=mode)
    rules = (Rule(when={"$": "start"}, begins=True), Rule(when={"$": "end"}, done=True), text)
    chat = await page(url="/ws$", kind="websocket", rules=rules)
    for name, said in (("one", ["start", "Ours ", "w"]), ("two", again)):
        chat.session.tell("webSocketCreated", requestId=name, url="ws://x/ws")
        for one in said:
            data = json.dumps(one if one in {"start", "end"} else {"t": one})
            frame = {"opcode": 1, "payloadData": data}
            chat.session.tell("webSocketFrameReceived", requestId=name, response=frame)
            chat.read()
        chat.end(name)

    ours = "".join(again).rpartition("start")[2].removesuffix("end")
    assert chat.text == (again[-2] if mode == "snapshot" else ours)
    assert chat.source.finished is not None


async def test_a_socket_that_is_closed_before_the_end_is_an_interruption(frames: Any) -> None:
    """A socket that says no more and is not opened again has broken off; one that is opened again goes on."""
    chat, frame = frames

    chat.session.tell("webSocketCreated", requestId="one", url="ws://x/ws")
    frame("one", t="half of ")
    chat.read()
    assert chat.source.interruption == ""
    chat.session.tell("webSocketClosed", requestId="one")
    chat.read()
    assert "ended" in chat.source.interruption

    chat.session.tell("webSocketCreated", requestId="two", url="ws://x/ws")
    frame("two", t="the rest", end=False)
    chat.read()
    assert chat.source.interruption == ""
    frame("two", end=True)
    chat.read()
    assert chat.source.finished is not None


@pytest.mark.parametrize(
    ("failure", "is_one"), [("net::ERR_CONNECTION_RESET", True), ("net::ERR_ABORTED", False)]
)
async def test_what_is_not_read_may_break_off(page: Any, failure: str, is_one: bool) -> None:
    """A request that only must be over has failed where the network cut it, until the page asks again."""
    chat = await page(kind="none")
    await chat.ask("a")
    chat.end("a", errorText=failure)
    assert (bool(chat.source.interruption), chat.source.is_broken) == (is_one, is_one)

    await chat.ask("b")
    assert chat.source.interruption == ""
    chat.end("b")
    assert chat.source.interruption == "", "a good end of what is not read says nothing"


@pytest.mark.parametrize(("body", "shows"), [(MINE, True), (None, False)], ids=["POST", "GET"])
async def test_a_request_that_only_asks_shows_no_message(page: Any, body: str | None, shows: bool) -> None:
    """A page may ask at the answer's address how far it is, before anything was sent."""
    chat = await page()
    await chat.ask("a", body)

    assert chat.source.knows_the_request is shows


@pytest.mark.parametrize(
    "title", ['{"task": "title"}', json.dumps({"prompt": f"A title for: {MINE} Be short."})]
)
@pytest.mark.parametrize("first", ["ours", "title"])
async def test_a_request_beside_ours_is_not_ours(page: Any, title: str, first: str) -> None:
    """What a title says is not mixed into the answer, whichever of them began first."""
    chat = await page()
    bodies = {"ours": json.dumps({"messages": [{"content": MINE}]}), "title": title}
    for name in sorted(bodies, key=lambda one: one != first):
        await chat.ask(name, bodies[name])
        chat.write(name, "one two")
        chat.say(name, {"t": f"from {name}"})
    chat.say("title", DONE)
    assert chat.source.finished is None
    chat.say("ours", DONE)

    assert chat.text == "one two from ours"
    assert chat.source.finished is not None


async def test_what_two_wires_tell_is_not_mixed_when_a_title_is_taken_back() -> None:
    """Each request has a part of its own in the answer, whichever were there and are no more."""
    wires = tuple(
        WirePattern(url=f"/api/{name}$", kind="fetch-sse", rules=RULES) for name in ("chat", "live")
    )
    session = Session()
    tap = WireTap(session, wires, RuntimeError, lambda: None, bool)  # type: ignore[arg-type]
    await tap.open()
    tap.begin()
    chat = reading(tap, session)
    for name, place, body in (("title", "chat", "a title"), ("live", "live", MINE), ("ours", "chat", MINE)):
        await session.ask(name, body, place=place)
        chat.write(name, f"from {name}")

    chat.write("live", "goes on")

    assert chat.text == "from live goes on from ours"


async def test_a_socket_waits_for_what_was_polled_before_it(page: Any) -> None:
    """What a socket says is told behind the body that was asked for before it, though that is told later."""
    made = await page(kind="socketio", rules=(Rule(text="0.t"), Rule(when={"$event": "end"}, done=True)))
    made.session.held, made.session.buffered["poll"] = asyncio.Event(), _base64('42["a",{"t":"b"}]')
    await made.ask("poll", None)
    made.end("poll")
    made.session.tell("webSocketCreated", requestId="socket", url="ws://x/api/chat")
    for packet in ('42["a",{"t":"c"}]', '42["end"]'):
        frame = {"opcode": 1, "payloadData": packet}
        made.session.tell("webSocketFrameReceived", requestId="socket", response=frame)
    assert made.read() == []

    made.session.held.set()
    await made.session.rest()
    made.read()

    assert made.text == "bc"
    assert made.source.finished is not None


async def test_a_title_that_is_refused_is_no_refusal(page: Any) -> None:
    """An error of a request that is not ours says nothing of the answer."""
    chat = await page()
    await chat.ask("ours")
    await chat.ask("title", "title", status=503)
    chat.end("title")
    chat.write("ours", "an answer")

    assert chat.source.refusal is None
    assert chat.text == "an answer"


@pytest.mark.parametrize(("ours", "text"), [("first", "one"), ("last", "two"), ("all", "one two")])
async def test_a_site_says_which_requests_are_ours(page: Any, ours: str, text: str) -> None:
    """The first, the last or all, whatever their bodies hold."""
    chat = await page(ours=ours)
    for name, body in (("one", "secret"), ("two", "code")):
        await chat.ask(name, body)
        chat.write(name, name)
    assert chat.text == text


async def test_a_site_says_what_the_body_of_ours_holds(page: Any) -> None:
    """A pattern in the body counts, and our message does not."""
    chat = await page(body='"stream":true')
    await chat.ask("title", MINE)
    await chat.ask("ours", '{"stream":true}')
    chat.write("title", "no")
    chat.write("ours", "yes")

    assert chat.text == "yes"


@pytest.mark.parametrize("body", [json.dumps([MINE, {"tool": 21}]), None])
async def test_an_answer_goes_on_while_the_page_works(page: Any, body: str | None) -> None:
    """After a step of a tool the page asks again: the answer's next part, once the page shows work."""
    chat = await page()
    await chat.ask("1", json.dumps([MINE]))
    chat.write("1", "Let me look.")
    chat.say("1", DONE)
    chat.end("1")
    await chat.ask("2", body)
    chat.write("2", "It is 21.")
    assert (chat.text, bool(chat.source.finished)) == ("Let me look.", True)

    chat.source.go_on(works=True)
    chat.read()
    assert (chat.text, chat.source.finished) == ("Let me look. It is 21.", None)
    chat.say("2", DONE)
    assert chat.source.finished is not None


async def test_an_end_that_wants_a_tool_waits_for_more(page: Any) -> None:
    """Where the remote says that it ended for a tool, the next request goes on though no work is shown."""
    chat = await page(
        rules=(Rule(text="t"), Rule(when={"why": "tool_calls"}, finish_reason="why", done=True), RULES[1])
    )
    await chat.ask("1", json.dumps([MINE]))
    chat.say("1", {"t": "Let me look. "}, {"why": "tool_calls"})
    chat.end("1")
    assert chat.source.waits_for_more >= 0
    await chat.ask("2", json.dumps([MINE, 21]))
    chat.write("2", "21")
    chat.say("2", DONE)

    assert chat.text == "Let me look. 21"
    assert chat.source.waits_for_more < 0


async def test_questions_how_far_it_is_are_one_answer(page: Any) -> None:
    """Each says all so far; between two of them nothing is over, and what was told is not told again."""
    chat = await page(rules=(Rule(text="t", mode="snapshot"), RULES[1]))
    for number, text in enumerate(("One", "One two", "One two three")):
        await chat.ask(str(number), None)
        chat.say(str(number), {"t": text}, *([DONE] if number == 2 else []))
        chat.end(str(number))
        assert chat.told.text == text

    assert chat.source.finished is not None
    assert chat.source.interruption == ""


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (429, {}),
        (304, {"errorText": "no body"}),
        (200, {"errorText": "net::ERR_INCOMPLETE_CHUNKED_ENCODING"}),
    ],
)
async def test_a_question_that_fails_joins_nothing(page: Any, status: int, failure: dict[str, str]) -> None:
    """What says all so far stands in place of what was said, whatever became of a question between."""
    chat = await page(rules=(Rule(text="t", mode="snapshot"), RULES[1]))
    await chat.ask("1", None)
    chat.say("1", {"t": "Searching"})
    chat.end("1")
    await chat.ask("2", None, status=status)
    chat.end("2", **failure)
    await chat.ask("3", None)
    chat.say("3", {"t": "The answer"}, DONE)

    assert chat.text == "The answer"
    assert chat.source.finished is not None


ON_AFTER_ONE_TWO = {"three": " three", "One two three": " three", "One two": "", "One": " One"}
"""What a stream says that goes on or begins anew behind `One two`, and what of it is new."""


@pytest.mark.parametrize(("again", "new"), ON_AFTER_ONE_TWO.items())
async def test_a_stream_that_is_taken_up_goes_on(page: Any, again: str, new: str) -> None:
    """What comes by a request without a body goes on with the text or says it anew; it stands once.

    To its end nobody says it anew with fewer words.
    """
    chat = await page()
    await chat.ask("1", None, kind="EventSource")
    chat.write("1", "One two")
    chat.end("1", errorText="net::ERR_INCOMPLETE_CHUNKED_ENCODING")
    assert chat.source.is_broken
    await chat.ask("2", None, kind="EventSource")
    assert not chat.source.is_broken
    chat.write("2", again)
    chat.say("2", DONE)

    assert chat.text == f"One two{new}"


TAKEN_UP = {
    "the last": ("1 One,2 two,3 three", "3 three,4 four", "One two three four"),
    "the last two": ("1 One,2 two,3 three", "2 two,3 three,4 four", "One two three four"),
    "all": ("1 One,2 two,3 three", "1 One,2 two,3 three,4 four", "One two three four"),
    "none": ("1 One,2 two,3 three", "4 four", "One two three four"),
    "numbered anew": ("1 No,2 no", "1 no,2 more", "No no no more"),
    "one name for all": ("x No,x no", "x no,x more", "No no no more"),
}
"""By what is said again: the events of a stream that broke off, of the one that goes on, and their text."""


@pytest.mark.parametrize(("first", "again", "text"), TAKEN_UP.values(), ids=TAKEN_UP)
async def test_an_event_that_is_said_again_stands_once(page: Any, first: str, again: str, text: str) -> None:
    """A remote that goes on behind an event may say that one again: it has its name, and says the same."""
    chat = await page()
    for name, events in (("1", first), ("2", again)):
        await chat.ask(name, None, kind="EventSource")
        for event in events.split(","):
            number, word = event.split()
            data = f'id: {number}\ndata: {{"t": "{word} "}}\n\n'
            chat.session.bring(name, data)
            chat.read()
        if name == "1":
            chat.end("1", errorText="net::ERR_INCOMPLETE_CHUNKED_ENCODING")
    chat.say("2", DONE)

    assert chat.text == text


async def test_a_request_that_is_tried_again_says_it_anew(page: Any) -> None:
    """The same request after a failure: its text stands in place of what the first had said."""
    chat = await page()
    await chat.ask("1")
    chat.write("1", "Half an")
    chat.end("1", errorText="net::ERR_FAILED")
    await chat.ask("2")
    chat.write("2", "Quite another answer")
    chat.say("2", DONE)

    assert chat.text == "Quite another answer"


@pytest.mark.parametrize("ends", [[], [DONE]], ids=["one after the other", "each with an end"])
async def test_a_step_that_is_tried_again_says_itself_anew(page: Any, ends: list[str]) -> None:
    """Where an answer goes on in steps, one that failed is said once, and those before it stay."""
    chat = await page(goes_on=True)
    await chat.ask("1", MINE)
    chat.write("1", "Let me look.")
    chat.say("1", *ends)
    chat.end("1")
    for name, words, failure in (
        ("2", "It is 21", {"errorText": "net::ERR_FAILED"}),
        ("3", "It is 21 now.", {}),
    ):
        await chat.ask(name, "21")
        chat.write(name, words)
        chat.end(name, **failure)

    assert chat.text == "Let me look. It is 21 now."


async def test_an_end_counts_when_what_came_before_it_is_read(page: Any) -> None:
    """A page may set its address after the answer's end: then the answer is read, and its end with it."""
    ours: list[str | None] = [None]
    chat = await page(place=lambda: ours[0], conversation="c", end_is_done=True, rules=RULES[:1])
    await chat.ask("1")
    chat.say("1", {"c": "a", "t": "All of "}, {"c": "a", "t": "it"})
    chat.end("1")
    assert (chat.text, chat.source.finished) == ("", None)
    ours[0] = "a"
    chat.read()

    assert chat.text == "All of it"
    assert chat.source.finished is not None
    assert chat.source.interruption == ""


async def test_a_try_with_another_body_says_it_anew(page: Any) -> None:
    """After a failure our message in a new body is the same question; what holds the text so far goes on."""
    chat = await page()
    await chat.ask("1", f"id 1 {MINE}")
    chat.write("1", "Half an answer")
    chat.end("1", errorText="net::ERR_FAILED")
    await chat.ask("2", f"id 2 {MINE}")
    chat.write("2", "Quite another one")
    chat.end("2", errorText="net::ERR_FAILED")
    await chat.ask("3", f"id 3 {MINE} Go on after: Quite another one")
    chat.write("3", "that goes on")

    assert chat.text == "Quite another one that goes on"


@pytest.mark.parametrize(
    ("body", "more"),
    [(None, {}), (None, {"ours": "all"}), (MINE, {"goes_on": True}), ("", {"goes_on": True})],
)
async def test_questions_for_what_is_new_are_one_answer(page: Any, body: str | None, more: Any) -> None:
    """Each request brings what came since the one before, be it the same words again."""
    chat = await page(**more)
    for number, text in enumerate(("Count: 10", "00", " ha", " ha", " ha", ".")):
        await chat.ask(str(number), body)
        chat.say(str(number), {"t": text})
        chat.end(str(number))

    assert chat.told.text == "Count: 1000 ha ha ha."


@pytest.mark.parametrize(
    ("more", "refused"),
    [({"kind": "json"}, ()), ({"kind": "json"}, (1, 3)), ({"kind": "ndjson", "goes_on": True}, ())],
)
async def test_what_is_new_may_begin_as_the_answer_does(page: Any, more: Any, refused: tuple[int]) -> None:
    """Where each body that came whole is a message of its own, no word of it is taken for an earlier one.

    Of a refused one nothing was told that the next could say again.
    """
    chat = await page(**more)
    for number, text in enumerate(("I ", "I ", "think ", "I ", "can", ".")):
        if number in refused:
            await chat.ask(f"{number} refused", None, status=429)
            chat.end(f"{number} refused")
        await chat.ask(str(number), None)
        chat.session.bring(str(number), json.dumps({"t": text}))
        chat.end(str(number))

    assert chat.told.text == "I I think I can."


async def test_a_refusal_counts_only_while_it_is_the_last_word(page: Any) -> None:
    """A page that tries again after a 503 has not been refused."""
    chat = await page()
    await chat.ask("1", status=503)
    chat.end("1")
    assert isinstance(chat.source.refusal, ProviderError)
    await chat.ask("2")
    assert chat.source.refusal is None
    chat.write("2", "here")
    assert chat.text == "here"


async def test_a_document_that_is_left_ends_its_requests(page: Any) -> None:
    """Chromium tells no end of such a request; another frame's document ends nothing."""
    chat = await page()
    await chat.ask("1")
    chat.write("1", "all of it")
    chat.session.tell("responseReceived", requestId="d", frameId="another", **DOCUMENT)
    assert chat.source.in_flight
    chat.session.tell("responseReceived", requestId="d", frameId="f", **DOCUMENT)

    assert not chat.source.in_flight
    assert chat.source.was_left


async def test_a_document_that_comes_does_not_end_by_its_coming(page: Any) -> None:
    """A message that a form sends is answered by the document that comes: that request has not broken off."""
    chat = await page(kind="none", rules=())
    await chat.ask("d", kind="Document")
    chat.session.tell("responseReceived", requestId="d", frameId="f", **DOCUMENT)
    assert chat.source.in_flight
    chat.end("d")

    assert chat.source.interruption == ""


@pytest.mark.parametrize("kind", ["Ping", "Preflight", "Image"])
async def test_what_carries_no_answer_is_not_listened_to(page: Any, kind: str) -> None:
    """Beacons, pictures and what a browser asks beforehand are no request of the answer."""
    chat = await page()
    await chat.ask("1", kind=kind)

    assert not chat.source.in_flight


def end_seen(*looks: tuple[float, bool]) -> WireEnd:
    end = WireEnd(grace=1.5)
    assert end.note(True, 10.0)
    for at, works in looks:
        end.see(Look(works=works), began=at, now=at)
    return end


def test_an_end_is_none_while_the_page_works() -> None:
    """A last word counts with the first look after it that shows no work."""
    assert not end_seen().is_over(10.1, 0)
    assert not end_seen((9.9, False)).is_over(10.1, 0)
    assert end_seen((10.1, False)).is_over(10.1, 0)
    assert not end_seen((10.1, True)).is_over(100, 0)
    assert end_seen((10.1, True), (12, False)).is_over(12, 0)
    assert not end_seen((10.1, False)).is_over(10.2, 1.5)


def test_a_last_word_stands_when_the_page_cannot_be_looked_at() -> None:
    """A page that never answers shows no work either."""
    assert end_seen().is_over(16, 0)


def test_a_failure_is_believed_after_a_moment() -> None:
    """Sooner where the page shows no work, later where it does or the Site says that it asks again later."""
    assert not end_seen((10.1, False), (11, False)).is_believed(11, 0)
    assert end_seen((10.1, False), (11.7, False)).is_believed(11.7, 0)
    assert not end_seen((10.1, False), (13, False)).is_believed(13, 5)
    assert not end_seen((10.1, True), (13, True)).is_believed(13, 0)
    assert end_seen((10.1, True), (21, True)).is_believed(21, 0)


def test_a_failure_is_not_believed_unseen() -> None:
    """Where the looks come late, nobody knows yet whether the page works; but that has an end."""
    assert not end_seen().is_believed(12, 0)
    assert not end_seen((10.1, False)).is_believed(12, 0)
    assert end_seen().is_believed(17, 0)


def test_more_after_an_end_takes_it_back() -> None:
    """Once the page has asked again, the next end is counted from itself."""
    end = end_seen((10.1, True))
    end.note(False, 11.0)

    assert (end.since, end.was_held) == (None, False)
    assert end.note(True, 12.0)
    assert not end.is_believed(12.1, 0)


@pytest.mark.parametrize("body", [None, MINE])
async def test_an_end_that_comes_with_the_beginning(page: Any, body: str | None) -> None:
    """A request that ended at once has its end in what is read later; the next is no part of it."""
    chat = await page()
    chat.session.held = asyncio.Event()
    chat.session.buffered["one"] = _base64('data: {"t": "all of it"}\n\ndata: [DONE]\n\n')
    await chat.ask("one", body)
    chat.session.tell("loadingFinished", requestId="one")
    await chat.ask("two", body)
    chat.session.tell("loadingFinished", requestId="two")
    chat.read()
    chat.session.held.set()
    await chat.session.rest()
    chat.read()

    assert chat.text == "all of it"
    assert chat.source.finished is not None
    assert chat.source.interruption == ""


async def asks_on(chat: Any, said: str) -> None:
    """Let an answer of *said* end while the page looks busy, and let the page ask once more."""
    await chat.ask("one", None)
    chat.say("one", {"t": said}, DONE)
    chat.end("one")
    chat.source.go_on(True)
    await chat.ask("two", None)


@pytest.mark.parametrize("failure", [{}, {"errorText": "net::ERR_ABORTED"}])
async def test_what_is_about_else_takes_no_end_back(page: Any, failure: dict[str, str]) -> None:
    """While a page looks busy it may ask for something else: that says nothing, and the answer is whole."""
    chat = await page()
    await asks_on(chat, "all of it")
    chat.say("two", {"saved": True})
    assert chat.source.finished is None
    chat.end("two", **failure)

    assert chat.source.finished is not None
    assert chat.source.interruption == ""


async def test_what_goes_on_and_breaks_off_is_no_end(page: Any) -> None:
    """A second part that the network cut before its first word leaves the answer cut."""
    chat = await page()
    await asks_on(chat, "let me look")
    chat.end("two", errorText="net::ERR_CONNECTION_RESET")

    assert chat.source.finished is None
    assert "ERR_CONNECTION_RESET" in chat.source.interruption
