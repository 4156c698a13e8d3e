"""Writing a message: what the composer holds is what was given, or nothing goes and the reason is told."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from jackfield import Certainty, ContextTooLong, InvalidRequest
from jackfield_web import PageChanged
from jackfield_web.hands import HumanInput, PlainInput
from jackfield_web.page import Thread, begin_anew
from jackfield_web.reading import submit
from jackfield_web.reading._submit import send
from jackfield_web.reading._write import compose

pytestmark = pytest.mark.anyio

EDITOR = {"kind": "contenteditable"}
OLD = """() => document.querySelector("#list").insertAdjacentHTML("beforeend",
    '<div class=user><div class=text>earlier</div></div><div class=bot><div class=text>yes</div></div>')
"""
LATE = f"""() => document.querySelector("#composer").addEventListener("input", {OLD}, {{ once: true }})"""
ALWAYS = f"""addEventListener("DOMContentLoaded", {OLD})"""
NEW = """() => {
    document.body.insertAdjacentHTML("beforeend", "<button id=new>New chat</button>");
    document.querySelector("#new").onclick = () => {
        document.querySelector("#list").replaceChildren();
        performance.mark("left");
    };
}"""
STACKED = """() => document.body.insertAdjacentHTML("beforeend", `
    <div style="position:fixed;inset:0;z-index:9"><button onclick="parentNode.remove()">Close</button></div>
    <div style="position:fixed;inset:0"><button onclick="parentNode.remove()">Accept</button></div>`)
"""
DRAWN_ANEW = """() => {
    const composer = document.querySelector("#composer"), { parentNode, nextSibling } = composer
    document.querySelector("#stop").classList.remove("hidden")
    setTimeout(() => {
        document.querySelector("#stop").classList.add("hidden")
        composer.remove()
        setTimeout(() => parentNode.insertBefore(composer, nextSibling), 500)
    }, 1000)
}"""
OVER_THE_BUTTON = f"""() => document.querySelector("#composer").addEventListener("input", {STACKED})"""


@pytest.mark.parametrize(
    ("address", "kind"),
    [("/", "textarea"), ("/?composer=editor", "contenteditable"), ("/?composer=editor", "prosemirror")],
)
async def test_every_line_break_is_one(chat: Any, opened: Any, address: str, kind: str) -> None:
    """CRLF and CR arrive as line feeds, in a form field and in an editor."""
    async with opened(address, composer={"kind": kind}) as talk:
        await talk.say("one\r\ntwo\r\n\r\nfour\rfive")

    assert chat.texts == ["one\ntwo\n\nfour\nfive"]


COUNTS = """() => {
    window.seen = { keys: 0, inputs: 0 };
    addEventListener("keydown", (event) => { window.seen.keys += event.isTrusted; }, true);
    addEventListener("beforeinput", () => { window.seen.inputs += 1; }, true);
}"""


@pytest.mark.parametrize(
    ("address", "kind", "inputs"),
    [
        ("/", "textarea", 1),
        ("/?composer=plain", "contenteditable", 2),
        ("/?composer=editor", "contenteditable", 239),
    ],
    ids=["field", "editor of the browser's", "editor of the page's"],
)
async def test_many_lines_are_written_within_the_page(
    chat: Any, opened: Any, address: str, kind: str, inputs: int
) -> None:
    """No key of the engine's is pressed for a line: a field hears of the text once, an editor of edits."""
    text = "\n".join(f"line {number} of many" for number in range(120))

    async with opened(address, composer={"kind": kind}) as talk:
        await talk.reader.page.evaluate(COUNTS)
        await talk.say(text)
        seen = await talk.reader.page.evaluate("window.seen")

    assert chat.texts == [text]
    assert seen["keys"] == 0
    assert seen["inputs"] == inputs


CODE = [
    "def f(x):",
    "",
    "",
    "    if x < 3 & x > 1:",
    "        return  '<b>&amp;</b>'",
    "  # two  spaces ",
] * 6
RESTYLED = "() => { document.querySelector('#composer').style.whiteSpace = 'normal' }"


@pytest.mark.parametrize("new_line", ["Enter", "Shift+Enter"])
async def test_lines_written_at_once_are_those_of_the_keys(chat: Any, opened: Any, new_line: str) -> None:
    """The browser's own editor holds the same, whether keys wrote it or one edit: empty lines, HTML too."""
    text = "\n".join([*CODE, "the end"])

    async with opened("/?composer=plain&breaks", composer={**EDITOR, "new_line": new_line}) as talk:
        await talk.reader.page.evaluate(COUNTS)
        for by_keys in (False, True):
            async with talk.reader.reply(text) as reply:
                assert (await submit(reply, PlainInput(by_keys=by_keys))).state == "committed"
                await talk.read(reply)
            if not by_keys:
                assert await talk.reader.page.evaluate("window.seen") == {"keys": 0, "inputs": 2}

    at_once, by_hand = (sent.replace("\u00a0", " ") for sent in chat.texts)
    assert at_once == by_hand
    assert [line for line in at_once.split("\n") if line] == [line for line in text.split("\n") if line]


async def test_spaces_written_at_once_do_not_collapse(chat: Any, opened: Any) -> None:
    """Indented lines keep their spaces in an editor that draws several as one."""
    text = "\n".join([*CODE, "the end"])

    async with opened("/?composer=plain", composer=EDITOR) as talk:
        await talk.reader.page.evaluate(RESTYLED)
        await talk.say(text)

    assert [sent.replace("\u00a0", " ") for sent in chat.texts] == [text]


TABLE = ["name\tage", "x = 1   # three", "\t\treturn  'a'", "a \tb", "    end"]
STYLES_FORBIDDEN = """() => {
    const told = document.createElement("meta")
    told.httpEquiv = "Content-Security-Policy"
    told.content = "style-src 'none'"
    document.head.append(told)
}"""


@pytest.mark.parametrize("new_line", ["Enter", "Shift+Enter"])
@pytest.mark.parametrize("hands", [PlainInput(), PlainInput(by_keys=True)], ids=["at once", "by keys"])
@pytest.mark.parametrize("times", [1, 8], ids=["few lines", "many lines"])
async def test_no_blank_is_lost_in_an_editor_that_collapses_them(
    chat: Any, opened: Any, new_line: str, hands: PlainInput, times: int
) -> None:
    """Spaces go as ones that do not collapse, and tabs as tabs, with or without a way to write at once."""
    text = "\n".join(["first", *TABLE * times, "the end"])

    async with opened("/?composer=plain&breaks", composer={**EDITOR, "new_line": new_line}) as talk:
        await talk.reader.page.evaluate(RESTYLED)
        async with talk.reader.reply(text) as reply:
            assert (await submit(reply, hands)).state == "committed"
            await talk.read(reply)

    assert [sent.replace("\u00a0", " ") for sent in chat.texts] == [text]


@pytest.mark.parametrize("times", [1, 8], ids=["few lines", "many lines"])
async def test_a_tab_is_a_space_where_the_page_forbids_styles(chat: Any, opened: Any, times: int) -> None:
    """The browser loses what is typed behind a tab of its own there: so none is made, and nothing is lost."""
    text = "\n".join(["first", *TABLE * times, "the end"])

    async with opened("/?composer=plain", composer=EDITOR) as talk:
        await talk.reader.page.evaluate(RESTYLED)
        await talk.reader.page.evaluate(STYLES_FORBIDDEN)
        await talk.say(text)

    assert [sent.replace("\u00a0", " ") for sent in chat.texts] == [text.replace("\t", " ")]


async def test_an_editor_that_keeps_blanks_gets_each_line_in_one(chat: Any, opened: Any) -> None:
    """Where nothing collapses a line is one edit, whatever blanks it has."""
    text = "\n".join(TABLE)

    async with opened("/?composer=plain", composer=EDITOR) as talk:
        await talk.reader.page.evaluate(COUNTS)
        await talk.say(text)
        seen = await talk.reader.page.evaluate("window.seen")

    assert [sent.replace("\u00a0", " ") for sent in chat.texts] == [text]
    assert seen["inputs"] == len(TABLE) * 2 - 1


TIDIES = """() => document.querySelector("#composer").addEventListener("input", ({ target }) => {
    target.value = target.value.replace(/[ \\t]+/g, " ")
})"""


@pytest.mark.parametrize("text", ["a  b", "name\tage"])
async def test_a_field_whose_script_takes_blanks_out(chat: Any, opened: Any, text: str) -> None:
    """What would go with other blanks than were given does not go, and the reason is told."""
    async with opened() as talk:
        await talk.reader.page.evaluate(TIDIES)
        async with talk.reader.reply(text) as reply:
            submission = await submit(reply)

    assert submission.state == "not_sent"
    assert "other blanks" in submission.reason
    assert chat.received == []


async def test_an_editor_that_takes_no_scripts_edits_gets_keys(chat: Any, opened: Any) -> None:
    """Where many lines do not arrive as they were given, they are typed, and arrive."""
    text = "\n".join(f"line {number}" for number in range(40))
    refuses = """() => document.querySelector("#composer").addEventListener(
        "keydown", (event) => { if (!event.isTrusted) event.preventDefault(); })"""

    async with opened("/?composer=editor", composer=EDITOR) as talk:
        await talk.reader.page.evaluate(refuses)
        await talk.say(text)

    assert chat.texts == [text]


@pytest.mark.parametrize("root", ["document", "a shadow root"])
async def test_an_editor_that_breaks_by_edits_that_it_did_not_hear_of(
    chat: Any, opened: Any, root: str
) -> None:
    """It hears of many lines as of typed ones, and of none of them twice, as Draft.js does."""
    text = "\n".join(f"line {number}" for number in range(40))
    breaks = """(isInside) => {
        const composer = document.querySelector("#composer")
        let text = ""
        const { parentNode } = composer
        const draw = () => composer.replaceChildren(...text.split("\\n").map((line) => {
            const block = document.createElement("div")
            block.textContent = line
            if (!line) block.append(document.createElement("br"))
            return block
        }))
        if (isInside) {
            const root = parentNode.appendChild(document.createElement("p")).attachShadow({ mode: "open" })
            root.append(composer)
        }
        composer.parentNode.addEventListener("textInput", (event) => {
            event.preventDefault()
            text += event.data
            draw()
        })
        composer.parentNode.addEventListener("keydown", (event) => {
            if (event.key !== "Enter") return
            event.preventDefault()
            text += "\\n"
            draw()
        }, true)
        composer.addEventListener("input", () => composer.remove())
    }"""

    async with opened("/?composer=plain", composer=EDITOR) as talk:
        await talk.reader.page.evaluate(breaks, root != "document")
        await talk.say(text)

    assert chat.texts == [text]


@pytest.mark.parametrize("text", ["from a ->", "i--"])
async def test_marks_at_the_end_stay_what_they_are(chat: Any, opened: Any, text: str) -> None:
    """What an editor's rules make another sign of is sent as it was written."""
    async with opened("/?composer=editor&rules=1", composer=EDITOR) as talk:
        await talk.say(text)

    assert chat.texts == [text]


async def test_marks_within_a_message_stay_what_they_are(chat: Any, opened: Any) -> None:
    """In one edit an editor's rules see nothing but its end."""
    async with opened("/?composer=editor&rules=1", composer=EDITOR) as talk:
        await talk.say("a ->\nb")

    assert chat.texts == ["a ->\nb"]


async def test_lines_that_an_editor_indents_are_as_written(chat: Any, opened: Any) -> None:
    """What it puts before a line that keys begin is not sent: the whole is written in one edit instead."""
    indents = """() => document.querySelector("#composer").addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        event.stopImmediatePropagation();
        document.execCommand("insertLineBreak");
        document.execCommand("insertText", false, "  ");
    }, true)"""

    async with opened("/?composer=plain", composer=EDITOR) as talk:
        await talk.reader.page.evaluate(indents)
        await talk.say("if a:\n  b\nc")

    assert chat.texts == ["if a:\n  b\nc"]


async def test_marks_that_become_another_sign_are_not_sent(chat: Any, opened: Any) -> None:
    """Where the rules take hold however it is written, nothing is sent: the composer holds another text."""
    site = opened("/?composer=editor&rules=1", composer=EDITOR)
    async with site as talk, talk.reader.reply("a ->\nb--") as reply:
        submission = await submit(reply)

    assert submission.state == "not_sent"
    assert "holds another text than was written" in submission.reason
    assert chat.received == []


@pytest.mark.parametrize("hands", [PlainInput(), HumanInput("quick", seed=1)], ids=["plain", "quick"])
async def test_a_paste_that_becomes_a_file_is_noticed_once(chat: Any, opened: Any, hands: Any) -> None:
    """What a page makes a file of is written otherwise, at once with the message after that."""
    long = "words of a long text " * 5

    async with opened("/?trap=paste") as talk:
        for text in (f"{long} one", f"{long} another"):
            async with talk.reader.reply(text) as reply:
                assert (await submit(reply, hands)).state == "committed"
                await talk.read(reply)

    assert chat.texts == [f"{long} one", f"{long} another"]
    is_quick = isinstance(hands, HumanInput)
    assert [message["files"] for message in chat.received] == [is_quick, is_quick]


TAKES = """(wait) => {
    const send = document.querySelector("#send")
    window.taken = 0
    document.querySelector("#composer").addEventListener("input", ({ target }) => {
        send.hidden = true
        setTimeout(() => {
            window.taken += Boolean(target.value)
            target.value = ""
        }, wait)
        setTimeout(() => { send.hidden = false }, wait * 3)
    })
}"""


@pytest.mark.parametrize("hands", [PlainInput(), HumanInput("quick", seed=1)], ids=["plain", "quick"])
@pytest.mark.parametrize("wait", [0, 300], ids=["at once", "late"])
async def test_a_page_that_takes_every_long_text_gets_it_twice(
    chat: Any, opened: Any, hands: Any, wait: int
) -> None:
    """A page that makes a file of what was inserted, too, is told as such, and gets it no third time."""
    async with opened() as talk, talk.reader.reply("words of a long text " * 5) as reply:
        await talk.reader.page.evaluate(TAKES, wait)
        with pytest.raises(PageChanged, match="may have made a file of it") as caught:
            await submit(reply, hands)
        assert await talk.reader.page.evaluate("window.taken") == 2

    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.received == []


async def test_a_page_that_takes_a_short_text_gets_it_again(chat: Any, opened: Any) -> None:
    """Of a few letters no page makes a file: it was drawing itself anew, and a third time may do."""
    twice = f"""() => {{
        ({TAKES})(0)
        addEventListener("input", (event) => window.taken > 1 && event.stopImmediatePropagation(), true)
    }}"""

    async with opened() as talk:
        await talk.reader.page.evaluate(twice)
        await talk.say("hello")
        assert await talk.reader.page.evaluate("window.taken") == 2

    assert chat.texts == ["hello"]


@pytest.mark.parametrize(
    ("composer", "text"), [("pictures", "Party 🎉 time 👍"), ("placeholder", "Hello there")]
)
async def test_what_an_editor_draws_does_not_keep_a_message(
    chat: Any, opened: Any, composer: str, text: str
) -> None:
    """Emoji drawn as pictures and a placeholder inside the editor: the message goes, once and as given."""
    async with opened(f"/?composer={composer}", composer=EDITOR) as talk:
        await talk.say(text)

    assert chat.texts == [text]
    assert talk.submission.state == "committed"


@pytest.mark.parametrize(
    ("address", "text", "error"),
    [
        ("/?composer=line", "def f():\n    return 1", InvalidRequest("takes one line; the message has 2")),
        ("/?most=5", "hi 🎉!", ContextTooLong("the message has 6")),
    ],
)
async def test_what_a_composer_cannot_hold_is_refused(
    chat: Any, opened: Any, address: str, text: str, error: InvalidRequest
) -> None:
    """Lines in a field of one, and letters beyond its maxlength, are refused before anything is written."""
    async with opened(address) as talk, talk.reader.reply(text) as reply:
        with pytest.raises(type(error), match=error.message) as caught:
            await submit(reply)
        assert await talk.reader.page.locator("#composer").input_value() == ""

    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.received == []


@pytest.mark.parametrize(
    ("address", "kind", "hint"),
    [("/?composer=editor", "textarea", '"contenteditable"'), ("/", "prosemirror", '"textarea"')],
)
async def test_a_composer_of_another_kind_is_named(
    chat: Any, opened: Any, address: str, kind: str, hint: str
) -> None:
    """Where the Site says another kind of composer than there is, the error names the field and its value."""
    async with opened(address, composer={"kind": kind}) as talk, talk.reader.reply("hello") as reply:
        with pytest.raises(PageChanged, match=r"composer\.kind of the Site 'chat'") as caught:
            await submit(reply)

    assert hint in str(caught.value.hint)
    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.received == []


@pytest.mark.parametrize("event", ["focus", "click"])
async def test_what_stands_in_for_a_composer_is_pressed(chat: Any, opened: Any, event: str) -> None:
    """Pages put the composer in its place when it is used first, to be loaded faster."""
    stands_in = """(event) => {
        const composer = document.querySelector("#composer"), other = document.createElement("div");
        other.textContent = "Ask anything";
        other.id = "composer";
        other.tabIndex = 0;
        composer.replaceWith(other);
        other.addEventListener(event, () => { other.replaceWith(composer); composer.focus(); });
    }"""

    async with opened() as talk:
        await talk.reader.page.evaluate(stands_in, event)
        await talk.say("hello\nthere")

    assert chat.texts == ["hello\nthere"]


@pytest.mark.parametrize("opens", [True, False])
async def test_a_composer_that_is_read_only_is_pressed(chat: Any, opened: Any, opens: bool) -> None:
    """Against autofill some are so until they have the focus; of one that stays so the error tells."""
    read_only = """(opens) => {
        const composer = document.querySelector("#composer")
        composer.readOnly = true
        composer.onfocus = () => { composer.readOnly = !opens }
    }"""

    async with opened(timing={"composer": 2}) as talk:
        await talk.reader.page.evaluate(read_only, opens)
        with contextlib.nullcontext() if opens else pytest.raises(PageChanged, match="or read-only"):
            await talk.say("hello")

    assert chat.texts == ["hello"] * opens


@pytest.mark.parametrize("shown", [STACKED, OVER_THE_BUTTON], ids=["before writing", "after writing"])
async def test_the_uppermost_is_closed_first(chat: Any, opened: Any, shown: str) -> None:
    """Of two things that lie over the page the upper one is closed, then the lower, and the message goes."""
    async with opened(selectors={"dismiss": "div[style] > button"}) as talk:
        await talk.reader.page.evaluate(shown)
        await talk.say("hello")

    assert chat.texts == ["hello"]


async def test_a_composer_that_is_drawn_anew_is_waited_for(chat: Any, opened: Any) -> None:
    """A page may have no composer for a moment, as when an answer is stopped: that is no other kind."""
    async with opened() as talk:
        await talk.reader.page.evaluate(DRAWN_ANEW)
        await talk.say("hello")

    assert chat.texts == ["hello"]


async def test_an_earlier_conversation_is_left_by_its_button(chat: Any, opened: Any) -> None:
    """A conversation that comes back while we write, under a dialog too, is left; then the message goes."""
    selectors = {"new_chat_button": "#new", "dismiss": "div[style] > button"}

    async with opened(selectors=selectors) as talk:
        talk.reader.thread = Thread(begins=True)
        await talk.reader.page.evaluate(NEW)
        await talk.reader.page.evaluate(LATE)
        await talk.reader.page.evaluate(OVER_THE_BUTTON)
        await talk.say("hello")
        assert await talk.reader.page.locator(".user").count() == 1

    assert chat.texts == ["hello"]


async def test_an_earlier_conversation_without_a_button_is_left_by_loading(chat: Any, opened: Any) -> None:
    """Without a button the page is opened anew, and the message goes there."""
    async with opened() as talk:
        talk.reader.thread = Thread(begins=True)
        await talk.reader.page.evaluate(LATE)
        answer = await talk.say("hello")
        assert await talk.reader.page.locator(".user").count() == 1

    assert chat.texts == ["hello"]
    assert answer.text == "a"


async def test_a_page_at_a_conversation_is_given_time_to_draw_it(opened: Any) -> None:
    """A page that goes on to its last conversation shows its address first; that is left all the same."""
    selectors, addresses = {"new_chat_button": "#new"}, {"conversation": "{base_url}/c/(?P<id>[0-9]+)"}

    async with opened(selectors=selectors, addresses=addresses) as talk:
        page = talk.reader.page
        await page.evaluate(NEW)
        await page.evaluate(f"history.replaceState(0, '', '/c/5'); setTimeout({OLD.strip()}, 900)")
        await begin_anew(page, talk.reader.site, PlainInput())

        assert await page.evaluate("performance.getEntriesByName('left').length") == 1
        assert await page.locator(".user").count() == 0


async def test_a_page_that_comes_back_to_a_conversation_is_given_time_again(opened: Any) -> None:
    """Where only loading could leave the last conversation, and the page goes on to that, it is told."""
    addresses = {"conversation": "{base_url}/c/(?P<id>[0-9]+)"}
    comes = (
        f"history.replaceState(0, '', '/c/5'); addEventListener('load', () => setTimeout({OLD.strip()}, 900))"
    )

    async with opened(addresses=addresses, timing={"composer": 4}) as talk:
        await talk.reader.page.add_init_script(comes)
        await talk.reader.page.reload()
        with pytest.raises(PageChanged, match="earlier conversation"):
            await begin_anew(talk.reader.page, talk.reader.site, PlainInput())


async def test_an_earlier_conversation_that_comes_just_before_the_press(chat: Any, opened: Any) -> None:
    """What a page opens between writing and press, as when its composer is focused, gets nothing."""
    async with opened() as talk:
        talk.reader.thread = Thread(begins=True)
        async with talk.reader.reply("hello") as reply:
            composed = await compose(reply, PlainInput())
            await talk.reader.page.evaluate(OLD)
            submission = await send(reply, composed, PlainInput())

    assert (submission.state, reply.delivery.may_try_again()) == ("not_sent", True)
    assert chat.received == []


async def test_a_conversation_that_goes_just_before_the_press(chat: Any, opened: Any) -> None:
    """A page that begins anew between writing and press gets no message of the conversation it left."""
    async with opened() as talk:
        await talk.say("first")
        talk.reader.thread = Thread()
        async with talk.reader.reply("second") as reply:
            composed = await compose(reply, PlainInput())
            await talk.reader.page.evaluate("document.querySelector('#list').replaceChildren()")
            with pytest.raises(InvalidRequest, match="forgotten the conversation") as caught:
                await send(reply, composed, PlainInput())

    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.texts == ["first"]


@pytest.mark.parametrize("user_turn", [".user .text", []], ids=["turns of the user", "answers only"])
async def test_a_page_that_always_goes_on_is_told(chat: Any, opened: Any, user_turn: Any) -> None:
    """Where no way leads to a new conversation, nothing is sent into the earlier one."""
    async with opened(selectors={"user_turn": user_turn}) as talk:
        talk.reader.thread = Thread(begins=True)
        await talk.reader.page.add_init_script(ALWAYS)
        await talk.reader.page.reload()
        async with talk.reader.reply("hello") as reply:
            with pytest.raises(PageChanged, match="earlier conversation") as caught:
                await submit(reply)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.received == []


async def test_a_new_conversation_at_a_fragment_is_loaded(opened: Any) -> None:
    """The former turns go also where the start differs from the page's address in its fragment alone."""
    addresses = {"start": "{base_url}/#/", "conversation": "{base_url}/#/c/(?P<id>[0-9]+)"}
    async with opened("/#/c/5", addresses=addresses) as talk:
        page = talk.reader.page
        await page.evaluate(OLD)
        await begin_anew(page, talk.reader.site, PlainInput())
        assert await page.locator(".user").count() == 0
