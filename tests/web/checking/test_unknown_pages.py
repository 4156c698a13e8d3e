"""Pages that nobody described, in forms that real ones have: a draft has read two answers, or is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

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
WORD_BY_WORD = (
    'const app = document.querySelector("#app"), pause = () => new Promise((done) => setTimeout(done, 300));'
    ' const started = (thread) => { const turn = made("turn", "", thread), text = made("answer", "", turn);'
    ' made("copy", "Copy", turn, "button");'
    ' return { turn: text, side: made("side", "Talks", app, "aside") }; };'
    ' const write = async (turn, text) => { for (const word of ["You ", "said: ", ...text.split(/(?= )/)]) {'
    " turn.textContent += word; await pause(); } };"
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
    # What it asks for is another process's.
    "frame of another site": 'if (location.hostname === "localhost") { ' + BY_JSON + " } else {"
    " const other = location.href.replace('127.0.0.1', 'localhost');"
    " document.querySelector('#app').innerHTML ="
    " `<iframe title=chat src=${other} width=900 height=500></iframe>`; }",
    "second of two frames": "const page = document.documentElement.outerHTML;"
    ' if (location.href === "about:srcdoc") { ' + BY_JSON + " } else {"
    ' document.querySelector("#app").innerHTML = \'<iframe title=news srcdoc="<p>News"></iframe>\''
    " + '<iframe title=chat width=900 height=500></iframe>';"
    " document.querySelector('[title=chat]').srcdoc = page; }",
    "frame in a frame": 'if (location.pathname === "/inner") { ' + BY_JSON + " } else {"
    " document.querySelector('#app').innerHTML = '<iframe title=news srcdoc=\"<p>News\"></iframe>'"
    " + `<iframe title=box src=${location.pathname === '/' ? '/box' : '/inner'} width=900 height=500>`; }",
    "frame of another site in a frame": 'if (location.hostname === "localhost") { ' + BY_JSON + " } else {"
    " const other = location.href.replace('127.0.0.1', 'localhost');"
    " document.querySelector('#app').innerHTML ="
    " `<iframe title=box src=${location.pathname === '/' ? '/box' : other} width=900 height=500>`; }",
    "short names": BY_JSON.replace('"answer"', '"ai"'),
    "newest first": 'begin(document.querySelector("#app"), async (text, thread) => {'
    " thread.prepend(thread.lastChild);"
    ' thread.prepend(made("answer", JSON.parse(await say(text)).reply.text, thread)); });',
    # It types on when all has come, and stands still in between for less than a reader would wait.
    "typed on": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' const { reply } = JSON.parse(await say(text)), turn = made("answer", "", thread);'
    " for (const word of reply.text.split(/(?= )/)) {"
    " await new Promise((done) => setTimeout(done, 1500)); turn.textContent += word; } });",
    "a time beside ours": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' made("sent", "Sent at 12:03", thread);'
    ' made("answer", JSON.parse(await say(text)).reply.text, thread); });',
    "a note under the newest first": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' document.querySelector(".note") || made("note", "A model can be wrong.", thread.parentNode);'
    " thread.prepend(thread.lastChild);"
    ' thread.prepend(made("answer", JSON.parse(await say(text)).reply.text, thread)); });',
    "drawn when it comes into sight": BY_JSON + "document.head.innerHTML += '<style>.thread > div {"
    " margin-top: 3000px; content-visibility: auto; contain-intrinsic-size: 100px }';",
    "elements of its own": 'begin(document.querySelector("#app"), async (text, thread) => {'
    " thread.lastChild.remove(); const put = (name, words) => {"
    ' made("", words, thread.appendChild(document.createElement(name)), "p"); };'
    ' put("user-query", text); put("model-response", JSON.parse(await say(text)).reply.text); });',
    "names of looks alone": 'begin(document.querySelector("#app"), async (text, thread, root) => {'
    " thread.lastChild.remove(); const put = (side, look, words) => {"
    ' const row = made(`flex ${side}`, "", thread);'
    ' made("", words, made(`rounded-lg px-4 max-w-[80%] ${look}`, "", row), "p"); };'
    ' root.lastChild.className = "flex gap-2 bg-gray-100 px-4";'
    ' put("justify-end", "bg-blue-500 text-white", text);'
    ' put("justify-start", "bg-gray-100", JSON.parse(await say(text)).reply.text); });',
    "paragraphs": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' const turn = thread.lastChild; turn.textContent = "";'
    ' for (const line of text.split("\\n")) made("", line, turn, "p");'
    ' made("answer", JSON.parse(await say(text)).reply.text, thread); });',
    "polls": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' const turn = made("answer", "", thread);'
    ' for (let told = {}; told.state !== "done"; ) {'
    " await new Promise((done) => setTimeout(done, 300)); const length = turn.textContent.length + 9;"
    " told = await (await fetch(`/poll?${length},${encodeURIComponent(text)}`)).json();"
    " turn.textContent = told.text; } });",
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
    "asks how it was": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' made("answer", JSON.parse(await say(text)).reply.text, thread);'
    ' made("modal", "How was this answer?", document.body).style = "position: fixed; inset: 0"; });',
    "no sign": 'begin(document.querySelector("#app"), async (text, thread) => {'
    ' const turn = made("answer", "", thread);'
    ' for (const word of ["You ", "said: ", text]) {'
    " await new Promise((done) => setTimeout(done, 300)); turn.textContent += word; } });",
    # Everything is gone, or there, from the first word on; at the end a title comes, and no sign.
    "early signs": WORD_BY_WORD + "begin(app, async (text, thread, root) => {"
    ' const stop = made("stop", "Stop", root, "button"), dots = made("typing", "…", thread);'
    " await pause(); stop.remove(); dots.remove();"
    " const { turn } = started(thread); await write(turn, text); });",
    "early signs and a late one": WORD_BY_WORD + "begin(app, async (text, thread, root) => {"
    ' const dots = made("typing", "…", thread), halt = made("halt", "Stop", root, "button"); await pause();'
    " dots.remove(); const { turn, side } = started(thread); await write(turn, text); halt.remove();"
    ' await pause(); side.textContent += " A title for it"; });',
    # Each opening is a conversation with an address of its own.
    "a conversation at once": 'if (location.pathname === "/") history.replaceState(null, "", "/c/"'
    " + crypto.randomUUID()); " + BY_JSON,
    "odd words": BY_JSON + 'document.title = "Half a \\ud83d sign";'
    " document.querySelector('textarea').placeholder = 'Your\\n\"message\"';",
    "plain text": "document.querySelector('#app').innerHTML = '<form>"
    "<p class=field contenteditable=plaintext-only aria-label=Message></p><button>Send</button></form>';",
    "label": "document.querySelector('#app').innerHTML = '<form>"
    "<label for=field-0>Your message</label><input id=field-0><button>Send</button></form>';",
    "a button that waits": WORD_BY_WORD + "begin(app, async (text, thread, root) => {"
    ' const send = root.querySelector(".send"); send.ariaLabel = "Loading"; await pause();'
    ' await write(made("answer", "", thread), text); send.ariaLabel = null; });',
    # How long ago it came counts from the end on.
    "a clock": WORD_BY_WORD + "begin(app, async (text, thread, root) => {"
    ' const stop = made("stop", "Stop", root, "button"), turn = made("answer", "", thread);'
    ' await write(made("", "", turn, "p"), text); stop.remove(); let seconds = 10;'
    ' const clock = made("", "10 seconds ago", turn, "small");'
    " setInterval(() => { clock.textContent = `${++seconds} seconds ago`; }, 1000); });",
    "in one go": 'begin(document.querySelector("#app"), async (text, thread, root) => {'
    ' const stop = made("stop", "Stop", root, "button"), dots = made("typing", "…", thread);'
    " await say(text); dots.remove(); stop.remove(); const turn = made('turn', '', thread);"
    ' made("answer", "You said: " + text, turn); made("copy", "Copy", turn, "button"); });',
}

Serve: TypeAlias = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what outlasts a program in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def how_far(path: str) -> str:
    """Return what a remote tells that is asked how far its answer is."""
    length, text = unquote(path).removeprefix("/poll?").split(",", 1)
    answer = f"You said: {text}"
    state = "done" if int(length) >= len(answer) else "running"
    return json.dumps({"state": state, "text": answer[: int(length)]})


@pytest.fixture
def serve(serving: Callable[..., AbstractContextManager[str]], answering: Any) -> Serve:
    """Return what serves a page of one of the forms."""

    class Handler(answering, BaseHTTPRequestHandler):
        form = ""

        def do_GET(self) -> None:
            if self.path.startswith("/poll?"):
                self.answer(how_far(self.path), "application/json")
                return
            self.answer(SHELL.replace("SCRIPT", FORMS[self.form]), "text/html")

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            self.answer(json.dumps({"reply": {"text": f"You said: {text}"}}), "application/json")

    return lambda form: serving(type("Page", (Handler,), {"form": form}))


async def whole_draft(serve: Serve, settings: BrowserSettings, form: str) -> Mapping[str, Any]:
    """Return what is drafted for a page of a form, by one message and two answers to try it."""
    with serve(form) as url:
        checked = await check_site(url, settings, message=MESSAGE)
    assert checked.lacks == ""
    assert checked.drafted is not None
    return checked.drafted


@pytest.mark.parametrize(
    "form",
    [
        "one body",
        "shadow",
        "frame",
        "frame of another site",
        "second of two frames",
        "frame in a frame",
        "frame of another site in a frame",
        "short names",
        "newest first",
        "typed on",
        "a time beside ours",
        "a note under the newest first",
        "drawn when it comes into sight",
        "elements of its own",
        "names of looks alone",
        "polls",
        "thoughts",
    ],
)
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


async def test_questions_how_far_an_answer_is_are_one_wire(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """What each tells is all so far, the last is known by its word, and more is waited for."""
    drafted = await whole_draft(serve, browser_settings, "polls")

    (wire,) = drafted["wires"]
    assert wire["rules"] == [
        {"text": "text", "mode": "snapshot"},
        {"when": {"state": "done"}, "done": True},
    ]
    assert (wire["end_is_done"], wire["again_within"]) == (False, 5.0)


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


async def test_what_turned_while_the_answer_grew_is_no_sign(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """Dots and a stop button that go at the first word, and a copy button that comes with it, tell no end."""
    with serve("early signs") as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert checked.drafted is not None
    assert not checked.drafted["selectors"].keys() & {"stop_button", "busy", "finished"}
    assert checked.no_sign
    assert "nothing says when an answer is complete" in checked.lacks


async def test_a_sign_that_turned_at_the_end_is_found_among_others(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """What turned before is passed over, and what the page writes elsewhere afterwards does not count."""
    drafted = await whole_draft(serve, browser_settings, "early signs and a late one")

    assert drafted["selectors"]["stop_button"] == [".halt"]
    assert not drafted["selectors"].keys() & {"busy", "finished"}


async def test_a_trial_that_cannot_send_says_so(serve: Serve, browser_settings: BrowserSettings) -> None:
    """A page that lays something over its send button is told as that, and no answer is waited for."""
    with serve("asks how it was") as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert "a message was not sent" in checked.lacks
    assert "let selectors.dismiss find what closes it" in checked.lacks


async def test_an_answer_in_one_go_has_its_signs(serve: Serve, browser_settings: BrowserSettings) -> None:
    """A sign that turns in the moment in which the whole answer comes is one."""
    drafted = await whole_draft(serve, browser_settings, "in one go")

    assert drafted["selectors"]["stop_button"] == [".stop"]
    assert drafted["selectors"]["finished"] == [".copy"]


async def test_a_new_conversation_begins_where_the_person_came_in(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """A page that opens at a new conversation's own address is drafted by the address that was given."""
    drafted = await whole_draft(serve, browser_settings, "a conversation at once")

    assert drafted["addresses"] == {
        "start": "{base_url}/",
        "conversation": "{base_url}/c/(?P<id>[^/?#]+)",
    }


async def test_a_clock_in_an_answer_is_no_growth_of_it(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """What counts on after the end takes no sign from it."""
    drafted = await whole_draft(serve, browser_settings, "a clock")

    assert drafted["selectors"]["stop_button"] == [".stop"]


async def test_words_of_any_kind(serve: Serve, browser_settings: BrowserSettings) -> None:
    """Line breaks and quotes stand in CSS that finds what has them, and half a sign in no title."""
    with serve("odd words") as url:
        checked = await check_site(url, browser_settings)

    assert checked.title == "Half a \N{REPLACEMENT CHARACTER} sign"
    assert json.dumps(checked.drafted, ensure_ascii=False, default=str).encode()
    assert checked.matched[0].css == r"""textarea[placeholder="Your\a \"message\""]"""
    assert checked.matched[0].seen == 1


async def test_an_editor_of_plain_text_is_a_composer(serve: Serve, browser_settings: BrowserSettings) -> None:
    """An editor without formats is found as one with them."""
    with serve("plain text") as url:
        checked = await check_site(url, browser_settings)

    assert checked.drafted is not None
    assert checked.drafted["composer"] == {"kind": "contenteditable"}
    assert checked.drafted["selectors"]["chat_input"] == ['p[aria-label="Message"]', ".field"]


async def test_a_turn_is_all_of_its_paragraphs(serve: Serve, browser_settings: BrowserSettings) -> None:
    """A message of one line has one paragraph; the next one may have more, and is one turn all the same."""
    drafted = await whole_draft(serve, browser_settings, "paragraphs")

    assert drafted["selectors"]["user_turn"][0] == ".question"


async def test_a_button_that_waits_is_a_sign(serve: Serve, browser_settings: BrowserSettings) -> None:
    """Where the button that sends says until the end that the page is at work, that tells the end."""
    drafted = await whole_draft(serve, browser_settings, "a button that waits")

    assert drafted["selectors"]["busy"] == ['button[aria-label="Loading"]']


async def test_a_composer_is_known_by_its_label(serve: Serve, browser_settings: BrowserSettings) -> None:
    """Where only a label says what a field is for, it does; what counts the fields is no name of one."""
    with serve("label") as url:
        checked = await check_site(url, browser_settings)

    assert checked.drafted is not None
    assert checked.drafted["selectors"]["chat_input"] == ["#app > form > input"]


async def test_a_page_that_goes_to_another_document_by_the_message(
    serve: Serve, browser_settings: BrowserSettings
) -> None:
    """What it shows there is looked at as well: that it left is no failure, and the message was sent."""
    with serve("another document") as url:
        checked = await check_site(url, browser_settings, message=MESSAGE)

    assert checked.sent
    assert checked.answer == len(f"You said: {MESSAGE}")
