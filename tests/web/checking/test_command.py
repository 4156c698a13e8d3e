"""`jackfield site check` as a person runs it: what it prints, writes and refuses."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from jackfield_playground import WebChatPlayground, WebChatSettings

pytestmark = pytest.mark.timeout(300)

COMMAND = str(Path(sys.executable).parent / "jackfield")
GRADIO = b"""<!doctype html><title>A\x1b]0;evil\x07 Gradio</title>
<form><textarea data-testid=textbox placeholder="Type a message"></textarea>
<button data-testid=submit-button class=submit-button>Send</button></form>"""

COMPOSER = """<!doctype html><title>A chat</title><main><div id=turns></div>
<textarea placeholder=Message></textarea><button class=send>Send</button></main><script>
const field = document.querySelector("textarea"), turns = document.querySelector("#turns");
document.querySelector("button").onclick = () => { PRESSED };
</script>"""
FAILING = (
    "fetch('/?said=' + encodeURIComponent(field.value)).then(() => { turns.innerHTML +="
    " '<div role=alert class=failed>Something went wrong.</div>'; });"
)
TURN = "turns.innerHTML = '<div class=mine>' + field.value + '</div>'; field.value = ''; "


@pytest.fixture
def run(tmp_path: Path, browser: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run the command to its end, in a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JACKFIELD_BROWSER", browser)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    def run_command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *words], capture_output=True, text=True, check=False, timeout=240, cwd=tmp_path
        )

    return run_command


@pytest.fixture(scope="module")
def chat() -> Iterator[WebChatPlayground]:
    """Return a chat page that the module's tests share."""
    with WebChatPlayground(WebChatSettings(piece_seconds=0.01)).running() as chat:
        yield chat


class Page(BaseHTTPRequestHandler):
    """Answers with a page."""

    page = b""
    status = 200
    kind = "text/html"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        if self.status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="chat"')
        self.end_headers()
        self.wfile.write(self.page)


Serve: TypeAlias = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def serve(serving: Callable[..., AbstractContextManager[str]]) -> Serve:
    """Return what serves a page, with an HTTP status and a media type if they are given."""
    return lambda page, **how: serving(type("Served", (Page,), {"page": page, **how}))


@pytest.fixture
def gradio_page(serve: Serve) -> Iterator[str]:
    """Serve a page with the parts of a Gradio chat, and a title that a terminal would obey."""
    with serve(GRADIO) as address:
        yield address


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_draft_becomes_a_provider(
    run: Callable[..., Any], chat: WebChatPlayground, tmp_path: Path, backend: str
) -> None:
    """The whole way of a user: check with a message, save, add, send; and the page's own answer comes."""
    done = run("--backend", backend, "site", "check", chat.base_url, "--send", "Hello", "--save", "page.toml")
    assert done.returncode == 0, done.stderr
    assert "None of the installed Sites fits it." in done.stdout
    assert "  response_area    1 seen     .answer .text" in done.stdout
    add = done.stdout.splitlines()[-1].removeprefix("Use it: jackfield ").replace("NAME", "page").split()
    assert tomllib.loads((tmp_path / "page.toml").read_text())["selectors"]["chat_input"][0] == "#composer"

    assert run(*add).returncode == 0
    sent = run("send", "page", "Hello again")
    assert sent.returncode == 0, sent.stderr
    assert "“Hello again”" in sent.stdout


def test_no_secret_is_in_a_draft(run: Callable[..., Any], chat: WebChatPlayground, tmp_path: Path) -> None:
    """User, password, query and fragment open the page, and stand in nothing that is shown or saved."""
    address = chat.base_url.replace("://", "://sam:CANARY@") + "/?token=CANARY#CANARY"
    done = run("site", "check", address, "--send", "Hello", "--save", "page.toml")

    assert done.returncode == 0, done.stderr
    saved = (tmp_path / "page.toml").read_text()
    assert tomllib.loads(saved)["base_url"] == chat.base_url
    assert tomllib.loads(saved)["addresses"]["start"] == "{base_url}/"
    assert "CANARY" not in done.stdout + done.stderr + saved
    assert "Where the page needs it, write it into addresses.start." in done.stdout


def test_a_known_page(run: Callable[..., Any], gradio_page: str) -> None:
    """A page that an installed Site fits is told with that Site, selector by selector, and how to use it."""
    done = run("site", "check", gradio_page)

    assert done.returncode == 0, done.stderr
    assert "It fits the Site 'gradio' of custom_web (shipped)." in done.stdout
    assert '  chat_input       1 seen     textarea[data-testid="textbox"]' in done.stdout
    assert "  user_turn        none" in done.stdout
    assert done.stdout.endswith(f"--provider custom_web -o site=gradio -o base_url={gradio_page}\n")
    assert "Nothing was sent." in done.stdout
    assert "\x1b" not in done.stdout


def test_a_known_page_below_a_path(run: Callable[..., Any], gradio_page: str) -> None:
    """Where an application is not at the root of its server, its address is told with the path."""
    done = run("site", "check", f"{gradio_page}/team/bot/")

    assert done.stdout.endswith(f"-o site=gradio -o base_url={gradio_page}/team/bot\n")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_lies_over_the_page(run: Callable[..., Any], serve: Serve, backend: str) -> None:
    """What covers the send button is told with what a person can do who has no Site yet; nothing is sent."""
    over = "<dialog id=cookies>Cookies? <button>Fine</button></dialog><script>cookies.showModal()</script>"
    with serve((COMPOSER.replace("PRESSED", TURN) + over).encode()) as address:
        done = run("--backend", backend, "site", "check", address, "--send", "Hello there")

    assert "could not be reached within 15 seconds" in done.stderr
    assert "In a window, with --show" in done.stderr
    assert "selectors.dismiss" not in done.stderr


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_press_that_does_nothing(run: Callable[..., Any], serve: Serve, backend: str) -> None:
    """Where neither the page nor its traffic shows that the message went, it is not told as sent."""
    with serve(COMPOSER.replace("PRESSED", "").encode()) as address:
        done = run("--backend", backend, "site", "check", address, "--send", "Hello there")

    assert "but nothing shows that it went" in done.stdout
    assert "The message was sent" not in done.stdout


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("pressed", [FAILING, FAILING + TURN], ids=["request", "turn"])
def test_a_page_that_fails(
    run: Callable[..., Any], serve: Serve, tmp_path: Path, pressed: str, backend: str
) -> None:
    """An alert is the page's note of an error, and no answer; a request alone tells that the message went."""
    with serve(COMPOSER.replace("PRESSED", pressed).encode()) as address:
        done = run(
            "--backend", backend, "site", "check", address, "--send", "Hello there", "--save", "page.toml"
        )

    assert "The message was sent; the page showed a note of its own in the place of an answer" in done.stdout
    selectors = tomllib.loads((tmp_path / "page.toml").read_text())["selectors"]
    assert selectors["error"] == [".failed"]
    assert "response_area" not in selectors


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ((403, "<title>Just a moment...</title><h1>Are you human?"), "It wants proof of a person first."),
        ((404, "<h1>Not found"), "It was answered with the HTTP status 404"),
        ((200, "<input type=email placeholder='Email address'>"), "No field to write in was found in 15"),
    ],
    ids=["challenge", "error", "login"],
)
def test_no_chat_is_there(
    run: Callable[..., Any], serve: Serve, tmp_path: Path, page: tuple[int, str], expected: str
) -> None:
    """What stands in a chat's place is told as far as it is known, and no file is written of nothing."""
    status, document = page
    with serve(document.encode(), status=status) as address:
        done = run("site", "check", address, "--send", "Hello there", "--save", "page.toml")

    assert expected in done.stdout
    assert "Look at it in a window: --show." in done.stdout
    assert "Nothing was sent, because no composer was found." in done.stdout
    assert "With --send" not in done.stdout
    assert "Nothing was saved into page.toml" in done.stdout
    assert not (tmp_path / "page.toml").exists()


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"kind": "application/octet-stream"}, "is a file to download, and no page. Give the page with"),
        ({"status": 401}, "write the Site by hand, and give its connection the option http_credentials"),
    ],
    ids=["a file", "asked by HTTP"],
)
def test_what_does_not_open(
    run: Callable[..., Any], serve: Serve, how: dict[str, Any], expected: str
) -> None:
    """It is told by its address, with what can be done by who has no Site yet."""
    with serve(b"\0", **how) as address:
        done = run("site", "check", address)

    assert expected in done.stderr
    assert address in done.stderr


@pytest.mark.parametrize(
    ("later", "expected"),
    [("", "the page showed nothing new in 6"), ("<aside>News</aside>", "the page showed something new in 6")],
    ids=["nothing", "something else"],
)
def test_no_answer_came(run: Callable[..., Any], serve: Serve, later: str, expected: str) -> None:
    """How long it was waited for is told, whether anything came, and our turn, which was found."""
    pressed = TURN + f"setTimeout(() => document.body.insertAdjacentHTML('beforeend', '{later}'), 500);"
    with serve(COMPOSER.replace("PRESSED", pressed).encode()) as address:
        done = run("site", "check", address, "--send", "Hello there")

    assert expected in done.stdout
    assert "  user_turn    1 seen     .mine" in done.stdout


def test_an_answer_without_a_name(run: Callable[..., Any], serve: Serve) -> None:
    """An answer that was seen, and that no CSS tells from our turn, is told as that."""
    answered = (
        "fetch('/').then(() => {"
        " turns.insertAdjacentHTML('beforeend', '<div class=mine>I am well.</div>'); });"
    )
    with serve(COMPOSER.replace("PRESSED", TURN + answered).encode()) as address:
        done = run("site", "check", address, "--send", "Hello there")

    assert "the page showed an answer of 10 characters" in done.stdout
    assert "cannot be drafted yet: the answer was seen, but no lasting name tells it from" in done.stdout
    assert "is missing" not in done.stdout


def test_a_login_after_the_message(run: Callable[..., Any], serve: Serve) -> None:
    """A login that the message brings is told at once, and is no answer."""
    form = "'<dialog><input type=email><input type=password><button>Log in</button></dialog>'"
    pressed = f"field.value = ''; document.body.insertAdjacentHTML('beforeend', {form});"
    pressed += " document.querySelector('dialog').showModal();"
    with serve(COMPOSER.replace("PRESSED", pressed).encode()) as address:
        done = run("site", "check", address, "--send", "Hello there")

    assert "then the page asked for a login.\nLog in first, in a window, with --show" in done.stdout
    assert "cannot be drafted yet: the page wants a login before it answers" in done.stdout


def test_json(run: Callable[..., Any], gradio_page: str) -> None:
    """`--json` tells the same as one object."""
    told = json.loads(run("site", "check", gradio_page, "--json").stdout)

    assert told["fits"] == {"site": "gradio", "provider": "custom_web"}
    assert told["draft"] is None
    assert {"name": "send_button", "css": "button.submit-button", "found": 1, "seen": 1, "fault": ""} in told[
        "selectors"
    ]


def test_at_a_terminal(run: Callable[..., Any], gradio_page: str) -> None:
    """At a terminal the page's title cannot make it do anything."""
    keyboard, end = pty.openpty()
    with subprocess.Popen(
        [COMMAND, "site", "check", gradio_page], stdout=end, stderr=end, stdin=end
    ) as process:
        os.close(end)
        raw = b""
        while True:
            try:
                raw += os.read(keyboard, 65536)
            except OSError:  # Linux says EIO when the other end is closed
                break
        os.close(keyboard)
    assert process.returncode == 0, raw
    assert b"It fits the Site 'gradio'" in raw
    assert b"\x1b]0;" not in raw


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("localhost:7860",), 2, "is no http or https address"),
        (("http://me:s3cret#x@127.0.0.1:9",), 2, "(an address that is none) is no http or https address"),
        (("htp://me:s3cret@127.0.0.1:9",), 2, "htp://127.0.0.1:9 is no http or https address"),
        (("http://127.0.0.1:9/", "--save", "there.toml"), 2, "is there already"),
        (("http://127.0.0.1:9/", "--save", "none/x.toml"), 2, "the folder 'none' of --save is not there"),
        (("http://127.0.0.1:9/", "--show"), 2, "there is no display for a window"),
        (("http://127.0.0.1:{bound}/",), 5, "ERR_CONNECTION_REFUSED"),
    ],
    ids=["no address", "a key's end", "a key", "file", "folder", "no display", "nobody"],
)
def test_what_cannot_be_checked(
    run: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], code: int, expected: str
) -> None:
    """A wrong address, a file that is there, no folder, no display and a page that does not open are told."""
    (tmp_path / "there.toml").write_text("mine")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        done = run("site", "check", *(word.format(bound=nobody.getsockname()[1]) for word in words))

    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert expected in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    assert (tmp_path / "there.toml").read_text() == "mine"
