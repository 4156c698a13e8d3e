"""Logins that come to another end than the page's composer: what is told of them, and what is kept."""

from __future__ import annotations

import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield import AuthenticationRequired, Certainty, ProviderContext, ProviderError, connect, hookimpl
from jackfield_web import BrowserSettings, PageChanged, SessionStore, read_login

pytestmark = pytest.mark.anyio

CANARY: Final = "CANARY-of-a-link"
BY_NAME: Final = ProviderContext("custom_web", "username_password", {"username": "sam", "password": "hush"})
BY_CODE: Final = ProviderContext("custom_web", "code", {"username": "sam"})
FORM: Final = "<input id=u name=u><input id=p name=p type=password>"
LOGIN: Final = f"<!doctype html><form method=post action=/login>{FORM}<button id=b>Go</button></form>"
CHAT: Final = """<!doctype html><div id=list></div><textarea id=in></textarea><button id=go>Send</button>
<button id=halt hidden>Stop</button><script>
go.onclick = () => {
  halt.hidden = false;
  setTimeout(() => { list.innerHTML = "<p class=bot>Yes.</p>"; halt.hidden = true; }, 200);
}</script>"""
NAME, PASSWORD, PRESS = (
    {"action": "fill", "selector": "login_username", "value": "username", "seconds": 10},
    {"action": "fill", "selector": "login_password", "value": "password", "seconds": 10},
    {"action": "click", "selector": "login_button"},
)
ASK: Final = {"action": "ask", "selector": "#p", "value": "Which code?", "seconds": 10}
# It asks who we are as soon as it is there; once that fails it forgets its token.
FORGETS: Final = """
if (!localStorage.token) document.body.innerHTML = "<input id=u><input id=p type=password>";
else ask("me").then(({ status }) => {
  if (status !== 200) { localStorage.removeItem("token"); location.reload(); }
});"""


@attrs.define(eq=False)
class Door:
    """A chat page behind its login.

    Attributes:
        url: Its address.
        lands: Where a login ends.
        link: How a mailed link is answered: with a status, and what it leads to; status 0 only at the end.
        posts: How often the form was sent.
        closing: The end.
    """

    url: str = ""
    lands: str = "/"
    link: tuple[int, str] = (200, "")
    posts: int = 0
    closing: threading.Event = attrs.field(factory=threading.Event)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return what serves it."""
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/link"):
                    status, to = door.link
                    if not status:
                        door.closing.wait(60)
                    self.answer(status or 200, "<h1>A link</h1>", {"Location": to} if to else {})
                elif self.path.startswith("/login"):
                    self.answer(200, LOGIN)
                elif self.path != "/":
                    self.answer(200, "<!doctype html><h1>Welcome back</h1>")
                elif "sid=in" in (self.headers["Cookie"] or ""):
                    self.answer(200, CHAT)
                else:
                    self.answer(303, "", {"Location": "/login?next=/"})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                door.posts += 1
                self.answer(303, "", {"Location": door.lands, "Set-Cookie": "sid=in; HttpOnly"})

            def answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "text/html", **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

        return Handler


@pytest.fixture
def door(serving: Callable[..., AbstractContextManager[str]]) -> Iterator[Door]:
    """Serve it on loopback."""
    door = Door()
    with serving(door.handler()) as door.url:
        yield door
        door.closing.set()


@pytest.fixture
def entering(door: Door, browser_settings: BrowserSettings, _browser_of_the_module: None) -> Any:
    """Return what opens a connection through the door, by its steps; selectors go over the usual ones."""

    def open_connection(
        steps: Any, context: ProviderContext = BY_NAME, *plugins: object, profile: bool = False, **named: str
    ) -> Any:
        site = {
            "name": "door",
            "version": "2026-11-26",
            "base_url": door.url,
            "addresses": {"login": "{base_url}/login"},
            "selectors": {
                "chat_input": "#in",
                "send_button": "#go",
                "stop_button": "#halt",
                "response_area": ".bot",
                "login_username": "#u",
                "login_password": "#p",
                "login_button": "#b",
                **named,
            },
            "timing": {"composer": 5, "settle": 0.4},
            "login": steps,
        }
        browser = {"browser": browser_settings.browser, "host_rules": browser_settings.host_rules}
        limits = {"max_retries": 0, "min_interval": 0.0, "profile": profile}
        return connect("custom_web", {"site": site, **browser, **limits}, context, plugins=plugins)

    return open_connection


class Owner:
    """The account's owner, who gives a mailed link."""

    def __init__(self, link: str) -> None:
        self._link = link

    @hookimpl
    def jackfield_ask_person(self, question: str) -> str:
        return self._link


def told(error: BaseException | None) -> str:
    """Return all that anybody can read of *error* and of what it came from."""
    words = "".join(traceback.format_exception(error))
    while error is not None:
        words += f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
    return words


@pytest.mark.parametrize(
    "link",
    [(204, ""), (302, "/link/again"), (302, f"http://localhost:1/{CANARY}"), (410, ""), (0, "")],
    ids=["nothing", "a loop", "elsewhere", "gone", "hangs"],
)
async def test_a_mailed_link_that_does_not_log_in(entering: Any, door: Door, link: tuple[int, str]) -> None:
    """What is told of it has its origin and nothing more: its path is a password."""
    door.link = (link[0], f"/link/{CANARY}" if link[1] == "/link/again" else link[1])
    with pytest.raises(ProviderError) as caught:
        async with entering([NAME, ASK], BY_CODE, Owner(f"{door.url}/link/{CANARY}?token={CANARY}")):
            pass

    assert CANARY not in told(caught.value)
    assert caught.value.certainty is not Certainty.UNKNOWN
    assert ("step 'ask'" in str(caught.value)) is (link[0] == 0)


async def test_a_field_that_is_not_found_is_named(entering: Any, door: Door) -> None:
    """A page that was given nothing is not said to refuse it: the selector that finds nothing is."""
    with pytest.raises(PageChanged, match=r"fits selectors\.login_username of") as caught:
        async with entering([NAME, PASSWORD, PRESS], login_username="#renamed"):
            pass

    assert (caught.value.selector, caught.value.certainty) == ("login_username", Certainty.NOT_SENT)
    assert door.posts == 0


async def test_a_step_after_the_name_that_fails_is_named(entering: Any, door: Door) -> None:
    """A page that has the name may refuse it by not going on: it wants a login, and the step is told."""
    with pytest.raises(AuthenticationRequired, match=r"fits selectors\.login_password of") as caught:
        async with entering([NAME, PASSWORD, PRESS], login_password="#renamed"):
            pass

    assert isinstance(caught.value.__cause__, PageChanged)


@pytest.mark.parametrize(
    "more", [(), ({"action": "goto", "value": "{base_url}/"},)], ids=["by itself", "goto"]
)
async def test_a_login_that_ends_on_a_welcome(entering: Any, door: Door, more: Any) -> None:
    """A page of welcome has neither form nor composer: the start tells that the login worked."""
    door.lands = "/welcome"
    async with entering([NAME, PASSWORD, PRESS, *more]) as connection:
        assert (await connection.send("Hello")).success

    assert door.posts == 1


async def test_a_profile_keeps_a_cookie_of_the_browser_s_session(entering: Any, door: Door) -> None:
    """A browser forgets it when it ends; the next program has it all the same, and types no password."""
    for _ in range(2):
        async with entering([NAME, PASSWORD, PRESS], profile=True) as connection:
            assert (await connection.send("Hello")).success

    assert door.posts == 1


async def test_a_page_that_logs_itself_out_leaves_the_saved_login(
    talking: Any, small: Any, state_folder: Path
) -> None:
    """What it forgot in a bad moment is still in the login that a person made, and works the next time."""
    small.script, small.setup = "add('bot', 'Yes.');", FORGETS
    stored = [{"name": "token", "value": "a person's"}]
    login = {"cookies": [], "origins": [{"origin": small.url, "localStorage": stored}]}
    async with SessionStore().hold("custom_web") as held:
        await held.save(read_login(json.dumps(login), url=small.url))
    form, options = {"login_username": "#u", "login_password": "#p"}, {"login_required": True}
    async with talking(form, options=options) as connection:
        assert (await connection.send("Hello")).success
        small.replies = [(503, "")]
        with pytest.raises(AuthenticationRequired):
            await connection.send("Hello")

    assert "a person's" in (state_folder / "sessions" / "custom_web.json").read_text("utf-8")


@pytest.mark.parametrize("is_out", [True, False], ids=["out", "in"])
async def test_a_cookie_that_the_browser_refuses_is_named(
    talking: Any, small: Any, is_out: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever gives one that it takes from nobody learns its name: in the error, and from the log."""
    small.script = "add('bot', 'Yes.');"
    small.setup = f"document.body.innerHTML = `{FORM}`;" if is_out else ""
    cookies = ProviderContext("custom_web", "cookies", {"cookies": f"sid={'x' * 5000}; z=e"})
    caplog.set_level(logging.WARNING, "jackfield")
    said = ""
    try:
        async with talking({"login_password": "#p"}, cookies) as connection:
            assert (await connection.send("Hello")).success
    except AuthenticationRequired as error:
        said = str(error)

    assert ("not used: sid, which the browser refuses" in said) is is_out
    assert "sid, which the browser refuses" in caplog.text
    assert "xxx" not in said + caplog.text
