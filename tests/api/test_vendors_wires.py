"""Messages and generateContent for others who speak them: whose name is told, and who gets what is signed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield import (
    Accumulator,
    ChatRequest,
    ChatResponse,
    ImagePart,
    MalformedResponse,
    Message,
    ProviderUnavailable,
    ReasoningPart,
    RefusalPart,
    TextPart,
    Unsupported,
)
from jackfield_api import (
    GenerateContentDecoder,
    JsonEventsDecoder,
    MessagesDecoder,
    generate_content_body,
    generate_content_plan,
    messages_body,
    messages_plan,
)


class TernMessages(MessagesDecoder):
    """Another remote that speaks Messages."""

    provider = "tern"
    remote = "Tern"


class TernContent(GenerateContentDecoder):
    """Another remote that speaks generateContent."""

    provider = "tern"
    remote = "Tern"


MESSAGE = {
    "type": "message",
    "id": "m1",
    "model": "tern-1",
    "content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2},
}
CONTENT = {
    "modelVersion": "tern-1",
    "candidates": [
        {
            "content": {"parts": [{"text": "Hm.", "thought": True, "thoughtSignature": "s"}, {"text": "Hi"}]},
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 1, "thoughtsTokenCount": 1},
}
SAID = [
    Message("user", ["Look", ImagePart(b"\x89PNG", "image/png", "low")]),
    Message("assistant", RefusalPart("No.")),
    Message("user", "Well?"),
]


def fold(decoder: JsonEventsDecoder, told: Any) -> ChatResponse:
    folded = Accumulator()
    for event in [*decoder.feed(json.dumps(told).encode()), *decoder.finish()]:
        folded.add(event)
    return folded.response()


@pytest.mark.parametrize(("kind", "told"), [(TernMessages, MESSAGE), (TernContent, CONTENT)])
def test_what_is_signed_goes_back_to_its_own(kind: Any, told: Any) -> None:
    """What a remote signed bears the name of the provider that asked, and the family of its model."""
    response = fold(kind(family="tern"), told)
    thought, text = response.parts

    assert isinstance(thought, ReasoningPart)
    assert thought.state is not None
    assert (thought.state.provider, thought.state.family) == ("tern", "tern")
    assert text == TextPart("Hi")
    assert response.usage is not None
    assert (response.model, response.usage.input_tokens, response.usage.output_tokens) == ("tern-1", 7, 2)


def test_faults_bear_the_remotes_name() -> None:
    """What goes wrong inside an answer is told with the name of who sent it, not of the wire's vendor."""
    with pytest.raises(MalformedResponse, match="Tern's answer ended before it began"):
        fold(TernMessages(), {"type": "message_stop"})
    with pytest.raises(ProviderUnavailable, match="Tern broke off"):
        fold(TernContent(), {"candidates": [{"finishReason": "OTHER"}]})


@pytest.mark.parametrize(
    "plan_of",
    [messages_plan, lambda request, **names: generate_content_plan(request, model="tern-1", **names)],
)
def test_plans_bear_the_remotes_name(plan_of: Any) -> None:
    """What is told and refused before anything is sent names the remote."""
    plan = plan_of(ChatRequest(messages=SAID), remote="Tern")
    bitmap = ChatRequest(messages=Message("user", ImagePart(b"BM", "image/bmp")))
    (refusal,) = plan_of(bitmap, remote="Tern").refusals

    assert [one.field for one in plan.adaptations] == ["messages[0].parts[1]", "messages[1].parts[0]"]
    assert plan.adaptations[1].reason == "went as text: Tern has no part for a refusal"
    assert isinstance(refusal, Unsupported)
    assert refusal.message.startswith("Tern reads")


def test_bodies_take_further_fields() -> None:
    """Fields of a remote's own go beside those of the wire; those of None do not go."""
    request = ChatRequest(messages="Hello", reasoning=2000)
    message = messages_body(request, model=None, max_tokens=100, metadata={"user_id": "u"}, top_k=None)
    content = generate_content_body(
        request, model="gemini-3-x", files="https://tern.example/v1", generation={"topK": 3, "seed": None}
    )

    assert message == {
        "max_tokens": 2100,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "metadata": {"user_id": "u"},
    }
    assert content == {
        "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
        "generationConfig": {
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 2000},
            "topK": 3,
        },
    }
