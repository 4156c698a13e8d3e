"""Going on with a conversation: only where the page shows it, and until the message is sent."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Certainty, InvalidRequest, TextDelta
from jackfield_playground import WebChatPlayground
from jackfield_web import PageLeft

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
# What is written is heard by the page, which then makes of the conversation what `{then}` says.
WHEN_WRITTEN = """
if (location.pathname !== "/") document.addEventListener("input", () => {{ {then} }});"""
LEAVES = WHEN_WRITTEN.format(then='history.replaceState({}, "", "/")')
FORGETS = WHEN_WRITTEN.format(then='document.querySelector("#turns").replaceChildren()')
WELCOMES = """
addEventListener("DOMContentLoaded", () => document.querySelector("#turns").insertAdjacentHTML(
  "beforeend", '<article class="answer"><div class="text">How can I help you?</div></article>'));"""

# A list that draws only what is seen, and an answer that fills more than that.
LONG = """
const style = "<style>.question { display: none } .answer .text { min-height: 3000px }</style>";
document.documentElement.insertAdjacentHTML("beforeend", style);"""


async def test_an_address_without_a_conversation(connected: Any, chat: WebChatPlayground) -> None:
    """Where the page shows nothing of a conversation, the error names its address, and nothing is sent."""
    gone = f"{chat.base_url}/c/5b9dba0e"
    async with connected(site_overrides={"timing": {"composer": 2}}) as connection:
        with pytest.raises(InvalidRequest, match=f"{gone} is no conversation here") as caught:
            await connection.conversation(gone).send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "user_turn" in str(caught.value.hint)
    assert chat.state.asked == ()


async def test_an_answer_that_fills_the_page(connected: Any, chat: WebChatPlayground) -> None:
    """A conversation of which a list draws the end of a long answer, and no words of ours, goes on."""
    chat.state.change(script=LONG)
    async with connected(max_tabs=1, max_concurrency=1) as connection:
        here, there = connection.conversation(), connection.conversation()
        for conversation in (here, there, here):
            await conversation.send("Hello")

    assert len(chat.state.asked) == 3


@pytest.mark.parametrize(("script", "said"), [(LEAVES, "left it for"), (FORGETS, "shows nothing of it")])
async def test_a_page_that_leaves_while_one_writes(
    connected: Any, chat: WebChatPlayground, script: str, said: str
) -> None:
    """A page that shows a conversation and gives it up before the message is sent takes no message."""
    async with connected(site_overrides={"timing": {"composer": 2}}) as connection:
        begun = await connection.send("Hello")
    chat.state.change(script=script)
    async with connected(site_overrides={"timing": {"composer": 2}}) as connection:
        with pytest.raises(InvalidRequest, match=said) as caught:
            await connection.conversation(begun.conversation_id).send("And now?")

    assert str(begun.conversation_id) in str(caught.value)
    assert caught.value.certainty is Certainty.NOT_SENT
    assert [asked.text for asked in chat.state.asked] == ["Hello"]


async def test_a_greeting_is_no_conversation(connected: Any, chat: WebChatPlayground) -> None:
    """A page without addresses that was loaded anew has forgotten the thread, whatever it greets one with."""
    chat.state.change(script=WELCOMES)
    nowhere = {"addresses": {"conversation": ""}, "timing": {"composer": 2}}
    async with connected(site_overrides=nowhere) as connection:
        conversation = connection.conversation()
        await conversation.send("Hello")
        for tab in connection._provider._tabs._tabs:
            await tab.page.call(_to_the_start)
        with pytest.raises(InvalidRequest, match="has forgotten the conversation") as caught:
            await conversation.send("And now?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert [asked.text for asked in chat.state.asked] == ["Hello"]


async def _to_the_start(page: Any) -> None:
    await page.goto(page.url.partition("/c/")[0])


TELLS_ON = """
await ask(text);
const answer = add("bot", "");
for (let count = 0; count < 100; count += 1) { answer.textContent += ` w${count}`; await wait(100); }
"""


async def test_an_answer_that_nobody_sees_at_work_is_not_gone_on_behind(small: Any, talking: Any) -> None:
    """Left early and not stopped, it might be told as the next one: the conversation in its tab is over."""
    small.script, small.replies = TELLS_ON, [(200, "ok")]
    async with talking({"stop_button": [], "finished": ".finished"}) as connection:
        conversation = connection.conversation()
        async with conversation.stream("Tell me a lot") as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        with pytest.raises(InvalidRequest, match="its tab is gone") as caught:
            await conversation.send("And now?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert len(small.asked) == 1


ONE_AFTER_ANOTHER = """
await ask(text);
const answer = add("bot", text);
if (text === "one") for (let left = 60; left; left -= 1) { answer.textContent += " w"; await wait(100); }
else { while (busy > 1) await wait(50); await wait(3000); answer.textContent += " and more"; }
busy -= 1;
"""


@pytest.mark.parametrize("sign", ["stop_button", "busy"])
async def test_the_next_message_waits_for_an_answer_that_is_seen_at_work(
    small: Any, talking: Any, sign: str
) -> None:
    """Left early and not stopped, it is over before the next goes: its end is not told as the next one's."""
    small.script, small.replies = ONE_AFTER_ANOTHER, [(200, "ok")]
    small.setup = (
        'let busy = 0; document.querySelector("#go").addEventListener("click", () => { busy += 1; });'
    )
    async with talking(
        {"stop_button": [], sign: "#stop"}, timing={"composer": 1, "settle": 0.4}
    ) as connection:
        conversation = connection.conversation()
        async with conversation.stream("one") as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        response = await conversation.send("two")

    assert response.content == "two and more"
    assert small.asked == ["one", "two"]


PLACES = {"conversation": r"{base_url}/c/(?P<id>\w+)"}
LATE_STORE = """
for (const text of ["One", "Two"]) { add("user", text); add("bot", `About ${text}`); }
if (localStorage.three) setTimeout(() => { add("user", "Three"); add("bot", "About Three"); }, 8000);"""
KEEPS_ITS_LAST = """
localStorage.id ||= "first";
await ask(text);
history.replaceState({}, "", `/c/${localStorage.id}`);
add("bot", `About ${text}`);"""
KNOWN_LATE = """
await ask(`${mine}: ${text}`);
add("bot", `About ${text}`);
if (mine) return;
mine = text;
localStorage[mine] = text;
MEANWHILE
setTimeout(async () => { history.replaceState({}, "", `/c/${mine}`); await ask("named"); }, 1000);"""
KNOWS_ITS_OWN = """
let mine = location.pathname.startsWith("/c/") ? location.pathname.slice(3) : "";
if (localStorage[mine]) { add("user", localStorage[mine]); add("bot", "About it"); } else mine = "";"""


async def test_an_answer_taken_up_again_is_that_to_the_last_message(small: Any, talking: Any) -> None:
    """A remote that keeps a message only with its answer is waited for; no older answer is told for it."""
    small.setup = LATE_STORE
    small.script = TELLS_ON.replace("await ask(text);", "localStorage.three = 1;")
    here = f"{small.url}/c/1"
    async with talking(addresses=PLACES, timing={"submit": 2, "settle": 0.4}) as connection:
        async with connection.stream("Three", conversation_id=here) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        async with connection.attach(here) as stream:
            response = await stream.collect()

    assert response.content == "About Three"


@pytest.mark.parametrize("most", [1, 2], ids=["its tab is gone", "in its tab"])
async def test_a_new_conversation_in_the_place_of_an_earlier_one(small: Any, talking: Any, most: int) -> None:
    """A page that goes on with the last conversation by an id of its own: an error, and never success."""
    small.script, small.replies = KEEPS_ITS_LAST, [(200, "ok")]
    async with talking(addresses=PLACES, options={"max_tabs": most}) as connection:
        first = await connection.send("One")
        with pytest.raises(PageLeft, match="in an earlier conversation") as caught:
            await connection.send("Two")

    assert caught.value.certainty is Certainty.STARTED
    assert caught.value.handle == first.conversation_id
    assert small.asked == ["One", "Two"]


@pytest.mark.parametrize(
    ("meanwhile", "most"),
    [('history.replaceState({}, "", "/c/draft");', 2), ("", 1)],
    ids=["another address", "none"],
)
async def test_a_conversation_that_gets_its_address_after_its_answer(
    small: Any, talking: Any, until: Any, meanwhile: str, most: int
) -> None:
    """It is gone on with there, by the name that was told before, be it in its tab or opened again."""
    small.setup, small.replies = KNOWS_ITS_OWN, [(200, "ok")]
    small.script = KNOWN_LATE.replace("MEANWHILE", meanwhile)
    async with talking(addresses=PLACES, options={"max_tabs": most}) as connection:
        first = await connection.send("One")
        await until(lambda: "named" in small.asked)
        await connection.send("Other")
        response = await connection.send("Two", conversation_id=first.conversation_id)

    assert response.handle == f"{small.url}/c/One"
    assert [said for said in small.asked if said != "named"] == [": One", ": Other", "One: Two"]


async def test_an_address_that_differs_in_its_fragment_is_loaded(small: Any, talking: Any) -> None:
    """A conversation at a fragment that stood unused is loaded anew, as any other is."""
    small.setup = """
sessionStorage.loads = 1 + Number(sessionStorage.loads || 0);
if (location.hash.length > 2) add("user", "The sea?");"""
    small.script = 'location.hash = "#/c/1"; add("bot", `Loads: ${sessionStorage.loads}`);'
    hashes = {"start": "{base_url}/#/", "conversation": "{base_url}/#/c/(?P<id>[0-9]+)"}
    async with talking(addresses=hashes, options={"session_timeout": 0.01}) as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(text) for text in ("the sea", "the moon")]

    assert [answer.content for answer in answers] == ["Loads: 1", "Loads: 2"]
