"""The decoder, against streams written by hand from what is known of Claude's messages."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import (
    ActivityReported,
    AuthenticationRequired,
    Certainty,
    MalformedResponse,
    ProviderUnavailable,
    QuotaExhausted,
    ReasoningDelta,
    ResponseFinished,
    RunFailed,
    TextDelta,
    TextReplaced,
)

MODEL = "claude-sonnet-4-6"


def start(model: str = MODEL) -> dict[str, Any]:
    message = {"id": "chatcompl_1", "role": "assistant", "model": model, "content": [], "stop_reason": None}
    return {"type": "message_start", "message": message}


def block(index: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **more}}


def delta(index: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def text(index: int, written: str) -> dict[str, Any]:
    return delta(index, "text_delta", text=written)


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index, "stop_timestamp": "2026-08-04T10:00:00Z"}


def reason(word: str = "end_turn") -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": word, "stop_sequence": None}}


def limit(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "message_limit", "message_limit": {"type": kind, **more}}


END = {"type": "message_stop"}


def test_an_answer_in_one_block(claude: Any) -> None:
    """Text comes as it was cut, the model is the one that was named, and the end says why."""
    events = claude.read(
        start(), block(0, "text", citations=[]), text(0, "One "), text(0, "two"), stop(0), reason(), END
    )

    assert events == [
        TextDelta("One "),
        TextDelta("two"),
        ResponseFinished(provider_finish_reason="end_turn", model=MODEL),
    ]


@pytest.mark.parametrize(
    ("word", "common"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("user_canceled", "stop"),
        ("max_tokens", "length"),
        ("tool_use", "tool_call"),
        ("refusal", "content_filter"),
        ("prompt_injection_risk", "content_filter"),
        ("tool_use_limit", "length"),
        ("pause_turn", "length"),
        ("model_context_window_exceeded", "length"),
        ("error", "error"),
        ("something_new", "stop"),
    ],
)
def test_why_it_ended(claude: Any, word: str, common: str) -> None:
    """Each of Claude's words for an end is told in common ones, and kept."""
    finished = claude.answer(start(), reason(word), END).finished

    assert (finished.finish_reason, finished.provider_finish_reason) == (common, word)


def test_thinking_is_no_text(claude: Any) -> None:
    """Thought goes apart from the answer; its summaries, in both their forms, are remarks."""
    events = claude.read(
        start(),
        block(0, "thinking", thinking=""),
        delta(0, "thinking_delta", thinking="Let me "),
        delta(0, "thinking_delta", thinking="see."),
        delta(0, "thinking_summary_delta", summary={"summary": "Considering"}),
        delta(0, "thinking_summary_delta", summary="Deciding"),
        stop(0),
        block(1, "text"),
        text(1, "Yes."),
        stop(1),
        END,
    )

    assert events[:-1] == [
        ReasoningDelta("Let me "),
        ReasoningDelta("see."),
        ActivityReported(kind="thought", title="Considering"),
        ActivityReported(kind="thought", title="Deciding"),
        TextDelta("Yes."),
    ]


def test_tools_are_steps(claude: Any) -> None:
    """A tool's use and its result are told when each is complete, with its input and its last message."""
    used, result = claude.read(
        start(),
        block(0, "tool_use", id="t1", name="web_search", input={}, message="Searching"),
        delta(0, "input_json_delta", partial_json='{"query": "jack'),
        delta(0, "input_json_delta", partial_json='field"}'),
        delta(0, "tool_use_block_update_delta", message="Searching the web", display_content=None),
        stop(0),
        block(1, "tool_result", tool_use_id="t1", name="web_search", content=[{"title": "A page"}]),
        delta(1, "tool_result_block_update_delta", message="1 result"),
        stop(1),
    )

    assert (used.kind, used.title, used.detail) == ("tool", "web_search", "Searching the web")
    assert used.data["input"] == {"query": "jackfield"}
    assert (result.kind, result.title, result.detail) == ("tool", "web_search", "1 result")
    assert result.data["content"] == [{"title": "A page"}]


def test_input_that_is_no_json_is_kept(claude: Any) -> None:
    """A tool's input that was cut off is told as it was written."""
    (used,) = claude.read(
        start(), block(0, "tool_use", name="repl"), delta(0, "input_json_delta", partial_json='{"a'), stop(0)
    )

    assert used.data["input"] == '{"a'


def test_citations_are_links(claude: Any) -> None:
    """A citation is told with its title and address where it begins; its end says nothing new."""
    events = claude.read(
        start(),
        block(0, "text"),
        delta(0, "citation_start_delta", citation={"uuid": "c", "url": "https://a.example/", "title": "A"}),
        text(0, "So."),
        delta(0, "citation_end_delta", citation_uuid="c"),
        stop(0),
        END,
    )

    assert (events[0].kind, events[0].title, events[0].url) == ("link", "A", "https://a.example/")
    assert events[1] == TextDelta("So.")
    assert "ignored_events" not in events[-1].metadata


def test_what_is_withdrawn_is_gone(claude: Any) -> None:
    """Text that is retracted is taken back, and what follows stands without it."""
    messages = [
        start(),
        *(block(0, "text"), text(0, "First."), stop(0)),
        *(block(1, "text"), text(1, "Wrong."), stop(1)),
        {"type": "content_block_retract", "index": 1},
        *(block(2, "text"), text(2, "Right."), stop(2)),
        END,
    ]

    assert TextReplaced(keep=6, text="") in claude.read(*messages)
    assert claude.answer(*messages).text == "First.\n\nRight."


def test_a_block_may_be_withdrawn_and_written_anew(claude: Any) -> None:
    """A block of the same index that begins after the first was withdrawn stands in its place."""
    first = [block(0, "text"), text(0, "Wrong."), stop(0), {"type": "content_block_retract", "index": 0}]

    assert claude.answer(start(), *first, block(0, "text"), text(0, "Right."), stop(0), END).text == "Right."


def test_blocks_may_overlap(claude: Any) -> None:
    """Deltas go to their block; blocks stand in the order in which they began, whichever spoke first."""
    answer = claude.answer(
        start(), block(0, "text"), block(1, "text"), text(1, "two"), text(0, "one"), stop(1), stop(0), END
    )

    assert answer.text == "one\n\ntwo"


@pytest.mark.parametrize("word", ["within_limit", "approaching_limit"])
def test_a_limit_that_is_not_reached_is_kept(claude: Any, word: str) -> None:
    """What Claude tells of the account's limit stands in the answer's metadata."""
    told = limit(word, remaining=3, windows={"5h": {"utilization": 0.9}})

    finished = claude.answer(start(), told, END).finished

    assert finished.metadata["message_limit"] == told["message_limit"]


def test_a_limit_that_is_reached_and_no_end_is_an_error(claude: Any) -> None:
    """An answer that a reached limit leaves without an end is an error with the seconds until its reset."""
    told = limit("exceeded_limit", resetsAt=int(claude.now) + 600, representativeClaim="five_hour")

    with pytest.raises(
        QuotaExhausted, match=r"five-hour usage limit .* until 2023-11-14 22:23:20 UTC"
    ) as hit:
        claude.read(start(), block(0, "text"), text(0, "One"), told)

    assert (hit.value.retry_after, hit.value.certainty) == (600, Certainty.STARTED)


def test_the_last_answer_within_a_limit_is_whole(claude: Any) -> None:
    """A limit that is reached by a complete answer takes nothing of it away."""
    answer = claude.answer(
        start(), block(0, "text"), text(0, "All"), stop(0), reason(), limit("exceeded_limit"), END
    )

    assert (answer.text, answer.finished.metadata["message_limit"]["type"]) == ("All", "exceeded_limit")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, ProviderUnavailable),
        (
            {"type": "rate_limit_error", "message": '{"type": "exceeded_limit", "resetsAt": 1}'},
            QuotaExhausted,
        ),
        ({"type": "x", "details": {"error_code": "account_session_invalid"}}, AuthenticationRequired),
        ({"type": "something_new", "message": "Oh"}, RunFailed),
        ("words", RunFailed),
    ],
)
def test_an_error_in_the_middle(claude: Any, told: Any, kind: type[Exception]) -> None:
    """An error that Claude reports while it answers has its own class, and tells that Claude had begun."""
    with pytest.raises(kind) as hit:
        claude.read(start(), {"type": "error", "error": told})

    assert type(hit.value) is kind
    assert hit.value.certainty is Certainty.STARTED


@pytest.mark.parametrize("kind", ["ping", "compaction_status", "conversation_ready", "cache_performance"])
def test_known_chatter_is_passed_over(claude: Any, kind: str) -> None:
    """What is known to say nothing of the answer is passed over and not counted."""
    finished = claude.answer({"type": kind}, start(), {"type": kind}, {"type": "tool_approval"}, END).finished

    assert "ignored_events" not in finished.metadata


def test_what_is_unknown_is_counted(claude: Any) -> None:
    """Messages, deltas and blocks that nobody knows are passed over and counted by their names."""
    finished = claude.answer(
        start(),
        {"type": "mood"},
        {"type": "mood", "index": "odd"},
        block(0, "hologram"),
        delta(0, "hologram_delta", beam=1),
        stop(0),
        END,
    ).finished

    assert finished.metadata["ignored_events"] == {
        "mood": 2,
        "content_block hologram": 1,
        "hologram_delta": 1,
    }


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([block(0, "text")], "before message_start"),
        ([reason()], "before message_start"),
        ([END], "before message_start"),
        ([start(), text(0, "a")], "is not open"),
        ([start(), stop(0)], "is not open"),
        ([start(), block(0, "text"), block(0, "text")], "a second time"),
        ([start(), block(0, "text"), stop(0), text(0, "a")], "is not open"),
        ([start(), block(0, "thinking"), text(0, "a")], "is thinking and grows by text"),
        ([start(), block(0, "text"), END], "block 0 is open"),
        ([start(), {"type": "content_block_retract", "index": 3}], "never began"),
        ([start(), {"type": "content_block_start", "index": 0}], "no object content_block"),
        ([start(), block(0, "text"), delta(0, "text_delta", text=None)], "no text text"),
        ([start(), block(0, "text"), {**text(0, "a"), "index": True}], "no index"),
        ([{"completion": "Hi"}, start()], "has begun"),
    ],
)
def test_the_wrong_order_is_an_error(claude: Any, messages: list[Any], why: str) -> None:
    """What is known and comes at the wrong time, or without what it needs, makes the stream untrustworthy."""
    with pytest.raises(MalformedResponse, match=why):
        claude.read(*messages)


@pytest.mark.parametrize("data", [b"data: {oops\n\n", b"data: [1]\n\n", b"event: ping\ndata: 7\n\n"])
def test_what_is_no_object_is_an_error(claude: Any, data: bytes) -> None:
    """A message that cannot be read might have been text: the answer is not trusted without it."""
    with pytest.raises(MalformedResponse, match="no JSON object"):
        claude.events(data)


def test_no_end_is_no_answer(claude: Any) -> None:
    """A stream that ends before `message_stop` gives its text and no end, whatever it had said."""
    answer = claude.answer(start(), block(0, "text"), text(0, "Half"), stop(0), reason())

    assert (answer.text, answer.finished) == ("Half", None)


def test_nothing_follows_the_end(claude: Any) -> None:
    """What comes after the end of an answer is no part of it."""
    assert len(claude.read(start(), END, text(0, "more"), {"type": "error", "error": {}})) == 1


@pytest.mark.parametrize(
    ("later", "known"),
    [({"model": "claude-haiku-4-5"}, "claude-haiku-4-5"), ({"reason": "busy"}, None), ({"model": ""}, None)],
)
def test_the_model_is_what_was_used(claude: Any, later: dict[str, Any], known: str | None) -> None:
    """Another model that takes over is told; one that is not named makes the model unknown."""
    assert claude.answer(start(), {"type": "model_fallback", **later}, END).finished.model == known
    assert claude.answer(start(""), END).finished.model is None


def old(completion: str, **more: Any) -> dict[str, Any]:
    said = {"completion": completion, "stop_reason": None, "model": "claude-2.0", "exception": None}
    return {**said, "messageLimit": {"type": "within_limit"}, **more}


def test_the_old_format(claude: Any) -> None:
    """Completions of 2023 and 2024 are increments, and a stop reason ends them."""
    finished = old("", stop_reason="stop_sequence")

    assert claude.read(old(" Hello"), old(" there"), finished) == [
        TextDelta(" Hello"),
        TextDelta(" there"),
        ResponseFinished(
            provider_finish_reason="stop_sequence",
            model="claude-2.0",
            metadata={"message_limit": {"type": "within_limit"}},
        ),
    ]
    assert claude.answer({**old("Hi"), "type": "completion"}).text == "Hi"


def test_errors_of_the_old_format(claude: Any) -> None:
    """An error without a type of message, an exception, and a limit in an old stream are told as in a new."""
    with pytest.raises(QuotaExhausted) as hit:
        claude.read({"error": {"type": "rate_limit", "message": "Slow", "resets_at": claude.now + 9}})
    assert hit.value.retry_after == 9
    with pytest.raises(RunFailed, match="Boom"):
        claude.read(old("", exception="Boom"))
    with pytest.raises(QuotaExhausted):
        claude.read(old("Hi", messageLimit={"type": "exceeded_limit"}))


def test_a_completion_in_a_new_stream_says_nothing(claude: Any) -> None:
    """The new format may still carry the old one's message; its text is not told twice."""
    assert claude.answer(start(), {"type": "completion", "completion": "Hi"}, END).text == ""
