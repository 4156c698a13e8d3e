"""The decoder: an answer's bytes to events, however they are cut, and whatever is in them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    ChatResponse,
    Citation,
    MalformedResponse,
    OpaquePart,
    PartStarted,
    ProviderError,
    ProviderUnavailable,
    ReasoningPart,
    RefusalPart,
    StreamEvent,
    TextPart,
    ToolArgumentsDelta,
    ToolCallPart,
    UsageReported,
)
from jackfield_anthropic_api._decoder import MessagesDecoder
from jackfield_api import usage_of

USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 5,
    "cache_creation_input_tokens": 2,
    "output_tokens": 1,
}
CITED = {
    "type": "char_location",
    "cited_text": "So it is.",
    "document_index": 0,
    "document_title": "notes.txt",
}
FOUND = {
    "type": "web_search_result_location",
    "url": "https://example.com/",
    "title": "A page",
    "cited_text": "q",
}
BLOCKS: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "Hm, jackfields… ", "signature": "c2lnbmVk"},
    {"type": "redacted_thinking", "data": "hidden=="},
    {"type": "text", "text": "I look: ünïcödé\u2028and on.", "citations": [CITED, FOUND]},
    {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {"zone": "UTC", "exact": True}},
    {"type": "tool_use", "id": "toolu_2", "name": "clock", "input": {}, "caller": {"type": "direct"}},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"url": "https://a.b/"}]},
    {"type": "text", "text": "Done."},
]
DELTAS = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking")}


def event(kind: str, **fields: Any) -> bytes:
    told = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {told}\n\n".encode()


def begun(**fields: Any) -> bytes:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": []}
    return event("message_start", message={**message, "stop_reason": None, "usage": USAGE, **fields})


def block(index: int, told: dict[str, Any]) -> Iterator[bytes]:
    kind = told["type"]
    deltas: list[dict[str, Any]] = []
    start = dict(told)
    if kind in DELTAS:
        name, field = DELTAS[kind]
        start[field] = ""
        deltas = [{"type": name, field: piece} for piece in (told[field][:5], told[field][5:])]
        deltas += [{"type": "citations_delta", "citation": one} for one in start.pop("citations", ())]
        if "signature" in told:
            start["signature"] = ""
            deltas.append({"type": "signature_delta", "signature": told["signature"]})
    elif "input" in told:
        start["input"] = {}
        text = json.dumps(told["input"]) if told["input"] else ""
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", text[:4], text[4:])]
    yield event("content_block_start", index=index, content_block=start)
    for delta in deltas:
        yield event("content_block_delta", index=index, delta=delta)
    yield event("content_block_stop", index=index)


def ended(reason: str | None = "end_turn", **fields: Any) -> bytes:
    delta = {"stop_reason": reason, "stop_sequence": None, **fields}
    return event("message_delta", delta=delta, usage={"output_tokens": 40}) + event("message_stop")


def answer(*blocks: dict[str, Any], reason: str = "end_turn", **fields: Any) -> bytes:
    told = [piece for index, one in enumerate(blocks) for piece in block(index, one)]
    return b"".join([begun(), event("ping"), *told, ended(reason, **fields)])


def decode(*chunks: bytes) -> list[StreamEvent]:
    decoder = MessagesDecoder(family="claude-x")
    return [one for chunk in chunks for one in decoder.feed(chunk)] + list(decoder.finish())


def fold(events: list[StreamEvent]) -> ChatResponse:
    folded = Accumulator()
    for one in events:
        folded.add(one)
    return folded.response()


def test_every_kind_of_block() -> None:
    """Text, thoughts, calls, what the remote did and what nobody knows become parts, in their order."""
    response = fold(decode(answer(*BLOCKS, reason="tool_use")))
    thought, hidden, text, call, empty, search, result, last = response.parts

    assert isinstance(thought, ReasoningPart)
    assert thought.state
    assert (thought.text, dict(thought.state.data)) == (BLOCKS[0]["thinking"], {"signature": "c2lnbmVk"})
    assert (thought.state.kind, thought.state.family) == ("thinking", "claude-x")
    assert isinstance(hidden, ReasoningPart)
    assert hidden.state
    assert (hidden.text, dict(hidden.state.data)) == ("", {"data": "hidden=="})
    assert isinstance(text, TextPart)
    assert text.text == BLOCKS[2]["text"]
    assert text.citations == (
        Citation(title="notes.txt", quote="So it is."),
        Citation("https://example.com/", "A page", "q"),
    )
    assert isinstance(call, ToolCallPart)
    assert (call.id, call.name, dict(call.arguments)) == ("toolu_1", "clock", {"zone": "UTC", "exact": True})
    assert isinstance(empty, ToolCallPart)
    assert (dict(empty.arguments), empty.by) == ({}, "caller")
    assert isinstance(search, ToolCallPart)
    assert search.by == "remote"
    assert isinstance(result, OpaquePart)
    assert dict(result.state.data) == BLOCKS[6]
    assert last == TextPart("Done.")
    assert response.tool_calls == (call, empty)
    assert (response.finish_reason, response.provider_finish_reason) == ("tool_call", "tool_use")


def test_calls_grow_as_they_are_written() -> None:
    """A call is announced before its arguments, which come in pieces."""
    events = decode(answer(BLOCKS[3]))

    assert [one for one in events if isinstance(one, PartStarted)] == [
        PartStarted(index=0, kind="tool_call", id="toolu_1", name="clock")
    ]
    pieces = [one.text for one in events if isinstance(one, ToolArgumentsDelta)]
    assert len(pieces) == 2
    assert json.loads("".join(pieces)) == BLOCKS[3]["input"]


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_call"),
        ("refusal", "content_filter"),
        ("a_word_of_tomorrow", "stop"),
    ],
)
def test_reasons(reason: str, ours: str) -> None:
    """Each of the API's reasons has a common word; one that is new is a stop, and keeps its own."""
    response = fold(decode(answer(BLOCKS[-1], reason=reason)))

    assert (response.finish_reason, response.provider_finish_reason) == (ours, reason)


def test_refusal() -> None:
    """What the API says about a refusal is a part of its own, and its category is metadata."""
    details = {"type": "refusal", "category": "bio", "explanation": "Not this."}
    response = fold(decode(answer(BLOCKS[-1], reason="refusal", stop_details=details)))

    assert response.parts == (TextPart("Done."), RefusalPart("Not this."))
    assert response.metadata["stop_details"]["category"] == "bio"


def test_usage_in_totals() -> None:
    """What came from the cache and went into it is part of the input; the API's own object stays beside."""
    events = decode(answer(BLOCKS[-1]))
    usage = fold(events).usage
    early = [one.usage for one in events if isinstance(one, UsageReported)]

    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (17, 40)
    assert (usage.cache_read_input_tokens, usage.cache_write_input_tokens) == (5, 2)
    assert dict(usage.raw) == {**USAGE, "output_tokens": 40}
    assert not usage.inconsistencies
    assert [one.input_tokens for one in early] == [17]


def test_unknown_is_not_zero() -> None:
    """Counts that are not told are None, and what is no count is none."""
    names = MessagesDecoder.usage_names
    assert usage_of({}, names) is None
    usage = usage_of({"output_tokens": 3, "input_tokens": "many", "output_tokens_details": [1]}, names)
    assert usage is not None
    assert (usage.input_tokens, usage.input_source, usage.output_tokens) == (None, None, 3)


def test_what_nobody_knows_is_passed_over_and_counted() -> None:
    """New events and deltas lose nothing else; a block that was not read whole is not sent back."""
    strange = [
        event("content_block_start", index=0, content_block={"type": "poem", "lines": 2}),
        event("content_block_delta", index=0, delta={"type": "rhyme_delta", "rhyme": "x"}),
        event("content_block_stop", index=0),
    ]
    told = [begun(), event("mood_changed", to="merry"), *strange, *block(1, BLOCKS[-1]), ended()]
    response = fold(decode(*told))

    assert response.parts == (TextPart("Done."),)
    assert response.metadata["unread"] == {"mood_changed": 1, "rhyme_delta": 1}


def test_error_in_a_stream() -> None:
    """An error event is the class of its type, with what came before it handed out first."""
    error = {"type": "overloaded_error", "message": "Overloaded"}
    seen: list[StreamEvent] = []
    decoder = MessagesDecoder()
    with pytest.raises(ProviderUnavailable, match="Overloaded") as raised:
        seen.extend(decoder.feed(begun()))
        told = [*block(0, BLOCKS[-1]), event("error", error=error, request_id="req_7")]
        for one in decoder.feed(b"".join(told)):
            seen += [one]

    assert fold(seen).partial == "Done."
    assert (raised.value.code, raised.value.remote_request_id) == ("overloaded_error", "req_7")


def test_a_signature_that_was_not_whole_does_not_come_back() -> None:
    """Of a thought whose end was not told, the text is kept and nothing of it is sent again."""
    pieces = [*block(0, BLOCKS[0])][:-1]
    (thought,) = fold(decode(begun(), *pieces, ended())).parts

    assert thought == ReasoningPart(BLOCKS[0]["thinking"])


@pytest.mark.parametrize(
    "wrong",
    [
        b"data: [1]\n\n",
        b"data: {\n\n",
        begun() + begun(),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        begun() + event("content_block_delta", index=0, delta={"type": "text_delta", "text": "x"}),
        begun() + event("content_block_start", index="0", content_block={"type": "text"}),
        begun() + event("content_block_start", index=0, content_block={"type": "text"}) * 2,
        begun() + b"".join(block(0, BLOCKS[-1])) * 2,
        event("message_stop"),
    ],
)
def test_what_makes_no_sense(wrong: bytes) -> None:
    """Events out of turn are MalformedResponse, never a fault of the plugin."""
    with pytest.raises(MalformedResponse):
        decode(wrong)


@given(st.lists(st.integers(0, len(answer(*BLOCKS))), max_size=12))
def test_cut_anywhere(places: list[int]) -> None:
    """However the bytes are cut, the events are the same."""
    whole = answer(*BLOCKS)
    cuts = sorted({0, *places, len(whole)})

    assert decode(*(whole[start:end] for start, end in pairwise(cuts))) == decode(whole)


@given(st.integers(0, len(answer(*BLOCKS).rstrip()) - 1))
def test_what_is_cut_short_has_no_end(place: int) -> None:
    """A stream that ends early never looks finished, and no part in it is half."""
    response = fold(decode(answer(*BLOCKS)[:place]))
    whole = fold(decode(answer(*BLOCKS)))

    assert response.finish_reason is None
    assert response.parts == whole.parts[: len(response.parts)]


def test_streamed_and_whole_are_one() -> None:
    """A message that came in one piece folds to the same as its stream."""
    message = {"id": "msg_1", "type": "message", "model": "claude-x", "content": BLOCKS}
    ending = {"stop_reason": "tool_use", "usage": {**USAGE, "output_tokens": 40}}
    events = decode(json.dumps({**message, **ending}).encode())
    one, other = fold(events), fold(decode(answer(*BLOCKS, reason="tool_use")))

    assert [_plain(part) for part in one.parts] == [_plain(part) for part in other.parts]
    assert attrs.evolve(one, parts=()) == attrs.evolve(other, parts=())


def _plain(part: Any) -> Any:
    """Return a part whose arguments are told by their meaning: in one piece they come as an object."""
    return (part.id, part.name, part.arguments, part.state) if isinstance(part, ToolCallPart) else part


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "type",
    "index",
    "delta",
    "message",
    "content_block",
    "usage",
    "id",
    "name",
    "input",
    "citation",
    "citations",
]
WORDS = ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"]
WORDS += ["message_stop", "error", "text_delta", "input_json_delta", "citations_delta", "text", "tool_use"]


@settings(max_examples=25)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(NAMES),
            st.sampled_from(WORDS)
            | st.just(0)
            | ANYTHING
            | st.dictionaries(
                st.sampled_from([*NAMES, "text", "partial_json"]), st.sampled_from(WORDS) | ANYTHING
            ),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_fields_of_any_type(told: list[dict[str, Any]], is_begun: bool) -> None:
    """Whatever stands in the fields, the answer is read or is an error of the tree."""
    pieces = [b"data: %s\n\n" % json.dumps(one).encode() for one in told]
    with contextlib.suppress(ProviderError):
        fold(decode(begun() if is_begun else b"", *pieces))
