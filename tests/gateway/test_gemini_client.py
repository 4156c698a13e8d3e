"""Google's own client as referee, with its default retries, over a front door of ours."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from google import genai
from google.genai import errors, types

from jackfield_playground import GeminiPlayground

from .conftest import TOKEN, Door, Opener, adding
from .test_openai_client import PIXEL

pytestmark = pytest.mark.anyio

LOOK_UP = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="look_up",
            description="Look a word up.",
            parameters={"type": "OBJECT", "properties": {"word": {"type": "STRING"}}, "required": ["word"]},
        )
    ]
)


async def ask(door: Door, deed: Callable[[genai.Client], Any], **settings: Any) -> Any:
    """Let the vendor's client do something, in a thread of its own, with its own settings."""

    def work() -> Any:
        options = types.HttpOptions(base_url=door.address, **settings)
        with genai.Client(api_key=TOKEN, http_options=options) as client:
            return deed(client)

    return await anyio.to_thread.run_sync(work)


def whole(client: genai.Client, **details: Any) -> Any:
    """Return an answer in one piece."""
    return client.models.generate_content(**{"model": "gpt-4", "contents": "hello", **details})


def streamed(client: genai.Client, **details: Any) -> list[Any]:
    """Return every object of a streamed answer."""
    told = {"model": "gpt-4", "contents": "hello", **details}
    return list(client.models.generate_content_stream(**told))


@pytest.fixture
def gemini() -> Iterator[GeminiPlayground]:
    """Return a stand-in of the vendor that is running."""
    with GeminiPlayground().running() as running:
        yield running


@pytest.mark.parametrize("version", ["v1", "v1beta"])
async def test_an_answer_in_one_piece_and_the_same_as_it_comes(front: Opener, version: str) -> None:
    """A whole answer and a streamed one say the same, under both versions of the paths."""
    async with front() as door:
        said = await ask(door, whole, api_version=version)
        pieces = await ask(door, streamed, api_version=version)
    assert "".join(piece.text for piece in pieces) == said.text
    last = pieces[-1]
    assert last.candidates[0].finish_reason is said.candidates[0].finish_reason is types.FinishReason.STOP
    assert last.usage_metadata.total_token_count == said.usage_metadata.total_token_count > 0
    assert (said.model_version, bool(said.response_id)) == ("gpt-4", True)


async def test_a_chat_keeps_its_turns(front: Opener) -> None:
    """What a stream tells is a turn that the client's own history takes, and the next request shows."""

    def talk(client: genai.Client) -> Any:
        chat = client.chats.create(model="gpt-4")
        list(chat.send_message_stream("hello"))
        chat.send_message("and again")
        return chat.get_history(curated=True)

    async with front() as door:
        history = await ask(door, talk)
        sent = door.remote.state.requests[-1].body["messages"]
    assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]
    assert history[0].parts[0].text == "hello"


async def test_a_tool_is_called_and_its_result_taken(front: Opener) -> None:
    """A call arrives whole, streamed or not, with its arguments as an object; its result goes back."""
    call: Any = {"role": "user", "parts": [{"text": "call the tool"}]}
    calling = types.FunctionCallingConfig(mode="ANY", allowed_function_names=["look_up"])
    config: Any = {"tools": [LOOK_UP], "tool_config": {"function_calling_config": calling}}

    def talk(client: genai.Client) -> Any:
        first = whole(client, contents=[call], config=config)
        pieces = streamed(client, contents=[call], config=config)
        made = first.function_calls[0]
        result = types.Part.from_function_response(name=made.name, response={"result": "a panel"})
        result.function_response.id = made.id
        said = [call, first.candidates[0].content, types.Content(role="user", parts=[result])]
        return first, pieces, whole(client, contents=said, config={"tools": [LOOK_UP]})

    async with front() as door:
        first, pieces, second = await ask(door, talk)
        sent = door.remote.state.requests[-1].body["messages"]
    made = [piece.function_calls[0] for piece in pieces if piece.function_calls]
    assert [made[0].args, made[0].name] == [first.function_calls[0].args, "look_up"]
    assert "word" in made[0].args
    assert (sent[-1]["role"], sent[-1]["tool_call_id"]) == ("tool", first.function_calls[0].id)
    assert second.text


async def test_signatures_come_back_as_they_went(front: Opener, gemini: GeminiPlayground) -> None:
    """The stand-in signs calls, texts and pictures: streamed turns go back whole, a forged one is found."""
    config: Any = {"tools": [LOOK_UP], "thinking_config": {"include_thoughts": True}}
    call: Any = {"role": "user", "parts": [{"text": "call it [tools]"}]}

    def talk(client: genai.Client) -> Any:
        pieces = streamed(client, model="google", contents=[call], config=config)
        parts = [part for piece in pieces for part in piece.candidates[0].content.parts]
        results = [
            types.Part(
                function_response=types.FunctionResponse(id=c.id, name=c.name, response={"output": "x"})
            )
            for c in (part.function_call for part in parts)
            if c
        ]
        said = [call, types.Content(role="model", parts=parts), types.Content(role="user", parts=results)]
        second = whole(client, model="google", contents=said, config=config)
        for part in parts:
            if part.thought_signature:
                part.thought_signature = b"forged"
        with pytest.raises(errors.ClientError):
            whole(client, model="google", contents=said, config=config)
        return parts, second

    async with front(adding("gemini_api", gemini, "google")) as door:
        parts, second = await ask(door, talk)
    assert parts[0].thought
    assert sum(bool(p.thought_signature) for p in parts) >= 1
    assert second.text


async def test_an_answer_has_the_form_that_was_asked_for(front: Opener) -> None:
    """A schema of either kind reaches the remote as JSON's, and the answer is of its form."""
    own = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}, "required": ["name"]}
    told = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    async with front() as door:
        for schema in ({"response_schema": own}, {"response_json_schema": told}):
            config = {"response_mime_type": "application/json", **schema}
            said = await ask(door, lambda c, config=config: whole(c, config=config))
            assert "name" in said.text
            form = door.remote.state.requests[-1].body["response_format"]["json_schema"]["schema"]
            assert (form["type"], form["properties"]) == ("object", told["properties"])


async def test_a_picture_goes_as_data_alone(front: Opener) -> None:
    """A picture's data reaches the remote; an address is refused before anything is sent."""
    data = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
    named = types.Part.from_uri(file_uri="https://example.com/a.png", mime_type="image/png")
    async with front() as door:
        await ask(door, lambda c: whole(c, contents=[data, "what is it?"]))
        assert PIXEL in str(door.remote.state.requests[-1].body)
        with pytest.raises(errors.ClientError, match="give its data inline"):
            await ask(door, lambda c: whole(c, contents=[named]))
        assert door.remote.posts() == 1


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("500", 409, "ABORTED"),
        ("429", 429, "RESOURCE_EXHAUSTED"),
        ("context", 400, "INVALID_ARGUMENT"),
    ],
)
async def test_a_failure_is_told_in_the_vendors_shape_and_sent_once(
    front: Opener, fault: str, code: int, status: str
) -> None:
    """A failure has the vendor's status, and one execution at the remote."""
    async with front() as door:
        door.remote.play(fault)
        for manner in (whole, streamed):
            with pytest.raises(errors.APIError) as failure:
                await ask(door, manner)
            assert (failure.value.code, failure.value.status) == (code, status)
        assert door.remote.posts() == 2


@pytest.mark.parametrize("fault", ["500", "cut"])
async def test_a_client_that_repeats_does_not_repeat_what_may_have_been_acted_on(
    front: Opener, fault: str
) -> None:
    """The vendor's client, told to repeat, goes by the status alone: it is one that it never repeats."""
    often = types.HttpRetryOptions(attempts=4, initial_delay=0.001, jitter=0.001)
    async with front() as door:
        door.remote.play(fault)
        with pytest.raises(errors.ClientError, match="may have been acted on"):
            await ask(door, whole, retry_options=often)
        assert door.remote.posts() == 1


@pytest.mark.parametrize("fault", ["cut", "drop"])
async def test_a_cut_answer_is_an_error_and_never_a_short_answer(front: Opener, fault: str) -> None:
    """An answer that breaks off ends in an error that the client raises; nothing is sent anew."""
    async with front() as door:
        door.remote.play(fault)
        with pytest.raises(errors.APIError) as failure:
            await ask(door, streamed)
        assert door.remote.posts() == 1
    assert failure.value.status == "ABORTED"


async def test_a_count_is_an_estimate_and_models_are_listed_in_the_vendors_shape(front: Opener) -> None:
    """A count asks nobody; models are listed and told one by one; a wrong key is refused."""
    async with front() as door:
        counted = await ask(door, lambda c: c.models.count_tokens(model="gpt-4", contents="hello"))
        names = await ask(door, lambda c: [model.name for model in c.models.list()])
        one = await ask(door, lambda c: c.models.get(model="work/gpt-playground"), api_version="v1beta")
        wrong = await door.get("/v1beta/models", headers={"x-goog-api-key": "wrong"})
        assert door.remote.posts() == 0
    assert counted.total_tokens > 0
    assert {f"models/{name}" for name in ("gpt-4", "work", "work/gpt-playground")} <= set(names)
    assert "generateContent" in one.supported_actions
    assert (wrong.status_code, wrong.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


async def test_a_stream_is_a_list_where_no_events_are_asked_for(front: Opener) -> None:
    """Without `alt=sse` the answer is one JSON list, signs of life and errors included."""
    path, body = "/v1beta/models/gpt-4:streamGenerateContent", {"contents": [{"parts": [{"text": "hello"}]}]}
    told: Any = {"json": body, "headers": {"x-goog-api-key": TOKEN}}
    async with front(ping_seconds=0.01, quiet_seconds=0.01) as door:
        door.remote.play("slow")
        good = await door.get(path, method="POST", **told)
        door.remote.play("cut")
        cut = await door.get(path, method="POST", **told)
        shown = await door.get(f"{path}?key={TOKEN}", method="POST", **told)
    assert good.json()[-1]["candidates"][0]["finishReason"] == "STOP"
    assert cut.json()[-1]["error"]["status"] == "ABORTED"
    assert "ends up in logs" in shown.json()["error"]["message"]


async def test_what_is_left_out_is_named_and_what_would_hurt_is_refused(front: Opener) -> None:
    """An unknown field is told in a header; what changes an answer too much is a 400 that names it."""
    path, hello = "/v1beta/models/gpt-4:generateContent", {"contents": [{"parts": [{"text": "hello"}]}]}
    hurt: list[Any] = [
        {"cachedContent": "cachedContents/x"},
        {"tools": [{"googleSearch": {}}]},
        {"generation_config": {"candidate_count": 2}},
    ]
    more: Any = {"safetySettings": [{}], "generation_config": {"topK": 1, "max_output_tokens": 50}}
    told: Any = {"method": "POST", "headers": {"x-goog-api-key": TOKEN}}
    async with front() as door:
        good = await door.get(path, json={**hello, **more}, **told)
        assert door.remote.state.requests[-1].body["max_completion_tokens"] == 50
        for wrong in hurt:
            refused = await door.get(path, json={**hello, **wrong}, **told)
            assert (refused.status_code, "not served here" in refused.text) == (400, True)
        assert door.remote.posts() == 1
    assert good.headers["x-jackfield-ignored"] == "generationConfig.topK, safetySettings"
