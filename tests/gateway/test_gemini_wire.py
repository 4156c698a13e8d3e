"""The wire of Gemini by itself: what it writes of each event, and what it makes of a history."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield import (
    Accumulator,
    ImagePart,
    OpaquePart,
    PartFinished,
    ProviderState,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextPart,
    TextReplaced,
    ToolCallPart,
    ToolResultPart,
    Usage,
)
from jackfield_gateway._fault import Refusal
from jackfield_gateway._wires import wire_of

PATH = "/v1beta/models/m:streamGenerateContent"
HELLO: Any = [{"role": "user", "parts": [{"text": "hello"}]}]
PIXEL = "iVBORw0KGgo="


def decoded(contents: Any = HELLO, **more: Any) -> Any:
    """Return a request as it was understood."""
    wire = wire_of(PATH)
    assert wire
    return wire.decode({"contents": contents, **more}, PATH, {"alt": "sse"})


def written(*events: StreamEvent) -> list[Any]:
    """Return the objects of an answer."""
    wire = wire_of(PATH)
    assert wire
    encoder, folded = wire.encoder(decoded(), "id", 1), Accumulator()
    data = b""
    for event in (ResponseStarted(), *events):
        folded.add(event)
        data += encoder.event(event)
    response = folded.response()
    data += encoder.end(response)
    streamed = [json.loads(line.removeprefix("data: ")) for line in data.decode().split("\n\n") if line]
    last = streamed[-1]["candidates"][0]["finishReason"]
    assert encoder.whole(response)["candidates"][0]["finishReason"] == last
    return streamed


def parts(*events: StreamEvent) -> list[Any]:
    """Return the parts of an answer, without the empty one at its end."""
    told = written(*events, ResponseFinished(finish_reason="stop"))
    return [part for piece in told for part in piece["candidates"][0]["content"]["parts"]][:-1]


def signed(kind: str = "signature", **data: Any) -> ProviderState:
    """Return what Gemini's provider wants to see again."""
    return ProviderState("gemini_api", kind, data or {"thoughtSignature": "s"})


def test_a_signature_stands_on_the_part_that_it_came_with() -> None:
    """On a call, on a picture it came behind, on a text without words; another's goes nowhere."""
    picture = ImagePart(b"\x89PNG", "image/png")
    told = parts(
        ReasoningDelta("hm", 0),
        PartFinished(0, ReasoningPart("hm")),
        TextDelta("a", 1),
        PartFinished(2, ToolCallPart("c", "look_up", "{}", state=signed())),
        PartFinished(3, picture),
        PartFinished(4, OpaquePart(signed())),
        PartFinished(5, OpaquePart(signed("part", part={"executableCode": {"code": "1"}}))),
        PartFinished(1, TextPart("a")),
        PartFinished(6, TextPart("", state=signed())),
        PartFinished(7, OpaquePart(ProviderState("anthropic_api", "signature", {"thoughtSignature": "x"}))),
    )
    assert told == [
        {"text": "hm", "thought": True},
        {"text": "a"},
        {"functionCall": {"id": "c", "name": "look_up", "args": {}}, "thoughtSignature": "s"},
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}, "thoughtSignature": "s"},
        {"executableCode": {"code": "1"}},
        {"text": "", "thoughtSignature": "s"},
    ]


def test_a_signature_of_a_text_that_has_left_goes_nowhere() -> None:
    """It holds for the whole part alone: elsewhere it would be refused as long as the history lives."""
    assert parts(TextDelta("a", 0), PartFinished(0, TextPart("a", state=signed()))) == [{"text": "a"}]


def test_what_was_sent_cannot_be_taken_back_and_a_refusal_is_text() -> None:
    """More behind what stands is text; what is withdrawn is a fault; calls that are no JSON go inside one."""
    more = parts(TextDelta("ab"), TextReplaced(keep=2, text="c"), PartFinished(1, RefusalPart("no")))
    assert more == [{"text": "ab"}, {"text": "c"}, {"text": "no"}]
    with pytest.raises(Refusal, match="took back"):
        written(TextDelta("ab"), TextReplaced(keep=1, text="c"), ResponseFinished())
    (call,) = parts(PartFinished(0, ToolCallPart("c", "look_up", "nonsense")))
    assert call["functionCall"]["args"] == {"INVALID_JSON": "nonsense"}


@pytest.mark.parametrize(
    ("own", "common", "told"),
    [("SPII", "content_filter", "SPII"), ("max", "length", "MAX_TOKENS"), (None, "content_filter", "SAFETY")],
)
def test_the_end_has_the_vendors_reason_and_counts(own: Any, common: Any, told: str) -> None:
    """Thoughts are counted apart; a count that nobody told leaves all of them out."""
    usage = Usage(input_tokens=3, output_tokens=7, reasoning_output_tokens=2, cache_read_input_tokens=1)
    end = ResponseFinished(finish_reason=common, provider_finish_reason=own, usage=usage)
    last = written(TextDelta("a"), end)[-1]
    assert last["candidates"][0]["finishReason"] == told
    assert last["usageMetadata"] == {
        "promptTokenCount": 3,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 2,
        "cachedContentTokenCount": 1,
        "totalTokenCount": 10,
    }
    assert "usageMetadata" not in written(TextDelta("a"), ResponseFinished(usage=Usage(input_tokens=1)))[-1]


def test_results_find_their_calls_without_ids() -> None:
    """Two calls of one tool are answered in their order; media of a result and pieces of a text stay."""
    call = {"functionCall": {"name": "look_up", "args": {"word": "a"}}}
    data = {"inlineData": {"mimeType": "image/png", "data": PIXEL}}
    results = [
        {"functionResponse": {"name": "look_up", "response": {"error": "no"}}},
        {"functionResponse": {"name": "look_up", "response": {"a": 1}, "parts": [data]}},
    ]
    pieces = [{"role": "model", "parts": [{"text": text}]} for text in ("I ", "call")]
    said = [*HELLO, *pieces, {"role": "model", "parts": [call, call]}, {"role": "user", "parts": results}]
    user, assistant, first, second = decoded(said, system_instruction={"parts": []}).request.messages
    assert (user.text, assistant.parts[0]) == ("hello", TextPart("I call"))
    answered = [message.parts[0] for message in (first, second)]
    assert all(isinstance(part, ToolResultPart) for part in answered)
    assert [part.call_id for part in answered] == [part.id for part in assistant.parts[1:]]
    assert [(part.is_error, part.text) for part in answered] == [(True, "no"), (False, '{"a": 1}')]
    assert answered[1].parts[1] == ImagePart(b"\x89PNG\r\n\x1a\n", "image/png")


def test_a_schema_of_the_vendors_becomes_jsons() -> None:
    """Types in capitals, counts as texts and `nullable` are put as JSON Schema has them."""
    own = {
        "type": "ARRAY",
        "minItems": "1",
        "items": {"anyOf": [{"type": "STRING", "nullable": True}, {"type": "INTEGER"}]},
        "property_ordering": ["a"],
    }
    config = {"responseMimeType": "application/json", "responseSchema": own}
    assert decoded(generationConfig=config).request.output.schema == {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [{"type": ["string", "null"]}, {"type": "integer"}]},
    }


@pytest.mark.parametrize(
    ("config", "effort", "budget"),
    [
        ({"thinkingBudget": 0}, "none", None),
        ({"thinkingBudget": -1, "includeThoughts": True}, None, None),
        ({"thinkingLevel": "HIGH"}, "high", None),
        ({"thinking_budget": 512}, None, 512),
    ],
)
def test_thinking_is_what_it_means(config: Any, effort: Any, budget: Any) -> None:
    """The vendor's levels and budgets are the contract's efforts and budgets."""
    reasoning = decoded(generationConfig={"thinkingConfig": config}).request.reasoning
    assert (reasoning.effort, reasoning.budget) == (effort, budget)


def test_which_tools_may_be_called() -> None:
    """One allowed name is that tool, several leave the others out, and `VALIDATED` holds to the schemas."""
    tools = [{"functionDeclarations": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}]

    def chosen(mode: str, *allowed: str) -> Any:
        config = {"functionCallingConfig": {"mode": mode, "allowedFunctionNames": list(allowed)}}
        request = decoded(tools=tools, toolConfig=config).request
        return request.tool_choice, "".join(tool.name for tool in request.tools), request.tools[0].strict

    assert chosen("ANY", "b") == ("b", "abc", None)
    assert chosen("ANY", "b", "c") == ("required", "bc", None)
    assert chosen("NONE") == ("none", "abc", None)
    assert chosen("VALIDATED") == (None, "abc", True)
