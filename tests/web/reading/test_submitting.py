"""Sending a message: it sticks, it goes once, and what became of it is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jackfield import Certainty, TextDelta
from jackfield_web import PageChanged
from jackfield_web.hands import HumanInput, PlainInput
from jackfield_web.reading import stop, submit
from jackfield_web.reading._submit import send
from jackfield_web.reading._write import compose

pytestmark = pytest.mark.anyio

LINES = "first line\n\n  second “line” 😀\n```\ncode\n```"
NEWS = """() => setTimeout(() => {
    document.body.insertAdjacentHTML("beforeend", '<dialog><button id=news>Fine</button></dialog>');
    const dialog = document.querySelector("dialog");
    document.querySelector("#news").onclick = () => dialog.close();
    dialog.showModal();
}, 50)"""
HANGS = """() => document.querySelector("#send").addEventListener("mousedown", () => {
    for (const end = performance.now() + 3000; performance.now() < end;);
})"""


@pytest.mark.parametrize(
    ("address", "kind"),
    [("/", "textarea"), ("/?composer=editor", "contenteditable"), ("/?composer=editor", "prosemirror")],
)
@pytest.mark.parametrize("button", ["#send", ".no-such-button"], ids=["button", "enter"])
async def test_a_message_arrives_as_it_was_written(
    chat: Any, opened: Any, address: str, kind: str, button: str
) -> None:
    """Several lines arrive whole in a form field and in an editor that undoes what it did not see typed."""
    async with opened(address, composer={"kind": kind}, selectors={"send_button": button}) as talk:
        await talk.say(LINES)

    assert chat.texts == [LINES]
    assert talk.submission.state == "committed"


async def test_a_draft_in_the_composer_is_replaced(chat: Any, opened: Any) -> None:
    """What a person left in the composer is not sent along."""
    async with opened("/?composer=editor", composer={"kind": "prosemirror"}) as talk:
        await talk.reader.page.locator("#composer").press_sequentially("a draft")
        await talk.say("mine")

    assert chat.texts == ["mine"]


async def test_text_that_a_page_wipes_is_written_again(chat: Any, opened: Any) -> None:
    """A composer that is drawn anew under our hands is filled a second time before anything is sent."""
    async with opened("/?trap=wipe") as talk:
        await talk.say("hello")

    assert chat.texts == ["hello"]


@pytest.mark.parametrize("button", ["#send", ".no-such-button"], ids=["button", "enter"])
async def test_a_page_that_its_server_has_drawn_is_waited_for(chat: Any, opened: Any, button: str) -> None:
    """Nothing is pressed before the page listens; what its scripts empty is written again, and goes once."""
    async with opened("/?trap=hydrates", selectors={"send_button": button}) as talk:
        async with talk.reader.reply("hello") as reply:
            submission = await submit(reply)
        presses = reply.delivery.presses

    assert (submission.state, presses) == ("committed", 1)
    assert chat.texts == ["hello"]


async def test_what_lies_over_the_page_is_closed(chat: Any, opened: Any) -> None:
    """News that come over a page and take what is typed are closed, and the message goes."""
    async with opened(selectors={"dismiss": "#news"}) as talk:
        await talk.reader.page.evaluate(NEWS)
        await talk.reader.page.locator("#news").wait_for()
        await talk.say("hello")

    assert chat.texts == ["hello"]


MENU = """(empties) => {
    const composer = document.querySelector("#composer")
    let menu = null
    composer.addEventListener("input", () => {
        if (menu) return
        menu = document.body.appendChild(document.createElement("div"))
        menu.setAttribute("role", "listbox")
        menu.textContent = "@bob"
        menu.style.cssText = "position: fixed; inset: 0; background: white"
    })
    addEventListener("keydown", (event) => {
        if (!menu?.remove || !["Enter", "Escape"].includes(event.key)) return
        event.stopPropagation()
        event.preventDefault()
        menu.remove()
        menu = event.key === "Escape" ? true : null
        if (event.key === "Enter" || empties) composer.value = empties ? "" : "@bob"
    }, true)
}"""


@pytest.mark.parametrize("button", ["#send", ".no-such-button"], ids=["button", "enter"])
async def test_a_menu_that_comes_with_what_is_written_is_closed(chat: Any, opened: Any, button: str) -> None:
    """One of names or commands lies over the button, or takes Enter for a choice: Escape closes it."""
    async with opened(selectors={"send_button": button}) as talk:
        await talk.reader.page.evaluate(MENU, False)
        await talk.say("hi @b")

    assert chat.texts == ["hi @b"]


@pytest.mark.parametrize("button", ["#send", ".no-such-button"], ids=["button", "enter"])
async def test_a_menu_that_takes_the_text_along_is_told(chat: Any, opened: Any, button: str) -> None:
    """Where the composer is emptied as a menu is closed, nothing goes, and that is certain."""
    async with opened(selectors={"send_button": button}) as talk:
        await talk.reader.page.evaluate(MENU, True)
        async with talk.reader.reply("hi @b") as reply:
            submission = await submit(reply)

    assert submission.state == "not_sent"
    assert "took the text back out" in submission.reason
    assert ("lies over its send button" in submission.reason) is (button == "#send")
    assert reply.delivery.certainty is Certainty.NOT_SENT
    assert chat.received == []


async def test_a_message_waits_for_the_answer_before_it(chat: Any, opened: Any) -> None:
    """While the page works on another answer nothing is written; its signs of work are not taken for ours."""
    hold = asyncio.Event()
    chat.messages = [{"text": "one"}, hold, {"done": True}]

    # Ours shows its first sign of work only after the settle time: a sign left over would have ended it.
    async with opened(
        "/?trap=old", reading={"ways": ["observer"]}, timing={"settle": 0.25, "tick": 0.05}
    ) as talk:
        page = talk.reader.page
        await page.locator("#composer").fill("by hand")
        await page.locator("#send").click()
        await page.locator("#stop").wait_for()
        async with talk.reader.reply("ours") as reply:
            sending = asyncio.ensure_future(submit(reply))
            await asyncio.sleep(0.3)
            assert await page.locator("#composer").input_value() == ""
            chat.messages = [0.8, {"text": "two"}, {"done": True}]
            hold.set()
            assert (await sending).state == "committed"
            answer = await talk.read(reply)

    assert answer.text == "two"
    assert chat.texts == ["by hand", "ours"]


async def test_what_came_into_the_composer_meanwhile_is_not_sent(chat: Any, opened: Any) -> None:
    """A draft that the page brings back when the message was composed is seen before anything is pressed."""
    async with opened() as talk, talk.reader.reply("hello") as reply:
        composed = await compose(reply, PlainInput())
        await talk.reader.page.locator("#composer").fill("a draft of yesterday")
        submission = await send(reply, composed, PlainInput())

    assert submission.state == "not_sent"
    assert "another text" in submission.reason
    assert reply.delivery.presses == 0
    assert chat.received == []


COMES_WITH_THE_POINTER = """() => {
    const [send, composer] = ["#send", "#composer"].map((css) => document.querySelector(css))
    send.addEventListener("pointerenter", () => { composer.value = "Dear Bob" })
}"""


async def test_what_comes_while_the_pointer_is_on_its_way_is_not_sent(chat: Any, opened: Any) -> None:
    """A person's pointer takes a while to the button: it is there before the last look."""
    hands = HumanInput("quick", seed=1)
    async with opened() as talk, talk.reader.reply("hello") as reply:
        composed = await compose(reply, hands)
        await talk.reader.page.evaluate(COMES_WITH_THE_POINTER)
        submission = await send(reply, composed, hands)

    assert (submission.state, reply.delivery.presses) == ("not_sent", 0)
    assert "another text" in submission.reason
    assert chat.received == []


OFF = """(draft) => {
    const [send, composer] = ["#send", "#composer"].map((css) => document.querySelector(css))
    send.disabled = true
    addEventListener("keydown", ({ key }) => { document.title += key })
    if (draft) setTimeout(() => {
        composer.value = draft
        send.disabled = false
    }, 700)
}"""


@pytest.mark.parametrize(
    ("draft", "told"), [("Dear Bob", "another text"), ("", "stayed disabled for 1.5 seconds")]
)
async def test_a_disabled_button_is_waited_for_before_the_last_look(
    chat: Any, opened: Any, draft: str, told: str
) -> None:
    """A draft that comes as the page lets the button be pressed is seen; one that never does is no menu's."""
    async with opened(timing={"submit": 1.5}) as talk, talk.reader.reply("hello") as reply:
        composed = await compose(reply, PlainInput())
        await talk.reader.page.evaluate(OFF, draft)
        submission = await send(reply, composed, PlainInput())
        pressed = await talk.reader.page.title()

    assert submission.state == "not_sent"
    assert told in submission.reason
    assert "Escape" not in pressed
    assert chat.received == []


async def test_a_composer_that_takes_nothing_is_told(chat: Any, opened: Any) -> None:
    """A message that does not stay in the composer was certainly not sent."""
    async with opened() as talk:
        await talk.reader.page.evaluate(
            "setInterval(() => { document.querySelector('#composer').value = '' }, 10)"
        )
        async with talk.reader.reply("hello") as reply:
            submission = await submit(reply)

    assert submission.state == "not_sent"
    assert chat.received == []


@pytest.mark.parametrize(
    ("trap", "where"),
    [("dead", "the message is still in the composer"), ("swallow", "the composer is empty")],
)
async def test_a_message_without_a_trace_is_told(chat: Any, opened: Any, trap: str, where: str) -> None:
    """A button was pressed and nothing was seen: the message may have gone, whatever the composer holds."""
    async with opened(f"/?trap={trap}", timing={"submit": 1}) as talk, talk.reader.reply("hello") as reply:
        submission = await submit(reply)

    assert submission.state == "maybe_sent"
    assert submission.reason == f"{where}, and nothing shows that the message went"
    assert reply.delivery.certainty is Certainty.UNKNOWN


async def test_a_button_that_cannot_be_pressed_is_told(chat: Any, opened: Any) -> None:
    """A send button under something else is not pressed, and the message stays."""
    async with opened("/", timing={"submit": 0.5}) as talk:
        await talk.reader.page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<p style=\"position:fixed;inset:0\">over</p>')"
        )
        async with talk.reader.reply("hello") as reply:
            submission = await submit(reply)
        await talk.reader.page.evaluate("document.body.lastElementChild.remove()")
        await talk.say("again")

    assert submission.state == "not_sent"
    assert "let selectors.dismiss find what closes it" in submission.reason
    assert not reply.delivery.may_have_gone
    # A click that was given up does not come after all when the way is free.
    assert chat.texts == ["again"]


@pytest.mark.parametrize("sends", [True, False])
async def test_a_press_that_is_not_over_in_time_may_have_reached(chat: Any, opened: Any, sends: bool) -> None:
    """A page that hangs under the press had it: it is never called not sent, and what it shows decides."""
    async with opened("/" if sends else "/?trap=dead", timing={"submit": 1}) as talk:
        await talk.reader.page.evaluate(HANGS)
        async with talk.reader.reply("hello") as reply:
            submission = await submit(reply)

    assert submission.state == ("committed" if sends else "maybe_sent")
    assert len(chat.received) == sends


UPLOADS = """() => {
    const send = document.querySelector("#send"), sends = send.onclick
    send.onclick = () => {
        document.body.insertAdjacentHTML("beforeend", "<p class=uploading>12 %</p>")
        setTimeout(() => {
            document.querySelector(".uploading").remove()
            sends()
        }, 2500)
    }
}"""


@pytest.mark.parametrize(("upload", "state"), [(60, "committed"), (0.1, "maybe_sent")])
async def test_a_page_that_uploads_on_the_press_is_waited_for(
    chat: Any, opened: Any, upload: float, state: str
) -> None:
    """While files are on their way the message may be held back, as long as an upload may take."""
    async with opened(
        selectors={"file_uploading": ".uploading"}, timing={"submit": 0.5, "upload": upload}
    ) as talk:
        await talk.reader.page.evaluate(UPLOADS)
        async with talk.reader.reply("hello") as reply:
            submission = await submit(reply)

    assert submission.state == state


async def test_a_button_that_comes_late_is_waited_for(chat: Any, opened: Any) -> None:
    """Where Enter does not send, the button has as long to come as the composer."""
    late = """document.styleSheets[0].insertRule("#send { display: none }")
        const show = () => setTimeout(() => document.styleSheets[0].deleteRule(0), 3000)
        composer.addEventListener("input", show, { once: true })"""
    async with opened(composer={"enter_sends": False}, timing={"composer": 20}) as talk:
        await talk.reader.page.evaluate(late)
        await talk.say("hello")

    assert chat.texts == ["hello"]


async def test_the_address_tells_that_a_message_went(chat: Any, opened: Any) -> None:
    """A page that goes on to a conversation's address has sent, though it shows nothing else yet."""
    async with opened("/", timing={"submit": 5}) as talk:
        await talk.reader.page.evaluate(
            "() => { document.querySelector('#send').onclick = () => history.pushState({}, '', '/chat/new') }"
        )
        async with talk.reader.reply("hello") as reply:
            submission = await submit(reply)

    assert (submission.state, submission.reason) == ("committed", "the page went on to another address")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"selectors": {"chat_input": "#gone"}}, "selectors.chat_input"),
        (
            {"selectors": {"send_button": "#gone"}, "composer": {"enter_sends": False}},
            "selectors.send_button",
        ),
    ],
)
async def test_a_page_that_changed_is_told(opened: Any, changes: dict[str, Any], told: str) -> None:
    """A composer or a button that is not there is named by its selector, and nothing was sent."""
    async with opened("/", timing={"composer": 0.3}, **changes) as talk, talk.reader.reply("hello") as reply:
        with pytest.raises(PageChanged, match=told) as caught:
            await submit(reply)

    assert caught.value.certainty is Certainty.NOT_SENT


@pytest.mark.parametrize("page", ["/", "/?trap=faded"], ids=["hidden", "faded out"])
async def test_who_waits_for_a_page_sees_what_who_reads_it_sees(chat: Any, opened: Any, page: str) -> None:
    """A stop button that is faded out stops nothing: neither an answer nor the next message waits for it."""
    hold = asyncio.Event()
    chat.messages = [{"text": "one"}, hold, {"done": True}]

    async with opened(page) as talk:
        assert not await talk.reader.ask_once("stops")
        async with talk.reader.reply("hi") as reply:
            await submit(reply)
            async for event in reply:
                if isinstance(event, TextDelta):
                    assert await talk.reader.ask_once("stops")
                    hold.set()
        assert not await talk.reader.ask_once("stops")


@pytest.mark.parametrize("page", ["/", "/?trap=old"], ids=["shown at once", "shown after the first words"])
async def test_stop_presses_the_pages_own_button(chat: Any, opened: Any, page: str) -> None:
    """The remote sees its request end, and the answer so far stays."""
    chat.messages = [{"text": "one"}, asyncio.Event()]

    async with opened(page, reading={"ways": ["observer"]}) as talk:
        assert not await stop(talk.reader.page, talk.site)
        async with talk.reader.reply("hi") as reply:
            await submit(reply)
            async for event in reply:
                if isinstance(event, TextDelta):
                    assert await stop(talk.reader.page, talk.site)

    await asyncio.wait_for(chat.left.wait(), 5)
