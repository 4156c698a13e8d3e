"""The vendor's own client, `anthropic` from PyPI, takes the Anthropic stand-in for the real thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from jackfield_playground import AnthropicPlayground

TOOL: Any = {
    "name": "clock",
    "description": "Tells the time.",
    "input_schema": {"type": "object", "properties": {"zone": {"type": "string"}}},
}
THINKING: Any = {"type": "enabled", "budget_tokens": 2000}


@pytest.fixture(scope="module")
def playground() -> Iterator[AnthropicPlayground]:
    """A stand-in that is running."""
    with AnthropicPlayground().running() as running:
        yield running


@pytest.fixture
def vendor(playground: AnthropicPlayground) -> Iterator[anthropic.Anthropic]:
    """The vendor's client, which does not try again by itself."""
    playground.state.forget()
    with anthropic.Anthropic(api_key=playground.key, base_url=playground.base_url, max_retries=0) as client:
        yield client


@pytest.fixture
def usual(playground: AnthropicPlayground) -> dict[str, Any]:
    return {"model": playground.model, "max_tokens": 4000}


def said(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_an_answer_in_one_piece(vendor: anthropic.Anthropic, usual: Any) -> None:
    """It reads an answer, its reason and its counts into its own models."""
    answer = vendor.messages.create(messages=said("What is a jackfield?"), **usual)

    assert "jackfield" in answer.content[0].text
    assert (answer.stop_reason, answer.role) == ("end_turn", "assistant")
    assert answer.usage.output_tokens > 1


def test_a_stream(vendor: anthropic.Anthropic, usual: Any) -> None:
    """Its own fold of the stream is the answer, and the events come in pieces."""
    with vendor.messages.stream(messages=said("Hello"), **usual) as stream:
        pieces = list(stream.text_stream)
        answer = stream.get_final_message()

    assert len(pieces) > 5
    assert "".join(pieces) == answer.content[0].text
    assert answer.usage.output_tokens > 1


def test_tools_behind_a_thought(vendor: anthropic.Anthropic, usual: Any) -> None:
    """Two calls at once behind a signed thought, streamed, go back as the client has them, with results."""
    asked = said("The [tools], please")
    settings = {**usual, "tools": [TOOL], "thinking": THINKING}
    with vendor.messages.stream(messages=asked, **settings) as stream:
        first = stream.get_final_message()
    thought, _, *calls = first.content
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "noon"} for call in calls]
    history = [*asked, {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    last = vendor.messages.create(messages=history, **settings)

    assert (thought.type, bool(thought.signature), first.stop_reason) == ("thinking", True, "tool_use")
    assert [call.input for call in calls] == [{"zone": "from the playground, “so”"}] * 2
    assert "noon noon" in last.content[-1].text


def test_what_it_knows_of_answers(vendor: anthropic.Anthropic, usual: Any) -> None:
    """Its models hold hidden thoughts, searches with what they found, citations and refusals."""
    hidden = vendor.messages.create(messages=said("[redacted]"), **usual, thinking=THINKING)
    with vendor.messages.stream(messages=said("[search]"), **usual) as stream:
        found = stream.get_final_message()
    refused = vendor.messages.create(messages=said("[refusal]"), **usual)

    assert [block.type for block in hidden.content] == ["redacted_thinking", "thinking", "text"]
    assert [block.type for block in found.content] == ["server_tool_use", "web_search_tool_result", "text"]
    assert found.content[2].citations[0].url == "https://example.com/jackfield"
    assert refused.stop_details.category == "general_harms"


def test_models_and_batches(vendor: anthropic.Anthropic, playground: AnthropicPlayground, usual: Any) -> None:
    """It pages through the models, and reads a batch to its end."""
    models = [model.id for model in vendor.models.list(limit=1)]
    params = {**usual, "messages": said("Hello")}
    batch = vendor.messages.batches.create(requests=[{"custom_id": "one", "params": params}])
    while batch.processing_status != "ended":
        batch = vendor.messages.batches.retrieve(batch.id)
    (line,) = vendor.messages.batches.results(batch.id)

    assert models == [offer.id for offer in playground.state.settings.models]
    assert (line.custom_id, line.result.type) == ("one", "succeeded")


ERRORS = {
    "500": (anthropic.InternalServerError, "api_error"),
    "429": (anthropic.RateLimitError, "rate_limit_error"),
    "529": (anthropic.InternalServerError, "overloaded_error"),
    "402": (anthropic.PaymentRequiredError, "billing_error"),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_errors(fault: str, vendor: Any, playground: Any, usual: Any) -> None:
    """Each fault arrives as the client's own exception, with the type and the id of the request."""
    kind, word = ERRORS[fault]
    playground.play(fault)
    with pytest.raises(kind) as raised:
        vendor.messages.create(messages=said("Hello"), **usual)

    assert raised.value.type == word
    assert raised.value.request_id.startswith("req_")


def test_an_error_in_a_stream(vendor: Any, playground: Any, usual: Any) -> None:
    """An error event after a good status is an exception of the client, of its type."""
    playground.play("error in stream")
    with (
        pytest.raises(anthropic.APIStatusError) as raised,
        vendor.messages.stream(messages=said("Hello"), **usual) as stream,
    ):
        stream.until_done()

    assert raised.value.type == "overloaded_error"


def test_it_executes_three_times_by_itself(playground: Any, usual: Any) -> None:
    """The client tries again as it does with the real thing: every request that arrived is in the books."""
    playground.state.forget()
    playground.state.change(retry_after=0)
    playground.play("500")
    with (
        anthropic.Anthropic(api_key=playground.key, base_url=playground.base_url) as client,
        pytest.raises(anthropic.InternalServerError),
    ):
        client.with_options(max_retries=1).messages.create(messages=said("Hello"), **usual)

    assert playground.posts() == 2
