"""What no API's documents promise: answers of odd types, in one piece, in a list, behind odd bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackfield import (
    Certainty,
    Connection,
    MalformedResponse,
    ProviderContext,
    ProviderError,
    ProviderUnavailable,
    StreamInterrupted,
    connect,
)
from jackfield_playground._loopback import LoopbackServer

pytestmark = pytest.mark.anyio
JSON, SSE, HTML = "application/json", "text/event-stream", "text/html"
CHAT = {"id": "c", "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
RESPONSE = {
    "object": "response",
    "status": "completed",
    "output": [{"type": "message", "content": [{"text": "Hi"}]}],
}
MESSAGE = {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}
GEMINI = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
WHOLE: list[tuple[str, dict[str, Any], Any]] = [
    ("openai_api", {}, CHAT),
    ("openai_api", {"api": "responses"}, RESPONSE),
    ("anthropic_api", {}, MESSAGE),
    ("gemini_api", {}, GEMINI),
]
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Too much going on"}}


class Remote:
    """Answers every request with one body, but for those whose path ends in a key of `others`."""

    def __init__(self) -> None:
        self.kind, self.pieces, self.others = JSON, (b"{}",), {}  # type: tuple[str, tuple[bytes, ...], dict[str, bytes]]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        found = [body for end, body in self.others.items() if scope["path"].endswith(end)]
        pieces = found or self.pieces
        headers = [(b"content-type", self.kind.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Remote, str]]:
    """A remote and its address."""
    remote = Remote()
    with LoopbackServer(remote) as server:
        yield remote, server.base_url


@pytest.fixture
def remote(served: tuple[Remote, str]) -> Remote:
    """The remote, as nobody has used it."""
    served[0].__init__()  # type: ignore[misc]
    return served[0]


@asynccontextmanager
async def opened(provider: str, url: str, **options: Any) -> AsyncIterator[Connection]:
    """Open a connection that asks once."""
    usual = {"base_url": url, "default_model": "m", "embedding_model": "e", "max_retries": 0}
    if provider == "anthropic_api":
        del usual["embedding_model"]
    if provider == "openai_api":
        usual["preset"] = "openai"
    context = ProviderContext(provider, credentials={"token": "a-key-of-somebody"})
    async with connect(provider, {**usual, **options}, context=context) as connection:
        yield connection


@pytest.mark.parametrize(("provider", "options", "told"), WHOLE)
async def test_in_one_piece(served: Any, remote: Remote, provider: str, options: Any, told: Any) -> None:
    """The answer of a remote that does not stream is read, with a byte order mark before it in any pieces."""
    async with opened(provider, served[1], **options) as connection:
        for mark in ("", "\ufeff", "\ufeff \r\n"):
            whole = (mark + json.dumps(told)).encode()
            for pieces in ((whole,), (whole[:1], whole[1:2], whole[2:])):
                remote.pieces = pieces
                assert (await connection.send("Hello")).content == "Hi"


async def test_a_list_of_chunks(served: Any, remote: Remote) -> None:
    """Gemini's stream as one list, as from what does not know `alt=sse`, is the same answer."""
    first = {"candidates": [{"content": {"parts": [{"text": "Well, "}]}}]}
    remote.pieces = (json.dumps([first, GEMINI]).encode(),)
    async with opened("gemini_api", served[1]) as connection:
        assert (await connection.send("Hello")).content == "Well, Hi"


@pytest.mark.parametrize(("provider", "options"), [(provider, options) for provider, options, _ in WHOLE])
@pytest.mark.parametrize("in_a_list", [False, True])
async def test_an_error_in_place_of_an_answer(
    served: Any, remote: Remote, provider: str, options: Any, in_a_list: bool
) -> None:
    """A good status with an error in its body is that error, in the remote's words."""
    remote.pieces = (json.dumps([OVERLOADED] if in_a_list else OVERLOADED).encode(),)
    async with opened(provider, served[1], **options) as connection:
        with pytest.raises(ProviderUnavailable, match="Too much going on") as raised:
            await connection.send("Hello")

    assert raised.value.code == "overloaded_error"


@pytest.mark.parametrize(("provider", "options"), [(provider, options) for provider, options, _ in WHOLE])
async def test_a_page(served: Any, remote: Remote, provider: str, options: Any) -> None:
    """A page in place of an answer, whatever it says it is, leads to the base URL; nobody knows who acted."""
    async with opened(provider, served[1], **options) as connection:
        for remote.kind, mark in ((HTML, ""), (SSE, "\n "), (JSON, "\ufeff")):
            remote.pieces = (f"{mark}<!doctype html>".encode(),)
            with pytest.raises(MalformedResponse, match="base_url") as raised:
                await connection.send("Hello")
            assert raised.value.certainty is Certainty.UNKNOWN


async def test_all_of_it_at_the_end(served: Any, remote: Remote) -> None:
    """A response that tells nothing on the way is read from its last event."""
    event = {"type": "response.completed", "response": RESPONSE}
    remote.kind, remote.pieces = SSE, (f"data: {json.dumps(event)}\n\n".encode(),)
    async with opened("openai_api", served[1], api="responses") as connection:
        assert (await connection.send("Hello")).content == "Hi"


ENDLESS = [
    ("openai_api", {}, [{**CHAT, "choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}]),
    ("openai_api", {"api": "responses"}, [{"type": "response.completed", "response": RESPONSE}]),
    ("anthropic_api", {}, [{"type": "message_start", "message": {}}, {"type": "message_stop"}]),
    ("gemini_api", {}, [GEMINI]),
]


@pytest.mark.parametrize(("provider", "options", "events"), ENDLESS)
async def test_without_the_last_blank_line(
    served: Any, remote: Remote, provider: str, options: Any, events: Any
) -> None:
    """A last event without its blank line, or its line's end, counts if it is whole; half of one does not."""
    told = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode().rstrip()
    remote.kind = SSE
    async with opened(provider, served[1], **options) as connection:
        for end in (b"\n", b"\r\n", b""):
            remote.pieces = (told + end,)
            assert (await connection.answer("Hello")).finish_reason == "stop"
        remote.pieces = (told[:-1],)
        assert isinstance((await connection.answer("Hello")).error, StreamInterrupted)


def odd(told: Any) -> st.SearchStrategy[Any]:
    """Draw what was *told* with one value in it of another type, or without it."""
    strange = st.sampled_from([None, True, -1, 2**70, "", "²", "\ud800", [], {}, [None], [{}], {"a": 1}])
    if isinstance(told, dict) and told:
        names = st.sampled_from(sorted(told))
        return strange | names.flatmap(lambda name: odd(told[name]).map(lambda one: {**told, name: one}))
    if isinstance(told, list) and told:
        return strange | odd(told[0]).map(lambda one: [one, *told[1:]])
    return strange


EMBEDDED = {"data": [{"index": 0, "embedding": [0.5]}, {"index": 1, "embedding": [1]}], "usage": {}}
OF_GEMINI = {"embeddings": [{"values": [0.5]}, {"values": [1]}], "usageMetadata": {"promptTokenCount": 3}}
LISTED = {"data": [{"id": "m"}, {"id": "n"}], "has_more": False, "models": [{"name": "models/m"}]}
INLINE = {
    "name": "batches/1",
    "metadata": {"state": "BATCH_STATE_RUNNING", "batchStats": {"pendingRequestCount": "3"}},
    "response": {"inlinedResponses": {"inlinedResponses": [{"error": {"code": 3}}, {"response": GEMINI}]}},
}
STATED = {"id": "batch_1", "status": "completed", "processing_status": "ended", "output_file_id": "f"}
LINES = b"\n".join(
    json.dumps(one).encode()
    for one in (
        {"custom_id": "1", "response": {"status_code": 200, "body": CHAT}},
        {"custom_id": "2", "result": {"type": "succeeded", "message": MESSAGE}},
    )
)
READ = {
    "gemini_api": ("batches/1", INLINE),
    "openai_api": ("batch_1", STATED),
    "anthropic_api": ("b", STATED),
}


@pytest.mark.parametrize("provider", READ)
@given(data=st.data())
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_fields_of_any_type(served: Any, provider: str, data: Any) -> None:
    """Whatever stands in lists, vectors and batches: values, or an error of the remote's, not a plugin's."""
    remote, url = served
    remote.__init__()
    handle, reading = READ[provider]
    remote.others = {"content": LINES, "results": LINES}
    async with opened(provider, url) as connection:
        for told, call in (
            (LISTED, connection.list_models),
            (reading, connection.attach_batch(handle).read),
            (OF_GEMINI if provider == "gemini_api" else EMBEDDED, lambda: connection.embed(["a", "b"])),
        ):
            remote.pieces = (json.dumps(data.draw(odd(told))).encode(),)
            with suppress(ProviderError):
                await call()


async def test_one_bad_answer_among_others(served: Any, remote: Remote) -> None:
    """An answer in a batch that makes no sense has its error, and the others stay readable."""
    broken = {**MESSAGE, "content": [{"type": "text", "text": 1}]}
    lines = [
        {"custom_id": name, "result": {"type": "succeeded", "message": message}}
        for name, message in (("good", MESSAGE), ("bad", broken))
    ]
    remote.pieces = (json.dumps(STATED).encode(),)
    remote.others = {"results": b"\n".join(json.dumps(line).encode() for line in lines)}
    async with opened("anthropic_api", served[1]) as connection:
        reading = await connection.attach_batch("msgbatch_1").read()
    found = {response.request_id: response for response in reading.responses}

    assert found["good"].content == "Hi"
    assert isinstance(found["bad"].error, MalformedResponse)
