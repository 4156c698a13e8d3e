"""Answers of the stand-in, which is as strict as the API: what arrives, and what goes back."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from jackfield import (
    ActivityReported,
    Certainty,
    ChatRequest,
    Citation,
    ContentRefused,
    FilePart,
    ImagePart,
    InvalidRequest,
    MalformedResponse,
    Message,
    Model,
    ModelNotFound,
    ProviderState,
    QuotaExhausted,
    RateLimited,
    ReasoningDelta,
    ResponseStarted,
    TextDelta,
    Tool,
    ToolCallPart,
    ToolResultPart,
    connect,
)

pytestmark = pytest.mark.anyio
CLOCK = Tool("clock", "Tells the time.", {"type": "object", "properties": {"zone": {"type": "string"}}})
EARLIER = "gemini-2.5-playground-001"
EMBEDDER = "gemini-embedding-playground"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("streams", [True, False])
async def test_an_answer(streams: bool, opened: Any) -> None:
    """An answer arrives as it is written, or whole, with its id, counts and the model that made it."""
    async with opened(streams=streams) as connection, connection.stream("Hello there") as stream:
        events = [event async for event in stream]
    response = stream.response

    assert isinstance(events[0], ResponseStarted)
    assert (len([event for event in events if isinstance(event, TextDelta)]) > 10) is streams
    assert "Hello there" in response.content
    assert response.remote_request_id == response.metadata["response_id"] != ""
    assert (response.model, response.requested_model) == ("gemini-3-playground", "gemini-3-playground")
    assert (response.finish_reason, response.provider_finish_reason) == ("stop", "STOP")
    assert response.usage.input_tokens > 10


@pytest.mark.parametrize("model", [None, EARLIER])
async def test_tools_and_thoughts_go_round(model: str | None, opened: Any, room: Any) -> None:
    """Two calls at once, named and signed or neither, are answered, and the API takes all of it back."""
    async with opened() as connection:
        asked = ChatRequest(messages="The [tools], please", tools=[CLOCK], reasoning="high", model=model)
        async with connection.stream(asked) as stream:
            thoughts = [event.text async for event in stream if isinstance(event, ReasoningDelta)]
        first = stream.response
        results = [ToolResultPart(call.id, call.name, "noon") for call in first.tool_calls]
        results[1] = attrs.evolve(results[1], is_error=True)
        history = [*asked.messages, first.message, *(Message("tool", result) for result in results)]
        last = await connection.send(attrs.evolve(asked, messages=history))
    question, answer, told = room.state.posted[-1].body["contents"]

    assert "".join(thoughts) == first.reasoning == "The question has 3 words. I count them."
    assert first.finish_reason == "tool_call"
    assert len({call.id for call in first.tool_calls}) == 2
    assert dict(first.tool_calls[0].arguments) == {"zone": "from the playground, “so”"}
    assert "noon noon" in last.content
    assert [one["role"] for one in (question, answer, told)] == ["user", "model", "user"]
    calls = [part for part in answer["parts"] if "functionCall" in part]
    assert ["thoughtSignature" in call for call in calls] == [model is None, False]
    assert ["id" in call["functionCall"] for call in calls] == [model is None] * 2
    assert [part["functionResponse"]["response"] for part in told["parts"]] == [
        {"output": "noon"},
        {"error": "noon"},
    ]


async def test_a_signature_is_for_its_own_model(opened: Any, room: Any) -> None:
    """What a model signed goes back to it, by either of its names, and to no other: that is told."""
    async with opened(model_mapping={"mine": "models/gemini-3-playground"}) as connection:
        asked = ChatRequest(messages="Hello", model="mine")
        first = await connection.send(asked)
        again = attrs.evolve(asked, messages=[*asked.messages, first.message, Message("user", "And?")])
        same = await connection.send(again)
        other = await connection.send(attrs.evolve(again, model=EARLIER))
    signed = [
        ["thoughtSignature" in part for part in posted.body["contents"][1]["parts"]]
        for posted in room.state.posted[1:]
    ]

    assert signed == [[False, True], [False]]
    assert same.adaptations == ()
    assert [one.field for one in other.adaptations] == ["messages[1].parts[1]"]


async def test_calls_of_another_model(opened: Any, room: Any) -> None:
    """A call that another remote made goes on here, with the vendor's mark for it, and that is told."""
    state = ProviderState("anthropic_api", "tool_use", {"caller": {"type": "direct"}})
    call = ToolCallPart("toolu_1", "clock", '{"zone": "UTC"}', state=state)
    said = [
        Message("user", "When?"),
        Message("assistant", [call, attrs.evolve(call, id="toolu_2", arguments_json="not JSON")]),
        Message(
            "tool", [ToolResultPart("toolu_1", "clock", "noon"), ToolResultPart("toolu_2", "clock", "?")]
        ),
    ]
    async with opened() as connection:
        response = await connection.send(ChatRequest(messages=said, tools=[CLOCK]))
    calls = room.state.posted[-1].body["contents"][1]["parts"]

    assert [part.get("thoughtSignature") for part in calls] == ["skip_thought_signature_validator", None]
    assert calls[1]["functionCall"]["args"] == {"INVALID_JSON": "not JSON"}
    told = sorted((one.field[-2], one.reason.split()[0]) for one in response.adaptations)
    assert told == [("0", "its"), ("0", "went"), ("1", "its"), ("1", "its")]


@pytest.mark.parametrize(("word", "count"), [("[code]", 3), ("[draw]", 3), ("[unknown]", 3)])
async def test_what_is_not_shown_goes_back(word: str, count: int, opened: Any, room: Any) -> None:
    """Steps of the remote, pictures it drew and what nobody knows go back in their place, as they came."""
    async with opened() as connection:
        asked = ChatRequest(messages=f"Now {word}")
        async with connection.stream(asked) as stream:
            steps = [event.title async for event in stream if isinstance(event, ActivityReported)]
        first = stream.response
        again = [*asked.messages, first.message, Message("user", "On.")]
        last = await connection.send(attrs.evolve(asked, messages=again))
    sent = room.state.posted[-1].body["contents"][1]["parts"]

    assert last.success
    assert len(first.parts) == count
    assert steps == (["PYTHON"] if word == "[code]" else [])
    assert [isinstance(part, ImagePart) for part in first.parts].count(True) == (word == "[draw]")
    if word == "[draw]":
        assert sent[1].keys() == {"inlineData", "thoughtSignature"}
    assert first.metadata.get("unread") == ({"weatherReport": 1} if word == "[unknown]" else None)


async def test_what_an_answer_rests_on(opened: Any, room: Any) -> None:
    """A search's pages are told with the words that rest on them, counted in characters, not in bytes."""
    async with opened() as connection:
        response = await connection.send("Look", options={"remote_tools": [{"googleSearch": {}}]})
    (part,) = response.parts

    assert part.citations == (
        Citation(url="https://example.com/jackfield", title="Jackfield", start=12, end=35),
    )
    assert part.text[12:35] == "A jackfield is a panel."
    assert response.metadata["grounding"]["webSearchQueries"] == ["jackfield"]


async def test_structured_output_files_and_pictures(opened: Any, room: Any) -> None:
    """The answer keeps to a schema; pictures and files are read; a file's name has no place: that is told."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    notes = FilePart(b"a,b", "notes.csv", "text/csv")
    async with opened() as connection:
        form = await connection.send("A number", output=schema)
        seen = await connection.send(Message("user", ["Look", ImagePart(PNG, "image/png"), notes]))

    assert form.content == '{"n": 3}'
    assert "Images received: 2" in seen.content
    assert [one.field for one in seen.adaptations] == ["messages[0].parts[2]"]


async def test_ends(opened: Any) -> None:
    """An answer ends at its longest, at a text to stop at, or for what it says; a prompt is refused."""
    async with opened() as connection:
        short = await connection.send("Hello", max_tokens=3)
        stopped = await connection.send("Hello", stop_sequences=["scripted"])
        unsafe = await connection.send("[safety]")
        with pytest.raises(ContentRefused) as refused:
            await connection.send("[blocked]")
        with pytest.raises(MalformedResponse) as malformed:
            await connection.send("[malformed]")

    assert (short.finish_reason, short.provider_finish_reason) == ("length", "MAX_TOKENS")
    assert "scripted" not in stopped.content
    assert (unsafe.finish_reason, unsafe.content) == ("content_filter", "It is ")
    assert unsafe.metadata["safety_ratings"][0]["probability"] == "HIGH"
    assert (refused.value.code, refused.value.certainty) == ("PROHIBITED_CONTENT", Certainty.REJECTED)
    assert (malformed.value.code, malformed.value.certainty) == ("MALFORMED_FUNCTION_CALL", Certainty.STARTED)


async def test_models_and_vectors(opened: Any, room: Any) -> None:
    """The list, page by page, says how much each model reads and writes; texts become vectors in order."""
    room.state.change(page=2)
    async with opened(model_mapping={"small": EARLIER}, embedding_model=EMBEDDER) as connection:
        first, second, _ = await connection.list_models()
        long, short = (await connection.embed(["a", "b"])), (await connection.embed("a", dimensions=3))

    assert first == Model(id=room.model, default=True, context_tokens=1_048_576, output_tokens=65_536)
    assert (second.aliases, second.output_tokens) == (("small",), 8_192)
    assert [len(vector) for vector in long.vectors] == [8, 8]
    assert short.vectors[0] == long.vectors[0][:3]


async def test_no_model_for_vectors(opened: Any) -> None:
    """Vectors want a model that makes them; the model of answers is none."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="embedding_model"):
            await connection.embed("a")


@pytest.mark.parametrize(("fault", "kind"), [("quota", QuotaExhausted), ("429", RateLimited)])
async def test_the_wait_that_the_details_ask_for(fault: str, kind: Any, opened: Any, room: Any) -> None:
    """The gate keeps to what RetryInfo asks for: until then nothing more is sent."""
    room.state.change(retry_after=34.5)
    room.play(fault)
    async with opened(max_retries=0) as connection:
        with pytest.raises(kind) as raised:
            await connection.send("Hello")
        with pytest.raises(RateLimited, match="wants no request for 34 s more"):
            await connection.send("Hello")

    assert raised.value.retry_after == 34.5
    assert room.posts() == 1


async def test_a_model_that_is_not_there(opened: Any, room: Any) -> None:
    """A model that is not there is told by its 404; a name that would lead elsewhere is never sent."""
    async with opened() as connection:
        with pytest.raises(ModelNotFound):
            await connection.send("Hello", model="gemini-9")
        for name in ("../files", "models/..", "a?b=c", "a b"):
            with pytest.raises(InvalidRequest, match="cannot be called"):
                await connection.send("Hello", model=name)

    assert room.posts() == 1


@pytest.mark.parametrize("variables", [("GEMINI_API_KEY", "GOOGLE_API_KEY"), ("GOOGLE_API_KEY",)])
async def test_the_key_that_people_have(variables: Any, room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is read from GEMINI_API_KEY, and from GOOGLE_API_KEY where that is not set."""
    monkeypatch.setenv("GOOGLE_API_KEY", "AIza-of-another-service")
    monkeypatch.setenv(variables[0], room.key)
    options = {"base_url": room.base_url, "default_model": room.model}
    async with connect("gemini_api", options) as connection:
        assert (await connection.send("Hello")).success
