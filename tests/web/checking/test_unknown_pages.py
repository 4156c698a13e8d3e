"""Pages that nobody described, in forms that real ones have: a draft has read two answers, or is none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

import pytest

from jackfield import connect
from jackfield_web import BrowserSettings
from jackfield_web.drafting import check_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

MESSAGE = "Hello there, who are you?"
SHELL = """<!doctype html><meta charset=utf-8><title>A chat</title><main id=app></main><script>
const made = (name, text, where, tag = "div") => {
  const one = document.createElement(tag);
  one.className = name;
  one.textContent = text;
  where.append(one);
  return one;
};
const begin = (root, answer) => {
  root.innerHTML = '<div class=thread></div><form><textarea class=composer placeholder="Message"></textarea>'
    + '<button type=submit class=send>Send</button></form>';
  root.querySelector("form").onsubmit = async (event) => {
    event.preventDefault();
    const field = root.querySelector("textarea"), thread = root.querySelector(".thread");
    const text = field.value;
    field.value = "";
    made("question", text, thread);
    await answer(text, thread, root);
  };
};
const say = async (text, way = "/json") => (await fetch(way, { method: "POST", body: text })).text();
SCRIPT
</script>"""
BY_JSON = (
    'begin(document.querySelector("#app"), async (text, thread) => {'
    ' made("answer", JSON.parse(await say(text)).reply.text, thread); });'
)
FORMS = {
    "one body": BY_JSON,
    "shadow": 'const root = document.querySelector("#app").attachShadow({ mode: "open" });'
    " const inner = document.createElement('div'); root.append(inner);"
    " begin(inner, async (text, thread) => {"
    ' made("answer", JSON.parse(await say(text)).reply.text, thread); });',
    "frame": 'if (location.pathname === "/inner") { ' + BY_JSON + " } else {"
    " document.querySelector('#app').innerHTML ="
    " '<iframe title=chat src=/inner width=900 height=500></iframe>'; }",
    "thoughts": 'begin(document.querySelector("#app"), async (text, thread, root) => {'
    ' const stop = made("stop", "Stop", root, "button"); const turn = made("turn", "", thread);'
    ' made("thinking", "Let me think of " + text, turn);'
    " await new Promise((done) => setTimeout(done, 1500));"
    ' made("answer", JSON.parse(await say(text)).reply.text, turn); stop.remove(); });',
    "another document": 'begin(document.querySelector("#app"), async (text, thread) => {'
    " const { reply } = JSON.parse(await say(text)); const turns = [[text, reply.text]];"
    ' sessionStorage.turns = JSON.stringify([...JSON.parse(sessionStorage.turns || "[]"), ...turns]);'
    ' location.href = "/c/1"; });'
    ' for (const [text, told] of JSON.parse(sessionStorage.turns || "[]")) {'
    ' const thread = document.querySelector(".thread");'
    ' made("question", text, thread); made("answer", told, thread); }',
    "no sign": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' const turn = made("answer", "", thread);'
    ' for (const word of ["You ", "said: ", text]) {'
    " await new Promise((done) => setTimeout(done, 300)); turn.textContent += word; } });",
}

Serve: TypeAlias = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what outlasts a program in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def serve() -> Serve:
    """Return what serves a page of one of the forms."""

    class Handler(BaseHTTPRequestHandler):
        form = ""

        def do_GET(self) -> None:
            self.answer(SHELL.replace("SCRIPT", FORMS[self.form]), "text/html")

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            self.answer(json.dumps({"reply": {"text": f"You said: {text}"}}), "application/json")

        def answer(self, body: str, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

    @contextmanager
    def serving(form: str) -> Iterator[str]:
        with ThreadingHTTPServer(("127.0.0.1", 0), type("Page", (Handler,), {"form": form})) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()
            thread.join()

    return serving


@pytest.mark.parametrize("form", ["one body", "shadow", "frame", "thoughts"])
async def test_a_draft_reads_the_next_answers(
    serve: Serve, browser_settings: BrowserSettings, form: str
) -> None:
    """Whatever the form, one question is enough, and what the model thinks is in no answer."""
    browser = {"browser": browser_settings.browser, "host_rules": browser_settings.host_rules}
    with serve(form) as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)
        assert checked.lacks == ""
        async with connect("custom_web", {"site": checked.drafted, **browser}) as connection:
            talk = connection.conversation()
            told = [await talk.send(text) for text in ("The first one", "The second one")]

    assert [one.content for one in told] == ["You said: The first one", "You said: The second one"]


async def test_without_a_sign_of_completion_the_person_decides(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """It is no Site by itself; by the person's choice it is, and each answer tells of that."""
    browser = {"browser": browser_settings.browser, "host_rules": browser_settings.host_rules}
    with serve("no sign") as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)
        chosen = await check_site(url, browser_settings, message=MESSAGE, still=6.0)
        assert (checked.no_sign, chosen.lacks) == (True, "")
        async with connect("custom_web", {"site": chosen.drafted, **browser}) as connection:
            response = await connection.send("Well")

    assert "nothing says when an answer is complete" in checked.lacks
    assert response.content == "You said: Well"
    assert response.metadata["ended_by"] == "stillness"


async def test_a_page_that_goes_to_another_document_by_the_message(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """What it shows there is looked at as well: that it left is no failure, and the message was sent."""
    with serve("another document") as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert checked.sent
    assert checked.answer == len(f"You said: {MESSAGE}")
