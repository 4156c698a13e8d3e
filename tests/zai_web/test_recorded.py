"""Streams as the z.ai room sends them, recorded and cut."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Accumulator, StreamEvent
from jackfield_playground import ZaiPlayground, ZaiSettings
from jackfield_web.site import WirePattern
from jackfield_web.wire import framing_for
from jackfield_zai_web import ZaiDecoder

QUESTION = "Write a function, “please” 東京 🙂"
SWITCHES: dict[str, dict[str, Any]] = {
    "as ever": {},
    "everything": {"tools": True, "edits": True, "unknown": True, "nested": True},
    "older": {"thinking": "details", "edits": True, "api_version": 1, "early_usage": False},
}


@pytest.fixture(scope="module")
def recorded() -> dict[str, tuple[bytes, str]]:
    """Ask once with each set of switches; return what was sent, and the text that it means."""
    return {name: record(ZaiSettings(piece_seconds=0, **more)) for name, more in SWITCHES.items()}


def record(settings: ZaiSettings) -> tuple[bytes, str]:
    with ZaiPlayground(settings).running() as zai, httpx.Client(base_url=zai.base_url, timeout=20) as page:
        token = page.get("/api/v1/auths/").json()["token"]
        query = {"token": token}
        chat = page.post("/api/v1/chats/new", params=query, json={"chat": {}}).json()["id"]
        ids = {"id": str(uuid.uuid4()), "current_user_message_id": str(uuid.uuid4()), "chat_id": chat}
        said = {"messages": [{"role": "user", "content": QUESTION}], "model": "glm-5.3", **ids}
        path = "/api/v2/chat/completions" if settings.api_version == 2 else "/api/chat/completions"
        headers = {"X-FE-Version": settings.fe_version}
        answer = page.post(path, params=query, json=said, headers=headers)
        return answer.content, zai.state.asked[0].answer


def decoded(pieces: Iterator[bytes]) -> list[StreamEvent]:
    framing = framing_for("fetch-sse")
    decoder = ZaiDecoder(WirePattern(url="x", kind="fetch-sse", decoder="zai"), lambda: None)
    return [event for piece in pieces for one in framing.feed(piece) for event in decoder.feed(one)]


@pytest.mark.parametrize("name", SWITCHES)
def test_byte_by_byte(recorded: dict[str, tuple[bytes, str]], name: str) -> None:
    """Cut at every byte at once, a stream gives the events of the whole, and they the server's own text."""
    stream, text = recorded[name]
    whole = decoded(iter([stream]))
    folded = Accumulator()
    for event in whole:
        folded.add(event)

    assert decoded(stream[at : at + 1] for at in range(len(stream))) == whole
    assert folded.finished is not None
    assert folded.text == text
    assert folded.reasoning.startswith("They ask: “Write a function, “please” 東京 🙂”\n")


@given(data=st.data(), name=st.sampled_from(sorted(SWITCHES)))
def test_cut_anywhere(recorded: dict[str, tuple[bytes, str]], data: st.DataObject, name: str) -> None:
    """Cut anywhere, any number of times, it gives the same."""
    stream, _ = recorded[name]
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=30))
    edges = sorted({0, len(stream), *cuts})

    assert decoded(stream[one:other] for one, other in pairwise(edges)) == decoded(iter([stream]))
