"""The vendor's own client, `google-genai` from PyPI, takes the Gemini stand-in for the real thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from jackfield_playground import GeminiPlayground

CLOCK = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="clock",
            description="Tells the time.",
            parameters_json_schema={"type": "object", "properties": {"zone": {"type": "string"}}},
        )
    ]
)


@pytest.fixture(scope="module")
def playground() -> Iterator[GeminiPlayground]:
    """A stand-in that is running."""
    with GeminiPlayground().running() as running:
        yield running


@pytest.fixture(scope="module")
def client(playground: GeminiPlayground) -> Iterator[genai.Client]:
    """The vendor's client, led to the stand-in."""
    options = types.HttpOptions(base_url=playground.base_url)
    with genai.Client(api_key=playground.key, http_options=options) as client:
        yield client


@pytest.fixture(autouse=True)
def _nobody_has_used_it(playground: GeminiPlayground) -> None:
    playground.state.forget()


@pytest.fixture
def vendor(client: genai.Client) -> Any:
    """The client's models, at the stand-in."""
    return client.models


def test_an_answer_in_one_piece(vendor: Any, playground: GeminiPlayground) -> None:
    """It reads an answer, its reason, its ids and its counts into its own models."""
    answer = vendor.generate_content(model=playground.model, contents="What is a jackfield?")

    assert "jackfield" in answer.text
    assert answer.candidates[0].finish_reason is types.FinishReason.STOP
    assert (answer.model_version, bool(answer.response_id)) == (playground.model, True)
    assert answer.usage_metadata.total_token_count > answer.usage_metadata.prompt_token_count > 1


def test_a_stream(vendor: Any, playground: GeminiPlayground) -> None:
    """A stream comes in pieces, with thoughts where they are asked for and a reason at its end."""
    config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True))
    chunks = list(vendor.generate_content_stream(model=playground.model, contents="Hello", config=config))
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]

    assert len(chunks) > 5
    assert "".join(part.text for part in parts if part.thought) == "The question has 1 words. I count them."
    assert "“Hello”" in "".join(part.text for part in parts if not part.thought)
    assert chunks[-1].candidates[0].finish_reason is types.FinishReason.STOP
    assert chunks[-1].usage_metadata.thoughts_token_count == 8


def test_tools_by_its_own_loop(client: genai.Client, playground: GeminiPlayground) -> None:
    """Two signed calls go back as the client's chat keeps them, with their results, and are answered."""
    chat = client.chats.create(model=playground.model, config=types.GenerateContentConfig(tools=[CLOCK]))
    first = chat.send_message("The [tools], please")
    results = [
        types.Part(
            function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": "noon"})
        )
        for call in first.function_calls
    ]
    last = chat.send_message(results)

    assert [call.args for call in first.function_calls] == [{"zone": "from the playground, “so”"}] * 2
    assert len({call.id for call in first.function_calls}) == 2
    assert "noon noon" in last.text


def test_a_call_without_its_signature(vendor: Any, playground: GeminiPlayground) -> None:
    """A call that goes back without its signature, or with another's, is refused as the vendor does."""
    config = types.GenerateContentConfig(tools=[CLOCK])
    first = vendor.generate_content(model=playground.model, contents="The [tools]", config=config)
    content = first.candidates[0].content
    results = [
        types.Part.from_function_response(name=call.name, response={"output": "noon"})
        for call in first.function_calls
    ]
    for part, call in zip(results, first.function_calls, strict=True):
        part.function_response.id = call.id
    history = [types.UserContent("The [tools]"), content, types.UserContent(results)]
    call = next(part for part in content.parts if part.function_call)
    call.thought_signature = b"another"
    with pytest.raises(errors.ClientError, match="Corrupted thought signature"):
        vendor.generate_content(model=playground.model, contents=history, config=config)
    call.thought_signature = None
    with pytest.raises(errors.ClientError, match="missing a thought_signature"):
        vendor.generate_content(model=playground.model, contents=history, config=config)


def test_what_it_knows_of_answers(vendor: Any, playground: GeminiPlayground) -> None:
    """Its models hold searches with what they found, code, pictures, forms, and refusals of two kinds."""

    def asked(text: str, **config: Any) -> Any:
        return vendor.generate_content(model=playground.model, contents=text, config=config or None)

    found = asked("[search]").candidates[0].grounding_metadata
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    form = asked("Now", response_mime_type="application/json", response_json_schema=schema)

    assert found.grounding_chunks[0].web.uri == "https://example.com/jackfield"
    assert asked("[code]").executable_code == "print(2 + 2)"
    assert asked("[draw]").parts[-1].inline_data.mime_type == "image/png"
    assert form.parsed == {"n": 3}
    assert asked("[safety]").candidates[0].finish_reason is types.FinishReason.SAFETY
    assert asked("[blocked]").prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT


def test_models_vectors_and_counts(vendor: Any, playground: GeminiPlayground) -> None:
    """It pages through the models, reads their sizes, counts tokens and gets vectors."""
    models = list(vendor.list(config={"page_size": 2}))
    texts: Any = [types.UserContent("a"), types.UserContent("b")]
    vectors = vendor.embed_content(
        model="gemini-embedding-playground", contents=texts, config={"output_dimensionality": 4}
    )

    assert [model.name for model in models] == [
        f"models/{offer.id}" for offer in playground.state.settings.models
    ]
    assert models[0].input_token_limit == 1_048_576
    assert [len(one.values) for one in vectors.embeddings] == [4, 4]
    assert vendor.count_tokens(model=playground.model, contents="Hello there").total_tokens > 1


def test_a_batch(client: genai.Client, playground: GeminiPlayground) -> None:
    """It hands a batch over inline and reads it to its end."""
    asked = [{"contents": [{"parts": [{"text": "Hello"}], "role": "user"}], "metadata": {"key": "one"}}]
    batch = client.batches.create(model=playground.model, src=asked)
    states = [batch.state.name]
    while batch.state is not types.JobState.JOB_STATE_SUCCEEDED:
        batch = client.batches.get(name=batch.name)
        states.append(batch.state.name)
    (line,) = batch.dest.inlined_responses

    assert states == ["JOB_STATE_RUNNING", "JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"]
    assert "“Hello”" in line.response.text


ERRORS = {
    "500": (errors.ServerError, 500, "INTERNAL"),
    "503": (errors.ServerError, 503, "UNAVAILABLE"),
    "429": (errors.ClientError, 429, "RESOURCE_EXHAUSTED"),
    "quota": (errors.ClientError, 429, "RESOURCE_EXHAUSTED"),
    "context": (errors.ClientError, 400, "INVALID_ARGUMENT"),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_errors(fault: str, vendor: Any, playground: GeminiPlayground) -> None:
    """Each fault arrives as the client's own exception, with its status; it executes once by itself."""
    kind, code, status = ERRORS[fault]
    playground.play(fault)
    with pytest.raises(kind) as raised:
        vendor.generate_content(model=playground.model, contents="Hello")

    assert (raised.value.code, raised.value.status) == (code, status)
    assert playground.posts() == 1


def test_an_error_in_a_stream(vendor: Any, playground: GeminiPlayground) -> None:
    """An error after a good status is an exception of the client, of its status."""
    playground.play("error in stream")
    with pytest.raises(errors.APIError) as raised:
        list(vendor.generate_content_stream(model=playground.model, contents="Hello"))

    assert (raised.value.code, raised.value.status) == (503, "UNAVAILABLE")
