"""Accounts known by a key: how it is tried, what is listed, and errors in the middle of an answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest

from jackfield import (
    AuthenticationRequired,
    ChatRequest,
    EventStream,
    MalformedResponse,
    PermissionDenied,
    ProviderContext,
    ProviderError,
    StreamEvent,
)
from jackfield_api import (
    AnswerDecoder,
    ApiClient,
    ApiOptions,
    KeyedProvider,
    ModelList,
    examine_base_url,
    opener_in,
)

pytestmark = pytest.mark.anyio
PAGED = ModelList(
    path="/models",
    reads="in",
    writes="out",
    limit="limit",
    most=2,
    after="after",
    following="last",
    more="more",
)
PREFIXED = ModelList(path="/models", models="models", name="name", prefix="models/")


def reply(told: Any, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


class Decoder(AnswerDecoder):
    """Begins, and knows the request's id from inside."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        self.request_id = told["id"]
        yield self.begun("m", {})


@attrs.define(eq=False, slots=False)
class Provider(KeyedProvider[ApiOptions]):
    """Asks for anything."""

    def stream(self, request: ChatRequest) -> EventStream:
        return self.answer("POST", "/ask", lambda _: Decoder(), json={"text": request.messages[0].text})

    def offers(self, model: Mapping[str, Any]) -> bool:
        return not model.get("gone")


def provider(client: ApiClient, models: ModelList = PAGED) -> Provider:
    return Provider(client, ApiOptions(), models)


async def test_a_list_in_pages(serve: Any) -> None:
    """Pages are read until one says that there are no more; what is gone is not listed."""
    first = {"data": [{"id": "a", "in": 9, "out": 2}, {"id": "b", "gone": True}], "last": "b", "more": True}
    server = serve((reply(first),), (reply({"data": [{"id": "c"}], "last": "c", "more": False}),))
    async with ApiClient(server.url) as client:
        models = await provider(client).list_models()

    assert [(one.id, one.context_tokens, one.output_tokens) for one in models] == [
        ("a", 9, 2),
        ("c", None, None),
    ]
    asked = [line.split(b" ")[1] for line in server.requests]
    assert asked == [b"/models?limit=2", b"/models?limit=2&after=b"]


async def test_a_list_in_one_piece(serve: Any) -> None:
    """A list without pages is asked for once; what stands before each name is no part of it."""
    server = serve((reply({"models": [{"name": "models/a"}, {"other": 1}]}),))
    async with ApiClient(server.url) as client:
        models = await provider(client, PREFIXED).list_models()

    assert [one.id for one in models] == ["a"]
    assert server.requests[0].startswith(b"GET /models HTTP")


@pytest.mark.parametrize(
    ("told", "kind"),
    [({"data": {}}, MalformedResponse), ([], MalformedResponse), ({"error": {"code": 503}}, ProviderError)],
)
async def test_what_is_no_list(told: Any, kind: type[Exception], serve: Any) -> None:
    """What is no list of models is told as that, and an error in its place as itself."""
    server = serve((reply(told),))
    async with ApiClient(server.url) as client:
        with pytest.raises(kind):
            await provider(client).list_models()


async def test_a_key_is_tried(serve: Any) -> None:
    """A key is tried with the smallest question, and signs what follows; a refused one signs nothing."""
    key = os.urandom(8).hex()
    context = ProviderContext("tern", credentials={"token": key})
    server = serve((reply({"data": []}),), (reply({}, "401 Unauthorized"),), (reply({"data": []}),))
    async with ApiClient(server.url) as client:
        account = provider(client)
        await account.authenticate(context)
        with pytest.raises(AuthenticationRequired):
            await account.check_health()
        await account.check_health()

    assert [one.partition(b" HTTP")[0] for one in server.requests] == [b"GET /models?limit=1"] * 3
    assert all(f"bearer {key}".encode() in one.lower() for one in server.requests)


async def test_what_says_nothing_of_a_key(serve: Any) -> None:
    """An API without such a list says nothing against a key; what else does not is the provider's to say."""
    server = serve(
        (reply({}, "404 Not Found"),), (reply({}, "403 Forbidden"),), (reply({}, "403 Forbidden"),)
    )
    async with ApiClient(server.url) as client:
        account = provider(client)
        await account.check_health()
        with pytest.raises(PermissionDenied):
            await account.check_health()
        account.no_verdict = (PermissionDenied,)  # type: ignore[misc]
        await account.check_health()


async def test_an_error_in_the_middle(serve: Any) -> None:
    """What goes wrong inside an answer bears the id of its request, which support asks for."""
    told = b'data: {"id": "r1"}\n\ndata: {"error": {"message": "Overloaded"}}\n\n'
    server = serve((reply(told, kind="text/event-stream"),))
    seen: list[StreamEvent] = []
    async with ApiClient(server.url) as client:
        with pytest.raises(ProviderError, match="Overloaded") as raised:
            async with provider(client).stream(ChatRequest(messages="Hello")) as events:
                seen += [event async for event in events]

    assert raised.value.remote_request_id == "r1"


async def test_opened_late(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's module is imported when it is opened, and not before."""
    (tmp_path / "tern_opened_late.py").write_text("from contextlib import nullcontext as opened")
    monkeypatch.syspath_prepend(tmp_path)
    open_provider = opener_in("tern_opened_late")

    assert "tern_opened_late" not in sys.modules
    async with open_provider("options") as provider:
        assert provider == "options"
    del sys.modules["tern_opened_late"]


async def test_the_way_to_an_address() -> None:
    """What doctor asks of a provider with a base URL is how that is reached."""

    @attrs.frozen(kw_only=True)
    class Options(ApiOptions):
        base_url: str = "http://127.0.0.1:9"

    (found,) = await examine_base_url(Options(), "tern")

    assert "127.0.0.1:9" in str(found)
