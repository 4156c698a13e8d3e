"""The wire of chat completions by itself: what it reads, what it writes, and that no body breaks it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    JackfieldError,
    PartFinished,
    PartStarted,
    ProviderUnavailable,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextReplaced,
    ToolArgumentsDelta,
    ToolCallPart,
    Usage,
)
from jackfield_gateway._fault import Refusal, fault_of
from jackfield_gateway._wire import Asked
from jackfield_gateway._wires import WIRES, wire_of

CHAT = WIRES[0]
HELLO: Any = [{"role": "user", "content": "hello"}]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "model",
        "messages",
        "stream",
        "stream_options",
        "tools",
        "tool_choice",
        "response_format",
        "stop",
        "max_tokens",
        "temperature",
        "reasoning_effort",
        "n",
    ]
)


def decoded(**body: Any) -> Any:
    """Return a request as it was understood."""
    return CHAT.decode({"model": "m", "messages": HELLO, **body}, "/v1/chat/completions", {})


def written(*events: StreamEvent, **details: Any) -> list[Any]:
    """Return the chunks of an answer, the last of them the text after `data:`."""
    encoder, folded = CHAT.encoder(decoded(**details), "id", 1), Accumulator()
    data = b""
    for event in events:
        folded.add(event)
        data += encoder.event(event)
    data += encoder.end(folded.response())
    told = [line.removeprefix("data: ") for line in data.decode().split("\n\n") if line]
    return [json.loads(line) if line != "[DONE]" else line for line in told]


@given(body=st.dictionaries(NAMES | st.text(max_size=8), JSON, max_size=8))
def test_whatever_is_asked_is_understood_or_refused(body: Any) -> None:
    """A body is read or refused in words; nothing else is ever raised."""
    for said in (body, {**body, "messages": HELLO, "model": "m"}):
        with suppress(Refusal, JackfieldError):
            CHAT.decode(said, "/v1/chat/completions", {})


@given(
    message=st.dictionaries(st.sampled_from(["role", "content", "tool_calls", "tool_call_id", "name"]), JSON)
)
def test_whatever_a_message_holds_is_understood_or_refused(message: Any) -> None:
    """So it is with one message."""
    for role in ("user", "assistant", "tool", "system"):
        with suppress(Refusal, JackfieldError):
            decoded(messages=[*HELLO, {**message, "role": role}])


@pytest.mark.parametrize("wrong", [{"temperature": "hot"}, {"stop": 1}, {"seed": []}, {"messages": {}}])
def test_a_field_of_a_wrong_type_is_refused_in_words(wrong: Any) -> None:
    """The sentence names the field; it is the client's fault and not ours."""
    with pytest.raises(Refusal, match=f"{next(iter(wrong))}|stop_sequences") as refusal:
        decoded(**wrong)
    assert refusal.value.fault.status == 400


def test_a_call_is_told_piece_by_piece_or_whole() -> None:
    """Arguments that come with the finished part alone are told too, once; a remote's own calls are not."""
    pieces = written(
        ResponseStarted(),
        ReasoningDelta("hm", 0),
        PartStarted(index=1, kind="tool_call", id="a", name="one"),
        ToolArgumentsDelta('{"x":', 1),
        ToolArgumentsDelta("1}", 1),
        PartFinished(1, ToolCallPart("a", "one", '{"x":1}')),
        PartFinished(2, ToolCallPart("b", "two", "{}")),
        PartFinished(3, ToolCallPart("c", "three", "{}", by="remote")),
        ResponseFinished(finish_reason="stop"),
    )
    deltas = [piece["choices"][0]["delta"] for piece in pieces[:-1]]
    assert deltas[0] == {"role": "assistant", "reasoning_content": "hm"}
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    assert [call["index"] for call in calls] == [0, 0, 0, 1, 1]
    assert "".join(call["function"]["arguments"] for call in calls) == '{"x":1}{}'
    assert [pieces[-2]["choices"][0]["finish_reason"], pieces[-1]] == ["tool_calls", "[DONE]"]


def test_usage_is_told_when_it_is_asked_for_and_known() -> None:
    """A count that nobody told leaves usage out: 0 would be a lie."""
    asked = {"stream_options": {"include_usage": True}}
    for usage, told in ((Usage(input_tokens=1), 2), (Usage(input_tokens=1, output_tokens=2), 3)):
        events = (ResponseStarted(), TextDelta("a"), ResponseFinished(usage=usage))
        assert len(written(*events, **asked)) == told + 1
        assert len(written(*events)) == 3


def test_what_was_sent_cannot_be_taken_back() -> None:
    """More behind what stands is text; what is withdrawn ends the stream with an error of its own."""
    more = written(ResponseStarted(), TextDelta("ab"), TextReplaced(keep=2, text="c"), ResponseFinished())
    assert "".join(piece["choices"][0]["delta"].get("content", "") for piece in more[:-1]) == "abc"
    with pytest.raises(Refusal, match="took back") as refusal:
        written(ResponseStarted(), TextDelta("ab"), TextReplaced(keep=1, text="c"), ResponseFinished())
    told = CHAT.encoder(decoded(), "id", 1).fault(refusal.value.fault)
    assert b'"code":"text_withdrawn"' in told


def test_no_word_of_a_remote_is_told() -> None:
    """A failure at the remote is told by its class and our id; its own words may hold anything."""
    error = ProviderUnavailable("sk-canary said the remote", headers={"x": "canary"}, status=500)
    fault = fault_of(error, "our-id")
    assert "canary" not in fault.message
    assert "ProviderUnavailable" in fault.message
    assert "our-id" in fault.message
    assert not fault.retry


def test_a_body_of_responses_is_taken_here_too() -> None:
    """There are programs that post one to this path and read chunks of a chat."""
    body = {"model": "m", "input": "hello", "stream": True, "tools": [{"type": "function", "name": "a"}]}
    asked = CHAT.decode(body, "/v1/chat/completions", {})
    assert isinstance(asked, Asked)
    assert (asked.request.messages[0].text, asked.request.tools[0].name, asked.stream) == ("hello", "a", True)
    assert b"[DONE]" in CHAT.encoder(asked, "id", 1).end(Accumulator().response())


def test_paths_are_compared_as_they_came() -> None:
    """No other spelling of a path is a wire's."""
    assert wire_of("/v1/chat/completions") is wire_of("/chat/completions") is CHAT
    for path in ("/v1/chat/completions/", "/v1//chat/completions", "/V1/chat/completions", "/v1/chat%2F"):
        assert wire_of(path) is None
