"""What a caller says of a request: headers, bodies, files, limits, and how it is signed."""

from __future__ import annotations

import email
import email.policy
import hashlib
import inspect
import io
import logging
import os
import socket
import threading
import traceback
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConfigError,
    ConnectionLost,
    InvalidRequest,
    QuotaExhausted,
    Secret,
)

pytestmark = pytest.mark.anyio

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'


def key() -> Secret:
    return Secret(f"sk-{os.urandom(8).hex()}")


def parsed(request: bytes) -> tuple[str, dict[str, list[str]], bytes]:
    """Return a request's first line, its headers by lower-case names, and its body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return first, headers, body


def form(request: bytes) -> dict[str, tuple[str | None, str, bytes]]:
    """Return the fields of a multipart request: file name, media type and content of each."""
    _, headers, body = parsed(request)
    said = f"Content-Type: {headers['content-type'][0]}\r\n\r\n".encode()
    message = email.message_from_bytes(said + body, policy=email.policy.HTTP)
    return {
        str(part.get_param("name", header="content-disposition")): (
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),  # type: ignore[misc]
        )
        for part in message.iter_parts()  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("name", ["header", "body", "foo"])
async def test_unknown_argument(api: Any, serve: Any, name: str) -> None:
    """A misspelt argument is a TypeError, and nothing is sent without what it was meant to say."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        for ask in (client.request, client.request_json):
            with pytest.raises(TypeError, match=name):
                await ask("POST", "/", **{name: {}})
        with pytest.raises(TypeError, match=name):
            async with client.stream("POST", "/", **{name: {}}):
                pass

    assert server.connections == 0


async def test_help(api: Any) -> None:
    """`help` tells of every argument and of the attribute `credential`."""
    told = inspect.getdoc(api.ApiClient.request) or ""

    for ask in (api.ApiClient.request, api.ApiClient.request_json, api.ApiClient.stream):
        names = [name for name in inspect.signature(ask).parameters if name != "self"]
        assert names == [name for name in names if f"{name}: " in told]
    made = inspect.getdoc(api.ApiClient) or ""
    assert all(f"{name}: " in made for name in inspect.signature(api.ApiClient).parameters)
    assert "may be set" in (inspect.getdoc(api.ApiClient.credential) or "")


async def test_headers_of_a_request(api: Any, serve: Any) -> None:
    """Headers of a request go over the client's and the usual ones, in any case, and for it alone."""
    server = serve((OK,))

    async with api.ApiClient(server.url, headers={"X-App": "ours", "Accept": "text/plain"}) as client:
        extra = {"x-app": "mine", "Idempotency-Key": "k1", "traceparent": "00-a-b-01", "User-Agent": "me "}
        await client.request("POST", "/", json={}, headers=extra | {"content-type": "application/x"})
        async with client.stream("POST", "/", headers={"anthropic-beta": "b"}):
            pass

    _, first, _ = parsed(server.requests[0])
    _, second, _ = parsed(server.requests[1])
    assert (first["x-app"], first["idempotency-key"], first["traceparent"]) == (
        ["mine"],
        ["k1"],
        ["00-a-b-01"],
    )
    assert (first["content-type"], first["user-agent"], first["accept"]) == (
        ["application/x"],
        ["me"],
        ["text/plain"],
    )
    assert (second["x-app"], second["anthropic-beta"], second["user-agent"]) == (
        ["ours"],
        ["b"],
        ["jackfield"],
    )


BAD_HEADERS: list[Any] = [
    {"X-A": "hidden\r\nX-B: 1"},
    {"X-A": "hiddené"},
    {"X-A": "hidden\x00"},
    {"X-A": b"hidden"},
    {"X-A": 5},
    {"hidden: x": "a"},
    {"": "hidden"},
    {"Host": "hidden.example"},
    {"Content-Length": "5"},
    {"transfer-encoding": "chunked"},
    {"Proxy-Authorization": "hidden"},
    [("X-A", "hidden")],
]


@pytest.mark.parametrize("headers", BAD_HEADERS, ids=repr)
async def test_bad_headers(api: Any, serve: Any, headers: Any) -> None:
    """A header that cannot be sent is told by its name, never by its value, before anything is sent."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(InvalidRequest, match="header") as caught:
            await client.request("GET", "/", headers=headers)
    with pytest.raises(ConfigError, match="header") as told:
        api.ApiClient(server.url, headers=headers)

    assert "hidden" not in str(caught.value) + str(told.value)
    assert server.connections == 0


async def test_no_header_for_a_credential(api: Any, serve: Any) -> None:
    """The credential's header cannot be given beside it, in any case; without a credential it can."""
    server, ours = serve((OK,)), key()
    with_key = {"headers": {"X-Api-Key": "old"}, "credential": api.Credential(ours, "x-api-key", "")}

    async with api.ApiClient(server.url, **with_key) as client:
        with pytest.raises(InvalidRequest, match="is the credential's"):
            await client.request("GET", "/", headers={"X-API-KEY": "other"})
        await client.request("GET", "/", headers={"Authorization": "other"})
        client.credential = lambda _: {}
        with pytest.raises(InvalidRequest, match="is the credential's"):
            await client.request("GET", "/", headers={"authorization": "other"})
        client.credential = None
        await client.request("GET", "/", headers={"x-api-key": "mine"})

    assert parsed(server.requests[0])[1]["x-api-key"] == [ours.reveal()]
    assert parsed(server.requests[0])[1]["authorization"] == ["other"]
    assert parsed(server.requests[1])[1]["x-api-key"] == ["mine"]
    assert len(server.requests) == 2


async def test_queries(api: Any, serve: Any) -> None:
    """Lists repeat their name, booleans are JSON's, and a query in the path is gone on with."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        await client.request("GET", "/x?a=1", params={"b": [2, 3], "c": True, "d": None})

    assert server.requests[0].startswith(b"GET /x?a=1&b=2&b=3&c=true HTTP/1.1\r\n")


async def test_bodies(api: Any, serve: Any) -> None:
    """A body is JSON, bytes or a text as they are, or a form."""
    server = serve((OK,))
    async with api.ApiClient(server.url) as client:
        await client.request("POST", "/", content=b"\x00\xff", headers={"Content-Type": "application/x"})
        await client.request("POST", "/", content="ü")
        await client.request("PUT", "/", data={"a": "1 2", "b": ["x", "y"]})

    heads = [parsed(request) for request in server.requests]
    assert [body for _, _, body in heads] == [b"\x00\xff", "ü".encode(), b"a=1+2&b=x&b=y"]
    assert heads[0][1]["content-type"] == ["application/x"]
    assert heads[2][1]["content-type"] == ["application/x-www-form-urlencoded"]


async def test_body_as_it_comes(api: Any) -> None:
    """A body without a known size is sent in chunks, as its pieces come."""
    request = bytearray()

    def answer(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            while not request.endswith(b"0\r\n\r\n"):
                request.extend(connection.recv(65536))
            connection.sendall(OK)

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"one ", b"two"):
            await anyio.lowlevel.checkpoint()
            yield piece

    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, answer, listener)
            async with api.ApiClient(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                assert (await client.request("POST", "/", content=pieces())).status == 200

    assert request.endswith(b"\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_file_that_fails(api: Any, serve: Any, tmp_path: Path) -> None:
    """A file that cannot be read is InvalidRequest, and nothing is claimed of the remote."""

    class Failing(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            raise OSError("input/output error")

    async with api.ApiClient(serve((OK,)).url) as client:
        with pytest.raises(InvalidRequest, match="cannot be read") as caught:
            await client.request("POST", "/", files={"f": Failing(b"x")})
        (tmp_path / "gone").write_bytes(b"")
        with (tmp_path / "gone").open("rb") as file:
            pass
        with pytest.raises(InvalidRequest):
            await client.request("POST", "/", files={"f": file})

    assert caught.value.certainty is Certainty.UNKNOWN


async def test_multipart(api: Any, serve: Any, tmp_path: Path) -> None:
    """Fields and files make a multipart form; a file is read while it is sent, and not on the event loop."""
    (tmp_path / "clip.wav").write_bytes(b"RIFF" * 50_000)
    readers: set[int] = set()

    class Watched(io.FileIO):
        def read(self, size: int = -1, /) -> Any:
            readers.add(threading.get_ident())
            return super().read(size)

    server = serve((OK,))
    with Watched(tmp_path / "clip.wav") as clip:
        async with api.ApiClient(server.url) as client:
            files = {"file": ("clip.wav", clip, "audio/wav"), "note": ("n.txt", "text")}
            await client.request("POST", "/v1/audio", data={"model": "whisper"}, files=files)

    found = form(server.requests[0])
    assert found["file"] == ("clip.wav", "audio/wav", b"RIFF" * 50_000)
    assert found["note"] == ("n.txt", "text/plain", b"text")
    assert found["model"][2] == b"whisper"
    assert readers
    assert threading.get_ident() not in readers


@pytest.mark.parametrize(
    "said",
    [
        {"json": {}, "content": b""},
        {"json": {}, "data": {}},
        {"content": b"", "files": {}},
        {"content": 5},
        {"content": [b"a"]},
        {"data": "a=1"},
        {"data": {"a": object()}, "files": {"f": b"x"}},
        {"files": {"f": object()}},
        {"files": {"f": io.StringIO("text")}},
        {"files": 5},
        {"files": ["f"]},
        {"params": 5},
        {"params": {"a": "\ud800"}},
        {"json": {1, 2}},
    ],
    ids=[f"body {number}" for number in range(14)],
)
async def test_bad_bodies(api: Any, serve: Any, said: Any) -> None:
    """What cannot be written, or is two bodies, is InvalidRequest, and nothing is sent."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(InvalidRequest) as caught:
            await client.request("POST", "/x", **said)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert server.requests == []


async def test_limits_of_a_request(api: Any, serve: Any) -> None:
    """A request may have limits of its own; the next one has the client's."""
    server = serve((0.4, OK))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(ConnectionLost):
            await client.request("GET", "/", timeouts=api.Timeouts(read=0.05))
        assert (await client.request("GET", "/")).status == 200


async def test_signed_by_a_callback(api: Any, serve: Any) -> None:
    """A callback sees method, address, headers and body, and signs each request anew; so does a coroutine."""
    server = serve((OK,))
    seen: list[Any] = []

    def sign(request: Any) -> Mapping[str, str]:
        seen.append(request)
        digest = hashlib.sha256(request.body).hexdigest()
        return {"Authorization": f"AWS4 {digest}", "X-Date": str(len(seen)), "user-agent": "signed"}

    async def renewed(request: Any) -> Mapping[str, str]:
        await anyio.lowlevel.checkpoint()
        return {"Authorization": f"Bearer renewed-{request.method}"}

    async with api.ApiClient(f"{server.url}/v1", credential=sign) as client:
        await client.request("POST", "/x", json={"a": 1}, params={"q": 1}, headers={"X-App": "me"})
        await client.request("PUT", "/x", files={"f": b"bytes"})
        client.credential = renewed
        await client.request("GET", "/x")

    heads = [parsed(request) for request in server.requests]
    assert (seen[0].method, seen[0].url, seen[0].body) == ("POST", f"{server.url}/v1/x?q=1", b'{"a": 1}')
    assert (seen[0].headers["Host"], seen[0].headers["x-app"]) == (f"127.0.0.1:{server.port}", "me")
    assert seen[1].body == heads[1][2]
    assert [headers["authorization"] for _, headers, _ in heads] == [
        [f"AWS4 {hashlib.sha256(body).hexdigest()}"] for _, _, body in heads[:2]
    ] + [["Bearer renewed-GET"]]
    assert (heads[1][1]["x-date"], heads[1][1]["user-agent"]) == (["2"], ["signed"])


async def test_signing_what_comes(api: Any, serve: Any, tmp_path: Path) -> None:
    """A body that is read while it is sent is not there to be signed: None."""
    (tmp_path / "file").write_bytes(b"x")
    bodies: list[Any] = []

    def sign(request: Any) -> Mapping[str, str]:
        bodies.append(request.body)
        return {}

    async with api.ApiClient(serve((OK,)).url, credential=sign) as client:
        with (tmp_path / "file").open("rb") as file:
            await client.request("POST", "/", files={"f": file})
        await client.request("GET", "/")

    assert bodies == [None, b""]


@pytest.mark.parametrize(
    "returned",
    [None, ["a"], {"Authorization": "hidden\n"}, {"Authorization": 5}, {"Host": "hidden"}],
    ids=repr,
)
async def test_bad_signature(api: Any, serve: Any, returned: Any) -> None:
    """What a callback returns and no header can carry is AuthenticationRequired, without its value."""
    server = serve((OK,))

    async with api.ApiClient(server.url, credential=lambda _: returned) as client:
        with pytest.raises(AuthenticationRequired, match="signature") as caught:
            await client.request("GET", "/")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "hidden" not in str(caught.value)
    assert server.requests == []


async def test_callback_that_fails(api: Any, serve: Any) -> None:
    """An error in a callback is AuthenticationRequired without its words; one of ours passes as it is."""

    def fails(_: Any) -> Mapping[str, str]:
        raise RuntimeError("the token hidden is stale")

    async def ours(_: Any) -> Mapping[str, str]:
        raise QuotaExhausted("no money")

    async with api.ApiClient(serve((OK,)).url) as client:
        with pytest.raises(AuthenticationRequired, match="raised RuntimeError") as caught:
            await client.request("GET", "/", credential=fails)
        with pytest.raises(QuotaExhausted):
            await client.request("GET", "/", credential=ours)

    assert "hidden" not in str(caught.value)
    assert isinstance(caught.value.__cause__, RuntimeError)


def shown(value: object) -> str:
    """Return how a reporter shows a local; one that was not made to its end may have nothing to show."""
    try:
        return repr(value)
    except AttributeError:
        return ""


@pytest.mark.parametrize("pasted", ["{} {}", "{}\u200b", "'{}'"])
async def test_no_key_in_a_local(api: Any, pasted: str) -> None:
    """I12: a refused key, or proxy with a password, stands in no local of ours: reporters print them."""
    word = os.urandom(8).hex()
    held = {"key": Secret(pasted.format(word, word))}

    with pytest.raises(AuthenticationRequired) as refused:
        api.Credential(held["key"])
    with pytest.raises(ConfigError) as wrong:
        api.Proxy.at(Secret(f"http://me:{word}@h h"), "HTTPS_PROXY")

    for caught in (refused, wrong):
        frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
        ours = [frame.f_locals for frame in frames if "jackfield_api" in frame.f_code.co_filename]
        told = [shown(value) for local in ours for value in local.values()]
        assert told
        assert word not in str(told)


async def test_signatures_are_masked(api: Any, serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A token that a callback returned is in no log, and masked where the remote repeats it."""
    caplog.set_level(logging.DEBUG)
    token = f"ya29.{os.urandom(8).hex()}"
    body = f"the token {token} is expired".encode()
    head = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)

    async with api.ApiClient(
        serve((head + body,)).url, credential=lambda _: {"Authorization": f"Bearer {token}"}
    ) as client:
        with pytest.raises(AuthenticationRequired, match="is expired") as caught:
            await client.request("GET", "/")

    assert token not in str(caught.value)
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("base", "path", "hint"),
    [
        ("/v1", "/v1/users?secret=1", "already ends in /v1"),
        ("", "/users", "has no path"),
        ("/v1", "/users", ""),
    ],
)
async def test_not_found(api: Any, serve: Any, base: str, path: str, hint: str) -> None:
    """P11: a 404 says what was asked for, without the query, and what may be wrong with the base URL."""
    server = serve((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",))

    async with api.ApiClient(server.url + base) as client:
        with pytest.raises(api.NotFound) as caught:
            await client.request("GET", path)

    assert f"(asked for GET {base}{path.partition('?')[0]})" in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert bool(caught.value.hint) is bool(hint)
    assert "secret" not in str(caught.value)
