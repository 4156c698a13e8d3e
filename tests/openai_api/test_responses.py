"""The Responses wire through a connection: items, encrypted reasoning, answers of the background."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield import (
    ActivityReported,
    AudioPart,
    Capability,
    ChatRequest,
    FileId,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    OpaquePart,
    ProviderError,
    ProviderState,
    ProviderUnavailable,
    ReasoningPart,
    StreamInterrupted,
    TextDelta,
    TextPart,
    Tool,
    ToolArgumentsDelta,
    ToolResultPart,
    Unsupported,
    Url,
)
from jackfield_api import responses_plan
from jackfield_playground import OpenAIPlayground

pytestmark = pytest.mark.anyio
PLACE = {"type": "object", "properties": {"place": {"type": "string"}}}
TOOLS = [Tool("weather", "Tells the weather.", PLACE), Tool("clock", "Tells the time.", {"type": "object"})]


@pytest.fixture
def responses(opened: Any) -> Any:
    """Open a connection on the Responses wire."""
    return lambda **options: opened(api="responses", **options)


def sent(playground: OpenAIPlayground) -> Any:
    """Return the body of the last request that cost money."""
    return [request.body for request in playground.state.requests if request.method == "POST"][-1]


async def test_an_answer(playground: OpenAIPlayground, responses: Any) -> None:
    """Text comes in pieces, with counts, ids and limits; nothing is stored at the vendor."""
    async with responses() as connection, connection.stream("Hello there") as stream:
        pieces = [event.text async for event in stream if isinstance(event, TextDelta)]
    response = stream.response

    assert len(pieces) > 3
    assert "".join(pieces) == response.content
    assert (response.finish_reason, response.provider_finish_reason) == ("stop", "completed")
    assert response.usage is not None
    assert response.usage.raw["total_tokens"] == response.usage.input_tokens + response.usage.output_tokens
    assert response.usage.inconsistencies == ()
    assert (response.handle, response.metadata["id"][:5]) == (None, "resp_")
    assert (response.remote_request_id or "").startswith("req_")
    assert response.limits["requests_remaining"] == 99
    assert sent(playground) == {
        "model": "gpt-playground",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello there"}]}
        ],
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }


async def test_all_wishes(playground: OpenAIPlayground, responses: Any) -> None:
    """Each wish and option goes out under the vendor's names."""
    async with responses() as connection:
        response = await connection.send(
            [Message("system", "Be brief."), Message("user", "Hello")],
            max_tokens=50,
            temperature=0.5,
            top_p=0.9,
            reasoning="high",
            output=PLACE,
            options={"verbosity": "low", "store": True, "include": ["message.output_text.logprobs"]},
        )
    body = sent(playground)

    assert json.loads(response.content) == {"place": "playground"}
    assert body["text"] == {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "answer", "schema": PLACE, "strict": True},
    }
    assert (body["max_output_tokens"], body["temperature"], body["top_p"]) == (50, 0.5, 0.9)
    assert (body["reasoning"], body["store"]) == ({"effort": "high"}, True)
    assert body["include"] == ["message.output_text.logprobs", "reasoning.encrypted_content"]
    assert body["input"][0]["role"] == "system"


async def test_reasoning_then_tools(playground: OpenAIPlayground, responses: Any) -> None:
    """Encrypted thoughts go back before their calls as they came, and the remote takes them."""
    said = [Message("user", "What about it? playground:call")]
    wish: dict[str, Any] = {"tools": TOOLS}
    async with responses() as connection:
        async with connection.stream(said, **wish) as stream:
            grown = [event.index async for event in stream if isinstance(event, ToolArgumentsDelta)]
        first = stream.response
        results = [ToolResultPart(call.id, call.name, "It is fine.") for call in first.tool_calls]
        second = await connection.send([*said, first.message, Message("tool", results)], **wish)
    (thought, *calls) = first.parts
    kinds = [item["type"] for item in sent(playground)["input"]]

    assert first.finish_reason == "tool_call"
    assert len(grown) > 3
    assert isinstance(thought, ReasoningPart)
    assert (thought.text, thought.state is not None, len(calls)) == ("", True, 2)
    assert second.success
    assert second.adaptations == ()
    assert kinds == ["message", "reasoning", *["function_call"] * 2, *["function_call_output"] * 2]


async def test_thoughts_of_another_model(playground: OpenAIPlayground, responses: Any) -> None:
    """What one model has sealed does not go to another one, and the answer tells so."""
    said = [Message("user", "Hello")]
    async with responses() as connection:
        first = await connection.send(said)
        again = [*said, first.message, Message("user", "Again")]
        second = await connection.send(again, model="gpt-playground-thinker")

    assert second.success
    assert [told.field for told in second.adaptations] == ["messages[1].parts[0]"]
    assert "encrypted" not in json.dumps(sent(playground)["input"])


async def test_a_summary(responses: Any) -> None:
    """A summary of the thoughts comes in pieces where it is asked for."""
    async with responses() as connection:
        from jackfield import Reasoning

        response = await connection.send("Hello", reasoning=Reasoning("low", summary=True))

    assert response.reasoning == "Somebody asks me something. I think of an answer."


async def test_a_refusal_and_a_source(responses: Any) -> None:
    """A refusal is a part of its own, and goes back as one; sources are on their text."""
    said = [Message("user", "playground:refuse")]
    async with responses() as connection:
        refused = await connection.send(said)
        after = await connection.send([*said, refused.message, Message("user", "playground:cite")])
    text = after.parts[-1]

    assert refused.refusal == "I am sorry, but I will not do that."
    assert isinstance(text, TextPart)
    assert (text.citations[0].title, text.citations[0].end) == ("The playground", len(text.text))


async def test_a_tool_of_the_vendor(playground: OpenAIPlayground, responses: Any) -> None:
    """A search of the vendor's own is an activity; its item goes back in its place."""
    said = [Message("user", "Hello")]
    options = {"options": {"remote_tools": [{"type": "web_search"}]}}
    async with responses() as connection:
        async with connection.stream(said, **options) as stream:
            steps = [event.title async for event in stream if isinstance(event, ActivityReported)]
        first = stream.response
        await connection.send([*said, first.message, Message("user", "Again")], **options)

    assert steps == ["web_search"]
    assert [type(part) for part in first.parts] == [ReasoningPart, OpaquePart, TextPart]
    assert [item["type"] for item in sent(playground)["input"]] == [
        "message",
        "reasoning",
        "web_search_call",
        "message",
        "message",
    ]


async def test_what_is_no_text(playground: OpenAIPlayground, responses: Any) -> None:
    """Images, files and sound go as the wire has them, in tools' results too."""
    image = ImagePart(b"\x89PNG\r\n\x1a\n", "image/png")
    parts = [
        "Look",
        image,
        ImagePart(FileId("openai_api", "file-1"), "image/png", "low"),
        FilePart(Url("https://example.com/a.pdf"), "a.pdf", "application/pdf"),
        FilePart(b"%PDF", "b.pdf", "application/pdf"),
        AudioPart(b"RIFF", "audio/wav"),
    ]
    said = [Message("user", "playground:call")]
    async with responses() as connection:
        assert (await connection.send(Message("user", parts))).success
        (message,) = sent(playground)["input"]
        first = await connection.send(said, tools=TOOLS[:1])
        result = ToolResultPart(first.tool_calls[0].id, "weather", ["seen", image], is_error=True)
        second = await connection.send([*said, first.message, Message("tool", [result])], tools=TOOLS[:1])
        with pytest.raises(Unsupported, match=r"messages\[0\]\.parts\[0\]"):
            await connection.send(Message("user", [AudioPart(b"OggS", "audio/ogg")]))

    assert message["content"] == [
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "detail": "auto", "image_url": image.data_uri},
        {"type": "input_image", "detail": "low", "file_id": "file-1"},
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        {"type": "input_file", "filename": "b.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ]
    assert sent(playground)["input"][-1]["output"][1]["image_url"] == image.data_uri
    assert [told.field for told in second.adaptations] == ["messages[2].parts[0]"]


@pytest.mark.parametrize(
    ("message", "most", "reason", "word"),
    [
        ("Hello", 16, "length", "max_output_tokens"),
        ("playground:filter", None, "content_filter", "content_filter"),
    ],
)
async def test_other_ends(responses: Any, message: str, most: int | None, reason: str, word: str) -> None:
    """An answer that is not complete says why."""
    async with responses() as connection:
        response = await connection.send(message, max_tokens=most)

    assert (response.finish_reason, response.provider_finish_reason) == (reason, word)


@pytest.mark.parametrize(("fault", "kind"), [("cut", StreamInterrupted), ("error in stream", ProviderError)])
async def test_half_an_answer(playground: OpenAIPlayground, responses: Any, fault: str, kind: Any) -> None:
    """An answer that breaks off is an error that has what arrived, and is not asked for again."""
    playground.play(fault)
    async with responses() as connection:
        with pytest.raises(kind) as caught:
            await connection.send("Hello")

    assert caught.value.partial.startswith("I am the")
    assert caught.value.certainty.value == "started"
    assert playground.posts() == 1


async def test_the_background(playground: OpenAIPlayground, responses: Any) -> None:
    """An answer of the background that broke off is taken up again by its handle; nothing is asked twice."""
    async with responses(background=True) as connection:
        assert Capability.ATTACH in connection.capabilities
        playground.play("cut")
        with pytest.raises(StreamInterrupted) as caught:
            await connection.send("Hello")
        playground.play("none")
        async with connection.attach(caught.value.handle) as stream:
            events = [event async for event in stream]
        with pytest.raises(InvalidRequest, match="resp_"):
            connection.attach("../models")
            async with connection.attach("../models"):
                pass

    assert len(events) > 3
    assert stream.response.content.startswith(caught.value.partial)
    assert (playground.posts(), playground.state.executions) == (1, 1)
    assert sent(playground)["store"] is True


async def test_a_wire_has_its_own_capabilities(opened: Any, responses: Any) -> None:
    """What one wire has no place for is no capability of a connection on it."""
    async with opened() as chat, responses() as other:
        only_chat = chat.capabilities - other.capabilities
        only_responses = other.capabilities - chat.capabilities

    assert only_chat == {Capability.SEED, Capability.STOP_SEQUENCES}
    assert only_responses == {Capability.ACTIVITY}


async def test_from_one_wire_to_the_other(opened: Any, responses: Any) -> None:
    """A history goes on on the other wire, without what only the first one reads."""
    said = [Message("user", "Hello")]
    async with opened() as chat, responses() as other:
        first = await other.send(said)
        second = await chat.send([*said, first.message, Message("user", "Again")])

    assert second.success
    assert [told.field for told in second.adaptations] == ["messages[1].parts[0]"]


async def test_a_response_that_failed() -> None:
    """A response that failed is an error by its code, streamed or whole."""
    from jackfield import ResponseStarted
    from jackfield_api import ResponsesDecoder

    failed = {"id": "resp_1", "object": "response", "status": "failed", "error": {"code": "server_error"}}
    for told in (failed, {"type": "response.failed", "response": failed}):
        decoder = ResponsesDecoder(ResponseStarted(), state=lambda kind, data: pytest.fail(kind))
        with pytest.raises(ProviderUnavailable):
            list(decoder.feed(f"data: {json.dumps(told)}\n\n".encode()))


async def test_items_of_another_remote() -> None:
    """What one remote has sealed goes to no other one, though the same provider speaks to both."""
    states = [
        ProviderState("openai_api", "item", {"remote": remote, "item": {"type": "reasoning"}})
        for remote in ("https://here.example", "https://there.example")
    ]
    answer = Message("assistant", [*(ReasoningPart("", state) for state in states), TextPart("Yes.")])
    request = ChatRequest(messages=[Message("user", "Hello"), answer, Message("user", "Again")])
    plan = responses_plan(request, remote="https://here.example")

    assert [told.field for told in plan.adaptations] == ["messages[1].parts[1]"]
    assert plan.request.messages[1].parts == (ReasoningPart("", states[0]), TextPart("Yes."))
