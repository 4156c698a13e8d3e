"""z.ai's stream, decoded: streams written by hand from what is known of its fields, cut anywhere."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    ActivityReported,
    Certainty,
    MalformedResponse,
    ProviderError,
    ReasoningDelta,
    ResponseFinished,
    StreamEvent,
    TextDelta,
    TextReplaced,
    Usage,
)
from jackfield_web.site import WirePattern
from jackfield_web.wire import Record, framing_for
from jackfield_zai_web import ZaiDecoder

WIRE = WirePattern(url="/api/v2/chat/completions", kind="fetch-sse", decoder="zai")
COUNTS = {
    "prompt_tokens": 12,
    "completion_tokens": 30,
    "total_tokens": 42,
    "prompt_tokens_details": {"cached_tokens": 4},
}
USAGE = Usage(
    input_tokens=12,
    output_tokens=30,
    cache_read_input_tokens=4,
    input_source="reported",
    output_source="reported",
)
END = {"phase": "done", "done": True}


def decoder() -> ZaiDecoder:
    return ZaiDecoder(WIRE, lambda: None)


def frame(phase: str | None, **fields: Any) -> dict[str, Any]:
    return {"type": "chat:completion", "data": {"phase": phase, **fields}}


def thinking(text: str) -> dict[str, Any]:
    return frame("thinking", delta_content=text)


def answer(text: str) -> dict[str, Any]:
    return frame("answer", delta_content=text)


def edit(index: int | None, text: str, phase: str = "answer") -> dict[str, Any]:
    return frame(phase, edit_index=index, edit_content=text)


DONE = frame("done", done=True)


def read(*frames: Any) -> list[StreamEvent]:
    reader = decoder()
    return [event for one in frames for event in reader.feed(Record(one, "message"))]


def told(*frames: Any) -> Accumulator:
    folded = Accumulator()
    for event in read(*frames):
        folded.add(event)
    return folded


def as_sent(*frames: Any) -> bytes:
    """Return frames as the bytes of a stream; a text is sent as it is."""
    said = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in frames)
    return "".join(f"data: {one}\n\n" for one in said).encode()


def decoded(*pieces: bytes) -> list[StreamEvent]:
    """Return the events of a stream in *pieces*, with the error that ended it, as a text."""
    framing, reader, events = framing_for("fetch-sse"), decoder(), list[Any]()
    try:
        for piece in pieces:
            for record in framing.feed(piece):
                events += reader.feed(record)
    except ProviderError as error:
        events.append(repr(error))
    return [*events, *reader.finish()]


def test_thought_and_answer() -> None:
    """Thinking is reasoning, the answer is text, and `done` ends it."""
    events = read(thinking("Let me "), thinking("see."), answer("It is "), answer("a panel."), DONE)

    assert events == [
        ReasoningDelta("Let me "),
        ReasoningDelta("see."),
        TextDelta("It is "),
        TextDelta("a panel."),
        ResponseFinished(),
    ]


def test_counts_before_the_last_text() -> None:
    """Token counts that come before the last text end nothing, and are told at the end."""
    events = read(answer("One "), frame("other", usage=COUNTS), answer("two"), DONE)

    assert events == [TextDelta("One "), TextDelta("two"), ResponseFinished(usage=USAGE)]


def test_only_done_ends() -> None:
    """Neither a phase `done` without its flag nor `[DONE]` nor the end of the request ends an answer."""
    reader = decoder()
    said = [answer("Half"), frame("done", done=False), "[DONE]"]

    events = [event for one in said for event in reader.feed(Record(one))]

    assert [*events, *reader.finish()] == [TextDelta("Half")]


def test_nothing_follows_the_end() -> None:
    """What comes after `done` belongs to nobody and changes nothing."""
    assert read(answer("All"), DONE, answer(" more"), "[DONE]") == [TextDelta("All"), ResponseFinished()]


def test_the_end_may_carry_text() -> None:
    """A last frame with text and `done` gives both."""
    last = frame("answer", delta_content=" end", done=True, usage=COUNTS)

    assert read(answer("The"), last) == [TextDelta("The"), TextDelta(" end"), ResponseFinished(usage=USAGE)]


def test_a_frame_within_a_frame() -> None:
    """`data.data` is read as `data`, and what stands beside it counts as well."""
    inner = {"type": "chat:completion", "data": {"data": {"phase": "answer", "delta_content": "Hi"}}}
    beside = {"type": "chat:completion", "data": {"done": True, "data": {"phase": "done"}}}

    assert read(inner, beside) == [TextDelta("Hi"), ResponseFinished()]


@pytest.mark.parametrize(
    ("index", "text", "now", "event"),
    [
        (3, "!", "one!", TextReplaced(keep=3, text="!")),
        (7, " three", "one two three", TextDelta(" three")),
        (0, "", "", TextReplaced(keep=0)),
        (None, "…", "one two…", TextDelta("…")),
        (4, "two", "one two", None),
    ],
    ids=["cut", "at the end", "all", "without a place", "the same"],
)
def test_an_edit_replaces_from_its_place(index: int | None, text: str, now: str, event: Any) -> None:
    """What is edited is taken back and said anew from that place on; without a place it is added."""
    events = read(answer("one two"), edit(index, text))

    assert events[1:] == ([event] if event else [])
    assert told(answer("one two"), edit(index, text)).text == now


def test_an_edit_counts_as_the_page_counts() -> None:
    """The page counts in UTF-16 units: a smiley is two."""
    assert told(answer("🙂 fine"), edit(3, "good")).text == "🙂 good"


def test_an_edit_may_come_at_last() -> None:
    """The phase `other` may edit the answer as well."""
    assert told(answer("ten"), edit(1, "wo", phase="other"), DONE).text == "two"


@pytest.mark.parametrize("index", [8, -1, "3", 1.5, True], ids=repr)
def test_an_edit_of_what_was_never_said(index: Any) -> None:
    """An edit beyond the text, or at no place at all, is an error: then something was lost."""
    with pytest.raises(MalformedResponse) as caught:
        read(answer("one two"), edit(index, "!"))

    assert caught.value.certainty is Certainty.STARTED


WRAPPED = (
    '<details type="reasoning" done="{done}"{more}>\n<summary>{summary}</summary>\n> A line\n> and another'
)
OPEN = WRAPPED.format(done="false", more="", summary="Thinking…")
CLOSED = WRAPPED.format(done="true", more=' duration="3"', summary="Thought for 3 seconds") + "\n</details>\n"


@pytest.mark.parametrize(
    "frames",
    [
        [thinking(OPEN), answer("\n</details>\nThe answer.")],
        [thinking(OPEN[:60]), thinking(OPEN[60:]), edit(0, CLOSED + "The "), answer("answer.")],
        [thinking("A line\n"), thinking("and another"), edit(0, CLOSED + "The answer.")],
        [edit(0, CLOSED), answer("\nThe answer.")],
    ],
    ids=["closed by the answer", "said anew", "thought in frames", "in one piece"],
)
def test_thinking_in_its_wrapping(frames: list[Any]) -> None:
    """Thinking that older builds wrap into `<details>` is reasoning, said once, and no part of the text."""
    folded = told(*frames, DONE)

    assert folded.text == "The answer."
    assert folded.reasoning == "A line\nand another"


@given(cuts=st.lists(st.integers(0, len(OPEN)), max_size=8).map(sorted))
def test_wrapped_thinking_in_pieces(cuts: list[int]) -> None:
    """However thinking in its wrapping is cut, it is told without its tags, and nothing of it is text."""
    begun = OPEN.index(">") + 1
    edges = [0, *(max(cut, begun) for cut in cuts), len(OPEN)]
    pieces = [thinking(OPEN[one:other]) for one, other in itertools.pairwise(edges)]

    events = read(*pieces, answer("\n</details>\nYes"), DONE)

    reasons = [event.text for event in events if isinstance(event, ReasoningDelta)]
    assert "".join(reasons) == "A line\nand another"
    assert [event for event in events if not isinstance(event, ReasoningDelta)] == [
        TextDelta("Yes"),
        ResponseFinished(),
    ]


def test_details_of_the_answer_s_own_stay() -> None:
    """An answer that writes `<details>` itself keeps them."""
    said = 'See: <details type="reasoning"><summary>x</summary>\n> y\n</details>'

    assert told(thinking("Hm"), answer(said)).text == said


def test_a_tool_call_is_told_when_it_is_whole() -> None:
    """A call's fragments are put together, and it is told once, before what follows it."""
    events = read(
        frame("tool_call", delta_name="web_", metadata={"tool_call_id": "call-1"}),
        frame("tool_call", delta_name="search", delta_arguments='{"q": "jack'),
        frame("tool_call", delta_arguments='field"}'),
        frame(
            "tool_call", delta_name="open", delta_arguments="not JSON", metadata={"tool_call_id": "call-2"}
        ),
        answer("Found"),
    )

    assert events == [
        ActivityReported(
            kind="tool",
            title="web_search",
            data={"tool_call_id": "call-1", "arguments": {"q": "jackfield"}},
        ),
        ActivityReported(kind="tool", title="open", data={"tool_call_id": "call-2", "arguments": "not JSON"}),
        TextDelta("Found"),
    ]


def test_links_of_a_tool_s_response() -> None:
    """The pages that a tool names are links, also when a frame's end cuts one."""
    said = "[ref_id=turn0search0†A panel†https://a.example/x] and [ref_id=turn0search1†B†https://b.example]"
    events = read(
        *(
            frame("tool_response", tool_name="search", status="completed", delta_content=piece)
            for piece in (said[:30], said[30:75], said[75:])
        ),
        answer("As 【turn0search0】 says"),
    )

    assert events == [
        ActivityReported(kind="tool", title="search", detail="completed"),
        ActivityReported(
            kind="link", title="A panel", url="https://a.example/x", data={"ref_id": "turn0search0"}
        ),
        ActivityReported(kind="link", title="B", url="https://b.example", data={"ref_id": "turn0search1"}),
        TextDelta("As 【turn0search0】 says"),
    ]


def test_a_fragment_of_no_call() -> None:
    """Arguments of a call that never began, or has ended, are an error: the order is wrong."""
    begun = frame("tool_call", delta_name="search", metadata={"tool_call_id": "call-1"})
    rest = frame("tool_call", delta_arguments="}")

    with pytest.raises(MalformedResponse, match="never began"):
        read(rest)
    with pytest.raises(MalformedResponse, match="never began"):
        read(begun, answer("So"), rest)


def test_what_nobody_knows_is_counted() -> None:
    """Unknown kinds and phases, and what is no frame at all, change nothing and are told at the end."""
    events = read(
        {"type": "chat:title", "data": "A title"},
        answer("Yes"),
        frame("dreaming", delta_content="sheep"),
        "no JSON",
        {"type": "chat:completion", "data": [1]},
        DONE,
    )

    finished = ResponseFinished(
        metadata={
            "ignored_events": {"chat:title": 1, "phase dreaming": 1, "message": 1, "chat:completion": 1}
        }
    )
    assert events == [TextDelta("Yes"), finished]


RECORDED = {
    "all phases": as_sent(
        thinking("Hm, 東京 🙂"),
        frame("tool_call", delta_name="search", delta_arguments="{", metadata={"tool_call_id": "c"}),
        frame("tool_call", delta_arguments='"q": 1}'),
        frame("tool_response", tool_name="search", delta_content="[ref_id=t†T†https://t.example]"),
        answer("Zürich"),
        edit(1, "ug 🙂"),
        frame("other", usage=COUNTS),
        {"type": "chat:completion", "data": {"data": {"phase": "answer", "delta_content": "\u2028!"}}},
        DONE,
        "[DONE]",
    ),
    "wrapped": as_sent(thinking(OPEN), edit(0, CLOSED + "Yes"), frame("news"), DONE),
    "an error": as_sent(answer("Ye"), {"type": "chat:completion", "data": {"error": {"detail": "gone"}}}),
}


@pytest.mark.parametrize("name", RECORDED)
def test_cut_at_every_byte(name: str) -> None:
    """A stream in two pieces, wherever it is cut, gives the events of the whole."""
    stream = RECORDED[name]
    whole = decoded(stream)

    assert len(whole) >= 2
    for cut in range(len(stream) + 1):
        assert decoded(stream[:cut], stream[cut:]) == whole


@given(name=st.sampled_from(sorted(RECORDED)), cuts=st.lists(st.integers(0, 700), max_size=40))
def test_cut_many_times(name: str, cuts: list[int]) -> None:
    """So does a stream in any number of pieces, empty ones among them."""
    stream = RECORDED[name]
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    pieces = [stream[one:other] for one, other in itertools.pairwise(edges)]

    assert decoded(*pieces, b"") == decoded(stream)


@given(place=st.integers(0, 4), texts=st.lists(st.text(min_size=1), min_size=4, max_size=4))
def test_counts_may_come_anywhere(place: int, texts: list[str]) -> None:
    """Wherever the counts come, before or after any text, the answer is the same."""
    frames: list[Any] = [answer(text) for text in texts]
    frames.insert(place, frame("other", usage=COUNTS))

    folded = told(*frames, DONE)

    assert folded.text == "".join(texts)
    assert folded.finished == ResponseFinished(usage=USAGE)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("phase", "delta_content", "edit_index", "edit_content", "usage", "done", "error", "metadata", "data")


@given(
    frames=st.lists(
        st.dictionaries(st.sampled_from(NAMES), json_values | st.sampled_from(["answer", "tool_call"]))
    )
)
def test_whatever_comes_gives_events_or_our_error(frames: list[Any]) -> None:
    """Any JSON in any field gives events or an error of ours, and nothing else."""
    try:
        events = read(*({"type": "chat:completion", "data": one} for one in frames))
    except ProviderError:
        return

    for event in events:
        Accumulator().add(event)
