"""Tokens that reach some connections alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

import jackfield_gateway
from jackfield import ConfigError, ProviderManager
from jackfield_gateway import Gateway, Token
from jackfield_gateway._serving import Serving
from jackfield_gateway._wires._gemini import _VERBS
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
PARTS: dict[str, Any] = {"contents": [{"parts": [{"text": "hello"}]}]}
ROUTES: dict[str, Any] = {
    **BODIES,
    "/chat/completions": {**CHAT, "stream": True},
    "/responses": {"input": "hello", "stream": True},
    "/embeddings": {"input": ["hello"]},
    "/v1/messages/count_tokens": CHAT,
    "/v1beta/models/{}:streamGenerateContent?alt=sse": PARTS,
    "/v1/models/{}:generateContent": PARTS,
    "/v1beta/models/{}:countTokens": PARTS,
    "/v1beta/models/{}:embedContent": {"content": PARTS["contents"][0]},
    "/v1beta/models/{}:batchEmbedContents": {"requests": [{"content": PARTS["contents"][0]}]},
    "/api/generate": {"prompt": "hello", "stream": False},
    "/api/embed": {"input": "hello"},
    "/api/embeddings": {"prompt": "hello"},
    "/api/show": {},
}
"""Every way to ask; `{}` where the model stands in the path."""
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
    """Every route, every way of naming the connection: refused as unknown, not hinted at, and not sent."""
    async with opened(front, remote) as door:
        for path, body in ROUTES.items():
            for model in FORBIDDEN:
                refused = await ask(door, path, body, model)
                assert refused.status_code == 404, (path, model, refused.text)
                assert "gpt-4" not in refused.text.replace(repr(model), "")
        for model in FORBIDDEN:
            for listing in ("/v1/models", "/v1beta/models", "/api/tags"):
                refused = await door.get(f"{listing}/{model}", headers={"x-api-key": GUEST})
                assert refused.status_code == 404, (listing, model)
        assert not [request for request in remote.state.requests if request.method == "POST"]


def test_every_route_is_walked() -> None:
    """A path that a wire serves and that the walk does not know would be walked by nobody."""
    wires = Path(jackfield_gateway.__file__).parent / "_wires"
    source = "".join(file.read_text(encoding="utf-8") for file in wires.glob("*.py"))
    served = set(re.findall(r'"(/[a-z0-9_/]+)"', source))
    assert "/v1/messages/count_tokens" in served
    walked = " ".join(ROUTES)
    assert {one for one in served if one not in walked} == set()
    assert {f":{verb}" for verb in _VERBS if f":{verb}" not in walked} == set()


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


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"guests": {"editor": ["wrok"]}}, "the guest 'editor' is to reach 'wrok'"),
        ({"aliases": {"gpt-4": "work:big|wrok:big"}}, "the alias 'gpt-4' asks 'wrok'"),
    ],
)
def test_a_name_of_nothing_that_is_served_is_refused(tmp_path: Path, told: Any, named: str) -> None:
    """A misspelt connection is told before anything is opened, and no token is made for it."""
    config = tmp_path / "jackfield.toml"
    config.write_text('[connections.work]\nprovider = "openai_api"\npreset = "openai"\n')
    usual = {
        "aliases": {},
        "guests": {},
        "per_minute": {},
        "budgets": {},
        "connections": (),
        "web": (),
        "origins": (),
    }
    rest = {"port": 0, "confirmed": False, "ollama": False, "side_model": None}
    serving = Serving(token_file=tmp_path / "token", config=str(config), **{**usual, **rest, **told})
    with pytest.raises(ConfigError, match=f"{named}, which is not served") as refused:
        serving.run("asyncio")
    assert "'work'" in str(refused.value)
    assert list(tmp_path.iterdir()) == [config]
