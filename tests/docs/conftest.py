"""What answers at the addresses that pages name: a form and a chat page, and a front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from jackfield import ProviderContext, ProviderManager
from jackfield_playground import OpenAIPlayground

FORM = """<!doctype html><title>A form</title><input id=input>
<button id=submit onclick="
    const said = Object.assign(document.createElement('p'), { id: 'response' });
    said.textContent = 'You said: ' + document.querySelector('#input').value;
    setTimeout(() => document.body.append(said), 50)">Send</button>"""
LOGIN = """<!doctype html><title>Log in</title>
<input id=name><input id=password type=password>
<button id=enter onclick="document.cookie = 'person=in'; location.assign('/chat/')">Enter</button>"""
CHAT = """<!doctype html><title>A chat</title><textarea id={input}></textarea><button id={send}>Send</button>
<p id=writing hidden>…</p>
<script>
    const input = document.querySelector("#{input}"), writing = document.querySelector("#writing");
    document.querySelector("#{send}").onclick = async () => {{
        const text = input.value;
        input.value = "";
        writing.hidden = false;
        const said = Object.assign(document.createElement("div"), {{ className: "{response}" }});
        document.body.append(said);
        for await (const piece of (await fetch("/say", {{ method: "POST", body: text }})).body)
            said.textContent += new TextDecoder().decode(piece);
        writing.hidden = true;
    }};
</script>"""
ROOMS = {
    "session=abc123": CHAT.format(input="chat-input", send="send-button", response="response"),
    "person=in": CHAT.format(input="my-input", send="my-send", response="my-response"),
}
"""What a cookie shows of the chat."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        cookie = self.headers.get("Cookie", "")
        room = next((page for name, page in ROOMS.items() if name in cookie), None)
        if self.path.endswith("/login"):
            self._answer(LOGIN)
        elif not self.path.startswith("/chat"):
            self._answer(FORM)
        elif room is not None:
            self._answer(room)
        else:
            self.send_response(303)
            self.send_header("Location", "/chat/login")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(f"You said: {text}")

    def _answer(self, body: str) -> None:
        content = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def stand_ins(
    display: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    serving: Callable[..., AbstractContextManager[str]],
) -> Iterator[Mapping[str, str]]:
    """Return what stands in for what the page says: addresses, and where there is no display the window."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if display is not None:
        monkeypatch.setenv("DISPLAY", display)
    with serving(_Handler) as address:
        yield {
            "https://chat.example.com": f"{address}/chat",
            "https://example.com": f"{address}/",
            '"domain": ".example.com"': '"domain": "127.0.0.1"',
            **({} if display else {"headless=False": "headless=True"}),
        }


TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture
def front_door(open_door: Callable[..., AbstractContextManager[str]]) -> Iterator[Mapping[str, str]]:
    """Open a front door over the stand-in of OpenAI; return what stands in for what the page says."""
    with OpenAIPlayground().running() as remote:

        async def add(manager: ProviderManager) -> None:
            options = {"preset": "openai", "base_url": remote.base_url}
            await manager.add_provider("openai_api", options, name="work")
            context = ProviderContext("openai_api", credentials={"token": remote.key})
            await manager.set_provider_context("work", context)

        with open_door(add, TOKEN, aliases={"gpt-4": "work:gpt-playground"}, ollama=True) as address:
            yield {"http://127.0.0.1:8462": address, "the-token-of-the-file": TOKEN}
