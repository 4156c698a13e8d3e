"""Where a credential goes: into the field that the Site names, on the Site's own origins, nowhere else."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from jackfield import DeadlineExceeded, Secret
from jackfield_web import NavigationRefused, PageChanged, PageHandle
from jackfield_web.hands import PlainInput, input_driver
from jackfield_web.page._login_step import take_login_step
from jackfield_web.site import Addresses, LoginStep, Selectors, Site

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio

SECRET = "rect-horse-battery"
FORM = """<!doctype html><title>A login</title><link rel=icon href="data:,">
<input id=name><input id=word type=password value=stale><script>
    window.heard = []
    addEventListener("input", event => heard.push([event.target.id, event.inputType, event.isTrusted]), true)
</script>"""
LEAVES = "<script>word.onfocus = () => { location.href = '/moved' }</script>"
STEALS = """<script>
    const name = document.querySelector("input")
    word.onfocus = () => new Promise(done => done()).then(() => name.focus())
</script>"""
DRAWS_ANEW = """<script>
    let left = 2
    document.querySelector("#word").onfocus = function drawn() {
        if (left-- <= 0) return
        const next = this.cloneNode()
        next.onfocus = drawn
        this.replaceWith(next)
    }
</script>"""
TAKES_NOTHING_YET = """<script>
    word.readOnly = true
    word.onfocus = () => setTimeout(() => { word.readOnly = false }, 300)
</script>"""
BY_KEY = """<button id=go disabled>Go</button><script>
    word.onkeyup = (event) => { go.disabled = !event.isTrusted || !word.value }
</script>"""
IN_A_ROOT = """<!doctype html><title>A login</title><login-form></login-form><script>
    document.querySelector("login-form").attachShadow({mode: "open"}).innerHTML =
        "<input id=word type=password>"
</script>"""


@attrs.define(eq=False)
class Stand:
    """Two servers of one page each: the Site's own, and another's.

    Attributes:
        own: The address of the Site's own.
        elsewhere: That of the other.
        page: What the Site's own server shows.
        asked: The paths that the other server was asked for.
    """

    own: str
    elsewhere: str
    page: str = FORM
    asked: list[str] = attrs.field(factory=list)


@pytest.fixture
def stand() -> Iterator[Stand]:
    """Serve both on loopback; the other's page is the same form, which takes the focus at once."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_own = self.headers["Host"].startswith("127.0.0.1")
            moved = is_own and self.path == "/moved"
            if not is_own:
                found.asked.append(self.path)
            body = found.page if is_own else FORM.replace("type=password", "type=password autofocus")
            self.send_response(302 if moved else 200)
            self.send_header("Content-Type", "text/html")
            if moved:
                self.send_header("Location", found.elsewhere)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        own = f"http://127.0.0.1:{server.server_port}/"
        found = Stand(own, own.replace("127.0.0.1", "localhost"))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def site_of(stand: Stand) -> Site:
    return Site(
        name="a login",
        version=dt.date(2026, 11, 26),
        addresses=Addresses(start=stand.own),
        selectors=Selectors(
            chat_input=("#question",), response_area=(".a",), busy=(".busy",), login_password=("#word",)
        ),
    )


async def visit(page: Page, url: str) -> None:
    await page.goto(url)


async def what_was_written(page: Page) -> tuple[str, dict[str, str], Any]:
    """Return where the page is, what stands in its fields, and the events that it heard of."""
    script = (
        "Object.fromEntries([...document.querySelectorAll('input')].map(field => [field.id, field.value]))"
    )
    return page.url, await page.evaluate(script), await page.evaluate("window.heard")


async def fill(page: PageHandle, stand: Stand, hands: Any = None, seconds: float = 15.0) -> None:
    """Take the step that writes the password."""
    step = LoginStep(action="fill", selector="login_password", value="password", seconds=seconds)
    await page.call(take_login_step, site_of(stand), step, Secret(SECRET), hands or PlainInput())


@pytest.mark.parametrize("pace", ["off", "quick"])
async def test_a_credential_is_written_at_once(page: PageHandle, stand: Stand, pace: Any) -> None:
    """It takes the place of what the browser had filled in, heard as one input of a person."""
    await page.call(visit, stand.own)
    await fill(page, stand, input_driver(pace, 1))
    _, fields, heard = await page.call(what_was_written)

    assert fields == {"name": "", "word": SECRET}
    assert heard == [["word", "insertText", True]]


async def is_enabled(page: Page) -> bool:
    return await page.locator("#go").is_enabled()


@pytest.mark.parametrize("pace", ["off", "quick"])
async def test_a_form_that_waits_for_a_key(page: PageHandle, stand: Stand, pace: Any) -> None:
    """A button that only a key in the field enables is enabled, though the credential is not typed."""
    stand.page = FORM + BY_KEY
    await page.call(visit, stand.own)
    await fill(page, stand, input_driver(pace, 1))
    _, fields, heard = await page.call(what_was_written)

    assert await page.call(is_enabled)
    assert fields["word"] == SECRET
    assert heard == [["word", "insertText", True]]


async def test_only_on_the_site_s_own_origins(page: PageHandle, stand: Stand) -> None:
    """A page that was led elsewhere shows the same form: nothing is written into it."""
    await page.call(visit, stand.own + "moved")
    with pytest.raises(NavigationRefused, match=r"http://localhost:\d+/ is outside") as caught:
        await fill(page, stand)
    url, fields, _ = await page.call(what_was_written)

    assert (url, fields) == (stand.elsewhere, {"name": "", "word": "stale"})
    assert SECRET not in str(caught.value)


async def test_not_on_a_page_of_nobody_s(page: PageHandle, stand: Stand) -> None:
    """A page may be where no request leads; it is nobody's origin, and no credential is written there."""
    await page.call(visit, "data:text/html,<input id=word type=password>")
    with pytest.raises(NavigationRefused):
        await fill(page, stand)
    _, fields, _ = await page.call(what_was_written)

    assert fields == {"word": ""}


async def test_a_page_that_leaves_meanwhile(page: PageHandle, stand: Stand) -> None:
    """Though this page may go anywhere, as where a person sees it, it stays while a credential is written."""
    stand.page = FORM + LEAVES
    await page.call(visit, stand.own)
    await fill(page, stand)
    url, fields, _ = await page.call(what_was_written)

    assert (url, fields["word"], stand.asked) == (stand.own, SECRET, [])
    await page.call(visit, stand.elsewhere)
    assert stand.asked == ["/"]


async def test_a_page_that_moves_the_focus(page: PageHandle, stand: Stand) -> None:
    """A field that does not keep the focus gets nothing, and the field that takes it neither."""
    stand.page = FORM + STEALS
    await page.call(visit, stand.own)
    with pytest.raises((PageChanged, DeadlineExceeded), match=r"login_password"):
        await fill(page, stand, seconds=2)
    _, fields, heard = await page.call(what_was_written)

    assert (fields, heard) == ({"name": "", "word": "stale"}, [])


@pytest.mark.parametrize("page_of_it", [FORM + DRAWS_ANEW, FORM + TAKES_NOTHING_YET])
async def test_a_page_that_is_not_done_yet(page: PageHandle, stand: Stand, page_of_it: str) -> None:
    """A field that is drawn anew when it is touched, or takes no text at first, is looked at again."""
    stand.page = page_of_it
    await page.call(visit, stand.own)
    await fill(page, stand)
    _, fields, heard = await page.call(what_was_written)

    assert fields == {"name": "", "word": SECRET}
    assert len(heard) == 1


async def test_a_field_in_a_shadow_root(page: PageHandle, stand: Stand) -> None:
    """A field of a web component is written into like any other."""

    async def word(page: Page) -> str:
        written: str = await page.locator("#word").input_value()
        return written

    stand.page = IN_A_ROOT
    await page.call(visit, stand.own)
    await fill(page, stand)

    assert await page.call(word) == SECRET
