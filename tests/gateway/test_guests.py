"""Tokens that reach some connections alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from jackfield import ConfigError, ProviderManager
from jackfield_gateway import Gateway, Token
from jackfield_gateway._serving import Serving
from jackfield_playground import OpenAIPlayground

from .conftest import TOKEN, Door, Opener, connect

GUEST = "a-token-of-somebody-else-0123456"
ALIASES = {"gpt-4": "work:gpt-playground", "both": "home,work", "mine": "home"}
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 64}
BODIES: dict[str, Any] = {
    "/v1/chat/completions": CHAT,
    "/v1/messages": CHAT,
    "/v1/responses": {"input": "hello"},
    "/v1/embeddings": {"input": "hello"},
    "/api/chat": {"messages": CHAT["messages"], "stream": False},
    "/v1beta/models/{}:generateContent": {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]},
}
FORBIDDEN = ["work", "gpt-4", "both", "work/gpt-playground", "gpt-playground@work", "work:gpt-playground"]


def opened(front: Opener, remote: OpenAIPlayground) -> Any:
    """Open a door to `work` and `home`, with a guest for `home` alone."""

    async def add(manager: ProviderManager) -> None:
        await connect(manager, remote, "home")

    guest = Token(GUEST, name="guest", connections=["home"])
    return front(add, guests=[guest], aliases=ALIASES, ollama=True)


async def ask(door: Door, path: str, body: Any, model: str, token: str = GUEST) -> httpx2.Response:
    """Ask *model* on a wire."""
    headers = {"authorization": f"Bearer {token}"}
    body = {**body, "model": model} if "{}" not in path else body
    return await door.get(path.format(model), method="POST", json=body, headers=headers)


@pytest.mark.anyio
async def test_no_route_leads_where_a_token_does_not_reach(front: Opener, remote: OpenAIPlayground) -> None:
    """Every wire, every way of naming the connection: refused as unknown, and nothing is sent."""
    async with opened(front, remote) as door:
        for path, body in BODIES.items():
            for model in FORBIDDEN:
                refused = await ask(door, path, body, model)
                assert refused.status_code == 404, (path, model, refused.text)
                assert "gpt-4" not in refused.text.replace(repr(model), "")
        assert remote.posts() == 0


@pytest.mark.anyio
async def test_it_asks_and_lists_what_it_reaches(front: Opener, remote: OpenAIPlayground) -> None:
    """The guest gets answers from its connection, and sees its names alone; the owner sees all."""
    async with opened(front, remote) as door:
        answered = await ask(door, "/v1/chat/completions", CHAT, "mine")
        assert answered.headers["x-jackfield-connection"] == "home"
        assert (await ask(door, "/v1/chat/completions", CHAT, "both", TOKEN)).status_code == 200
        seen = {}
        for token in (GUEST, TOKEN):
            listed = await door.get("/v1/models", headers={"x-api-key": token})
            seen[token] = {model["id"] for model in listed.json()["data"]}
    assert {"mine", "home", "home/gpt-playground"} <= seen[GUEST]
    assert not {name for name in seen[GUEST] if "work" in name or name in {"gpt-4", "both"}}
    assert {"work", "gpt-4", "both", "home"} <= seen[TOKEN]


@pytest.mark.anyio
async def test_names_of_tokens_are_their_own() -> None:
    """Answers are kept by the name of who asked: two tokens of one name could be given each other's."""
    async with ProviderManager() as manager:
        with pytest.raises(TypeError, match="a name of its own"):
            Gateway(manager, Token(TOKEN), Token(GUEST))


def test_a_guest_of_nothing_that_is_served_is_refused(tmp_path: Path) -> None:
    """A misspelt connection is told before anything is opened, and no token is made for it."""
    config = tmp_path / "jackfield.toml"
    config.write_text('[connections.work]\nprovider = "openai_api"\npreset = "openai"\n')
    serving = Serving(
        aliases={},
        token_file=tmp_path / "token",
        guests={"editor": ["wrok"]},
        config=str(config),
        port=0,
        connections=(),
        web=(),
        confirmed=False,
        origins=(),
        ollama=False,
        side_model=None,
    )
    with pytest.raises(ConfigError, match="'wrok', which is not served") as refused:
        serving.run("asyncio")
    assert "work" in str(refused.value)
    assert list(tmp_path.iterdir()) == [config]
