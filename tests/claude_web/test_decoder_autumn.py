"""What Claude's app and public clients of autumn 2026 name besides: ranges, compactions, models, notes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    ActivityReported,
    ContextTooLong,
    MalformedResponse,
    QuotaExhausted,
    ReasoningDelta,
    TextReplaced,
)

END = {"type": "message_stop"}
ANY_INDEX = st.integers(-1, 4) | st.none() | st.booleans() | st.text(max_size=2)


def start(model: str = "claude-sonnet-5-5") -> dict[str, Any]:
    return {"type": "message_start", "message": {"uuid": "m", "model": model, "content": []}}


def opened(index: int, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **more}}


def delta(index: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def stop(index: int, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index, **more}


def written(index: int, text: str) -> list[dict[str, Any]]:
    return [opened(index), delta(index, "text_delta", text=text), stop(index)]


def retract(**which: Any) -> dict[str, Any]:
    return {"type": "content_block_retract", **which}


def reason(word: str, **more: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": word, **more}}


THREE = [*written(0, "One."), *written(1, "Two."), *written(2, "Three.")]


@pytest.mark.parametrize(
    ("which", "left"),
    [
        ({"from_index": 0}, ""),
        ({"from_index": 1}, "One."),
        ({"from_index": 2}, "One.\n\nTwo."),
        ({"from_index": 9}, "One.\n\nTwo.\n\nThree."),
        ({"from_index": None}, "One.\n\nTwo.\n\nThree."),
        ({}, "One.\n\nTwo.\n\nThree."),
        ({"index": 1}, "One.\n\nThree."),
    ],
)
def test_a_range_is_withdrawn(claude: Any, which: dict[str, Any], left: str) -> None:
    """All blocks from `from_index` on are taken back; none where it is null; with `index`, that one block."""
    assert claude.answer(start(), *THREE, retract(**which), END).text == left


def test_what_is_withdrawn_is_written_anew(claude: Any) -> None:
    """Blocks of the same numbers stand in the place of those withdrawn, and are told as a replacement."""
    messages = [start(), *THREE, retract(from_index=1), *written(1, "Zwei."), END]

    assert claude.answer(*messages).text == "One.\n\nZwei."
    assert TextReplaced(keep=4, text="") in claude.read(*messages)


def test_a_block_may_be_withdrawn_while_it_is_open(claude: Any) -> None:
    """What still comes of a block that was withdrawn is passed over, and its end is no error."""
    answer = claude.answer(
        start(),
        *written(0, "Kept."),
        opened(1),
        delta(1, "text_delta", text="Wrong"),
        retract(from_index=1),
        delta(1, "text_delta", text=" still"),
        stop(1),
        END,
    )

    assert answer.text == "Kept."


@pytest.mark.parametrize("which", [{"from_index": "1"}, {"from_index": True}, {"index": None}])
def test_a_range_from_nowhere_is_an_error(claude: Any, which: dict[str, Any]) -> None:
    """Where the range begins must be a number: otherwise nobody knows which text stands."""
    with pytest.raises(MalformedResponse, match="index"):
        claude.read(start(), *THREE, retract(**which))


@pytest.mark.parametrize("first", [0, 2, 7])
def test_an_answer_goes_on_after_a_compaction(claude: Any, first: int) -> None:
    """A second message stands behind the first, from whichever number it counts; nothing is told twice."""
    answer = claude.answer(
        start("claude-opus-5-5"),
        *written(0, "Before."),
        *written(1, "Still before."),
        {"type": "compaction_status", "status": "compacting", "message": "Compacting our conversation"},
        start("claude-sonnet-5-5"),
        *written(first, "After."),
        *written(first + 1, "Wrong."),
        retract(from_index=first + 1),
        *written(first + 1, "The end."),
        reason("end_turn"),
        END,
    )

    assert answer.text == "Before.\n\nStill before.\n\nAfter.\n\nThe end."
    assert answer.finished.metadata["compactions"] == 1
    assert answer.finished.model == "claude-sonnet-5-5"
    assert "ignored_events" not in answer.finished.metadata


def test_a_message_that_ends_to_be_compacted(claude: Any) -> None:
    """The stop reason `compaction` ends an answer only where its request ends with it."""
    first = [start(), *written(0, "Before."), reason("compaction"), END]

    whole = claude.answer(*first, start(), *written(0, "After."), reason("end_turn"), END)
    assert (whole.text, whole.finished.provider_finish_reason) == ("Before.\n\nAfter.", "end_turn")
    cut = claude.answer(*first)
    assert (cut.text, cut.finished.finish_reason) == ("Before.", "length")


@given(st.lists(st.text("ab", max_size=3), max_size=4), st.integers(0, 9))
def test_wherever_it_is_compacted_the_text_is_the_same(claude: Any, texts: list[str], first: int) -> None:
    """Blocks split over two messages are the same answer as in one, whatever the second counts from."""
    whole = [one for index, text in enumerate(texts) for one in written(index, text)]
    for at in range(len(texts) + 1):
        before = [one for index, text in enumerate(texts[:at]) for one in written(index, text)]
        number = first if at else 0
        after = [one for index, text in enumerate(texts[at:], number) for one in written(index, text)]

        assert claude.answer(start(), *before, start(), *after, END).text == (
            claude.answer(start(), *whole, END).text
        )


@given(st.lists(ANY_INDEX, max_size=5), st.integers(0, 300))
def test_any_range_is_read_or_refused(claude: Any, ranges: list[Any], cut: int) -> None:
    """Whatever number a range begins with, what is left is a beginning of the text, however it was cut."""
    stream = claude.stream(start(), *THREE, *(retract(from_index=one) for one in ranges), END)
    legal = [one for one in ranges if type(one) is int]
    if len(legal) + ranges.count(None) < len(ranges):
        with pytest.raises(MalformedResponse):
            claude.events(stream, [cut])
        return
    events = claude.events(stream, [cut])

    left = max(0, min([3, *legal]))
    assert claude.folded(events).text == "\n\n".join(["One.", "Two.", "Three."][:left])


@pytest.mark.parametrize(
    ("told", "model"),
    [
        ({"from_model": "a", "to_model": "claude-haiku-5-5", "reason": "safety"}, "claude-haiku-5-5"),
        ({"to_model": {"model": "claude-haiku-5-5"}, "category": "busy"}, "claude-haiku-5-5"),
        ({"model": "claude-haiku-5-5"}, "claude-haiku-5-5"),
        ({"to_model": None, "explanation": "Why"}, None),
        ({"to_model": 7}, None),
    ],
)
def test_another_model_takes_over(claude: Any, told: dict[str, Any], model: str | None) -> None:
    """The answer's model is the one that took over, and what Claude says of the change is kept."""
    finished = claude.answer(start(), {"type": "model_update", **told}, END).finished

    assert finished.model == model
    assert finished.metadata["model_change"] == told


def test_what_is_read_aloud_is_text(claude: Any) -> None:
    """Notes that are spoken are the answer's words, whatever their block is called."""
    answer = claude.answer(
        start(),
        opened(0, "voice_note", title="A note"),
        delta(0, "voice_note_delta", partial_text="Plug "),
        delta(0, "voice_note_delta", partial_text="it in."),
        stop(0),
        opened(1, "bell_note"),
        delta(1, "bell_delta", partial_text="Ring."),
        stop(1),
        END,
    )

    assert answer.text == "Plug it in.\n\nRing."


def test_thoughts_that_are_not_shown(claude: Any) -> None:
    """Summaries may have blocks of their own; sealed thoughts say nothing, and neither is unknown."""
    events = claude.read(
        start(),
        *(opened(0, "redacted_thinking", data="sealed"), stop(0)),
        opened(1, "thinking_summary", summary=""),
        delta(1, "thinking_summary_delta", summary="Considering"),
        stop(1),
        opened(2, "thinking"),
        delta(2, "thinking_delta", thinking="Hm."),
        stop(2),
        END,
    )

    assert events[:2] == [ActivityReported(kind="thought", title="Considering"), ReasoningDelta("Hm.")]
    assert "ignored_events" not in events[-1].metadata


def test_input_that_comes_at_the_end(claude: Any) -> None:
    """A tool's input may be told whole when its block ends; what came in pieces is not told again."""
    events = claude.read(
        start(),
        opened(0, "tool_use", name="repl"),
        stop(0, buffered_input='{"code": "1"}'),
        opened(1, "tool_use", name="repl"),
        delta(1, "input_json_delta", partial_json='{"code": "2"}'),
        stop(1, buffered_input='{"code": "2"}'),
        END,
    )

    assert [one.data["input"] for one in events[:2]] == [{"code": "1"}, {"code": "2"}]


def test_flags_and_a_helpline_are_kept(claude: Any) -> None:
    """A flag is no error: it stands in the answer's metadata, with whom Claude says to call."""
    helpline = {"name": "A line", "phone": "123"}
    finished = claude.answer(
        start(),
        opened(0),
        delta(0, "flag_delta", flag="self_harm", helpline=helpline),
        delta(0, "text_delta", text="Hm."),
        stop(0),
        *(opened(1, "flag", flag="other"), stop(1)),
        END,
    ).finished

    assert finished.metadata["flags"] == ["self_harm", "other"]
    assert finished.metadata["helpline"] == helpline


def test_why_it_refused(claude: Any) -> None:
    """A refusal is an answer that was filtered, with what Claude says of why."""
    details = {"type": "refusal", "category": "cyber", "explanation": "No"}
    finished = claude.answer(start(), reason("refusal", stop_details=details), END).finished

    assert (finished.finish_reason, finished.metadata["refusal"]) == ("content_filter", details)


def test_a_conversation_that_is_too_long(claude: Any) -> None:
    """A conversation that leaves no room for an answer is an error; an answer that it cut is one."""
    with pytest.raises(ContextTooLong, match="too long"):
        claude.read(start(), reason("conversation_length_limit"), END)
    cut = claude.answer(start(), *written(0, "So"), reason("conversation_length_limit"), END)

    assert (cut.text, cut.finished.finish_reason) == ("So", "length")


def test_a_connector_that_wants_a_login(claude: Any) -> None:
    """That a connector must be logged in to is told as a step: only its owner can do it."""
    asks = {"type": "mcp_auth_required", "server_id": "s", "tool_use_id": "t"}
    (step, end) = claude.read(start(), asks, {"type": "notice_poll_hint"}, END)

    assert (step.kind, step.data["server_id"]) == ("tool", "s")
    assert "ignored_events" not in end.metadata


def test_a_limit_in_the_middle_is_no_end(claude: Any) -> None:
    """A limit that is reached while Claude answers leaves the answer whole: its end comes later."""
    reached = {"type": "message_limit", "message_limit": {"type": "exceeded_limit", "perModelLimit": True}}
    messages = [start(), opened(0), delta(0, "text_delta", text="All "), reached]

    answer = claude.answer(*messages, delta(0, "text_delta", text="of it"), stop(0), reason("end_turn"), END)

    assert (answer.text, answer.finished.metadata["message_limit"]["type"]) == ("All of it", "exceeded_limit")
    with pytest.raises(QuotaExhausted):
        claude.read(*messages)
    within = {"type": "message_limit", "message_limit": {"type": "within_limit"}}
    assert claude.answer(*messages, within).finished is None
