"""Anthropic's stand-in refuses what the vendor refuses, and goes wrong on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from jackfield_playground import AnthropicPlayground, playground

HELLO = [{"role": "user", "content": "Hello"}]
CALL = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "noon"}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "forged"}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}}


def turn(*blocks: dict[str, Any], role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": list(blocks)}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


@pytest.fixture(scope="module")
def room() -> Iterator[AnthropicPlayground]:
    """A stand-in that is running."""
    with AnthropicPlayground().running() as running:
        yield running


@pytest.fixture(scope="module")
def client(room: AnthropicPlayground) -> Iterator[httpx.Client]:
    """A plain client that knows the key and the second version."""
    headers = {"anthropic-version": "2026-10-21", "authorization": f"Bearer {room.key}"}
    with httpx.Client(base_url=room.base_url, headers=headers, trust_env=False, timeout=20) as connected:
        yield connected


def ask(client: httpx.Client, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    body = {"model": "claude-playground-1", "max_tokens": 100, "messages": HELLO, **fields}
    body = {name: value for name, value in body.items() if value is not ...}
    return client.post("/v1/messages", json=body, headers=headers)


WRONG: dict[str, dict[str, Any]] = {
    "max_tokens: Field required": {"max_tokens": ...},
    "max_tokens: Input should be": {"max_tokens": 0},
    "max_tokens: 70000 > 64000": {"max_tokens": 70_000},
    "messages: Field required": {"messages": ...},
    "at least one message": {"messages": []},
    "messages.0.role": {"messages": [turn(text("x"), role="tool")]},
    'must use the "user" role': {"messages": [turn(text("x"), role="assistant"), *HELLO]},
    "non-empty content": {"messages": [*HELLO, turn(role="assistant"), *HELLO]},
    "non-whitespace": {"messages": [turn(text("  "))]},
    "temperature: Extra inputs are not permitted": {"temperature": 1.0},
    "frobnicate: Extra inputs": {"frobnicate": 1},
    "`document` blocks are not permitted": {"messages": [*HELLO, turn(PDF, role="assistant"), *HELLO]},
    "citations are not permitted": {"messages": [turn(text("x", citations=[{"type": "char_location"}]))]},
    "Invalid `signature`": {"messages": [*HELLO, turn(THOUGHT, text("x"), role="assistant"), *HELLO]},
    "thinking.signature: Field required": {
        "messages": [*HELLO, turn({"type": "thinking", "thinking": "Hm."}, role="assistant"), *HELLO]
    },
    "`tool_use` ids were found without": {"messages": [*HELLO, turn(CALL, role="assistant"), *HELLO]},
    "unexpected `tool_use_id`": {"messages": [turn(RESULT)]},
    "tool_use.id: String should match": {
        "messages": [*HELLO, turn({**CALL, "id": "a:1"}, role="assistant"), turn(RESULT)]
    },
    "greater than `thinking.budget_tokens`": {"thinking": {"type": "enabled", "budget_tokens": 2000}},
    "budget_tokens: Input should be": {"thinking": {"type": "enabled", "budget_tokens": 10}},
    "providing tools": {"tool_choice": {"type": "any"}},
    "input_schema": {"tools": [{"name": "clock"}]},
    "source": {
        "messages": [turn({"type": "image", "source": {"type": "base64", "media_type": "image/bmp"}})]
    },
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_refused(words: str, client: httpx.Client) -> None:
    """A request that the vendor would refuse is refused, in its type and in words like its own."""
    answer = ask(client, **WRONG[words])
    error = answer.json()

    assert answer.status_code == 400
    assert (error["type"], error["error"]["type"]) == ("error", "invalid_request_error")
    assert words in error["error"]["message"]
    assert error["request_id"] == answer.headers["request-id"]


def test_versions(client: httpx.Client, room: AnthropicPlayground) -> None:
    """The version is required and must be one; the first takes a temperature, and no system turn."""
    with httpx.Client(base_url=room.base_url, headers={"x-api-key": room.key}, trust_env=False) as plain:
        assert ask(plain).json()["error"]["message"] == "anthropic-version: header is required"
    first = {"anthropic-version": "2023-06-01"}
    later = [*HELLO, turn(text("In French."), role="system"), *HELLO]

    assert ask(client, {"anthropic-version": "2024-01-01"}).status_code == 400
    assert ask(client, first, temperature=0.5).status_code == 200
    assert ask(client, first, messages=later).status_code == 400
    assert ask(client, messages=later).status_code == 200
    assert ask(client, {"anthropic-beta": "what-nobody-knows"}).status_code == 200


def test_keys(client: httpx.Client) -> None:
    """A wrong key is a 401; where both headers are there, `x-api-key` counts."""
    assert ask(client, {"authorization": "Bearer nobody"}).json()["error"]["type"] == "authentication_error"
    assert ask(client, {"x-api-key": "nobody"}).status_code == 401


def test_what_is_not_there(client: httpx.Client) -> None:
    """A model, a batch and a path that nobody knows are a 404 in the API's own shape."""
    unknown = ask(client, model="claude-9")
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (404, "model: claude-9")
    for path in ("/v1/messages/batches/msgbatch_0", "/v2/messages"):
        assert client.get(path).json()["error"]["type"] == "not_found_error"


def test_faults_wait_for_their_turn(client: httpx.Client, room: AnthropicPlayground) -> None:
    """What is to befall the next requests goes first; what is played stays until nothing is."""
    room.state.play_next("529")
    room.play("flaky")
    statuses = [ask(client).status_code for _ in range(4)]
    room.play("none")

    assert statuses == [529, 500, 200, 500]
    assert ask(client).status_code == 200
    with pytest.raises(ValueError, match="thunder"):
        room.play("thunder")


def test_nothing_of_the_key_is_kept(client: httpx.Client, room: AnthropicPlayground) -> None:
    """The books hold what was asked and not by whom."""
    ask(client)

    assert room.key not in f"{room.state.posted[-1]!r} {dict(room.state.posted[-1].headers)}"


@pytest.mark.anyio
async def test_by_its_name() -> None:
    """`playground(name)` serves a stand-in for a block on any loop, with faults that wait for requests."""
    async with playground("anthropic", faults=["429"], retry_after=3) as room:
        headers = {"anthropic-version": "2026-10-21", "x-api-key": room.key}
        async with httpx.AsyncClient(base_url=room.base_url, headers=headers, trust_env=False) as client:
            body = {"model": room.model, "max_tokens": 100, "messages": HELLO}
            first, second = [await client.post("/v1/messages", json=body) for _ in range(2)]

    assert (first.status_code, first.headers["retry-after"], second.status_code) == (429, "3", 200)
    assert room.open_connections() == 0
    with pytest.raises(LookupError, match="anthropic"):
        async with playground("nobody"):
            pass
