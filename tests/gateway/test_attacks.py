"""Who may not ask, told by heads alone: wrong hosts, pages of others, no token, bodies that are too much."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from jackfield import (
    Provider,
    ProviderManager,
    ProviderType,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    WholeStream,
)
from jackfield_gateway import GatewaySettings
from jackfield_gateway._fault import Refusal
from jackfield_gateway._guard import Head, check_address, check_json, identity
from jackfield_gateway._token import Token

from .bringing import Bringing
from .conftest import TOKEN, Opener

GOOD = [(b"host", b"127.0.0.1:8462"), (b"authorization", f"Bearer {TOKEN}".encode())]
SCOPE: Any = {"server": ("127.0.0.1", 8462)}
HOSTS = [
    b"evil.com",
    b"evil.com:8462",
    b"127.0.0.1.evil.com:8462",
    b"127.0.0.1",
    b"127.0.0.1:8463",
    b"localhost.:8462",
    b"127.0.0.1:8462/v1?x#y",
    b"user@127.0.0.1:8462",
    b"",
]


def refused(headers: list[tuple[bytes, bytes]], path: bytes = b"/v1/models", **settings: Any) -> str:
    """Return the kind of the refusal of a request with these headers; nothing when it is let in."""
    head = Head("POST", path, headers)
    try:
        check_address(head, SCOPE, GatewaySettings(**settings))
        identity(head, [Token(TOKEN)])
        check_json(head)
    except Refusal as refusal:
        return refusal.fault.kind
    return ""


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_must_be_exactly_ours(host: bytes) -> None:
    """No other name, port or spelling is served, and nothing behind a Host can name another path."""
    assert refused([(b"host", host), GOOD[1]]) == "host"


def test_two_hosts_or_none_are_refused() -> None:
    """There is one Host; `localhost` and the two loopback addresses are ours, and what settings name."""
    assert refused([GOOD[0], *GOOD]) == refused([GOOD[1]]) == "host"
    for ours in (b"localhost:8462", b"[::1]:8462"):
        assert refused([(b"host", ours), GOOD[1]]) == "media_type"
    assert refused([(b"host", b"door.example"), GOOD[1]], hosts={"door.example"}) == "media_type"


@pytest.mark.parametrize(
    "extra",
    [
        (b"origin", b"https://evil.com"),
        (b"origin", b"null"),
        (b"origin", b"http://127.0.0.1:8462"),
        (b"sec-fetch-site", b"cross-site"),
    ],
)
def test_pages_may_not_ask(extra: tuple[bytes, bytes]) -> None:
    """What a browser sends for a page is refused, unless its origin was allowed word for word."""
    assert refused([*GOOD, extra]) == "origin"
    assert refused([*GOOD, (b"origin", b"https://app.example")], allow_origins={"https://app.example"}) == (
        "media_type"
    )
    # The door's own page may, as no script of another one can say it: with both headers, and both right.
    own = (b"origin", b"http://127.0.0.1:8462")
    assert refused([*GOOD, own, (b"sec-fetch-site", b"same-origin")]) == "media_type"
    assert refused([*GOOD, own, (b"sec-fetch-site", b"same-site")]) == "origin"
    assert (
        refused([*GOOD, (b"origin", b"http://127.0.0.1:8463"), (b"sec-fetch-site", b"same-origin")])
        == "origin"
    )
    # node's own fetch says this for every program.
    assert refused([*GOOD, (b"sec-fetch-mode", b"cors")]) == "media_type"


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [(b"authorization", b"Bearer wrong")],
        [(b"authorization", f"Bearer {TOKEN[:-1]}".encode())],
        [(b"authorization", f"Bearer {TOKEN.upper()}".encode())],
        [(b"authorization", f"Basic {TOKEN}".encode())],
        [(b"authorization", TOKEN.encode())],
        [GOOD[1], GOOD[1]],
        [GOOD[1], (b"x-api-key", b"wrong")],
        [(b"x-api-key", b"")],
        [(b"cookie", f"token={TOKEN}".encode())],
    ],
)
def test_a_token_is_right_or_it_is_not(shown: list[tuple[bytes, bytes]]) -> None:
    """A missing, wrong, doubled or contradicting token is refused, always in the same words."""
    assert refused([GOOD[0], *shown]) == "token"


def test_every_header_that_can_hold_a_token_counts_the_same() -> None:
    """Vendors' clients name it differently; to us it is one identity."""
    for name in (b"x-api-key", b"api-key", b"x-goog-api-key"):
        assert refused([GOOD[0], (name, TOKEN.encode())]) == "media_type"
    assert refused([*GOOD, (b"x-api-key", TOKEN.encode())]) == "media_type"


def test_a_body_is_json_and_has_one_length() -> None:
    """A form cannot ask; a body with two lengths, a target that is an address and a huge head are refused."""
    for kind in (b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/json"):
        assert refused([*GOOD, (b"content-type", kind)]) == "media_type"
    json_type = (b"content-type", b"application/json; charset=utf-8")
    assert refused([*GOOD, json_type]) == ""
    lengths = [(b"content-length", b"3"), (b"transfer-encoding", b"chunked")]
    assert refused([*GOOD, json_type, *lengths]) == "invalid"
    assert refused([*GOOD, json_type], path=b"http://127.0.0.1:8462/v1/models") == "invalid"
    assert refused([*GOOD, (b"x", b"a" * 40_000)]) == refused([*GOOD, *[(b"x", b"")] * 101]) == "invalid"


@pytest.mark.anyio
async def test_what_needs_no_token_tells_nothing(front: Opener) -> None:
    """Somebody is here: no more is told to who shows no token, and no connection is held for a body."""
    async with front() as door:
        host = door.address.removeprefix("http://")
        for asked in ("GET /health", "HEAD /", "HEAD /api/hello"):
            told = await door.say(f"{asked} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
            assert told.split()[1] == b"200"
        assert (await door.get("/health")).json() == {"status": "ok"}
        early = await door.say(door.asking(b"", length=1_000_000_000).replace(TOKEN.encode(), b"wrong"))
        assert early.split()[1] == b"401"
        assert b"connection: close" in early


@pytest.mark.anyio
async def test_a_page_that_may_ask_is_told_so_and_no_other(front: Opener) -> None:
    """Its origin is named word for word, with whatever headers it wants; it needs a token all the same."""
    app = {"origin": "https://app.example"}
    wish = {"access-control-request-headers": "authorization, X-Stainless-Lang,\tbad name, x\x01"}
    async with front(allow_origins={"https://app.example"}) as door:
        path = "/v1/chat/completions"
        ahead = await door.get(path, method="OPTIONS", headers={**app, **wish})
        asked = await door.get("/v1/models", headers={**app, "authorization": f"Bearer {TOKEN}"})
        bare = await door.get("/v1/models", headers=app)
        other = await door.get(path, method="OPTIONS", headers={**wish, "origin": "https://app.example.org"})
    assert (ahead.status_code, asked.status_code, bare.status_code, other.status_code) == (204, 200, 401, 403)
    assert ahead.headers["access-control-allow-headers"] == "authorization, x-stainless-lang"
    for told in (ahead, asked, bare):
        assert told.headers["access-control-allow-origin"] == "https://app.example"
        assert told.headers["vary"] == "origin"
        assert "access-control-allow-credentials" not in told.headers
    assert "access-control-allow-origin" not in other.headers


@attrs.define(eq=False)
class _Page(Provider):
    """Stands for a provider that drives a page."""

    @asynccontextmanager
    async def stream(self, request: Any) -> AsyncIterator[WholeStream]:
        yield WholeStream(ResponseStarted(), TextDelta("from the page"), ResponseFinished())


PAGES = Bringing("page", ProviderType.WEB_AUTOMATION, _Page())


@pytest.mark.anyio
async def test_what_is_not_served_is_not_there(front: Opener) -> None:
    """A connection that drives a person's own account is neither listed nor reached, unless it was named."""

    async def add(manager: ProviderManager) -> None:
        await manager.add_provider("page")

    asked = {"messages": [{"role": "user", "content": "hello"}]}
    told = {"authorization": f"Bearer {TOKEN}"}
    aliases = {"alias": "page", "chain": "work,page"}
    for web in ((), ("page",)):
        async with front(add, aliases=aliases, plugins=[PAGES], web=web) as door:
            listed = await door.get("/v1/models", headers=told)
            names = [model["id"] for model in listed.json()["data"]]
            assert names[:4] == (["alias", "chain", "work", "work/gpt-playground"] if web else names[:4])
            assert ("page" in names) is bool(web)
            for name in ("page", "page/any", "any@page", "alias"):
                answer = await door.get(
                    "/v1/chat/completions", method="POST", json={"model": name, **asked}, headers=told
                )
                assert (answer.status_code == 404) is not bool(web), (name, answer.text)


@pytest.mark.anyio
async def test_a_field_cannot_make_a_header_of_its_own(front: Opener) -> None:
    """What a field is called goes into a header without a line break, a blank end, or anything past ASCII."""
    told: Any = {
        "model": "work",
        "messages": [{"role": "user", "content": "hello"}],
        "a\r\nset-cookie: b": 1,
        "b\u00fcr\ud800": 1,
        " ": 1,
        "~ ": 1,
        "~~" + "\U0001f600" * 5000: 1,
    }
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    async with front() as door:
        answer = await door.get(
            "/v1/chat/completions", method="POST", content=json.dumps(told), headers=headers
        )
    assert answer.status_code == 200
    named = answer.headers["x-jackfield-ignored"]
    assert named.startswith(r", a\r\nset-cookie: b, b\xfcr\ud800, ~ , ~~\U0001f600\U0001f600")
    assert len(named) == 4000 - 1  # the blank at its begin is no part of a value
    assert "set-cookie" not in answer.headers
