"""The attacks that doors like this one are known for, row by row: what is tried, and what comes of it."""

from __future__ import annotations

import ast
import io
import json
import logging
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

import jackfield_gateway
from jackfield import configure_logging
from jackfield_gateway import Token

from .conftest import TOKEN, Door, Opener
from .test_connections import heard
from .test_guests import BODIES, GUEST

pytestmark = pytest.mark.anyio

CHAT = "/v1/chat/completions"
HELLO: Any = [{"role": "user", "content": "hello"}]
JSON = "content-type: application/json"
HOST = "host: {host}"
RIGHT = f"authorization: Bearer {TOKEN}"
ASK = [f"POST {CHAT}", HOST, RIGHT, JSON]
GET = ["GET /v1/models", HOST, RIGHT]
SOCKET = ["upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13"]
SOCKET += ["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="]
INNER = "GET /status HTTP/1.1\r\nhost: {host}\r\n" + RIGHT + "\r\n\r\n"
"""A request that hides in the body of another one."""

HEADS: Sequence[tuple[str, int, list[str], str]] = [
    ("BadHost: a path in Host", 421, ["GET /v1/models", "host: {host}/v1?x#y", RIGHT], ""),
    ("BadHost: Host names what is open", 421, ["GET /status", "host: {host}/health?", RIGHT], ""),
    ("DNS rebinding: another name", 421, ["GET /v1/models", "host: evil.example:{port}", RIGHT], ""),
    ("DNS rebinding: a name that ends in ours", 421, ["GET /", "host: 127.0.0.1.evil.example:{port}"], ""),
    ("a trailing dot", 421, ["GET /v1/models", "host: localhost.:{port}", RIGHT], ""),
    ("another port", 421, ["GET /v1/models", "host: 127.0.0.1:1", RIGHT], ""),
    ("somebody at our Host", 421, ["GET /v1/models", "host: evil@{host}", RIGHT], ""),
    ("an empty Host", 421, ["GET /v1/models", "host:", RIGHT], ""),
    ("two Hosts", 400, [*GET, "host: evil.example"], ""),
    ("no Host", 400, ["GET /v1/models", RIGHT], ""),
    ("a Host in a folded line", 400, [*ASK, "x-a: 1\r\n host: evil.example"], "{}"),
    ("an absolute target", 400, ["GET http://{host}/v1/models", HOST, RIGHT], ""),
    ("an absolute target elsewhere", 400, ["GET http://evil.example/", HOST, RIGHT], ""),
    ("a proxy's CONNECT", 400, ["CONNECT evil.example:443", HOST, RIGHT], ""),
    ("a target that is no path", 400, ["OPTIONS *", HOST, RIGHT], ""),
    ("a foreign page", 403, [*ASK, "origin: https://evil.example"], "{}"),
    ("a page without an origin", 403, [*GET, "origin: null"], ""),
    ("a page on another local port", 403, [*GET, "origin: http://127.0.0.1:1"], ""),
    ("a picture in a foreign page", 403, [*GET, "sec-fetch-site: cross-site"], ""),
    ("a preflight of a foreign page", 403, [f"OPTIONS {CHAT}", HOST, "origin: https://evil.example"], ""),
    ("a form of a foreign page", 415, [*ASK[:3], "content-type: text/plain"], "{}"),
    ("an uploaded form", 415, [*ASK[:3], "content-type: multipart/form-data; boundary=a"], "{}"),
    ("a body without a type", 415, ASK[:3], "{}"),
    ("a body of two types", 415, [*ASK, "content-type: text/plain"], "{}"),
    ("a compressed body, small to large", 415, [*ASK, "content-encoding: gzip"], "{}"),
    ("CL.TE smuggling", 400, [*ASK, "transfer-encoding: chunked", "content-length: 4"], "0\r\n\r\n" + INNER),
    ("TE.TE smuggling", 501, [*ASK, "transfer-encoding: chunked, identity"], "0\r\n\r\n" + INNER),
    ("TE with a misspelling", 501, [*ASK, "transfer-encoding: xchunked"], "0\r\n\r\n" + INNER),
    ("CL.CL smuggling", 400, [*ASK, "content-length: 0", "content-length: 5"], INNER),
    ("a list of lengths", 400, [*ASK, "content-length: 0, 5"], INNER),
    ("a length with a sign", 400, [*ASK, "content-length: +0"], INNER),
    ("a blank before the colon", 400, [*ASK, "content-length : 0"], INNER),
    ("a NUL in a header", 400, [*GET, "x-a: \0"], ""),
    ("a request in a refused body", 404, ["POST /v1/nothing", *ASK[1:]], INNER),
    ("a request in a body of no method", 405, [f"PUT {CHAT}", *ASK[1:]], INNER),
    ("a request in a body without a token", 401, [f"POST {CHAT}", HOST, JSON], INNER),
    ("a huge header", 431, [*GET, f"x-a: {'a' * 70_000}"], ""),
    ("a huge path", 431, [f"GET /{'a' * 70_000}", HOST, RIGHT], ""),
    ("a hundred and more headers", 400, [*GET, *["x-a: 1"] * 101], ""),
    ("a huge body", 413, [*ASK, "content-length: 1000000000"], ""),
    ("a huge body without a token", 401, [f"POST {CHAT}", HOST, JSON, "content-length: 1000000000"], ""),
    ("no token", 401, GET[:2], ""),
    ("a wrong token", 401, [*GET[:2], "authorization: Bearer wrong"], ""),
    ("the beginning of the token", 401, [*GET[:2], f"authorization: Bearer {TOKEN[:-1]}"], ""),
    ("the token and more", 401, [*GET[:2], f"{RIGHT}x"], ""),
    ("the token in another case", 401, [*GET[:2], f"x-api-key: {TOKEN.upper()}"], ""),
    ("the token twice", 401, [*GET, RIGHT], ""),
    ("two identities", 401, [*GET, "x-goog-api-key: another-token-of-the-tests"], ""),
    ("the token in a cookie", 401, [*GET[:2], f"cookie: token={TOKEN}"], ""),
    ("the token in the address", 401, [f"GET /v1/models?key={TOKEN}&api_key={TOKEN}", HOST], ""),
    ("a scope of one's own", 401, [*GET[:2], "x-allowed-routes: *", "x-admin: true"], ""),
    ("a token to be made", 404, ["POST /key/generate", *ASK[1:]], '{"allowed_routes": ["*"]}'),
    ("a wrong token and a wrong Host", 421, ["GET /v1/models", "host: evil.example"], ""),
    ("a wrong token and a wrong body", 401, [f"POST {CHAT}", HOST, "content-type: text/plain"], "["),
    ("WebSocket hijacking", 403, [*GET, *SOCKET], ""),
    ("what a debugger would show", 404, ["TRACE /v1/models", HOST, RIGHT], ""),
    ("documents of the routes", 401, ["GET /openapi.json", HOST], ""),
    ("a page of the documents", 404, ["GET /docs", HOST, RIGHT], ""),
    ("a request's id of one's own", 401, [*GET[:2], "x-request-id: canary"], ""),
    ("an error that cannot be read", 400, [*ASK, "accept-encoding: gzip, br"], "[]"),
]  # fmt: skip


async def answers(door: Door, head: Sequence[str], body: str = "") -> bytes:
    """Return all that the door says to one head and its body."""
    first, *lines = head
    host = door.address.removeprefix("http://")
    told = body.replace("{host}", host).encode()
    if told and not any("content-length" in line or "transfer-encoding" in line for line in lines):
        lines.append(f"content-length: {len(told)}")
    if not any(line.startswith("connection") for line in lines):
        lines.append("connection: close")
    said = "\r\n".join([f"{first} HTTP/1.1", *lines, "", ""])
    said = said.replace("{host}", host).replace("{port}", host.rpartition(":")[2])
    async with door.dialled() as client:
        await client.send(said.encode("latin-1") + told)
        return await heard(client)


async def test_heads(front: Opener) -> None:
    """Each is refused with its status, once, in words that can be read; nothing reaches the remote."""
    failed, refusals = [], set()
    async with front() as door:
        for name, status, head, body in HEADS:
            told = await answers(door, head, body)
            lower = told.lower()
            unwanted = [b"access-control", b"set-cookie", b"content-encoding", TOKEN.encode(), b"canary"]
            if told.split()[1] != str(status).encode() or told.count(b"HTTP/1.1 ") != 1:
                failed.append((name, told))
            if any(one.lower() in lower for one in unwanted):
                failed.append((name, told))
            if status == 401:
                refusals.add(told.partition(b"\r\n\r\n")[2])
        assert door.remote.posts() == 0
    assert not failed
    assert len(refusals) == 1  # whatever was wrong with it is told in the same words


PATHS = [
    "//status", "/status/", "/%73tatus", "/STATUS", "/status%00", "/status;a", "/./status", "/v1/../status",
    "/v1/models/../../status", "/v1/models/..%2f..%2fstatus", "/v1/models%2f..%2f..%2fstatus", "/status%20",
    "/metrics/", "//metrics", "/v1/models/..%2f..%2fmetrics", "/door.css/../status", "/door.js%2f..%2fstatus",
    "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/v1/models/%2e%2e/%2e%2e/etc/passwd", "/.env", "/debug",
    "/docs", "/admin", "/key/generate", "/config", "/mcp", "/v1/files", "/v1/%6dodels",
]  # fmt: skip


async def test_paths(front: Opener) -> None:
    """A path is what it is, byte by byte: no spelling of another one leads anywhere, with whatever token."""
    guest = Token(GUEST, name="guest", connections=["work"])
    async with front(guests=[guest], ollama=True) as door:
        for token, wanted in ((None, b"401"), (GUEST, b"404"), (TOKEN, b"404")):
            shown = [f"authorization: Bearer {token}"] if token else []
            for path in [*PATHS, *(["/status", "/metrics"] if token != TOKEN else [])]:
                told = await answers(door, [f"GET {path}", HOST, *shown])
                assert told.split()[1] == wanted, (path, told)


DEEP = '{"a":' * 900 + "1" + "}" * 900
FORM = f'{{"type":"json_schema","json_schema":{{"name":"a","schema":{DEEP}}}}}'
MADE = {"role": "user", "content": "hello"}
TEXTS: Sequence[tuple[str, int, str]] = [
    ("no JSON", 400, "{"),
    ("no object", 400, "[]"),
    ("no UTF-8", 400, '{"model":"work\xff"}'),
    ("brackets without end", 400, '{"a":' + "[" * 200_000),
    ("a depth that breaks what reads it", 400, '{"a":' + "[" * 9_000 + "]" * 9_000 + "}"),
    ("a number of 5,000 digits", 400, '{"seed":' + "9" * 5_000 + "}"),
    ("a number that is none", 400, '{"model":"work","temperature":NaN,"messages":[MADE]}'),
    ("half a character", 400, '{"model":"work","messages":[{"role":"user","content":"\\ud800"}]}'),
    ("half a character in a model", 404, '{"model":"\\ud800","messages":[MADE]}'),
    ("a header in a model", 404, '{"model":"work\\r\\nx-evil: 1","messages":[MADE]}'),
    ("a terminal's command in a model", 404, '{"model":"\\u001b]0;evil\\u0007","messages":[MADE]}'),
    ("a header in a field", 200, '{"a\\r\\nx-evil: 1":1,"model":"work","messages":[MADE]}'),
    ("a terminal's command in a field", 200, '{"\\u001b[2J\\ud800":1,"model":"work","messages":[MADE]}'),
    ("a deep field that nobody reads", 200, '{"metadata":DEEP,"model":"work","messages":[MADE]}'),
    ("a deep schema", 200, '{"response_format":FORM,"model":"work","messages":[MADE]}'),
]  # fmt: skip


async def test_bodies(front: Opener) -> None:
    """A body is understood or refused in words; no name in it becomes a header, and no answer is lost."""
    async with front() as door:
        for name, status, text in TEXTS:
            before = door.remote.posts()
            said = text.replace("DEEP", DEEP).replace("FORM", FORM).replace("MADE", json.dumps(MADE))
            told = await answers(door, ASK, said)
            head, _, body = told.partition(b"\r\n\r\n")
            assert told.split()[1] == str(status).encode(), (name, told)
            assert b"\r\nx-evil" not in head.lower(), name
            assert (b"x-should-retry: false" in head) is (status != 200), name
            assert json.loads(body), name
            assert door.remote.posts() - before == (status == 200), name
            assert not any(byte < 32 or byte > 126 for byte in head.replace(b"\r\n", b"")), (name, head)


FIELDS: Mapping[str, Any] = {
    "api_base": "CANARY",
    "base_url": "CANARY",
    "api_key": "sk-canary-of-the-tests",
    "headers": {"x-canary": "canary"},
    "extra_headers": {"x-canary": "canary"},
    "command": "canary",
    "args": ["canary"],
    "env": {"CANARY": "canary"},
    "provider": "canary",
    "plugin": "canary",
    "model_path": "/etc/canary",
    "url_idx": 7,
    "user_config": {"model_list": [{"litellm_params": {"api_base": "CANARY"}}]},
    "callbacks": ["canary"],
    "connection": "canary",
}
"""Fields by which other doors were told where to ask, with what, or what to run."""


def pictured(address: str) -> dict[str, Any]:
    """Return a question on each wire that points at *address*: with a picture, a file, a sound."""
    text = {"type": "text", "text": "what is it?"}
    picture = {"type": "image_url", "image_url": {"url": address}}
    claudes = [{"type": kind, "source": {"type": "url", "url": address}} for kind in ("image", "document")]
    parts = [{"type": "input_image", "image_url": address}, {"type": "input_file", "file_url": address}]
    file = {"fileData": {"fileUri": address, "mimeType": "image/png"}}
    return {
        CHAT: {"messages": [{"role": "user", "content": [text, picture]}]},
        "/v1/messages": {"messages": [{"role": "user", "content": claudes}], "max_tokens": 64},
        "/v1/responses": {"input": [{"role": "user", "content": parts}]},
        "/v1beta/models/{}:generateContent": {"contents": [{"role": "user", "parts": [file]}]},
        "/api/chat": {"messages": [{**MADE, "images": [address]}], "stream": False},
    }


@contextmanager
def elsewhere() -> Iterator[socket.socket]:
    """Listen where nobody should come."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


async def ask(door: Door, path: str, body: Any, model: str = "work", token: str = TOKEN) -> httpx2.Response:
    """Ask *model* on a wire."""
    headers = {"authorization": f"Bearer {token}"}
    return await door.get(path.format(model), method="POST", json={"model": model, **body}, headers=headers)


async def test_addresses_are_not_fetched(front: Opener) -> None:
    """Neither the door nor a provider goes to an address in a request; a file's name is none of ours."""
    with elsewhere() as listening:
        there = "http://{}:{}/secret".format(*listening.getsockname())
        async with front(ollama=True) as door:
            for address in (there, there.replace("127.0.0.1", "[::ffff:127.0.0.1]"), "file:///etc/passwd"):
                for path, body in pictured(address).items():
                    told = await ask(door, path, body)
                    assert told.status_code in {200, 400}, (path, address, told.text)
                    assert "root:" not in told.text


@pytest.mark.parametrize("path", BODIES)
async def test_no_field_says_where_to_ask_or_what_to_run(front: Opener, path: str) -> None:
    """Fields that other doors obeyed are dropped and named, or refused: the remote gets none of them."""
    with elsewhere() as listening:
        there = "http://{}:{}".format(*listening.getsockname())
        fields = json.loads(json.dumps(FIELDS).replace("CANARY", there))
        async with front(ollama=True) as door:
            told = await ask(door, path, {**BODIES[path], **fields})
            asked = [(one.headers, one.body) for one in door.remote.state.requests if one.method == "POST"]
            assert "canary" not in repr(asked).lower()
            assert there not in repr(asked)
            assert told.status_code in {200, 400, 404}, told.text
            if told.status_code == 200:
                named = told.headers["x-jackfield-ignored"].lower().replace("_", "")  # Gemini has none
                assert {one.replace("_", "") for one in FIELDS} <= {*named.split(", ")}


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Write the log as a program does, all of it."""
    stream, root = io.StringIO(), logging.getLogger()
    before = root.level
    handler = configure_logging(logging.DEBUG, stream=stream)
    handler.addFilter(lambda record: record.name.startswith("jackfield"))
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


async def test_nothing_of_a_request_is_in_the_log(front: Opener) -> None:
    """Neither words, nor fields, nor headers, nor a token; and no name begins a line of its own."""
    forged = "work/a\r\n\u2028gateway.over request=1 outcome=answered"
    said = {
        "model": forged,
        "user": "canary",
        "canary": "canary",
        "messages": [{**MADE, "content": "canary"}],
    }
    with logged() as log:
        async with front() as door:
            for extra in ([], ["authorization: Bearer canary"], ["x-api-key: canary-canary-canary"]):
                asked = [f"POST {CHAT}?canary", HOST, *(extra or [RIGHT]), JSON, "user-agent: canary"]
                told = await answers(door, asked, json.dumps(said))
                assert told.split()[1] in {b"404", b"401"}
            for remote in ("500", "cut"):
                door.remote.play(remote)
                await ask(door, CHAT, {**said, "model": "work", "stream": remote == "cut"})
            await answers(door, ["GET /canary?canary", HOST, RIGHT])
            seen = await door.get("/status", headers={"authorization": f"Bearer {TOKEN}"})
    lines = log.getvalue().splitlines()
    assert sum("gateway.over" in line.split("gateway.asked")[0] for line in lines) == 7
    assert not [line for line in lines if "canary" in line.lower() or TOKEN in line]
    assert not [line for line in lines if line.startswith("gateway.over request=1 ")]
    assert "canary" not in seen.text


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this machine has one loopback address alone")
async def test_it_listens_on_loopback_alone(front: Opener) -> None:
    """Not on every address of the machine: another one of its own finds nobody there."""
    async with front() as door:
        with pytest.raises(OSError, match="failed"):
            await anyio.connect_tcp("127.0.0.2", int(door.address.rpartition(":")[2]))


def test_no_code_or_query_is_made_of_what_comes() -> None:
    """Nothing is evaluated, unpickled or run, and every query of the file beside the token is a constant."""
    bad = {"eval", "exec", "compile", "__import__", "system", "popen", "import_module"}
    for file in Path(jackfield_gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    assert not {one.name for one in names} & {"pickle", "marshal", "shelve", "subprocess"}
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
                    assert name not in bad or (name == "compile" and isinstance(args[0], ast.Constant)), file
                    assert "execute" not in name or isinstance(args[0], ast.Constant | ast.Name), file
