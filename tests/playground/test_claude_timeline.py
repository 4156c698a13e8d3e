"""The second transport of Claude's stand-in, spoken to as its page does: calls, and a stream that is open."""

from __future__ import annotations

import gzip
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from jackfield_playground import ClaudePlayground, ClaudeSettings
from jackfield_playground.claude._timeline import SERVICE, envelope, read_message, write_message
from jackfield_web.wire import framing_for


@pytest.fixture
def claude() -> Iterator[ClaudePlayground]:
    """A stand-in whose account was moved to the second transport."""
    settings = ClaudeSettings(piece_seconds=0, merged=True, layout="2026-10", timeline_seconds=0.3)
    with ClaudePlayground(settings).running() as claude:
        yield claude


@pytest.fixture
def client(claude: ClaudePlayground) -> Iterator[httpx.Client]:
    """The page of somebody who is logged in."""
    with httpx.Client(
        base_url=claude.base_url + SERVICE,
        cookies={"sessionKey": claude.session_key},
        headers={"origin": claude.base_url},
        timeout=20,
    ) as client:
        yield client


def act(client: httpx.Client, **action: Any) -> httpx.Response:
    body, headers = gzip.compress(write_message(action)), {"content-encoding": "gzip"}
    return client.post("/PerformAction", content=body, headers=headers)


def listen(client: httpx.Client, conversation: str) -> list[Any]:
    """Return what one stream tells of a conversation until it is closed."""
    body, framing = envelope(write_message({"conversation_id": conversation})), framing_for("connect")
    with client.stream("POST", "/StreamTimeline", content=body) as answer:
        records = [one for piece in answer.iter_bytes() for one in framing.feed(piece)]
    assert (records[-1].event, records[-1].data) == ("end", {})
    return [read_message(one.data) for one in records[:-1]]


def message(conversation: str, text: str) -> dict[str, Any]:
    names = {name: str(uuid.uuid4()) for name in ("message_id", "assistant_message_id")}
    return {**names, "conversation_id": conversation, "text": text, "model": "claude-sonnet-5"}


def test_an_answer_comes_on_the_stream_that_is_open(client: httpx.Client, claude: ClaudePlayground) -> None:
    """What a call sent is answered on the stream that was open before, and kept in the same tree."""
    name, heard = str(uuid.uuid4()), list[Any]()
    listening = threading.Thread(target=lambda: heard.extend(listen(client, name)))
    listening.start()
    assert act(client, send_message=message(name, "[quotes]")).content == b""
    listening.join(20)
    while not heard or not heard[-1].get("update", {}).get("message", {}).get("is_complete"):
        heard += listen(client, name)

    last = heard[-1]["update"]
    assert last["conversation"]["status"] == "STATUS_IDLE"
    assert last["content_blocks"][0]["text"] == claude.state.asked[0].answer
    kept = client.get(
        f"{claude.base_url}/api/organizations/{claude.state.organization}/chat_conversations/{name}"
    ).json()
    assert kept["current_leaf_message_uuid"] == last["message"]["id"]


def test_a_limit_is_told_on_the_stream(client: httpx.Client, claude: ClaudePlayground) -> None:
    """That a call was taken says nothing: the stream says that the message was refused."""
    claude.state.change(limited_seconds=60)
    name = str(uuid.uuid4())
    asked = message(name, "Hello")

    assert act(client, send_message=asked).status_code == 200
    assert {"message_id": asked["message_id"], "error": "rate_limited"} in [
        one.get("mutation_ack") for one in listen(client, name)
    ]
    assert claude.state.asked == ()


@pytest.mark.parametrize(
    ("merged", "origin", "why"),
    [(False, None, "not included in your current plan"), (True, "http://elsewhere", "origin not allowed")],
)
def test_who_may_not_call(
    client: httpx.Client, claude: ClaudePlayground, merged: bool, origin: str | None, why: str
) -> None:
    """An account that was not moved, and another page, are denied; which is no word of the session."""
    claude.state.change(merged=merged)
    client.headers["origin"] = origin or claude.base_url
    answer = act(client, send_message=message("c", "Hello"))

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert why in answer.json()["message"]


def test_a_message_is_read_as_it_was_written() -> None:
    """A message of this playground is a text of JSON in the first field, as long as it may be."""
    for size in (0, 100, 200, 20_000):
        assert read_message(write_message({"a": "x" * size})) == {"a": "x" * size}
