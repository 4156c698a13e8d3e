"""Pages that keep their conversation in local storage, which all tabs of a browser context share."""

from __future__ import annotations

import json
from typing import Any, Final

import anyio
import pytest

from jackfield import Certainty, InvalidRequest, ProviderContext

pytestmark = pytest.mark.anyio

STORED: Final = 'JSON.parse(localStorage.thread || "[]")'
SHOWS_IT: Final = f"for (const [who, text] of {STORED}) add(who, text);"
# The remote is told all that was said, as the page has stored it.
TELLS_ALL: Final = f"""
const thread = [...{STORED}, ["user", text]];
await ask(thread.filter(([who]) => who === "user").map(([, said]) => said).join(" | "));
await wait(200);
add("bot", `About ${{text}}`);
localStorage.thread = JSON.stringify([...thread, ["bot", `About ${{text}}`]]);"""
ONLY_WITH_LOGIN: Final = 'if (!document.cookie.includes("who=ada")) field.remove();'
LOGS_IN: Final = """
if (localStorage.token !== "VALID") {
  field.remove();
  list.innerHTML = "<input id=name><input id=word><button id=enter>Log in</button>";
  document.querySelector("#enter").onclick = async () => {
    await ask("a login");
    localStorage.token = "VALID";
    location.reload();
  };
}"""
STEPS: Final = {
    "selectors": {"login_username": "#name", "login_password": "#word", "login_button": "#enter"},
    "login": [
        {"action": "fill", "selector": "login_username", "value": "username"},
        {"action": "fill", "selector": "login_password", "value": "password"},
        {"action": "click", "selector": "login_button"},
    ],
}
RENEWS: Final = "await ask(`${document.cookie} ${text}`); document.cookie = `who=ada${text.length}`;"

HAS_NEW: Final = """
const fresh = document.createElement("button");
fresh.id = "new";
fresh.textContent = "New chat";
fresh.onclick = () => { delete localStorage.thread; list.replaceChildren(); };
document.body.prepend(fresh);"""
KEEPS_ALL: Final = TELLS_ALL.replace(
    "localStorage.thread =", "localStorage[`old ${text}`] = localStorage.thread ="
)

NAMES_ITS_THREAD: Final = """
await ask(JSON.stringify({ session: localStorage.session, text }));
await wait(200);
add("bot", `About ${text}`);"""


@pytest.mark.parametrize("shown", [SHOWS_IT, ""], ids=["shown", "unseen"])
async def test_conversations_do_not_share_what_their_page_stores(
    small: Any, talking: Any, shown: str
) -> None:
    """Each new conversation starts new, and each goes on with what was said in it, and nothing else."""
    small.setup, small.script = shown, TELLS_ALL
    async with talking() as connection:
        first = await connection.send("What do cats eat?")
        second = await connection.send("Where do owls live?")
        third = await connection.send("Hi")
        again = await connection.send("And dogs?", conversation_id=first.conversation_id)
        later = await connection.send("And bats?", conversation_id=second.conversation_id)

    assert [one.content for one in (third, again, later)] == [
        "About Hi",
        "About And dogs?",
        "About And bats?",
    ]
    assert small.asked == [
        "What do cats eat?",
        "Where do owls live?",
        "Hi",
        "What do cats eat? | And dogs?",
        "Where do owls live? | And bats?",
    ]


@pytest.mark.parametrize("said", [{"thread_in_storage": True}, {}], ids=["said", "found"])
async def test_conversations_that_begin_at_once_are_kept_apart_from_the_first(
    small: Any, talking: Any, said: dict[str, bool]
) -> None:
    """Of conversations that begin at once none has another's words, the Site may say so or not."""
    small.setup, small.script = SHOWS_IT, TELLS_ALL
    told = ["What do cats eat?", "Where do owls live?", "How old do oaks get?"]
    ends = []
    async with talking(at_once=3, **said) as connection:

        async def talk(text: str) -> None:
            begun = await connection.send(text)
            ends.append(await connection.send(f"{text} And why?", conversation_id=begun.conversation_id))

        async with anyio.create_task_group() as talks:
            for text in told:
                talks.start_soon(talk, text)

    assert sorted(one.content for one in ends) == sorted(f"About {text} And why?" for text in told)
    assert sorted(small.asked) == sorted([*told, *(f"{text} | {text} And why?" for text in told)])


async def test_a_conversation_begun_in_the_midst_of_the_first_is_kept_apart(small: Any, talking: Any) -> None:
    """While nothing tells yet what the page stores of a conversation, the next one has nothing of it."""
    small.setup, small.script = SHOWS_IT, TELLS_ALL
    async with talking(at_once=2) as connection:
        async with connection.stream("What do cats eat?") as first:
            async for _ in first.text:
                second = await connection.send("Where do owls live?")
        third = await connection.send("How old do oaks get?")
        for one in (first.response, second, third):
            await connection.send("And why?", conversation_id=one.conversation_id)

    told = ["What do cats eat?", "Where do owls live?", "How old do oaks get?"]
    assert small.asked == [*told, *(f"{text} | And why?" for text in told)]


async def test_a_conversation_that_is_kept_apart_is_logged_in(small: Any, talking: Any) -> None:
    """It begins with the account's cookies as they are now, and what its page renews is the account's."""
    small.setup, small.script = ONLY_WITH_LOGIN, f"{RENEWS}{TELLS_ALL}"
    login = ProviderContext("custom_web", "cookies", {"cookies": "who=ada"}, connection="ada")
    async with talking(context=login, thread_in_storage=True) as connection:
        first = await connection.send("One")
        await connection.send("Number two")
        await connection.send("Three", conversation_id=first.conversation_id)

    assert [said for said in small.asked if said.startswith("who=")] == [
        "who=ada One",
        "who=ada3 Number two",
        "who=ada10 Three",
    ]


async def test_a_login_that_was_renewed_in_a_conversation_kept_apart_is_the_account_s(
    small: Any, talking: Any
) -> None:
    """What its steps left in local storage is there for the next conversation, and the next program."""
    small.setup, small.script = LOGS_IN.replace("VALID", "one"), TELLS_ALL
    who = {"username": "ada", "password": "s3cret"}
    login = ProviderContext("custom_web", "username_password", who, connection="ada")
    said = {**STEPS, "context": login, "thread_in_storage": True}
    async with talking(**said) as connection:
        await connection.send("Before")
        small.setup = LOGS_IN.replace("VALID", "two")
        for text in ("One", "Two"):
            await connection.send(text)
    async with talking(**said) as connection:
        await connection.send("Three")

    assert small.asked == ["a login", "Before", "a login", "One", "Two", "Three"]


async def test_pages_that_store_nothing_share_their_login(small: Any, talking: Any) -> None:
    """Where a page keeps no conversation in local storage, what it stores there is there for the next."""
    small.setup = "localStorage.visits = 1 + Number(localStorage.visits || 0);"
    small.script = 'await ask(`visit ${localStorage.visits}`); await wait(200); add("bot", `About ${text}`);'
    async with talking() as connection:
        for text in ("One", "Two", "visits"):
            await connection.send(text)

    assert small.asked == ["visit 1", "visit 2", "visit 3"]


@pytest.mark.parametrize("said", [{"thread_in_storage": True}, {}], ids=["said", "found"])
async def test_in_a_profile_a_conversation_ends_where_the_next_takes_its_place(
    small: Any, talking: Any, said: dict[str, bool]
) -> None:
    """A profile has one local storage: what was there before is not gone on with in the next one's words."""
    small.setup, small.script = f"{HAS_NEW}{SHOWS_IT}", TELLS_ALL
    async with talking(
        {"new_chat_button": "#new"}, options={"profile": True}, at_once=2, **said
    ) as connection:
        first = await connection.send("What do cats eat?")
        second = await connection.send("Where do owls live?")
        with pytest.raises(InvalidRequest, match="its tab is gone") as lost:
            await connection.send("And dogs?", conversation_id=first.conversation_id)
        await connection.send("And bats?", conversation_id=second.conversation_id)

    assert lost.value.certainty is Certainty.NOT_SENT
    assert small.asked == ["What do cats eat?", "Where do owls live?", "Where do owls live? | And bats?"]


@pytest.mark.parametrize(
    "id_of", ["crypto.randomUUID()", "`s${Math.random().toString(36).slice(2)}9x8`", "String(Date.now())"]
)
async def test_conversations_do_not_share_the_id_that_their_page_stores(
    small: Any, talking: Any, id_of: str
) -> None:
    """Where the remote knows a conversation by an id in local storage, each has one of its own."""
    small.setup, small.script = f"localStorage.session ||= {id_of};", NAMES_ITS_THREAD
    async with talking() as connection:
        first = await connection.send("One")
        second = await connection.send("Two")
        await connection.send("Three")
        for one in (first, second):
            await connection.send("And?", conversation_id=one.conversation_id)

    sessions = [json.loads(said)["session"] for said in small.asked]
    assert len(set(sessions[:3])) == 3
    assert sessions[3:] == sessions[:2]


async def test_the_next_program_s_conversation_is_not_the_last_one_s(small: Any, talking: Any) -> None:
    """A login is saved without the conversation that its page stores, and with all else that it stores."""
    renews = "localStorage.token = `token of ${text}`;"
    small.setup = "localStorage.session ||= crypto.randomUUID();"
    small.script = f"{NAMES_ITS_THREAD.replace('text }', 'text, token: localStorage.token }')}{renews}"
    login = ProviderContext("custom_web", "cookies", {"cookies": "who=ada"}, connection="ada")
    for texts in (("One", "Two"), ("Three", "Four")):
        async with talking(context=login) as connection:
            for text in texts:
                await connection.send(text)

    told = [json.loads(said) for said in small.asked]
    assert len({one["session"] for one in told}) == 4
    assert told[2]["token"] == "token of One"


async def test_in_a_profile_a_page_that_stores_each_conversation_goes_on_with_each(
    small: Any, talking: Any
) -> None:
    """What a page keeps beside the next is not lost by it."""
    small.setup, small.script = f"{HAS_NEW}{SHOWS_IT}", KEEPS_ALL
    async with talking({"new_chat_button": "#new"}, options={"profile": True}, at_once=2) as connection:
        first = await connection.send("What do cats eat?")
        await connection.send("Where do owls live?")
        again = await connection.send("And dogs?", conversation_id=first.conversation_id)

    assert again.content == "About And dogs?"


async def test_in_a_profile_nothing_is_begun_in_what_an_unseen_conversation_left(
    small: Any, talking: Any
) -> None:
    """Where the Site says that its page stores its conversation, a new one that would have it is not sent."""
    small.script = TELLS_ALL
    async with talking(thread_in_storage=True, options={"profile": True}) as connection:
        await connection.send("What do cats eat?")
        with pytest.raises(InvalidRequest, match="local storage") as refused:
            await connection.send("Where do owls live?")

    assert refused.value.certainty is Certainty.NOT_SENT
    assert small.asked == ["What do cats eat?"]
