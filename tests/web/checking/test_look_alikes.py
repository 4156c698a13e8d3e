"""What looks like a part of a chat and is none: another's button, a thought, an earlier conversation."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from jackfield_web import BrowserSettings
from jackfield_web.drafting import check_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

MESSAGE = "Hello there, who are you?"
SHELL = """<!doctype html><meta charset=utf-8><title>A chat</title>BODY<script>
const $ = (css) => document.querySelector(css), pause = (ms) => new Promise((done) => setTimeout(done, ms));
const put = (name, text, where = $("#log")) => {
  const one = document.createElement("div");
  one.className = name;
  one.textContent = text;
  where.append(one);
  return one;
};
const post = async (way, text) => (await fetch(way, { method: "POST", body: text })).text();
const say = async (text) => JSON.parse(await post("/json", text)).reply;
const taken = () => { const field = $("textarea"), text = field.value; field.value = ""; return text; };
SCRIPT
</script>"""
COMPOSER = "<textarea placeholder=Message></textarea>"
BY_ENTER = (
    '$("textarea").onkeydown = async (event) => { if (event.key !== "Enter") return; event.preventDefault();'
    ' const text = taken(); put("question", text); put("answer", await say(text)); };'
)
OTHERS = {
    "beside": "<header><button>Send feedback</button><button>Go Pro</button></header><div id=log></div>"
    f"{COMPOSER}<footer><button>Ask us</button></footer>",
    "above": f"<main><p><button>Go</button><p>A chat<div id=log></div>{COMPOSER}</main>",
    "in a turn": f"<main>{COMPOSER}<div id=log><button class=message__sender>Bot</button><p>Hello! I am a"
    " bot that knows of many things, such as of kettles and of pots, and likes to be asked.</div></main>",
}
OWN = {
    "by its class": f"<main><div id=log></div>{COMPOSER}<p><button class=chatSendButton><svg></svg></main>",
    "in a footer": f"<div id=log></div><footer>{COMPOSER}<button>Go</button></footer>",
    "before it": f"<div id=log></div><form><button type=button class=send>→</button>{COMPOSER}</form>",
}
FORM = f"<div id=log></div><form>{COMPOSER}<button>Send</button></form>"
SENT = (
    '$("form").onsubmit = async (event) => { event.preventDefault(); const text = taken();'
    ' put("question", text); const stop = put("stop", ""); stop.innerHTML = "<button>Stop</button>";'
    " await answer(text); stop.remove(); };"
    " const write = async (one, text) => { for (const word of text.split(/(?= )/)) {"
    " one.textContent += word; await pause(60); } };"
)
THOUGHTS = "I weigh what is asked of me here."
AMONG_OTHERS = {
    "thoughts": f'const answer = async (text) => {{ await write(put("step", ""), "{THOUGHTS}");'
    ' const told = await say(text); await write(put("answer", ""), told); };',
    "a receipt": 'const answer = async (text) => { const receipt = put("receipt", "Sending");'
    ' await pause(60); receipt.textContent = "Delivered"; const told = await say(text);'
    ' await write(put("answer", ""), told); receipt.textContent = "Read"; };',
    "a step in our row": 'const answer = async (text) => { const own = $("#log").lastChild.previousSibling;'
    ' own.className = "row"; own.textContent = ""; put("question", text, own); await pause(60);'
    f' await write(put("step", "", own), "{THOUGHTS}"); const told = await say(text);'
    ' await write(put("answer", "", put("row", "")), told); };',
}
UNDER_A_HEADER = (
    'const answer = async (text) => { const turn = put("turn", ""), thoughts = put("part", "", turn);'
    ' thoughts.innerHTML = "<button type=button>Thought for 3 seconds</button>";'
    f' await write(put("trace", "", thoughts), "{THOUGHTS} {THOUGHTS} {THOUGHTS}");'
    ' await write(put("told", "", turn), "You said: " + text); };'
)
UNTOLD = (
    f'const answer = async (text) => {{ await write(put("part", ""), "{THOUGHTS}");'
    ' await write(put("other", ""), "You said: " + text); };'
)
EARLIER = (
    'put("question", "How tall is it?"); put("answer", "As tall as it was."); const answer = async (text) =>'
    ' { const told = await say(text); put("answer", told); };'
)
BEGUN_ANEW = "<button class=fresh onclick='log.replaceChildren()'>New chat</button>"

Serve: TypeAlias = Callable[[str, str], AbstractContextManager[str]]


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what outlasts a program in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def posted() -> list[str]:
    """Return the ways by which the page has told its server anything."""
    return []


@pytest.fixture
def serve(serving: Callable[..., AbstractContextManager[str]], answering: Any, posted: list[str]) -> Serve:
    """Return what serves a page of a body and a script; its server answers what is said to it."""

    class Page(answering, BaseHTTPRequestHandler):
        page = ""

        def do_GET(self) -> None:
            self.answer(self.page, "text/html")

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            posted.append(self.path)
            self.answer(json.dumps({"reply": f"You said: {text}"}), "application/json")

    def served(body: str, script: str) -> AbstractContextManager[str]:
        page = SHELL.replace("BODY", body).replace("SCRIPT", script)
        return serving(type("Served", (Page,), {"page": page}))

    return served


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
async def test_no_button_but_the_composers_is_pressed(
    serve: Serve, posted: list[str], browser_settings: BrowserSettings, body: str
) -> None:
    """A button with the right words elsewhere on the page is left alone, and Enter sends the message."""
    pressing = (
        BY_ENTER + 'document.onclick = (event) => { if (event.target.matches("button")) post("/pressed"); };'
    )
    with serve(body, pressing) as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert checked.lacks == ""
    assert checked.drafted is not None
    assert "send_button" not in checked.drafted["selectors"]
    assert posted == ["/json"] * 3


@pytest.mark.parametrize("body", OWN.values(), ids=OWN)
async def test_a_composers_own_button_is_found(
    serve: Serve, browser_settings: BrowserSettings, body: str
) -> None:
    """It stands behind the composer, or in its form, whatever says what it is for."""
    with serve(f"<style>svg {{ width: 1em }}</style>{body}", "") as url:
        checked = await check_site(url, browser_settings)

    assert "send_button" in {one.name for one in checked.matched}


@pytest.mark.parametrize("script", AMONG_OTHERS.values(), ids=AMONG_OTHERS)
async def test_what_a_stream_says_is_the_answer(
    serve: Serve, browser_settings: BrowserSettings, script: str
) -> None:
    """Thoughts, steps and receipts that grow beside it are told from it by what came over the wire."""
    with serve(FORM, SENT + script) as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert checked.lacks == ""
    assert checked.drafted is not None
    assert checked.drafted["selectors"]["response_area"][0] == ".answer"
    assert checked.drafted["wires"][0]["rules"] == [{"text": "reply"}]


async def test_thoughts_under_their_header_are_no_answer(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """Where no name says what they are, the words above them do, though they are longer than the answer."""
    with serve(FORM, SENT + UNDER_A_HEADER) as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert checked.lacks == ""
    assert checked.drafted is not None
    assert checked.drafted["selectors"]["response_area"][0] == ".told"


async def test_what_cannot_be_told_from_the_answer_is_named(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """Where no stream says which part is the answer, no draft is whole, and the parts are told."""
    with serve(FORM, SENT + UNTOLD) as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert ": .part (25 letters), .other (26 letters); " in checked.lacks
    assert "write its CSS into selectors.response_area" in checked.lacks


@pytest.mark.parametrize("button", ["", BEGUN_ANEW], ids=["without a button", "with one"])
async def test_an_earlier_conversation_at_the_start(
    serve: Serve, browser_settings: BrowserSettings, button: str
) -> None:
    """A page that opens with one is tried as it is used: a draft that cannot begin a new one is not whole."""
    with serve(button + FORM, SENT + EARLIER) as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert ("write its CSS into selectors.new_chat_button" in checked.lacks) == (button == "")
    assert (checked.lacks == "") == (button != "")
