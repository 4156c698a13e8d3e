"""The rules of a Site, against the streams that remotes are known to send."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    AuthenticationRequired,
    Certainty,
    ConfigError,
    ContentRefused,
    ContextTooLong,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    ReasoningDelta,
    ResponseFinished,
    RunFailed,
    StreamEvent,
    TextDelta,
    TextReplaced,
    Usage,
)
from jackfield_web.site import Rule, WirePattern
from jackfield_web.wire import GradioDecoder, Record, RulesDecoder, decoder_for, framing_for

OPENAI = (
    Rule(
        text="choices.0.delta.content",
        reasoning="choices.0.delta.reasoning_content",
        finish_reason="choices.0.finish_reason",
        usage="usage",
        model="model",
        error="error",
    ),
    Rule(when={"$": "[DONE]"}, done=True),
)
CLAUDE = (
    Rule(when={"type": "content_block_delta", "delta.type": "text_delta"}, text="delta.text", part="index"),
    Rule(when={"type": "content_block_delta", "delta.type": "thinking_delta"}, reasoning="delta.thinking"),
    Rule(when={"type": "content_block_retract"}, retract="index"),
    Rule(when={"type": "message_delta"}, finish_reason="delta.stop_reason", usage="usage"),
    Rule(when={"type": "error"}, error="error"),
    Rule(when={"type": "message_stop"}, done=True),
)


VALUES = (
    st.none() | st.integers() | st.sampled_from(["content_block_delta", "text_delta", "assistant", "error"])
)
KEYS = st.sampled_from(["type", "delta", "text", "index", "id", "error", "role", "content"])
INNER = st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=8)
TURNS = st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": INNER}))
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["append", "add", "replace", "delete"]),
        st.lists(st.integers(0, 2) | st.just("content"), max_size=2),
        INNER,
    ).map(list)
)
QUEUE = st.fixed_dictionaries(
    {
        "msg": st.sampled_from(["process_generating", "process_completed"]),
        "output": st.fixed_dictionaries({"data": INNER | st.lists(TURNS | EDITS)}) | INNER,
    }
)
SHAPES = INNER | st.dictionaries(KEYS, INNER) | QUEUE


def decoder(*rules: Rule, ours: str | None = None, **more: Any) -> RulesDecoder:
    return RulesDecoder(WirePattern(url="x", kind="fetch-sse", rules=rules, **more), lambda: ours)


def feed(reader: RulesDecoder, *data: Any, event: str = "") -> list[StreamEvent]:
    return [event_ for one in data for event_ in reader.feed(Record(one, event))]


def openai(**delta: Any) -> dict[str, Any]:
    return {"model": "m-1", "choices": [{"delta": delta}]}


@given(st.lists(st.integers(0, 600), max_size=8))
def test_a_stream_says_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    """Framing and rules together give one answer for any chunking of the same bytes."""
    pieces = ["Hel", "lo “q” 中文 😀", "\n```py\nx\n```"]
    body = "".join(f"data: {json.dumps(openai(content=piece))}\n\n" for piece in pieces) + "data: [DONE]\n\n"
    whole = body.encode()
    edges = sorted({0, len(whole), *(at for at in cuts if at < len(whole))})
    framing, reader, folded = framing_for("fetch-sse"), decoder(*OPENAI), Accumulator()

    for start, end in pairwise(edges):
        for record in framing.feed(whole[start:end]):
            for event in reader.feed(record):
                folded.add(event)

    assert folded.text == "".join(pieces)
    assert folded.finished == ResponseFinished(model="m-1")


@pytest.mark.parametrize(
    ("kind", "frame"),
    [("websocket", "{}"), ("fetch-sse", "data: {}\n\n"), ("ndjson", "{}\n"), ("json", "{}")],
)
def test_a_list_of_messages_is_each_of_them(kind: Any, frame: str) -> None:
    """Messages that come as one list are read one after the other, whatever the list came in."""
    framing, reader = framing_for(kind), decoder(Rule(text="t"), Rule(when={"end": True}, done=True))

    records = [*framing.feed(frame.format('[{"t": "a"}, {"t": "b"}, {"end": true}]')), *framing.finish()]

    events = [event for record in records for event in reader.feed(record)]
    assert events == [TextDelta("a"), TextDelta("b"), ResponseFinished()]


def test_a_list_that_a_path_leads_into_is_one_message() -> None:
    """Where a rule says which object of a list it means, the others are none of its messages."""
    reader = decoder(Rule(when={"1.of": "us"}, text="0.t"), Rule(error="error"))

    assert feed(reader, [{"t": "a"}, {"of": "us", "error": "x"}]) == [TextDelta("a")]


def test_reasoning_usage_and_reasons_are_read() -> None:
    """What a model thinks, why it ended and what it cost come from their paths, in the core's words."""
    reader = decoder(*OPENAI)

    events = feed(
        reader,
        openai(reasoning_content="hm"),
        openai(content="a"),
        {
            "choices": [{"delta": {}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4},
        },
        "[DONE]",
    )

    assert events == [
        ReasoningDelta("hm"),
        TextDelta("a"),
        ResponseFinished(
            finish_reason="length",
            provider_finish_reason="length",
            model="m-1",
            usage=Usage(input_tokens=3, output_tokens=4, input_source="reported", output_source="reported"),
        ),
    ]


def test_blocks_may_be_withdrawn() -> None:
    """A block that is retracted after it was told is taken back (`content_block_retract`)."""
    reader = decoder(*CLAUDE)

    def delta(index: int, text: str) -> dict[str, Any]:
        return {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}

    events = feed(reader, delta(0, "Stay"), delta(1, "Go"), {"type": "content_block_retract", "index": 1})

    assert events == [TextDelta("Stay"), TextDelta("\n\nGo"), TextReplaced(keep=4)]


def test_unknown_messages_are_passed_over() -> None:
    """A remote may say more than the rules know of, before the answer and in the midst of it."""
    reader = decoder(*CLAUDE)
    text = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hello"}}

    assert feed(reader, {"type": "ping"}, {"type": "message_limit"}, "text", None, 3, []) == []
    assert feed(reader, text, {"type": "mood"}, 3) == [TextDelta("Hello")]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"type": "x", "message": "no luck"}, "no luck"),
        ("it broke", "it broke"),
        ({"code": 426}, "426"),
    ],
)
def test_an_error_on_the_wire_is_an_error(told: Any, shown: str) -> None:
    """What the remote says about its failure is in ours, whichever shape it has."""
    with pytest.raises(RunFailed, match=f"the page's remote failed: {shown}"):
        feed(decoder(*CLAUDE), {"type": "error", "error": told})


@pytest.mark.parametrize(
    ("told", "kind", "code"),
    [
        ({"message": "Slow down, please"}, RateLimited, "rate_limited"),
        ({"message": "Oh", "code": "rate_limit_exceeded"}, RateLimited, "rate_limit_exceeded"),
        ({"message": "Oh", "code": 429}, RateLimited, "429"),
        ({"message": "Oh", "type": "insufficient_quota", "code": 429}, QuotaExhausted, "insufficient_quota"),
        ("You have reached your usage limit", QuotaExhausted, "quota"),
        ({"message": "Oh", "code": "context_length_exceeded"}, ContextTooLong, "context_length_exceeded"),
        ({"message": "Oh", "type": "overloaded_error"}, ProviderUnavailable, "overloaded_error"),
        ({"message": "Oh", "status": 401}, AuthenticationRequired, "401"),
        ({"message": "Oh", "code": "content_filter"}, ContentRefused, "content_filter"),
        ({"message": "Oh", "code": "Bearer token=secret"}, RunFailed, None),
    ],
)
def test_an_error_on_the_wire_is_sorted_as_a_pages_own(
    told: Any, kind: type[ProviderError], code: str | None
) -> None:
    """Its code, or else its words, tell the class; both are kept, and the remote had begun."""
    with pytest.raises(kind) as caught:
        feed(decoder(*OPENAI), {"error": told})

    words = told if isinstance(told, str) else told["message"]
    assert type(caught.value) is kind
    assert caught.value.message.startswith(f"the page's remote failed: {words}")
    assert (caught.value.code, caught.value.certainty) == (code, Certainty.STARTED)


def test_the_code_beside_an_errors_words_counts() -> None:
    """A rule may lead to the words alone: the codes of the message, and of its error, count all the same."""
    for message in ({"error": {"message": "Oh", "code": 429}}, {"error": {"message": "Oh"}, "status": 429}):
        with pytest.raises(RateLimited):
            feed(decoder(Rule(error="error.message")), message)


def ended(reader: Any) -> Any:
    """Raise the error that ends what a decoder reads, and is no complete answer."""
    assert (list(reader.finish()), reader.trouble is None) == ([], False)
    raise reader.trouble


UNNAMED = (Rule(when={"type": "piece"}, text="t"), Rule(when={"type": "end"}, done=True), Rule(text="words"))
ERRORS = (
    {"error": {"message": "Boom"}},
    {"error": "Boom"},
    {"error": True, "message": "Boom"},
    {"type": "error", "message": "Boom"},
    {"type": "error", "error": {"message": "Boom"}},
    {"type": "RUN_ERROR", "message": "Boom"},
    {"type": "response.failed", "message": "Boom"},
    {"event": "error", "msg": "Boom"},
    {"type": "piece", "t": "", "error": {"message": "Boom"}},
    {"type": 3, "invocationId": "0", "error": "Boom"},
    {"status": "error", "message": "Boom"},
    {"success": False, "message": "Boom"},
    {"code": 500, "msg": "Boom"},
    {"detail": "Boom"},
    [{"error": "Boom"}],
)


@pytest.mark.parametrize("end", [{"type": "end"}, None])
@pytest.mark.parametrize("message", ERRORS)
def test_an_error_that_no_rule_names_is_no_complete_answer(message: Any, end: Any) -> None:
    """What is an error by its own keys is one, though an end comes behind it that the Site knows."""
    reader = decoder(*UNNAMED, end_is_done=True)
    told = feed(reader, {"type": "piece", "t": "Half"}, message)

    with pytest.raises(ProviderError, match="the page's remote failed: Boom"):
        told += feed(reader, end) if end else ended(reader)
    assert told == [TextDelta("Half")]


@pytest.mark.parametrize("data", ["Boom", {"message": "Boom"}, ["Boom"]])
def test_an_event_that_is_called_an_error_is_one(data: Any) -> None:
    """The name of an event tells, whatever shape its data have."""
    reader = decoder(*UNNAMED, end_is_done=True)
    feed(reader, {"type": "piece", "t": "Half"})
    feed(reader, data, event="error")

    with pytest.raises(RunFailed, match="the page's remote failed: Boom"):
        ended(reader)


def test_an_end_that_tells_an_error_is_none() -> None:
    """The message that ends an answer may be its error."""
    with pytest.raises(RunFailed, match="Boom"):
        feed(decoder(*UNNAMED), {"type": "end", "error": "Boom"})


@pytest.mark.parametrize(
    "message",
    [
        {"type": "piece", "t": '{"error": {"message": "Boom"}}'},
        {"type": "tool_result", "error": "exit 1"},
        {"type": "tool-output-error", "errorText": "exit 1"},
        {"type": "tool", "result": {"error": "exit 1"}},
        {"type": "status", "detail": "Searching"},
        {"type": "piece", "t": "", "error": None},
        {"error": 0.03, "step": 4},
        {"error": "", "code": 200, "status": "ok", "success": True},
        {"ok": 0, "failed": 2},
        {"detail": "of many", "step": 4},
        "error: Boom",
        ["error", "Boom"],
    ],
)
def test_what_only_speaks_of_errors_is_none(message: Any) -> None:
    """Text, tools, and what lies deeper in a message may hold errors that are not the answer's."""
    reader = decoder(*UNNAMED)
    told = feed(reader, {"type": "piece", "t": "Half"}, message, {"type": "end"})

    assert told[-1] == ResponseFinished(metadata=told[-1].metadata)


def test_an_error_that_the_answer_goes_on_after_is_none() -> None:
    """What an agent says of a step that failed is no end: more of its answer came."""
    reader = decoder(*UNNAMED)
    told = feed(reader, {"error": "no such page"}, {"type": "piece", "t": "Then I guess."}, {"type": "end"})

    assert told[0] == TextDelta("Then I guess.")
    assert isinstance(told[-1], ResponseFinished)


def test_snapshots_become_deltas() -> None:
    """A remote that says all of it each time is told as increments, and as a replacement where it differs."""
    reader = decoder(Rule(text="text", mode="snapshot", part="id"))

    events = feed(
        reader,
        {"id": 1, "text": "a"},
        {"id": 1, "text": "ab"},
        {"id": 1, "text": "ab"},
        {"id": 1, "text": "b"},
    )

    assert events == [TextDelta("a"), TextDelta("b"), TextReplaced(keep=0, text="b")]


def test_what_came_before_the_beginning_is_of_others() -> None:
    """With a rule that begins, an end that is still on its way from before does not end us."""
    reader = decoder(
        Rule(when={"$event": "start"}, begins=True), Rule(text="t"), Rule(when={"$event": "end"}, done=True)
    )

    assert feed(reader, {"t": "old"}) + feed(reader, {}, event="end") == []
    feed(reader, {}, event="start")
    assert feed(reader, {"t": "new"}) == [TextDelta("new")]
    assert feed(reader, {}, event="end") == [ResponseFinished()]


def test_an_answer_that_begins_again_is_that_alone() -> None:
    """What was told of an earlier one on the same stream is taken back, with what was noted of its end."""
    reader = decoder(
        Rule(when={"s": 1}, begins=True, text="t"),
        Rule(when={"t": "old"}, text="t", model="m"),
        Rule(when={"end": 1}, done=True),
        end_is_done=True,
    )

    said = feed(
        reader, {"s": 1, "t": "Some "}, {"t": "old", "m": "m-1"}, {"error": "Boom"}, {"s": 1, "t": "N"}
    )

    assert said == [TextDelta("Some "), TextDelta("old"), TextReplaced(keep=0, text="N")]
    assert feed(reader, {"end": 1}) == [ResponseFinished()]


def test_a_part_may_have_to_be_known() -> None:
    """Tokens of a part that no other rule began, a tool's output for one, are not the answer."""
    reader = decoder(
        Rule(when={"kind": "message"}, text="text", mode="snapshot", part="id"),
        Rule(when={"kind": "token"}, text="text", part="id", known_part=True),
    )

    events = feed(
        reader,
        {"kind": "token", "id": "tool", "text": "no"},
        {"kind": "message", "id": "m", "text": "y"},
        {"kind": "token", "id": "m", "text": "es"},
    )

    assert events == [TextDelta("y"), TextDelta("es")]


def test_records_of_other_conversations_are_passed_over() -> None:
    """Every tab of an account may hear all its conversations; ours is known once the page has its address."""
    ours: list[str | None] = [None]
    wire = WirePattern(url="x", kind="socketio", conversation="chat", rules=(Rule(text="t"),))
    reader = RulesDecoder(wire, lambda: ours[0])

    assert feed(reader, {"chat": "a", "t": "1"}, {"chat": "b", "t": "no"}) == []
    ours[0] = "a"

    assert feed(reader, {"chat": "b", "t": "no"}, {"chat": "a", "t": "2"}) == [TextDelta("1"), TextDelta("2")]


@pytest.mark.parametrize(
    ("told", "ours", "is_ours"),
    [(7, "7", True), (8, "7", False), (None, "7", True), (True, "True", False), (["7"], "7", False)],
)
def test_an_id_is_compared_as_text(told: Any, ours: str, is_ours: bool) -> None:
    """An address says an id as text where a message has a number; a truth, or a list, is no id."""
    reader = decoder(Rule(text="t"), ours=ours, conversation="chat")

    assert feed(reader, {"chat": told, "t": "Hi"}) == [TextDelta("Hi")] * is_ours


def test_what_was_kept_back_is_told_before_an_error() -> None:
    """An error that is read together with text, when our conversation gets its name, comes after the text."""
    ours: list[str | None] = [None]
    rules = (Rule(text="t"), Rule(error="failed"))
    wire = WirePattern(url="x", kind="socketio", conversation="chat", rules=rules)
    reader, told = RulesDecoder(wire, lambda: ours[0]), Accumulator()
    feed(reader, {"chat": "a", "t": "half of "})
    ours[0] = "a"

    with pytest.raises(ProviderError, match="too busy"):
        for event in reader.feed(Record({"chat": "a", "t": "it", "failed": "too busy"})):
            told.add(event)

    assert told.text == "half of it"


@pytest.mark.parametrize(
    ("end_is_done", "text", "complete"), [(True, "a", True), (True, "", False), (False, "a", False)]
)
def test_an_end_is_complete_only_where_the_site_says_so(end_is_done: bool, text: str, complete: bool) -> None:
    """A stream that ends without its last word was cut, unless ending is its last word."""
    reader = decoder(Rule(text="t"), end_is_done=end_is_done)
    feed(reader, {"t": text})

    assert bool(reader.finish()) is complete


@given(st.lists(SHAPES, max_size=6))
def test_no_json_breaks_a_decoder(data: list[Any]) -> None:
    """JSON of any shape is understood, passed over, or told as malformed by every decoder."""
    wire = WirePattern(url="x", kind="fetch-sse", rules=CLAUDE, conversation="id")
    for reader in (RulesDecoder(wire, lambda: "c"), GradioDecoder(wire, lambda: None)):
        for one in data:
            with contextlib.suppress(ProviderError):
                assert all(isinstance(event, StreamEvent) for event in reader.feed(Record(one)))


def test_a_decoder_is_found_by_name() -> None:
    """A provider's own decoder is used where its Site names it, and an unknown name is told."""
    made = []
    wire = WirePattern(url="x", kind="fetch-sse", decoder="mine")

    def mine(wire: WirePattern, _: Any) -> RulesDecoder:
        made.append(wire)
        return RulesDecoder(wire, lambda: None)

    decoder_for(wire, lambda: None, {"mine": mine})
    assert made == [wire]
    with pytest.raises(
        ConfigError, match=r"names the decoder 'mine', which nobody has\. Known: 'gradio', 'rules'"
    ):
        decoder_for(wire, lambda: None)


def answer_on(kind: Any, *bodies: str, **more: Any) -> Accumulator:
    """Read an answer whose pieces are *bodies* by a wire of a kind."""
    wire, folded = WirePattern(url="x", kind=kind, **more), Accumulator()
    framing, reader = framing_for(kind), decoder_for(wire, lambda: None)
    for record in [one for body in bodies for one in framing.feed(body)] + framing.finish():
        for event in reader.feed(record):
            folded.add(event)
    for event in reader.finish():
        folded.add(event)
    return folded


def test_messages_of_the_ai_sdk_need_no_rules() -> None:
    """Its events are known: text in parts, what is thought apart, and the end."""
    events = [
        {"type": "reasoning-delta", "id": "r", "delta": "hm"},
        {"type": "text-delta", "id": "1", "delta": "Hel"},
        {"type": "text-delta", "id": "1", "delta": "lo"},
        {"type": "text-delta", "id": "2", "delta": "you"},
        {"type": "finish", "finishReason": "tool-calls"},
    ]

    folded = answer_on("ui-messages", *(f"data: {json.dumps(event)}\n\n" for event in events))

    assert (folded.text, folded.reasoning) == ("Hello\n\nyou", "hm")
    assert folded.finished is not None
    assert folded.finished.finish_reason == "tool_call"


def test_parts_of_later_steps_may_have_the_names_of_earlier_ones() -> None:
    """Where a step of a tool begins its parts anew, each stands behind those that were before it."""
    wire = WirePattern(url="x", kind="ui-messages")
    decoder, told = RulesDecoder(wire, lambda: None), Accumulator()
    steps = [[("0", "Let me check."), ("1", "I open it.")], [("0", "It is Oslo.")]]
    for step in steps:
        for name, text in step:
            for said in ({"type": "text-start"}, {"type": "text-delta", "delta": text}, {"type": "text-end"}):
                for event in decoder.feed(Record({**said, "id": name})):
                    told.add(event)

    assert told.text == "Let me check.\n\nI open it.\n\nIt is Oslo."


def test_lines_with_prefixes_need_no_rules() -> None:
    """Neither do those of its version 4."""
    folded = answer_on("prefixed", 'f:{"messageId":"m"}\n0:"Hel"\n0:"1"\n', 'd:{"finishReason":"stop"}\n')

    assert folded.text == "Hel1"
    assert folded.finished is not None


def test_a_number_is_a_word_of_the_answer() -> None:
    """What stands where the text does is text, also where a remote writes it as a number; a flag is none."""
    wire = WirePattern(url="x", kind="ndjson", rules=(Rule(text="t"),), end_is_done=True)
    decoder = RulesDecoder(wire, lambda: None)
    events = [event for said in ("in ", 2024, 0.5, True, None) for event in decoder.feed(Record({"t": said}))]

    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "in 20240.5"


def test_plain_text_needs_no_rules() -> None:
    """A body of plain text is the answer, and complete when it ends where the Site says so."""
    folded = answer_on("text", "1", "2 is no JSON", end_is_done=True)

    assert folded.text == "12 is no JSON"
    assert folded.finished is not None


@pytest.mark.parametrize(
    "counts",
    [
        {"input_tokens": 3, "output_tokens": 4},
        {"prompt_tokens": 3, "completion_tokens": 4},
        {"promptTokens": 3, "completionTokens": 4},
        {"inputTokens": 3, "outputTokens": 4},
        {"promptTokenCount": 3, "candidatesTokenCount": 4},
    ],
)
def test_counts_are_understood_in_the_words_of_each_remote(counts: dict[str, int]) -> None:
    """What OpenAI, Anthropic, Vercel and Gemini call their counts of tokens is one and the same."""
    wire = WirePattern(url="/", kind="ndjson", rules=(Rule(usage="usage", done=True),))
    decoder = RulesDecoder(wire, lambda: None)
    (end,) = decoder.feed(Record({"usage": counts}))

    assert isinstance(end, ResponseFinished)
    assert end.usage == Usage(
        input_tokens=3, output_tokens=4, input_source="reported", output_source="reported"
    )
