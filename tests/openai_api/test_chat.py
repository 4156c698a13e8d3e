"""Chat completions through a connection: what goes out, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield import (
    AudioPart,
    FileId,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    TextDelta,
    Tool,
    ToolArgumentsDelta,
    ToolResultPart,
    Unsupported,
    Url,
)
from jackfield_playground import OpenAIPlayground

pytestmark = pytest.mark.anyio
PLACE = {"type": "object", "properties": {"place": {"type": "string"}}}
TOOLS = [Tool("weather", "Tells the weather.", PLACE), Tool("clock", "Tells the time.", {"type": "object"})]


def sent(playground: OpenAIPlayground) -> Any:
    """Return the body of the last request that cost money."""
    return [request.body for request in playground.state.requests if request.method == "POST"][-1]


async def test_an_answer(playground: OpenAIPlayground, opened: Any) -> None:
    """Text comes in pieces, with the model, the reason, the vendor's ids and limits, and its own counts."""
    async with opened() as connection, connection.stream("Hello there") as stream:
        pieces = [event.text async for event in stream if isinstance(event, TextDelta)]
    response = stream.response

    assert len(pieces) > 3
    assert "".join(pieces) == response.content
    assert "Hello there" in response.content
    assert (response.model, response.requested_model) == ("gpt-playground", "gpt-playground")
    assert (response.finish_reason, response.provider_finish_reason) == ("stop", "stop")
    assert response.usage is not None
    assert response.usage.input_tokens == response.usage.raw["prompt_tokens"]
    assert response.usage.cache_read_input_tokens == 1
    assert response.usage.reasoning_output_tokens is not None
    assert response.usage.inconsistencies == ()
    assert (response.remote_request_id or "").startswith("req_")
    assert response.limits == {
        "requests_remaining": 99.0,
        "tokens_remaining": 39000.0,
        "requests_reset": 0.6,
        "tokens_reset": 1.5,
    }
    assert response.metadata["id"].startswith("chatcmpl-")


async def test_all_wishes(playground: OpenAIPlayground, opened: Any) -> None:
    """Each wish of a request, each option, and the connection's headers go out under the vendor's names."""
    async with opened(organization="org-1", project="proj_1", headers={"X-Own": "yes"}) as connection:
        await connection.send(
            "Hello",
            max_tokens=50,
            temperature=0.5,
            top_p=0.9,
            seed=7,
            stop_sequences=["END"],
            reasoning="low",
            options={"frequency_penalty": 1, "prompt_cache_key": "k", "extra_body": {"verbosity": "low"}},
            id="our-own-id",
        )
    body = sent(playground)
    headers = playground.state.requests[-1].headers

    assert body == {
        "model": "gpt-playground",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 50,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["END"],
        "reasoning_effort": "low",
        "frequency_penalty": 1.0,
        "prompt_cache_key": "k",
        "verbosity": "low",
    }
    wanted = ("openai-organization", "openai-project", "x-own", "x-client-request-id")
    assert [headers[name] for name in wanted] == ["org-1", "proj_1", "yes", "our-own-id"]


async def test_tools_called_in_parallel(playground: OpenAIPlayground, opened: Any) -> None:
    """Several calls grow at once, piece by piece; their results go back, and an answer comes."""
    said = [Message("user", "What about it? playground:call")]
    async with opened() as connection:
        async with connection.stream(said, tools=TOOLS) as stream:
            grown = [event.index async for event in stream if isinstance(event, ToolArgumentsDelta)]
        first = stream.response
        results = [ToolResultPart(call.id, call.name, "It is fine.") for call in first.tool_calls]
        second = await connection.send([*said, first.message, Message("tool", results)], tools=TOOLS)

    assert first.finish_reason == "tool_call"
    assert [(call.name, call.arguments) for call in first.tool_calls] == [
        ("weather", {"place": "playground"}),
        ("clock", {}),
    ]
    assert len(grown) > 3
    assert second.success
    assert [message["role"] for message in sent(playground)["messages"]] == [
        "user",
        "assistant",
        "tool",
        "tool",
    ]


@pytest.mark.parametrize(("choice", "called"), [("clock", ["clock"]), ("none", []), ("required", None)])
async def test_the_choice_of_a_tool(opened: Any, choice: str, called: list[str] | None) -> None:
    """A tool that must be called is; where none may be, none is."""
    async with opened() as connection:
        response = await connection.send("Hello", tools=TOOLS, tool_choice=choice)

    names = [call.name for call in response.tool_calls]
    assert names == (["weather", "clock"] if called is None else called)


async def test_a_tool_that_failed(opened: Any) -> None:
    """The wire has no place for that a tool failed: its text goes, and the answer tells the loss."""
    said = [Message("user", "playground:call")]
    async with opened() as connection:
        first = await connection.send(said, tools=TOOLS[:1])
        call = first.tool_calls[0]
        failed = ToolResultPart(call.id, call.name, "no such place", is_error=True)
        second = await connection.send([*said, first.message, Message("tool", [failed])], tools=TOOLS)

    assert [(told.field, "failed" in told.reason) for told in second.adaptations] == [
        ("messages[2].parts[0]", True)
    ]


async def test_a_form(playground: OpenAIPlayground, opened: Any) -> None:
    """An answer is held to a JSON schema."""
    form = {**PLACE, "additionalProperties": False, "required": ["place"]}
    async with opened() as connection:
        response = await connection.send("Hello", output=form)

    assert json.loads(response.content) == {"place": "playground"}
    assert sent(playground)["response_format"]["json_schema"] == {
        "name": "answer",
        "schema": form,
        "strict": True,
    }


async def test_a_refusal(opened: Any) -> None:
    """A refusal is a part of its own and no text; in a history, it goes back as one."""
    said = [Message("user", "playground:refuse")]
    async with opened() as connection:
        refused = await connection.send(said)
        after = await connection.send([*said, refused.message, Message("user", "Then hello.")])

    assert refused.refusal == "I am sorry, but I will not do that."
    assert refused.content == ""
    assert after.success


async def test_citations(opened: Any) -> None:
    """What a text rests on is on its part, with the place in it."""
    async with opened() as connection:
        response = await connection.send("playground:cite")
    (part,) = response.parts

    assert part.citations[0].url == "https://playground.invalid/jackfield"
    assert (part.citations[0].start, part.citations[0].end) == (0, len(part.text))


@pytest.mark.parametrize(
    ("message", "most", "reason"), [("Hello", 3, "length"), ("playground:filter", None, "content_filter")]
)
async def test_other_ends(opened: Any, message: str, most: int | None, reason: str) -> None:
    """An answer that is at its longest, or was stopped by a filter, says so."""
    async with opened() as connection:
        response = await connection.send(message, max_tokens=most)

    assert response.finish_reason == reason


async def test_what_is_no_text(playground: OpenAIPlayground, opened: Any) -> None:
    """Images, sound and files go as the wire has them."""
    image = ImagePart(b"\x89PNG\r\n\x1a\n", "image/png", "low")
    parts = [
        "Look",
        image,
        ImagePart(Url("https://example.com/a.png"), "image/png"),
        AudioPart(b"RIFF", "audio/wav"),
        FilePart(b"%PDF", "a.pdf", "application/pdf"),
        FilePart(FileId("openai_api", "file-1"), "b.pdf", "application/pdf"),
    ]
    async with opened() as connection:
        response = await connection.send([Message("system", "Be brief."), Message("user", parts)])
    system, user = sent(playground)["messages"]

    assert response.success
    assert system == {"role": "system", "content": "Be brief."}
    assert user["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": image.data_uri, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ]


@pytest.mark.parametrize(
    "part",
    [
        ImagePart(FileId("openai_api", "file-1"), "image/png"),
        FilePart(Url("https://example.com/a.pdf"), "a.pdf", "application/pdf"),
        AudioPart(b"OggS", "audio/ogg"),
        ToolResultPart("1", "look", [ImagePart(b"\x89PNG\r\n\x1a\n", "image/png")]),
    ],
)
async def test_what_has_no_place(playground: OpenAIPlayground, opened: Any, part: Any) -> None:
    """A part that the wire has no place for is refused by its place, and nothing is sent."""
    async with opened() as connection:
        with pytest.raises(Unsupported, match=r"messages\[0\]\.parts\[1\]"):
            await connection.send(Message("user", ["Hello", part]))

    assert playground.posts() == 0


@pytest.mark.parametrize(
    ("options", "found"),
    [({"frequency_penaltie": 1}, "frequency_penalty"), ({"truncation": "auto"}, "truncation")],
)
async def test_options_that_are_none(
    playground: OpenAIPlayground, opened: Any, options: dict[str, Any], found: str
) -> None:
    """An option that nobody knows is refused with the nearest name; so is one of the other wire."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match=found):
            await connection.send("Hello", options=options)

    assert playground.posts() == 0


async def test_no_model(playground: OpenAIPlayground, opened: Any) -> None:
    """A request without a model is refused before anything is sent."""
    async with opened(default_model=None) as connection:
        with pytest.raises(InvalidRequest, match="names no model"):
            await connection.send("Hello")

    assert playground.posts() == 0


async def test_models(opened: Any) -> None:
    """Models are listed, the default one marked, with the names that lead to each."""
    async with opened(model_mapping={"fast": "gpt-playground"}) as connection:
        models = {model.id: model for model in await connection.list_models()}

    assert list(models) == ["gpt-playground", "gpt-playground-thinker", "embedding-playground"]
    assert (models["gpt-playground"].default, models["gpt-playground"].aliases) == (True, ("fast",))


async def test_vectors(opened: Any) -> None:
    """Each text gets its vector, in the order of the texts whatever order they come in, with the counts."""
    async with opened(embedding_model="embedding-playground") as connection:
        found = await connection.embed(["one", "two words"], dimensions=3)

    assert [len(vector) for vector in found.vectors] == [3, 3]
    assert found.vectors[0][0] == ord("o") / 256
    assert found.vectors[1][0] == ord("t") / 256
    assert found.usage is not None
    assert found.usage.input_tokens == 3


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_of_a_compatible_server(
    playground: OpenAIPlayground, opened: Any, field: str
) -> None:
    """What a compatible server's model thinks is told, and goes back only where the server wants it."""
    playground.state.change(reasoning_field=field)
    said = [Message("user", "Hello")]
    async with opened(preset="compatible") as connection:
        first = await connection.send(said)
        await connection.send([*said, first.message, Message("user", "Again")])

    assert first.reasoning == "Somebody asks me something. I think of an answer."
    assert "Somebody" not in json.dumps(sent(playground))
