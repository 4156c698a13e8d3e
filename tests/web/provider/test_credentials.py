"""Where a credential goes: into the field that the Site names, on the Site's own origins, nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from jackfield import AuthenticationRequired, Certainty, DeadlineExceeded, ProviderContext, Secret
from jackfield_web import NavigationRefused, PageChanged, PageHandle
from jackfield_web.hands import PlainInput, input_driver
from jackfield_web.page._login_step import take_login_step
from jackfield_web.provider._login_steps import LoginSteps
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
CUTS = """<!doctype html><title>A login</title><link rel=icon href="data:,"><script>window.heard = []</script>
<input id=name><input id=word type=password maxlength=9>"""
CUTS_BY_SCRIPT = FORM + "<script>word.oninput = () => { word.value = word.value.slice(0, 9) }</script>"
KEEPS_THE_END = CUTS_BY_SCRIPT.replace("slice(0, 9)", "slice(-9)")
KEEPS_NOTHING = CUTS_BY_SCRIPT.replace("slice(0, 9)", "slice(0, 0)")
BOXES = """<!doctype html><title>A code</title><link rel=icon href="data:,"><script>window.heard = []</script>
<input id=word LIMIT><input id=b><input id=c><script>
    const boxes = document.querySelectorAll("input")
    word.oninput = async () => {
        await null
        const text = word.value
        boxes.forEach((box, at) => { box.value = text.slice(6 * at, at < 2 ? 6 * at + 6 : undefined) })
        b.focus()
    }
</script>"""
AT_ONCE = BOXES.replace("        await null\n", "")
CUT_FIRST = AT_ONCE.replace("word.value\n", "word.value\n        word.value = text[0]\n        await null\n")
A_SIGN_EACH = """<!doctype html><title>A code</title><link rel=icon href="data:,">
<input id=name><main></main><script>
    window.heard = []
    const boxes = Array.from({length: COUNT}, (_, at) => {
        const box = document.createElement("input")
        box.id = at ? `b${at}` : "word"
        box.maxLength = 1
        box.oninput = () => { window.heard.push(at); (boxes[at + 1] || box).focus() }
        return box
    })
    document.querySelector("main").append(...boxes)
</script>"""
BLANKS = FORM + "<script>word.oninput = () => { word.value = word.value.replaceAll('-', ' ') }</script>"
SENDS = """<!doctype html><title>A login</title><link rel=icon href="data:,">
<form method=get action="ACTION"><input id=word type=password name=word><button id=go>Go</button></form>"""
LATE = """<script>document.querySelector("form").onsubmit = (event) => {
    event.preventDefault()
    setTimeout(() => event.target.submit(), 300)
}</script>"""
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
def stand(serving: Callable[..., AbstractContextManager[str]]) -> Iterator[Stand]:
    """Serve both on loopback; the other's page is the same form, which takes the focus at once."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_own = self.headers["Host"].startswith("127.0.0.1")
            moved = is_own and self.path.startswith("/moved")
            if not is_own:
                found.asked.append(self.path.partition("?")[0])
            body = found.page if is_own else FORM.replace("type=password", "type=password autofocus")
            self.send_response(302 if moved else 200)
            self.send_header("Content-Type", "text/html")
            if moved:
                self.send_header("Location", found.elsewhere)
            self.end_headers()
            self.wfile.write(body.encode())

    with serving(Handler) as address:
        found = Stand(f"{address}/", f"{address}/".replace("127.0.0.1", "localhost"))
        yield found


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


@pytest.mark.parametrize("keeps", ["slice(-1)", "slice(0, 1)"])
async def test_each_box_that_keeps_one_sign_gets_its_own(page: PageHandle, stand: Stand, keeps: str) -> None:
    """So does a code whose fields have no limit that the page tells, and keep one sign by its script."""
    boxes = A_SIGN_EACH.replace("COUNT", str(len(SECRET)))
    stand.page = boxes.replace(
        "box.maxLength = 1", f"box.oninput = () => {{ box.value = box.value.{keeps} }}"
    )
    await page.call(visit, stand.own)
    await fill(page, stand)
    _, fields, _ = await page.call(what_was_written)

    assert fields.pop("name") == ""
    assert "".join(fields.values()) == SECRET


async def test_each_of_its_boxes_gets_a_sign(page: PageHandle, stand: Stand) -> None:
    """A code with a field for each of its signs stands in them, and nothing in the field before."""
    stand.page = A_SIGN_EACH.replace("COUNT", str(len(SECRET)))
    await page.call(visit, stand.own)
    await fill(page, stand)
    _, fields, heard = await page.call(what_was_written)

    assert fields.pop("name") == ""
    assert "".join(fields.values()) == SECRET
    assert heard == list(range(len(SECRET)))


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
    with pytest.raises(NavigationRefused, match=r"http://localhost:\d+ is outside") as caught:
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


@pytest.mark.parametrize(
    "page_of_it",
    [CUTS, CUTS_BY_SCRIPT, BOXES.replace("LIMIT", "maxlength=9"), KEEPS_THE_END, KEEPS_NOTHING],
    ids=["a limit", "by a script", "boxes", "the end", "nothing"],
)
async def test_a_field_that_takes_a_part_only(page: PageHandle, stand: Stand, page_of_it: str) -> None:
    """Half a credential is none: it is taken out again and the owner is told, without a part of it."""
    stand.page = page_of_it
    await page.call(visit, stand.own)
    with pytest.raises(AuthenticationRequired, match=r"'login_password' takes [069] characters") as caught:
        await fill(page, stand)
    _, fields, _ = await page.call(what_was_written)

    assert fields["word"] == ""
    assert SECRET[:4] not in str(caught.value)
    assert caught.value.certainty is Certainty.NOT_SENT


@pytest.mark.parametrize(
    ("page_of_it", "stands"),
    [
        (BOXES.replace("LIMIT", ""), {"word": SECRET[:6], "b": SECRET[6:12], "c": SECRET[12:]}),
        (AT_ONCE.replace("LIMIT", ""), {"word": SECRET[:6], "b": SECRET[6:12], "c": SECRET[12:]}),
        (CUT_FIRST.replace("LIMIT", ""), {"word": SECRET[:6], "b": SECRET[6:12], "c": SECRET[12:]}),
        (BLANKS, {"word": SECRET.replace("-", " "), "name": ""}),
    ],
    ids=["shared out soon", "shared out at once", "cut at first", "blanks"],
)
async def test_what_a_form_makes_of_it_is_the_form_s(
    page: PageHandle, stand: Stand, page_of_it: str, stands: dict[str, str]
) -> None:
    """A form that shares a code out to its fields, or writes it otherwise, has taken it whole."""
    stand.page = page_of_it
    await page.call(visit, stand.own)
    await fill(page, stand)
    _, fields, _ = await page.call(what_was_written)

    assert fields == stands


async def take_steps(page: PageHandle, stand: Stand, last: LoginStep, keeping: AsyncExitStack) -> None:
    """Log in by writing the password and one step more."""
    first = LoginStep(action="fill", selector="login_password", value="password")
    site = attrs.evolve(site_of(stand), login=(first, last))
    context = ProviderContext("custom_web", "username_password", {"username": "me", "password": SECRET})
    await LoginSteps(site=site, context=context, hands=PlainInput(), seconds=5).take(page, keeping)


@pytest.mark.parametrize(
    "last",
    [LoginStep(action="click", selector="#go"), LoginStep(action="press", value="Enter")],
    ids=["click", "press"],
)
@pytest.mark.parametrize("way", ["form", "redirect", "window", "late"])
async def test_a_form_that_leads_elsewhere(page: PageHandle, stand: Stand, last: LoginStep, way: str) -> None:
    """Where a person sees the page and it may go anywhere, it stays as long as it has their password."""
    page_of_it = SENDS.replace("ACTION", "/moved" if way == "redirect" else stand.elsewhere)
    page_of_it = page_of_it.replace("<form", "<form target=_blank") if way == "window" else page_of_it
    stand.page = page_of_it + (LATE if way == "late" else "")
    async with AsyncExitStack() as keeping:
        await take_steps(page, stand, last, keeping)
        await anyio.sleep(0.8)

    assert stand.asked == []
    await page.call(visit, stand.elsewhere)
    assert stand.asked == ["/"]


async def test_a_person_goes_where_they_like_meanwhile(page: PageHandle, stand: Stand) -> None:
    """Another page of the same browser is not kept, nor are windows that it opens."""

    async def open_another(own: Page) -> None:
        other = await own.context.new_page()
        await other.goto(stand.own)
        async with other.expect_popup() as opened:
            await other.evaluate("url => { window.open(url) }", stand.elsewhere + "theirs")
        await (await opened.value).wait_for_url("**/theirs")
        await (await opened.value).close()
        await other.close()

    await page.call(visit, stand.own)
    async with page.kept_within([stand.own]):
        await page.call(open_another)
        with pytest.raises(NavigationRefused, match=r"//localhost:\d+ is outside"):
            await page.call(visit, stand.elsewhere + "ours")

    assert stand.asked == ["/theirs"]


async def test_a_field_in_a_shadow_root(page: PageHandle, stand: Stand) -> None:
    """A field of a web component is written into like any other."""

    async def word(page: Page) -> str:
        written: str = await page.locator("#word").input_value()
        return written

    stand.page = IN_A_ROOT
    await page.call(visit, stand.own)
    await fill(page, stand)

    assert await page.call(word) == SECRET
