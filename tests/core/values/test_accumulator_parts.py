"""The fold of events into parts, against a slow and obvious one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    ChatResponse,
    Citation,
    ContractBroken,
    ImagePart,
    OpaquePart,
    Part,
    PartFinished,
    PartStarted,
    ProviderState,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    StreamEvent,
    TextDelta,
    TextPart,
    TextReplaced,
    ToolArgumentsDelta,
    ToolCallPart,
    ToolResultPart,
    Usage,
    UsageReported,
)

WORDS = st.text(max_size=8)
STATES = st.none() | st.builds(ProviderState, st.just("p"), WORDS, st.dictionaries(WORDS, WORDS, max_size=2))
CITATIONS = st.lists(st.builds(Citation, url=WORDS), max_size=2)
CALLS = st.builds(
    ToolCallPart,
    id=WORDS,
    name=WORDS,
    arguments_json=WORDS,
    by=st.sampled_from(["caller", "remote"]),
    state=STATES,
)
PARTS = st.lists(
    st.builds(TextPart, st.text(min_size=1, max_size=8), CITATIONS, STATES)
    | st.builds(ReasoningPart, WORDS, st.builds(ProviderState, st.just("p"), WORDS, st.just({})))
    | CALLS
    | st.builds(RefusalPart, WORDS)
    | st.builds(OpaquePart, st.builds(ProviderState, st.just("p"), WORDS, st.just({"a": 1})))
    | st.builds(ToolResultPart, call_id=WORDS, name=WORDS, parts=st.just("done"))
    | st.just(ImagePart(b"pixels", "image/png")),
    max_size=6,
)


def text_of(parts: Iterable[Part], kind: type[Any] = TextPart) -> str:
    return "".join(part.text for part in parts if isinstance(part, kind))


def pieces_of(text: str, draw: Any) -> list[str]:
    """Cut a text anywhere; an empty piece may be among them."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    return [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def told(part: Part, index: int, draw: Any) -> list[StreamEvent]:
    """Tell one part in events: deltas, and where it has more than those can tell, the whole of it."""
    kind = {TextPart: "text", ReasoningPart: "reasoning", ToolCallPart: "tool_call"}.get(type(part))
    begun: list[StreamEvent] = []
    deltas: list[StreamEvent] = []
    plain: Part | None = None
    if isinstance(part, TextPart | ReasoningPart):
        delta = TextDelta if isinstance(part, TextPart) else ReasoningDelta
        deltas = [delta(piece, index) for piece in pieces_of(part.text, draw)]
        plain = type(part)(part.text)
    if isinstance(part, ToolCallPart) and draw(st.booleans()):
        deltas = [ToolArgumentsDelta(piece, index) for piece in pieces_of(part.arguments_json, draw)]
        plain = ToolCallPart(part.id, part.name, part.arguments_json)
    if kind and ((isinstance(part, ToolCallPart) and deltas) or draw(st.booleans())):
        begun = [
            PartStarted(index=index, kind=kind, id=getattr(part, "id", ""), name=getattr(part, "name", ""))
        ]
    is_told = part == plain and draw(st.booleans())
    return [*begun, *deltas, *([] if is_told else [PartFinished(index, part)])]


@st.composite
def answers(draw: Any) -> tuple[list[Part], list[StreamEvent]]:
    """Draw parts and the events that tell them; those of different kinds arrive mixed."""
    parts = draw(PARTS)
    lanes: dict[Any, list[StreamEvent]] = {}
    for index, part in enumerate(parts):
        lane = type(part) if isinstance(part, TextPart | ReasoningPart) else index
        lanes.setdefault(lane, []).extend(told(part, index, draw))
    order = [lane for lane, events in lanes.items() for _ in events]
    draw(st.randoms(use_true_random=False)).shuffle(order)
    return parts, [lanes[lane].pop(0) for lane in order]


def folded(*events: StreamEvent) -> Accumulator:
    accumulator = Accumulator()
    for event in events:
        accumulator.add(event)
    return accumulator


@given(answers())
def test_whole(answer: tuple[list[Part], list[StreamEvent]]) -> None:
    """However an answer is cut into events and those are mixed, its parts come out as they are, in order."""
    parts, events = answer
    response = folded(*events, ResponseFinished()).response()

    assert response.parts == tuple(parts)
    assert (response.content, response.reasoning) == (text_of(parts), text_of(parts, ReasoningPart))
    assert response.message.parts == response.parts
    assert (response.partial, response.partial_reasoning) == ("", "")


@given(answers())
def test_the_reason(answer: tuple[list[Part], list[StreamEvent]]) -> None:
    """An answer that wants tools called ends for that, whatever word the remote has for it; else as told."""
    parts, events = answer
    wants = any(isinstance(part, ToolCallPart) and part.by == "caller" for part in parts)

    stopped = folded(*events, ResponseFinished(finish_reason="stop")).response()
    cut = folded(*events, ResponseFinished(finish_reason="length")).response()

    assert stopped.finish_reason == ("tool_call" if wants else "stop")
    assert cut.finish_reason == "length"
    assert bool(stopped.tool_calls) == wants


@given(answers(), st.integers(0, 40))
def test_half(answer: tuple[list[Part], list[StreamEvent]], length: int) -> None:
    """An answer that fails anywhere gives the parts that were whole, and the text that came beside them."""
    _, events = answer
    came = events[:length]
    finished = {event.index: event.part for event in came if isinstance(event, PartFinished)}

    response = folded(*came).response(error=RunFailed("the run failed"))

    assert response.parts == tuple(finished[index] for index in sorted(finished))
    assert response.partial == "".join(event.text for event in came if isinstance(event, TextDelta))
    assert response.partial_reasoning == "".join(
        event.text for event in came if isinstance(event, ReasoningDelta)
    )
    assert response.content == ""
    with pytest.raises(RunFailed):
        _ = response.message


REWRITING = st.lists(
    st.builds(TextDelta, WORDS, st.integers(0, 3))
    | st.builds(TextReplaced, keep=st.integers(0, 12), text=WORDS)
    | st.builds(ReasoningDelta, WORDS),
    max_size=20,
)


def rewritten(pieces: list[list[Any]], event: StreamEvent) -> bool:
    """Take one event into the text of each part, the slow way; return whether it was possible."""
    match event:
        case TextDelta(text, index):
            if not pieces or pieces[-1][0] < index:
                pieces.append([index, ""])
            if pieces[-1][0] != index:
                return False
            pieces[-1][1] += text
        case TextReplaced(keep=keep, text=text):
            if keep > sum(len(piece) for _, piece in pieces):
                return False
            if not pieces and text:
                pieces.append([0, ""])
            while len(pieces) > 1 and sum(len(piece) for _, piece in pieces[:-1]) > keep:
                pieces.pop()
            if pieces:
                begins = sum(len(piece) for _, piece in pieces[:-1])
                pieces[-1][1] = pieces[-1][1][: keep - begins] + text
    return True


@given(REWRITING)
def test_rewriting(events: list[StreamEvent]) -> None:
    """A text that is taken back and said anew stays in the parts that it belongs to; the rest is refused."""
    pieces: list[list[Any]] = []
    accumulator = Accumulator()
    for event in events:
        before = accumulator.text
        if rewritten(pieces, event):
            accumulator.add(event)
        else:
            with pytest.raises(ContractBroken):
                accumulator.add(event)
            assert accumulator.text == before
        assert accumulator.text == "".join(text for _, text in pieces)
    accumulator.add(ResponseFinished())

    parts = [part.text for part in accumulator.parts if isinstance(part, TextPart)]
    assert parts == [text for _, text in pieces if text]


def test_rewriting_what_was_whole() -> None:
    """What is taken back loses its signature, for it is another text; its neighbour keeps its own."""
    one, two = (TextPart(text, state=ProviderState("p", "signed", {})) for text in ("one", "two"))
    told = [TextDelta("one"), PartFinished(0, one), TextDelta("two", 1), PartFinished(1, two)]

    behind = folded(*told, TextReplaced(keep=3, text="three"), ResponseFinished())
    before = folded(*told, TextReplaced(keep=2, text="!"), ResponseFinished())

    assert behind.parts == (one, TextPart("three"))
    assert before.parts == (TextPart("on!"),)


CALL = PartStarted(index=0, kind="tool_call", id="1", name="clock")
CLOCK = ToolCallPart("1", "clock", "{}")


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([TextDelta("a"), PartFinished(0, TextPart("b"))], "another than its deltas told"),
        ([PartFinished(0, TextPart("b"))], "All text comes as deltas"),
        ([ReasoningDelta("a"), PartFinished(0, ReasoningPart("b"))], "another than its deltas told"),
        ([TextDelta("a"), PartFinished(0, TextPart("a")), TextDelta("b")], "which was finished"),
        ([TextDelta("a"), *[PartFinished(0, TextPart("a"))] * 2], "finished twice"),
        ([*[PartFinished(0, RefusalPart("no"))] * 2], "finished twice"),
        ([TextDelta("a", 1), TextDelta("b", 0)], "came after part 1"),
        ([TextDelta("a"), TextDelta("b", 1), TextDelta("c", 0)], "came after part 1"),
        ([ToolArgumentsDelta("{}")], "no tool call under way"),
        ([CALL, PartFinished(0, CLOCK), ToolArgumentsDelta("{}")], "no tool call under way"),
        ([CALL, CALL], "began twice"),
        ([CALL, PartFinished(0, CLOCK), CALL], "began twice"),
        ([CALL, ToolArgumentsDelta("{"), PartFinished(0, CLOCK)], "the arguments_json of part 0"),
        ([CALL, PartFinished(0, attrs.evolve(CLOCK, id="2"))], "the id of part 0"),
        ([CALL, PartFinished(0, attrs.evolve(CLOCK, name="date"))], "the name of part 0"),
        ([CALL, PartFinished(0, RefusalPart("no"))], "began as tool_call and was finished as a RefusalPart"),
        ([CALL, PartFinished(0, TextPart(""))], "began as tool_call"),
        ([TextReplaced(keep=1)], "keeps 1 characters"),
    ],
)
def test_contradictions(events: list[StreamEvent], words: str) -> None:
    """Events that contradict each other are the provider's fault, and it is told which."""
    accumulator = folded(*events[:-1])

    with pytest.raises(ContractBroken) as caught:
        accumulator.add(events[-1])

    assert words in str(caught.value)


@pytest.mark.parametrize("event", [PartFinished(0, "text"), CALL, TextDelta(5)])  # type: ignore[arg-type]
def test_what_is_none(event: Any) -> None:
    """What is no part, and what is no text, is refused when it comes."""
    accumulator = folded(*([event] if event is CALL else []))
    with pytest.raises(TypeError, match="not"):
        accumulator.add(ToolArgumentsDelta(5) if event is CALL else event)  # type: ignore[arg-type]


def test_a_call_without_its_end() -> None:
    """A call that nobody finished is whole when the answer is; not when the answer fails before."""
    events = [CALL, ToolArgumentsDelta('{"at":'), ToolArgumentsDelta('"noon"}')]

    whole = folded(*events, ResponseFinished()).response()
    half = folded(*events).response(error=RunFailed("the run failed"))

    assert [dict(call.arguments) for call in whole.tool_calls] == [{"at": "noon"}]
    assert half.parts == ()


def test_what_is_told_late() -> None:
    """A call may learn its id and name at its end: some remotes tell them only then."""
    begun = PartStarted(index=0, kind="tool_call")

    assert folded(begun, PartFinished(0, CLOCK), ResponseFinished()).parts == (CLOCK,)


def test_an_empty_part_says_nothing() -> None:
    """A text part that ends empty is no part of the answer, and an answer of nothing else is empty."""
    nothing = folded(ResponseStarted(), PartFinished(0, TextPart("")), ResponseFinished())
    hidden = folded(PartFinished(0, ReasoningPart("", ProviderState("p", "k", {}))), ResponseFinished())

    assert (nothing.parts, nothing.is_empty) == ((), True)
    assert (len(hidden.parts), hidden.is_empty) == (1, False)


def test_parts_without_places() -> None:
    """Without places, what was thought comes before what was said, and that before calls."""
    events = [TextDelta("said"), ReasoningDelta("thought"), PartFinished(0, CLOCK), ResponseFinished()]

    assert folded(*events).parts == (ReasoningPart("thought"), TextPart("said"), CLOCK)


COUNTS = st.builds(Usage, input_tokens=st.none() | st.integers(0, 9))


@given(st.lists(COUNTS, max_size=4), st.none() | COUNTS, st.booleans())
def test_the_last_count(reported: list[Usage], final: Usage | None, fails: bool) -> None:
    """What was counted last stands, also in an answer that failed afterwards."""
    events = [UsageReported(usage) for usage in reported]
    accumulator = folded(*events) if fails else folded(*events, ResponseFinished(usage=final))
    expected = (None if fails else final) or (reported[-1] if reported else None)

    response: ChatResponse = accumulator.response(error=RunFailed("it failed") if fails else None)

    assert response.usage == expected


def test_many_parts() -> None:
    """Parts that are finished one by one take linear time: eight times as many take no 64 times as long.

    What is compared is two runs on one machine.
    """

    def seconds(count: int) -> float:
        before, folded = time.process_time(), Accumulator()
        for index in range(count):
            folded.add(TextDelta("word", index))
            folded.add(PartFinished(index, TextPart("word")))
        assert len(folded.parts) == count
        return time.process_time() - before

    short = min(seconds(500) for _ in range(3))

    assert min(seconds(4000) for _ in range(3)) < 24 * short
