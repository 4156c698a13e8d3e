"""What a page hides is not told, in a turn and of turns; what it draws apart is told apart."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from jackfield_web import PageHandle
from jackfield_web.page import IsolatedWorld, devtools_place, probe_config
from jackfield_web.reading import html_to_markdown
from jackfield_web.reading._page_source import PageSource
from jackfield_web.site import Site, build_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
SITE = build_site(
    {
        "name": "a",
        "version": "2026-11-27",
        "base_url": "http://127.0.0.1",
        "selectors": {
            "chat_input": "#in",
            "response_area": ".bot",
            "user_turn": ".me",
            "finished": ".bar",
            "reasoning": ".thought",
            "ignore": "aside:nth-child(2)",
        },
    }
)
WITHOUT_USERS = attrs.evolve(SITE, selectors=attrs.evolve(SITE.selectors, user_turn=()))
NONE = "style='display: none'"
UNSEEN = "style='visibility: hidden'"
TIP = "style='position: absolute; opacity: 0; pointer-events: none'"
DOT = "style='position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)'"
FAR = "style='position: absolute; left: -9999px'"
CUT = "style='position: absolute; clip: rect(0, 0, 0, 0)'"
EMPTY = "style='position: absolute; clip-path: inset(50%)'"
ASIDE = "style='position: absolute; right: 100%; top: -40px'"
SMALL = "style='font-size: 0; animation: swell 9s 9s both'"
GROWS = "style='position: absolute; width: 0; height: 0; overflow: hidden; animation: grow 9s 9s both'"
MOVED = "style='position: absolute; opacity: 0; pointer-events: none; animation: in 9s 9s both'"
CSS = """<style>
@keyframes in { from { opacity: 0 } }
@keyframes swell { to { font-size: 9px } }
@keyframes grow { to { width: 9em } }
.old:not([open]) > p { display: none }
.row { display: table-row }
.cell { display: table-cell }
.put::before { content: "+" }
.out::before { content: attr(data-sign) }
</style>"""
KATEX = "<span class=katex><span class=katex-html><span class=mord>x</span></span></span>"
FORMULA = f"<p>a <span class=katex-display style='display: {{}}'>{KATEX}</span> b</p>"
GIF = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PICTURE = f"<img hidden src={GIF}>"

HIDDEN = {
    "a twin for narrow windows": (f"<p>5 of 10<span {NONE}>5/10</span></p>", "5 of 10"),
    "a panel": ("<div>npm</div><div hidden>yarn</div>", "npm"),
    "in code": (f"<pre>a<code {NONE}>a: number</code> = 1</pre>", "a = 1"),
    "a popup in code": ("<pre>a<b style='position: absolute; opacity: 0'>a: number</b> = 1</pre>", "a = 1"),
    "a tip": (f"<p>The GDP<span {TIP}>gross product</span> grew</p>", "The GDP grew"),
    "unseen": (f"<p {UNSEEN}>gone<b style='visibility: visible'>seen</b></p>", "seen"),
    "an unseen space": (f"<p>a<span {UNSEEN}> </span>b</p>", "a b"),
    "a formula's source": (f"<p>So <i {NONE}>(x)</i><b class=katex><b>x</b></b></p>", "So x"),
    "without scripts": ("<p>a</p><noscript>Please enable JavaScript</noscript>", "a"),
    "in a closed fold": ("<details><p>a</p><noscript>Please</noscript></details>", "a"),
    "for want of a picture": (f"<object data='{GIF}'>Please</object>a", "a"),
    "choices": ("<p><select><option>km<option selected>miles</select></p>", "miles"),
    "choices that are all drawn": ("<select multiple><option selected>a<option>b</select>", "ab"),
    "without a size": ("<p>a<b style='font-size: 0'>gone<i style='font-size: 9px'>b</i></b></p>", "ab"),
    "for want of a film": ("<video src=/a><p>Please</p></video><canvas>Please</canvas>a", "a"),
    "a secret": ("a<input type=password value=b><input type=hidden value=c>", "a"),
    "an unseen field": (f"a<input value=b {UNSEEN}><input value=c {NONE}>", "a"),
    "a field in colours": ("<pre>1</pre><textarea style='color: transparent'>1</textarea>", "1"),
    "a faded field": ("<pre>1</pre><textarea style='opacity: 0'>1</textarea>", "1"),
    "a draft with code": (f"<div {NONE}><pre>1</pre></div><button><svg></svg></button><b>2</b>", "2"),
}
STAYING = {
    "folded": ("<details><summary>Sum</summary><p>Body</p></details>", "SumBody"),
    "folded by a style": ("<details class=old><summary>Sum</summary><p>Body</p></details>", "SumBody"),
    "not rendered yet": ("<p style='margin-top: 9999px; content-visibility: auto'>far</p>", "far"),
    "TeX of a script": ("<p>So <script type=math/tex>x^2</script></p>", "So x^2"),
    "MathML": (f"<p><b class=katex><math {NONE}><mi>x</mi></math></b></p>", "x"),
    "in a formula": (f"<p><b class=katex><i {UNSEEN}>x</i><i {TIP}>y</i></b></p>", "xy"),
    "fading in": ("<p>a <span style='opacity: 0'>word</span></p>", "a word"),
    "fading in on top": ("<p><b style='position: absolute; opacity: 0'>word</b></p>", "word"),
    "fading in, in code": ("<pre>a <span style='opacity: 0'>word</span></pre>", "a word"),
    "fading in from elsewhere": (f"<p>a <span {MOVED}>word</span></p>", "a word"),
    "a reading": ("<p><ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby></p>", "a(b)"),
    "growing from nothing": (f"<p>a <span {SMALL}>word</span></p>", "a word"),
    "for want of what failed": ("<object data='data:a/b,' type=a/b>Please</object>", "Please"),
    "a diagram's code": (f"<div {NONE}><pre>a to b</pre></div><div><svg></svg></div>", "a to b"),
}
"""By what they are, what a turn is made of and what it tells."""
BLOCK = "style='display: block'"
ROW = "style='display: flex; gap: 8px'"
WIDE = "style='display: inline-block; width: 100%'"
CHIP = "style='display: inline-block'"
GAP = "style='margin-right: 4px'"
BOX = "style='display: inline-block; width: 90px'"
FLEX = "style='display: inline-flex'"
FRAMED = "<style>p {}</style><p><b>b</b></p>"
PLACED = "<span style='position: absolute; top: {}px'>{}</span>"
ROWS = "<span class=row><i class=cell></i><b class=cell>{}<br></b></span>"
COLUMN = "style='display: flex; flex-direction: column'"
APART = {
    "blanks in an element": (
        "<p style='white-space: pre-wrap'>a<span>\n\n  </span><i>b</i></p>",
        "a\n\n  *b*",
    ),
    "blanks between elements": ("<p style='white-space: pre-wrap'><i>a</i>\n\n<b>b</b></p>", "*a*\n\n**b**"),
    "blanks between blocks": ("<div style='white-space: pre-wrap'><p>a</p>\n  <p>b</p>\n</div>", "a\n\nb"),
    "words bold by style": (
        "<p><span style='font-weight: 600'>a</span> <b><span style='font-weight: 700'>b</span></b></p>",
        "**a** **b**",
    ),
    "words slanted by style": ("<p><span style='font-style: italic'>a</span> b</p>", "*a* b"),
    "words that only are called unseen": (
        "<p>a <b class='sr-only md:not-sr-only'>b</b></p><table><tr><th class=visually-hidden>c</table>",
        "a **b**\n\n| c |\n| --- |",
    ),
    "words with a gap": (
        f"<p>{''.join(f'<span {GAP}>{sign}</span>' for sign in ('a', 'b', ',', 'c', '(', 'd'))}</p>",
        "a b, c (d",
    ),
    "words in wide boxes": (f"<p><span {BOX}>a</span>b</p>", "a b"),
    "code with a margin": (f"<p>a<code {GAP}>b</code>c</p>", "a`b`c"),
    "a sum in a row": (f"<p {FLEX}><b>$</b><b>200</b></p>", "**$200**"),
    "signs that are words of their points": (
        (
            "<ul style='list-style: none'><li>\u2022 a<li style='display: flex'><i>-</i><b>b</b></ul>"
            "<ol style='list-style: none'><li>4. a<li>5) b</ol>"
        ),
        "- a\n- **b**\n\n4. a\n5. b",
    ),
    "words struck out by style": (
        "<p><span style='text-decoration: line-through; font-weight: 700'>a</span> b</p>",
        "**~~a~~** b",
    ),
    "a point that is done": (
        "<li><input type=checkbox checked><span style='text-decoration: line-through'>a</span></li>",
        "- [x] a",
    ),
    "signs by style": (
        "<pre>a\n<b class=put>b</b>\n<b class=out data-sign='-'>c</b>\n<b class=put>+d</b></pre>",
        "```\na\n+b\n-c\n+d\n```",
    ),
    "signs by style in a table": (
        (
            "<table><tr><td class=ln>1<td class=ln><td class=code><b class=out data-sign='-'>a</b>"
            "<tr><td class=ln><td class=ln>1<td class=code><b class=put>b</b></table>"
        ),
        "```\n-a\n+b\n```",
    ),
    "lines in their places": (
        f"<div style='position: relative'>{PLACED.format(20, 'b')}{PLACED.format(0, 'a')}</div>",
        "a\n\nb",
    ),
    "lines of code in their places": (
        f"<pre>{PLACED.format(20, ' b')}\n{PLACED.format(0, 'a')}</pre>",
        "```\na\n b\n```",
    ),
    "words in their places": (f"<p>{PLACED.format(0, 'a')} {PLACED.format(0, 'b')}</p>", "a b"),
    "a frame that is written there": (f"a<iframe srcdoc='{FRAMED}<i hidden>c</i>'></iframe>", "a\n\n**b**"),
    "one that is sandboxed": (f"a<iframe sandbox srcdoc='{FRAMED}'></iframe>", "a\n\n**b**"),
    "one that shows code": (
        f"<pre>{'c' * 40}</pre><iframe srcdoc='<p>{'c' * 40}</p>'></iframe>",
        f"```\n{'c' * 40}\n```",
    ),
    "signs of words": ("<p class=put>a</p>", "a"),
    "code bold by style": ("<pre><span style='font-weight: 600'>a</span> b</pre>", "```\na b\n```"),
    "numbers beside words": (
        "<p style='display: flex'><span style='width: 30px'>1</span><b>d</b></p>",
        "1 **d**",
    ),
    "letters that move": (
        f"<p style='display: flex'>{'<span>a</span>' * 2}<span style='margin: 0 9px'>bc</span><b>d</b></p>",
        "aa bc **d**",
    ),
    "a head": (f"<div><strong {BLOCK}>Day</strong>Rain.</div>", "**Day**\n\nRain."),
    "a note": (f"<p>Value<small {BLOCK}>per year</small></p>", "Value\n\nper year"),
    "links": (f"<a {BLOCK} href=/1>One</a><a {BLOCK} href=/2>Two</a>", "[One](/1)\n\n[Two](/2)"),
    "a summary": ("<details open><summary>Sum</summary>Body</details>", "Sum\n\nBody"),
    "a footer": ("<header>Head</header><footer>Foot</footer>", "Head\n\nFoot"),
    "choices": (f"<fieldset><legend>Of</legend><label {BLOCK}>A</label>B</fieldset>", "Of\n\nA\n\nB"),
    "a column": (f"<div {COLUMN}><label>Name</label><output>Oslo</output></div>", "Name\n\nOslo"),
    "in a quotation": (f"<blockquote>Be.<cite {BLOCK}>I</cite></blockquote>", "> Be.\n>\n> I"),
    "in bold": (f"<p><b>Day<i {BLOCK}>1</i></b></p>", "**Day *1***"),
    "in a head": (f"<h2>Title<small {BLOCK}>Sub</small></h2>", "## Title Sub"),
    "in a cell": (f"<table><tr><td><b {BLOCK}>x</b>y</table>", "|  |\n| --- |\n| **x**<br>y |"),
    "in code": (f"<pre>a<b {BLOCK}>b</b>c</pre>", "```\na\nb\nc\n```"),
    "in a row of code": (f"<pre {ROW}><b>a</b><b>b</b></pre>", "```\nab\n```"),
    "a row": (f"<p {ROW}><b>Name:</b><span>Oslo</span> <span>N</span></p>", "**Name:** Oslo N"),
    "a row in a link": (f"<a href=/a><div {ROW}><b>a</b><span>1 kB</span></div></a>", "[**a** 1 kB](/a)"),
    "beside a row": (
        f"<p {ROW}><b style='display: contents'>a</b><i style='position: fixed'>b</i></p>",
        "**a***b*",
    ),
    "as wide as a line": (f"<div><div {WIDE}>One</div><div {WIDE}>Two</div></div>", "One\n\nTwo"),
    "words as wide as a line": (f"<p><span {WIDE}>One</span><span {WIDE}>Two</span></p>", "One\n\nTwo"),
    "chips": (f"<p>a <b {CHIP}><i {CHIP}>b</i></b><span {CHIP}>c</span> d</p>", "a ***b***c d"),
    "a wide word": (f"<p>a <span {WIDE}>b</span> c</p>", "a b c"),
    "lines of code": (f"<pre><b {WIDE}>a</b>\n<b {WIDE}>b</b></pre>", "```\na\nb\n```"),
    "a formula put into a line": (FORMULA.format("inline-block"), "a $x$ b"),
    "a formula on a line of its own": (FORMULA.format("block"), "a \n$$\nx\n$$\n b"),
    "an icon": (f"<p>a<svg {BLOCK}></svg>b</p>", "ab"),
    "a choice": (f"<p>Pick <select><option {BLOCK}>km</select></p>", "Pick km"),
    "a note for ears": (f"<p><a href=/1>one<span {DOT}>, a new tab</span></a></p>", "[one](/1)"),
    "a head for ears": (f"<section><h2 {DOT}>You said</h2><p>a</p></section>", "a"),
    "typed for eyes": (f"<p><b aria-hidden=true>Hi</b><i {DOT}>Hi</i></p>", "**Hi**"),
    "only for ears": (f"<p {DOT}>Only heard.</p>", "Only heard."),
    "in code, for ears": (f"<pre>a<b {DOT}>code</b></pre>", "```\na\n```"),
    "framed, with a copy": (
        f"<div><div>py<button>Copy</button></div><pre class=lang-py>a</pre><pre {FAR}>a</pre></div>",
        "```py\na\n```",
    ),
    "a copy of code": (f"<div><pre>a\nb</pre><textarea {FAR}>a\nb</textarea></div>", "```\na\nb\n```"),
    "code for ears": (f"<pre>a</pre><pre {DOT}>a</pre>", "```\na\n```"),
    "a field": ("<p>To: <input value=Oslo> by <input type=time value=10:30></p>", "To: Oslo by 10:30"),
    "cut off": (f"<p>a<b {CUT}>b</b><i {EMPTY}>c</i></p>", "a"),
    "aside": (f"<p style='position: relative'>a <span {ASIDE}>word</span></p>", "a word"),
    "a field of lines": ("<textarea>Dear all,\n\n  hello</textarea>", "Dear all,\n\n  hello"),
    "a field in a row": (f"<p {ROW}><label>To:</label><input value=Oslo></p>", "To: Oslo"),
    "boxes": ("<p><input type=checkbox checked> a<br><input type=checkbox>b</p>", "[x] a  \n[ ] b"),
    "faded choices": ("<p><input type=radio style='opacity: 0'>a <input type=radio>b</p>", "a [ ] b"),
    "growing": (f"<p>a <span {GROWS}>word</span></p>", "a word"),
    "lines with numbers": (f"<pre>{ROWS.format('a')}{ROWS.format('b')}</pre>", "```\na\nb\n```"),
    "chips that fill a row": (f"<div {ROW}><div {FLEX}>a</div><div {FLEX}>b</div></div>", "a\n\nb"),
    "a large picture": (f"<button><img src='{GIF}' alt=a height=99></button>", f"![a]({GIF})"),
    "a picture of a link's place": (f"<a href=/x><img src='{GIF}' height=16>a</a>", "[a](/x)"),
    "a picture in a link": (f"<a href=/x><img src='{GIF}' alt=a height=16>b</a>", f"[![a]({GIF})b](/x)"),
    "a small picture": (f"<div><button><img src='{GIF}' alt=a height=20></button></div>b", "b"),
    "in a fold": (f"<details class=old><summary>a</summary><p><i {DOT}>b</i></p></details>", "a\n\n*b*"),
}
"""By what they are, what a turn is made of and its markdown."""


async def opened(page: Any, body: str, site: Site = SITE) -> IsolatedWorld:
    """Return a world of *page*, which shows *body*."""
    await page.set_content(f"<!doctype html>{CSS}<main>{body}</main>")
    session = await page.context.new_cdp_session(page)

    async def place() -> Any:
        return await devtools_place(page, site, session, lambda _: pytest.fail("there is one frame"))

    world = IsolatedWorld(place, Exception, probe_config(site), None)
    await world.open()
    return world


def text_of(sources: Any) -> list[str]:
    """Return what turns tell, without their elements."""
    return [re.sub("<[^>]*>", "", source["html"]).strip() for source in sources or ()]


async def looked(page: PageHandle, body: str, sent: str = "", site: Site = SITE) -> Any:
    """Return what one look at a page with *body* tells of the answer to *sent*."""

    async def look(page: Any) -> Any:
        return await (await opened(page, body, site)).call("look", sent, True)

    return await page.call(look)


async def turns_of(page: PageHandle, *bodies: str) -> list[list[str]]:
    """Return what the last turns of pages tell."""
    return [text_of((await looked(page, body))["turns"]) for body in bodies]


async def test_what_is_not_drawn_is_not_told(page: PageHandle) -> None:
    """Twins, tips, panels, other choices and words for browsers without scripts are no part of an answer."""
    told = await turns_of(page, *(f"<div class=bot>{html}</div>" for html, _ in HIDDEN.values()))

    assert dict(zip(HIDDEN, told, strict=True)) == {name: [text] for name, (_, text) in HIDDEN.items()}


async def test_what_is_folded_or_about_to_be_drawn_is_told(page: PageHandle) -> None:
    """What a reader has to unfold or wait for is part of an answer, and so is what a drawing was made of."""
    told = await turns_of(page, *(f"<div class=bot>{html}</div>" for html, _ in STAYING.values()))

    assert dict(zip(STAYING, told, strict=True)) == {name: [text] for name, (_, text) in STAYING.items()}


async def test_what_is_drawn_apart_is_told_apart(page: PageHandle) -> None:
    """Words on lines of their own stay there, and those of a row have a space, whatever elements they are."""
    looks = [await looked(page, f"<div class=bot>{html}</div>") for html, _ in APART.values()]
    drawn = [html_to_markdown(look["turns"][0]["html"]) for look in looks]

    assert dict(zip(APART, drawn, strict=True)) == {name: text for name, (_, text) in APART.items()}


@pytest.mark.parametrize("how", ["display: none", "visibility: hidden"])
async def test_a_turn_that_is_not_shown_is_told_whole(page: PageHandle, how: str) -> None:
    """A thread in the background has its answers all the same, be it hidden itself or stand in what is."""
    within = f"<div style='{how}'><div class=bot>answer<i {NONE}>!</i></div></div>"
    itself = f"<div class=bot style='{how}'>answer</div>"

    assert await turns_of(page, within, itself) == [["answer!"], ["answer"]]


async def test_boxes_and_pictures_are_told_while_they_are_hidden(page: PageHandle) -> None:
    """A point's box is hidden under its drawing, a picture until it is loaded; a loaded one is a twin."""
    hidden = f"<li><input type=checkbox checked {NONE}><input type=checkbox {TIP}>{PICTURE}"
    loads = "document.querySelector('.bot').innerHTML += '<img hidden src=http://127.0.0.1/>'"

    async def asked(page: Any) -> list[str]:
        await page.route("http://127.0.0.1/", lambda _: None)
        world = await opened(page, f"<div class=bot>{hidden}</div>")
        await page.evaluate(loads)
        (told,) = (await world.call("look", "", True))["turns"]
        return re.findall(r"checked|<input|src=.{9}", told["html"])

    assert await page.call(asked) == ["<input", "checked", "<input", 'src="http://1']


@pytest.mark.parametrize("field", ["<input value=a>", "<textarea>a</textarea>"])
async def test_a_field_is_told_as_it_is_filled(page: PageHandle, field: str) -> None:
    """What a field holds now is told, and not what it held at first; nothing of one that is ignored."""
    body = f"<div class=bot><aside>b</aside>{field}</div>"

    async def asked(page: Any) -> list[list[str]]:
        world = await opened(page, body)
        await page.evaluate("document.querySelector('.bot').lastElementChild.value = 'c'")
        told = text_of((await world.call("look", "", True))["turns"])
        site = attrs.evolve(SITE, selectors=attrs.evolve(SITE.selectors, ignore=("input", "textarea")))
        return [told, text_of((await (await opened(page, body, site)).call("look", "", True))["turns"])]

    assert await page.call(asked) == [["bc"], ["b"]]


async def test_a_field_that_is_the_answer_keeps_its_lines(page: PageHandle) -> None:
    """Where the turn itself is a field, what it holds is told with every space and line of it."""
    held = "Dear all,\n\n```\nif 1:\n    pass\n```"

    async def asked(page: Any) -> list[str]:
        world = await opened(page, "<textarea class=bot readonly></textarea>")
        await page.evaluate("(held) => { document.querySelector('.bot').value = held }", held)
        turns = (await world.call("look", "", True))["turns"]
        return [html_to_markdown(turn["html"]) for turn in turns]

    assert await page.call(asked) == [held]


async def test_thoughts_are_told_folded(page: PageHandle) -> None:
    """Pages fold what the model thought; it is told, and is no part of the answer."""
    body = f"<div class=me>hi</div><div class=thought><b>5 s</b><p {NONE}>Hm</p></div><div class=bot>a</div>"
    look = await looked(page, body, "hi")

    assert (text_of(look["thoughts"]), text_of(look["turns"])) == (["5 sHm"], ["a"])


async def test_what_is_ignored_is_found_beside_what_is_hidden(page: PageHandle) -> None:
    """Selectors count what is on the page, and not only what is told of it."""
    body = f"<div class=bot><aside {NONE}>hidden</aside><aside>ignored</aside><aside>told</aside></div>"

    assert await turns_of(page, body) == [["told"]]


@pytest.mark.parametrize("around", ["main .bot", ".bot > div", "html .last:not(.first)"])
async def test_what_is_no_answer_is_found_from_above_its_turn(page: PageHandle, around: str) -> None:
    """CSS that begins at a turn, or above it, finds in the turn what it finds on the page."""
    selectors = attrs.evolve(SITE.selectors, ignore=(f"{around} .more",), reasoning=(f"{around} details",))
    site = attrs.evolve(SITE, selectors=selectors)
    inner = "<div><details>Hm</details><p>a</p><p class=more>What else?</p></div>"
    body = f"<div class=me>hi</div><div class='bot last'>{inner}</div>"
    look = await looked(page, body, "hi", site)

    assert (text_of(look["thoughts"]), text_of(look["turns"])) == (["Hm"], ["a"])


TWICE = "<div class=me>hi</div><div class=bot id=one>{}</div><div class=bot id=two>{}</div><p class=bar></p>"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (TWICE.format("broken", "whole"), (["broken", "whole"], True)),
        (TWICE.format("broken", "whole").replace("id=one", NONE), (["whole"], True)),
        (TWICE.format("whole", "broken").replace("id=two", UNSEEN), (["whole"], True)),
        (TWICE.format("broken", "").replace("id=one", NONE), (["broken", ""], True)),
        (TWICE.format("one", "two").replace("class=bot", f"class=bot {NONE}"), (["one", "two"], True)),
        (TWICE.format("one", "two").replace("id=two", "style='opacity: 0'"), (["one", "two"], True)),
    ],
)
async def test_an_answer_that_broke_off_and_is_hidden(
    page: PageHandle, body: str, told: tuple[list[str], bool]
) -> None:
    """Of an answer that the page asked for again the shown one is told, once it says something."""
    look = await looked(page, body, "hi")

    assert (text_of(look["turns"]), look["finished"]) == told


SLOT = "<div class=bot></div>"
SLOTS = "<div class=me></div><div class=bot></div>"


def fills(question: str, *answers: str) -> list[str]:
    """Return what a page does, step by step, to show a question and its answer where the last ones stood."""
    ask = f"for (const one of document.querySelectorAll('.me')) one.textContent = '{question}'"
    return [ask, *(f"document.querySelector('.bot').textContent = '{answer}'" for answer in answers)]


async def said_after(page: Any, world: IsolatedWorld, sent: str, steps: list[str]) -> list[str]:
    """Return the answers that a page was seen to have while it made some steps, each once."""
    told: list[str] = []
    await world.call("mark")
    for step in steps:
        await page.evaluate(step)
        turns = (await world.call("look", sent, False))["turns"]
        told += [text for text in text_of(turns) if text and text not in told]
    return told


@pytest.mark.parametrize("body", [SLOT, SLOTS])
async def test_an_answer_is_written_where_the_last_one_stood(page: PageHandle, body: str) -> None:
    """One place for the answer, there from the start and filled anew, has the answer to each question."""
    site = SITE if "me" in body else WITHOUT_USERS

    async def asked(page: Any) -> list[list[str]]:
        world = await opened(page, body, site)
        first = await said_after(page, world, "Oslo", fills("Oslo", "", "To: Oslo"))
        second = await said_after(page, world, "Rome", fills("Rome", "", "To: Rome"))
        again = await said_after(page, world, "Rome", fills("Rome", "", "To: Rome"))
        return [first, second, again]

    assert await page.call(asked) == [["To: Oslo"], ["To: Rome"], ["To: Rome"]]


@pytest.mark.parametrize("by", ["textContent", "firstChild.data"])
async def test_an_answer_begins_as_the_last_one_did(page: PageHandle, by: str) -> None:
    """Where the place is never seen empty, it has the new answer from when it says something else."""
    steps = [step.replace("textContent", by) for step in fills("Rome", "To: ", "To: R", "To: Rome")]

    async def asked(page: Any) -> list[list[str]]:
        world = await opened(page, SLOT, WITHOUT_USERS)
        first = await said_after(page, world, "Oslo", fills("", "To: Oslo")[1:])
        return [first, await said_after(page, world, "Rome", steps)]

    assert await page.call(asked) == [["To: Oslo"], ["To: R", "To: Rome"]]


OLD = "<div class=bot>42 <b>Copy</b><i>Retry</i><u>Share</u></div>"
CHANGES = {
    "buttons go": "document.querySelector('i').remove()",
    "buttons come": "document.querySelector('.bot').append('More')",
    "one says something else": "document.querySelector('i').textContent = 'Stop'",
    "drawn again": "document.querySelector('.bot').innerHTML += ''",
    "drawn again without its buttons": "document.querySelector('.bot').innerHTML = '42 '",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("site", [SITE, WITHOUT_USERS], ids=["users", "none"])
async def test_an_old_answer_is_not_the_next_one(page: PageHandle, change: str, site: Site) -> None:
    """An old answer whose surroundings change before ours comes is not ours, also to the same question."""
    user = "<div class=me>Hi</div>" if site is SITE else ""

    async def asked(page: Any) -> list[str]:
        world = await opened(page, user + OLD, site)
        come = f"document.querySelector('main').insertAdjacentHTML('beforeend', `{user}<p class=bot>43</p>`)"
        return await said_after(page, world, "Hi", [CHANGES[change], come])

    assert await page.call(asked) == ["43"]


async def test_an_old_answer_that_is_left_alone_is_not_the_next_one(page: PageHandle) -> None:
    """Where there was more than one answer there is no one place, though one is left and drawn again."""
    steps = ["document.querySelector('.bot').remove()", CHANGES["drawn again"]]

    async def asked(page: Any) -> list[str]:
        world = await opened(page, OLD + OLD.replace("42", "43"), WITHOUT_USERS)
        return await said_after(page, world, "Hi", steps)

    assert await page.call(asked) == []


COMES = "document.querySelector('main').insertAdjacentHTML('beforeend', `<p class=bot>{}</p>`)"
WORKS = "document.querySelector('main').insertAdjacentHTML('afterend', `<button class=stop>Stop</button>`)"
RESTS = "document.querySelector('.stop').remove()"
QUOTED = "The rain in Spain falls mainly on the plain, people say."


@pytest.mark.parametrize(
    ("sent", "steps", "told"),
    [
        ("Hello", [WORKS, COMES.format("Hello!"), RESTS], ["Hello!"]),
        ("Hello", [WORKS, COMES.format("Hello"), RESTS], ["Hello"]),
        (
            "Hello",
            [WORKS, COMES.format("Hello!"), COMES.format("How can I help?")],
            ["Hello!", "How can I help?"],
        ),
        (QUOTED, [WORKS, COMES.format(f"Right: {QUOTED}"), RESTS], [f"Right: {QUOTED}"]),
        ("Hello", [COMES.format("Hello"), WORKS, COMES.format("Hello!")], ["Hello!"]),
        ("Hello", [WORKS, COMES.format("Hello"), COMES.format("Hello!")], ["Hello!"]),
        ("*Hello*", [COMES.format("<i>Hello</i>") + ";" + WORKS, COMES.format("Hi!")], ["Hi!"]),
        (QUOTED, [COMES.format(f"You said: {QUOTED}"), WORKS, COMES.format("Yes.")], ["Yes."]),
    ],
)
async def test_an_answer_may_say_what_was_asked(
    page: PageHandle, sent: str, steps: list[str], told: list[str]
) -> None:
    """Where nobody tells turns of the user, ours is there before work begins, or has its answer behind it."""
    site = attrs.evolve(SITE, selectors=attrs.evolve(WITHOUT_USERS.selectors, stop_button=(".stop",)))

    async def asked(page: Any) -> list[str]:
        return await said_after(page, await opened(page, "", site), sent, steps)

    assert await page.call(asked) == told


PARTS = ["One", "Two", "Three", "Four", "Five"]
LEAVES = "document.querySelector('main').firstElementChild.remove()"


async def test_parts_that_leave_a_list_stay_in_the_answer(page: PageHandle) -> None:
    """Of an answer in many turns, those are told that its list took out; not what left while ours stood."""

    async def asked(page: Any) -> list[str]:
        world = await opened(page, "")
        source = PageSource(world, Exception, "Hi", SITE)
        await source.mark()
        told = []
        for step in [
            COMES.format("Hi").replace("bot", "me"),
            *(COMES.format(part) for part in PARTS[:2]),
            "document.querySelector('.bot').remove()",
            COMES.format("Three"),
            f"{LEAVES}; {COMES.format('Four')}",
            f"{LEAVES}; document.querySelector('main').lastElementChild.append('!'); {COMES.format('Five')}",
        ]:
            await page.evaluate(step)
            await source.look()
            told.append(await source.text(growing=False))
        return told

    assert [text.split() for text in await page.call(asked)] == [
        [],
        ["One"],
        ["One", "Two"],
        ["Two"],
        ["Two", "Three"],
        ["Two", "Three", "Four"],
        ["Two", "Three", "Four!", "Five"],
    ]
