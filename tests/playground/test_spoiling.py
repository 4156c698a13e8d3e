"""The faults of a streamed answer: the same at each stand-in of an API, and seen on the wire."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any

import pytest

from jackfield_playground import AnthropicPlayground, GeminiPlayground, OpenAIPlayground

HELLO = [{"role": "user", "content": "Hello"}]
GEMINI = "/v1beta/models/gemini-3-playground:streamGenerateContent?alt=sse"
ASKS: dict[str, tuple[Any, str, str, dict[str, Any]]] = {
    "anthropic": (
        AnthropicPlayground,
        "/v1/messages",
        "x-api-key",
        {"model": "claude-playground-1", "max_tokens": 99, "messages": HELLO, "stream": True},
    ),
    "gemini": (GeminiPlayground, GEMINI, "x-goog-api-key", {"contents": [{"parts": [{"text": "Hello"}]}]}),
    "openai": (
        OpenAIPlayground,
        "/v1/chat/completions",
        "authorization",
        {"model": "gpt-playground", "messages": HELLO, "stream": True},
    ),
}


class Asking:
    """Asks one of the stand-ins, as bare as can be."""

    def __init__(self, name: str, room: Any) -> None:
        _, self.path, self.header, self.body = ASKS[name]
        self.room = room

    def ask(self, fault: str = "none", pings: int = 0) -> tuple[int, bytes, http.client.HTTPResponse]:
        """Ask while a fault is played; return the status and what came, as much as there is of it."""
        self.room.play(fault)
        address = urllib.parse.urlsplit(self.room.state.base_url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        key = f"Bearer {self.room.key}" if self.header == "authorization" else self.room.key
        headers = {self.header: key, "anthropic-version": "2023-06-01", "Content-Type": "application/json"}
        try:
            connection.request("POST", self.path, json.dumps(self.body), headers)
            response = connection.getresponse()
            if not pings:
                return response.status, response.read(), response
            lines = b""
            while lines.count(b"ping") < pings:
                lines += response.readline()
            return response.status, lines, response
        finally:
            connection.close()


@pytest.fixture(params=ASKS)
def asking(request: pytest.FixtureRequest) -> Any:
    """Return who asks one of the stand-ins."""
    with ASKS[request.param][0]().running() as room:
        yield Asking(request.param, room)


def events(body: bytes) -> list[bytes]:
    """Return the events of a body, without those that differ from answer to answer."""
    return [event for event in body.replace(b"\r\n", b"\n").split(b"\n\n") if event.strip()]


def test_what_is_whole(asking: Any) -> None:
    """Cut anywhere or slow, an answer has as many events as ever; empty, it has none."""
    usual = events(asking.ask()[1])

    assert len(events(asking.ask("in pieces")[1])) == len(usual)
    assert len(events(asking.ask("slow")[1])) == len(usual)
    assert asking.ask("empty")[:2] == (200, b"")


def test_what_has_an_error(asking: Any) -> None:
    """An error comes after what came before, as an event of its own or in one piece with it."""
    cut, apart, with_text = (asking.ask(fault)[1] for fault in ("cut", "error in stream", "error with text"))

    assert len(events(apart)) == len(events(with_text)) == len(events(cut)) + 1
    assert b"error" in events(apart)[-1]
    assert events(apart)[-1] == events(with_text)[-1]


def test_signs_of_life(asking: Any) -> None:
    """Pings come and come; who has enough of them hangs up, and that is noted."""
    status, _, _ = asking.ask("pings", pings=4)
    posted = asking.room.state.posted[-1]

    assert status == 200
    assert posted.over.wait(30)
    assert posted.left


def test_when_to_come_back(asking: Any) -> None:
    """A refusal says when to come back, in the way of its vendor: in a header, or in the details."""
    status, body, response = asking.ask("come back later")

    assert status == 429
    assert response.headers.get("retry-after") == "7" or b'"retryDelay":"7s"' in body.replace(b" ", b"")


def test_what_arrived(asking: Any) -> None:
    """What arrived is there as bytes, with its address and without the key; a fault has to be known."""
    asking.ask()
    (arrived,) = asking.room.arrived()

    assert (arrived.path, json.loads(arrived.body)) == (asking.path, asking.body)
    assert asking.room.key not in str(arrived.headers)
    assert asking.room.posts() == 1
    with pytest.raises(ValueError, match="'on fire' cannot be played"):
        asking.room.play("on fire")
