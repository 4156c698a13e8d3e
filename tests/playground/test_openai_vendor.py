"""The vendor's own client, `openai` from PyPI, takes the OpenAI stand-in for the real thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from jackfield_playground import OpenAIPlayground

TOOL: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
    },
}
MODEL = "gpt-playground"


@pytest.fixture
def playground() -> Iterator[OpenAIPlayground]:
    """A stand-in that is running."""
    with OpenAIPlayground().running() as running:
        yield running


@pytest.fixture
def vendor(playground: OpenAIPlayground) -> Iterator[openai.OpenAI]:
    """The vendor's client, which does not try again by itself."""
    with openai.OpenAI(api_key=playground.key, base_url=playground.base_url, max_retries=0) as client:
        yield client


def said(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_an_answer_in_one_piece(vendor: openai.OpenAI) -> None:
    """It reads an answer, its reason and its counts into its own models."""
    answer = vendor.chat.completions.create(model=MODEL, messages=said("What is a jackfield?"))

    assert "jackfield" in str(answer.choices[0].message.content)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream(vendor: openai.OpenAI) -> None:
    """Its own fold of the stream is the answer, with the counts that it asked for."""
    with vendor.chat.completions.stream(
        model=MODEL, messages=said("Hello"), stream_options={"include_usage": True}
    ) as stream:
        pieces = [event.delta for event in stream if event.type == "content.delta"]
        answer = stream.get_final_completion()

    assert len(pieces) > 3
    assert "".join(pieces) == answer.choices[0].message.content
    assert answer.usage is not None


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_tool(vendor: openai.OpenAI, is_stream: bool) -> None:
    """It hears of a call, streamed or not, and gets an answer for the result."""
    asked: Any = {"model": MODEL, "tools": [TOOL]}
    messages = said("playground:call")
    if is_stream:
        with vendor.chat.completions.stream(messages=messages, **asked) as stream:
            message: Any = stream.get_final_completion().choices[0].message
    else:
        message = vendor.chat.completions.create(messages=messages, **asked).choices[0].message
    call = message.tool_calls[0]
    history = [*messages, message, {"role": "tool", "tool_call_id": call.id, "content": "It is fine."}]
    after = vendor.chat.completions.create(messages=history, **asked)

    assert json.loads(call.function.arguments) == {"place": "playground"}
    assert after.choices[0].message.content


def test_models_and_vectors(vendor: openai.OpenAI) -> None:
    """It lists models and reads vectors."""
    names = [model.id for model in vendor.models.list()]
    vectors = vendor.embeddings.create(
        model="embedding-playground", input=["a", "b"], dimensions=3, encoding_format="float"
    )

    assert MODEL in names
    assert [len(one.embedding) for one in vectors.data] == [3, 3]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("500", openai.InternalServerError, None),
        ("429", openai.RateLimitError, "rate_limit_exceeded"),
        ("quota", openai.RateLimitError, "insufficient_quota"),
        ("context", openai.BadRequestError, "context_length_exceeded"),
    ],
)
def test_faults_are_its_own_errors(
    playground: OpenAIPlayground, vendor: openai.OpenAI, fault: str, kind: type[openai.APIError], code: str
) -> None:
    """Each refusal arrives as the vendor's own exception, with its code."""
    playground.play(fault)
    with pytest.raises(kind) as refused:
        vendor.chat.completions.create(model=MODEL, messages=said("Hello"))

    assert refused.value.code == code


def test_an_error_in_the_stream(playground: OpenAIPlayground, vendor: openai.OpenAI) -> None:
    """An error in the middle of an answer is the vendor's exception too."""
    playground.play("error in stream")
    with pytest.raises(openai.APIError, match="had an error"):
        list(vendor.chat.completions.create(model=MODEL, messages=said("Hello"), stream=True))


def test_a_cut_that_the_vendor_takes_for_an_end(playground: OpenAIPlayground, vendor: openai.OpenAI) -> None:
    """The vendor's client gives half an answer out as if it were whole: what ours must never do."""
    playground.play("cut")
    chunks = list(vendor.chat.completions.create(model=MODEL, messages=said("Hello"), stream=True))

    assert chunks
    assert all(choice.finish_reason is None for chunk in chunks for choice in chunk.choices)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "tool_call_id": "1", "content": "x"}]}, "messages[0].role"),
        ({"temperature": 3}, "temperature"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"extra_body": {"top_k": 3}}, None),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"model": "gpt-playground-thinker", "max_tokens": 5}, "max_tokens"),
        ({"messages": [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]}, None),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [
                            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                        ],
                    },
                    {"role": "user", "content": "x"},
                ]
            },
            "messages[0].tool_calls",
        ),
    ],
)
def test_it_is_strict(vendor: openai.OpenAI, wrong: dict[str, Any], param: str | None) -> None:
    """What the vendor refuses, it refuses, and names the field as the vendor does."""
    with pytest.raises(openai.BadRequestError) as refused:
        vendor.chat.completions.create(**{"model": MODEL, "messages": said("Hello"), **wrong})

    assert param is None or refused.value.param == param


def test_keys_and_models(playground: OpenAIPlayground, vendor: openai.OpenAI) -> None:
    """A wrong key and a model that is not there are refused by their codes."""
    with pytest.raises(openai.NotFoundError) as missing:
        vendor.chat.completions.create(model="gpt-nobody", messages=said("Hello"))
    stranger = openai.OpenAI(api_key="sk-wrong", base_url=playground.base_url, max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError) as refused:
        stranger.models.list()

    assert (missing.value.code, refused.value.code) == ("model_not_found", "invalid_api_key")


def test_a_response(vendor: openai.OpenAI) -> None:
    """On the Responses wire, too, its own checks of the stream are passed, and the text is its fold."""
    with vendor.responses.stream(model=MODEL, input="Hello") as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        streamed = stream.get_final_response()
    whole = vendor.responses.create(model=MODEL, input="Hello")

    assert "".join(pieces) == streamed.output_text == whole.output_text
    assert streamed.usage is not None


def test_a_tool_of_a_response(vendor: openai.OpenAI) -> None:
    """Its history of items, sealed thoughts among them, is taken back with the tool's result."""
    tool = {"type": "function", "strict": False, **TOOL["function"]}
    asked: Any = {"model": MODEL, "tools": [tool], "store": False, "include": ["reasoning.encrypted_content"]}
    history: list[Any] = [{"role": "user", "content": "playground:call"}]
    with vendor.responses.stream(input=history, **asked) as stream:
        first = stream.get_final_response()
    call: Any = first.output[-1]
    history += [item.to_dict() for item in first.output if item.type == "reasoning"]
    history.append(
        {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}
    )
    history.append({"type": "function_call_output", "call_id": call.call_id, "output": "It is fine."})
    second = vendor.responses.create(input=history, **asked)

    assert json.loads(call.arguments) == {"place": "playground"}
    assert second.output_text


@pytest.mark.parametrize(
    "wrong",
    [
        {"extra_body": {"max_tokens": 5}},
        {"max_output_tokens": 3},
        {"input": [{"type": "function_call_output", "call_id": "1", "output": "x"}]},
        {
            "input": [
                {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "forged"},
                {"role": "user", "content": "x"},
            ]
        },
    ],
)
def test_it_is_strict_about_responses(vendor: openai.OpenAI, wrong: dict[str, Any]) -> None:
    """A field of the other wire, a result without its call, forged thoughts: refused."""
    with pytest.raises(openai.BadRequestError):
        vendor.responses.create(**{"model": MODEL, "input": "Hello", **wrong})


def test_a_response_of_the_background(vendor: openai.OpenAI) -> None:
    """It reads an answer that was stored in the background from its beginning."""
    created = vendor.responses.create(model=MODEL, input="Hello", background=True, store=True)
    events = list(vendor.responses.retrieve(created.id, stream=True))

    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")


def test_a_batch(vendor: openai.OpenAI) -> None:
    """It uploads a file of requests, makes a batch of it, and reads the file of answers."""
    body = {"model": MODEL, "messages": said("Hello")}
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    file = vendor.files.create(file=("batch.jsonl", json.dumps(line).encode()), purpose="batch")
    batch = vendor.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    seen = [vendor.batches.retrieve(batch.id) for _ in range(2)]
    answers = vendor.files.content(str(seen[-1].output_file_id)).text.splitlines()

    assert [batch.status, *(one.status for one in seen)] == ["validating", "validating", "completed"]
    assert json.loads(answers[0])["custom_id"] == "1"
