"""What is saved of a page when something failed: enough to see why, and nothing that was said or typed."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio
import pytest
from anyio import to_thread
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, RunTimeout, TextDelta
from jackfield_playground import WebChatPlayground
from jackfield_web import PageChanged, PageHandle
from jackfield_web.page._picture import take_picture
from jackfield_web.provider._evidence import bones, keep_evidence
from jackfield_web.site import Selectors, Site

if TYPE_CHECKING:
    from playwright.async_api import Page

PAGE = """<title>A chat</title><script>let token = "s3cret"</script>
<h1>Chat</h1><button id="send" onclick="x('s3cret')">Send</button>
<label for="q">Question</label><input id="q" value="s3cret" data-testid="box"><textarea>s3cret</textarea>
<a href="/c/1?token=s3cret">s3cret</a>
<div class="bot" aria-label="bot's message: s3cret" data-markdown="s3cret"><h1>s3cret</h1><p>s3cret</p></div>
<div aria-label="{long}"></div>""".replace("{long}", "x" * 100)


def test_bones_tell_no_text() -> None:
    """Of a page stay tags, names and the words on buttons; what was said, typed or computed is gone."""
    kept = bones(PAGE, [".bot"])

    assert "s3cret" not in kept
    assert "x" * 100 not in kept
    for name in ("<h1>Chat</h1>", 'id="send"', ">Send<", ">Question<", 'data-testid="box"', 'class="bot"'):
        assert name in kept


@given(st.text(alphabet="abc <>&\"'/=", max_size=200))
def test_bones_of_anything(page: str) -> None:
    """Any text is taken for a page: nothing breaks, and what is left is a page again."""
    assert isinstance(bones(page, ["p"]), str)


@pytest.mark.anyio
async def test_a_renamed_page(connected: Any, chat: WebChatPlayground, state_folder: Path) -> None:
    """A page on which nothing is found is PageChanged: nothing was sent, and the evidence lies there."""
    chat.state.change(renamed=True)
    async with connected(site_overrides={"timing": {"composer": 1}}) as connection:
        with pytest.raises(PageChanged, match="neither") as caught:
            await connection.send("Hello")

    picture, html = sorted((state_folder / "evidence").iterdir(), key=lambda file: file.suffix, reverse=True)
    assert str(picture) in str(caught.value)
    assert [stat.S_IMODE(file.stat().st_mode) for file in (picture, html)] == [0o600, 0o600]
    assert stat.S_IMODE(picture.parent.stat().st_mode) == 0o700
    assert 'id="x-composer"' in html.read_text("utf-8")
    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.state.asked == ()


@pytest.mark.anyio
async def test_an_answer_that_stands_still(
    connected: Any, chat: WebChatPlayground, state_folder: Path
) -> None:
    """An answer that does not go on is RunTimeout with what there was; its evidence has no word of it."""
    chat.state.change(hold_after=3)
    async with connected(site_overrides={"timing": {"idle": 1.5}}) as connection:
        with pytest.raises(RunTimeout) as caught:
            async with connection.stream("A private question?") as stream:
                texts = [event.text async for event in stream if isinstance(event, TextDelta)]
                pytest.fail(f"it ended with {texts}")

    (html,) = (state_folder / "evidence").glob("*.html")
    assert (caught.value.phase, caught.value.partial) == ("idle", "I am the ")
    assert str(caught.value.handle).startswith(f"{chat.base_url}/c/")
    assert "private" not in html.read_text("utf-8")
    assert 'class="question"' in html.read_text("utf-8")


CANARY = "s3cret"
HIDING = f"""<!doctype html><title>{CANARY}</title>
<nav><button id="{CANARY}">{CANARY}</button><button class="new">New chat</button></nav>
<aside><a href="/{CANARY}" title="{CANARY}">{CANARY}</a></aside>
<h1 id="{CANARY}">{CANARY}</h1><button aria-label="{CANARY}" title="{CANARY}">About {CANARY}</button>
<button class="send">Send</button><button class="model">A model</button>
<div data-replicated-value="{CANARY}" data-state="{CANARY}" style="--x: '{CANARY}'"></div>
<label>Message <textarea placeholder="{CANARY}">{CANARY}</textarea></label>
<select><option value="{CANARY}">{CANARY}</select><div contenteditable><button>{CANARY}</button></div>
<div class="user">{CANARY}</div><div class="bot"><h2 id="{CANARY}">{CANARY}</h2><button>Send</button></div>
<!-- {CANARY} --><svg><title>{CANARY}</title></svg><noscript>{CANARY}</noscript><img alt="{CANARY}">
<x-part><template shadowrootmode="open"><p class="inside">{CANARY}</p>
<button>Stop</button></template></x-part>"""


def test_bones_wherever_text_can_hide() -> None:
    """Of all places where a page keeps text, only controls speak that the Site names or that say nothing."""
    kept = bones(HIDING, [".bot", ".user", "::no(css"], [".new", ".model"])

    assert CANARY not in kept
    for name in (">New chat<", ">Send<", ">A model<", ">Stop<", 'class="inside"', 'shadowrootmode="open"'):
        assert name in kept
    assert kept.count(">Send<") == 1


@pytest.mark.parametrize("turn", ["bot", "renamed"])
def test_bones_do_not_name_what_was_said(turn: str) -> None:
    """A class is made of what an answer says of its code, whether its turn is found or not."""
    code = f'<pre class="{CANARY}"><code class="hljs {CANARY}">1</code></pre>'
    body = f'<div class="{turn}"><div class="language-{CANARY}">{code}</div></div><p class="other"></p>'
    kept = bones(f'<main class="lang-en">{body}</main>', [".bot"], (), ["code.hljs"])

    assert CANARY not in kept
    for name in (f'class="{turn}"', 'class="hljs"', 'class="other"'):
        assert name in kept


def test_bones_have_no_elements_that_an_answer_named() -> None:
    """Elements of a turn have names of HTML, or such as the Site has."""
    kept = bones(f"<p class=bot><x-{CANARY}>1</x-{CANARY}><x-text>2</x-text></p>", [".bot"], (), ["x-text"])

    assert CANARY not in kept
    assert "<x-text>" in kept


@pytest.mark.parametrize(
    "hiding",
    [
        f"<button class=send>Go<!-- {CANARY} --></button>",
        f"<button class=send>Go<![CDATA[{CANARY}]]></button>",
        f"<button class=send>Go<?{CANARY}?></button>",
        f"<button class=send data-testid='delete {CANARY}'>Go</button>",
        f"<button class=send>Go</button><iframe name='about {CANARY}'></iframe>",
        f"<button class=send>Go</button><iframe><b id={CANARY}><i class=send>{CANARY}</i></b></iframe>",
        f"<button class=send>Go</button><xmp><b id={CANARY}>1</b></xmp>",
        f"<button class=send>Go</button><noframes><b id={CANARY}>1</b></noframes>",
        f"<button class=send>Go</button><plaintext><b id={CANARY}>1</b>",
    ],
)
def test_bones_have_no_text_that_looks_like_something_else(hiding: str) -> None:
    """Comments are no words of their button, sentences no names, and text that is not parsed no elements."""
    kept = bones(hiding, [".bot"], [".send"])

    assert CANARY not in kept
    assert ">Go<" in kept


FRAMED = """<!doctype html><body style="background: white"><iframe id="chat" height="500" srcdoc="INNER">
</iframe><iframe srcdoc="<p class='other' style='font-size: 40px'>s3cret</p>"></iframe>
<style>* { transition: all 9s } .loud { visibility: visible !important; font-size: 40px }</style>
<p class="loud">s3cret</p><x-part></x-part><x-shut></x-shut>
<p style="visibility: visible !important; font-size: 40px">s3cret</p>
<dialog style="visibility: visible !important; margin: 0 0 0 auto">s3cret</dialog><script>
    document.querySelector("x-part").attachShadow({mode: "open"}).innerHTML =
        "<p class=rooted style='font-size: 40px'>s3cret</p>"
    document.querySelector("x-shut").attachShadow({mode: "closed"}).innerHTML =
        "<p style='visibility: visible; font-size: 40px'>s3cret</p>"
</script>"""
INNER = """<style>* { font-size: 40px }</style><div class='bot'>s3cret</div><textarea>s3cret</textarea>
<p>s3cret</p><p style='visibility: visible !important'>s3cret</p><button class='send'>GO</button>
<div class='bot' style='visibility: visible !important'>s3cret<button class='send'
style='visibility: visible !important'>s3cret</button></div>
<button class='send' style='position: absolute; top: 520px; left: 0; width: 250px; height: 200px'></button>"""


@pytest.mark.anyio
async def test_a_picture_shows_controls_only(page: PageHandle) -> None:
    """In page, shadow roots and frames nothing is seen but what the Site names, however loud a page is."""
    site = Site(
        name="framed",
        version=dt.date(2026, 11, 26),
        selectors=Selectors(
            frame=("#chat",),
            chat_input=("textarea",),
            response_area=(".bot",),
            busy=(".busy",),
            send_button=(".send",),
        ),
    )

    async def look(page: Page, old: str = "", new: str = "") -> tuple[bytes, list[str]]:
        html = FRAMED.replace("INNER", INNER.replace('"', "&quot;"))
        await page.set_content(html.replace(old, new) if old else html)
        await page.frame_locator("#chat").locator(".send").first.wait_for(state="attached")
        await page.locator("dialog").evaluate("dialog => dialog.showModal()")
        return await take_picture(page, site)

    picture, documents = await page.call(look)
    same, _ = await page.call(look, "s3cret", "other!")
    without, _ = await page.call(look, "'send'", "'send' hidden")
    kept = "".join(bones(html, [".bot"], [".send"]) for html in documents)

    assert picture == same
    assert picture != without
    assert len(documents) == 3
    assert "s3cret" not in kept
    for name in ('class="rooted"', 'class="other"', 'class="bot"', ">GO<"):
        assert name in kept


IN_THE_BACK = """<!doctype html><style>html { background: HTML } body { background: BODY }
dialog::backdrop { background: TOP; visibility: visible }</style><dialog>s3cret</dialog>
<button class="send">GO</button>"""


@pytest.mark.anyio
@pytest.mark.parametrize("where", ["HTML", "BODY", "TOP"])
async def test_a_picture_has_no_background(page: PageHandle, where: str) -> None:
    """What a page writes behind all else, as a watermark with its user's name, is covered as well."""
    site = Site(
        name="marked",
        version=dt.date(2026, 11, 28),
        selectors=Selectors(
            chat_input=("textarea",), response_area=(".bot",), busy=(".busy",), send_button=(".send",)
        ),
    )

    async def look(page: Page, text: str) -> bytes:
        drawn = f"<svg xmlns='http://www.w3.org/2000/svg' width='200'><text y='30'>{text}</text></svg>"
        html = IN_THE_BACK.replace(where, f'url("data:image/svg+xml,{quote(drawn)}")')
        await page.set_content(html)
        if where == "TOP":
            await page.locator("dialog").evaluate("dialog => dialog.showModal()")
        return (await take_picture(page, site))[0]

    assert await page.call(look, "s3cret") == await page.call(look, "other!")


@pytest.mark.anyio
async def test_a_large_page_is_given_up_with_its_caller(page: PageHandle, state_folder: Path) -> None:
    """Who is given up does not wait for the bones of a large page: the picture lies there, they do not."""
    site = Site(
        name="large",
        version=dt.date(2026, 11, 30),
        selectors=Selectors(chat_input=("#q",), response_area=(".bot",), busy=(".busy",)),
    )

    html = f"<textarea id=q></textarea><div class=bot>{'<i><b>x</b></i>' * 5_000}</div>"

    async def fill(page: Page) -> None:
        await page.set_content(html)

    await page.call(fill)
    begun = perf_counter()
    bones(html, [".bot"])
    whole = perf_counter() - begun
    folder = state_folder / "evidence"
    async with anyio.create_task_group() as given_up:
        given_up.start_soon(keep_evidence, page, site)
        while not await to_thread.run_sync(lambda: list(folder.glob("*.png"))):  # noqa: ASYNC110  # a file's
            await anyio.sleep(0.01)
        await anyio.sleep(whole / 4)
        begun = perf_counter()
        given_up.cancel_scope.cancel()

    assert perf_counter() - begun < whole / 4
    assert [path.suffix for path in folder.iterdir()] == [".png"]
