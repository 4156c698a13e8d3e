"""Pages with a way of their own to draw turns, controls and addresses: each message has its own answer."""

from __future__ import annotations

from typing import Any, Final

import pytest

from jackfield import (
    Certainty,
    InvalidRequest,
    StreamInterrupted,
    SubmissionUncertain,
    TextDelta,
    TextReplaced,
)
from jackfield_web import PageChanged, PageLeft

pytestmark = pytest.mark.anyio

ANSWERS: Final = 'await wait(100); add("bot", `About ${text}`); await wait(100);'
PLACES: Final = {"conversation": "{base_url}/c/(?P<id>[a-z0-9]+)"}

# What stood there is drawn anew and says something else with it, before our turn is there.
DRAWN_ANEW: Final = """
const own = list.lastChild;
own.remove();
for (const turn of [...list.children]) {
  const anew = turn.cloneNode(true);
  anew.append(" ✓");
  turn.replaceWith(anew);
}
await wait(600);
list.append(own);"""
# So are its answers when the next one comes, with their sources then.
CITED: Final = """
await wait(100);
for (const turn of list.querySelectorAll(".bot")) {
  const anew = turn.cloneNode(true);
  anew.append(" [1] A source");
  turn.replaceWith(anew);
}
add("bot", `About ${text}`);
await wait(600);"""
# Our turn quotes the answer before it.
QUOTES: Final = """
const quoted = list.querySelector(".bot");
if (quoted) add("bot", quoted.textContent, list.lastChild);"""
ONLY_DISABLED: Final = """
stop.removeAttribute("hidden");
stop.disabled = true;
Object.defineProperty(stop, "hidden", { set: (is) => { stop.disabled = is } });"""
# A picture in each turn never stands still.
MOVING: Final = """
setInterval(() => {
  for (const turn of list.children) {
    const picture = turn.querySelector("svg") || turn.appendChild(document.createElement("svg"));
    picture.style.rotate = `${performance.now()}deg`;
  }
}, 50);"""
CLOCK: Final = """
setInterval(() => {
  const answer = list.querySelector(".bot:last-child");
  if (!answer) return;
  const clock = answer.querySelector("i") || answer.appendChild(document.createElement("i"));
  clock.textContent = ` ${String(Math.floor(performance.now() / 100) % 1000).padStart(3, "0")}`;
}, 50);"""
ALIKE: Final = {"selectors": {"user_turn": [], "response_area": ".user, .bot"}}
EDITED: Final = """
const editor = document.createElement("div");
editor.id = "in";
editor.contentEditable = "true";
editor.style.minHeight = "1em";
field.replaceWith(editor);
const value = { get: () => editor.innerText, set: (to) => { editor.innerText = to; } };
Object.defineProperty(field, "value", value);"""
# Another conversation comes in the place of ours.
SWAPPED: Final = """
add("bot", "A part");
await wait(900);
list.replaceChildren();
add("user", "What do cats eat?");
add("bot", "Another answer");"""
OPENS_LATE: Final = f"""{EDITED}
editor.contentEditable = "false";
setTimeout(() => {{ editor.contentEditable = "true" }}, 1500);"""
SENDS_LINES: Final = """
field.oninput = () => { if (field.value.includes("\\n")) document.querySelector("#go").click(); };"""
SENDS_BY_ENTER: Final = f"""{EDITED}
editor.onkeydown = (event) => {{
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (field.value) document.querySelector("#go").click();
}};"""


@pytest.mark.parametrize(
    ("setup", "script", "more"),
    [
        ("", DRAWN_ANEW + ANSWERS, {}),
        ("", CITED, {"selectors": {"user_turn": []}}),
        ("", f'add("user", "notes.pdf 12 kB");{ANSWERS}', {}),
        ("", QUOTES + ANSWERS, {}),
        (ONLY_DISABLED, ANSWERS, {}),
        (OPENS_LATE, ANSWERS, {"composer": {"kind": "contenteditable"}}),
        ("", f'list.lastChild.prepend("You: ");{ANSWERS}', ALIKE),
        (MOVING, ANSWERS, {}),
        (MOVING, f"await ask(text); {ANSWERS}", {"wires": [{"kind": "none", "url": "/ask"}]}),
    ],
    ids=[
        "old turns drawn anew",
        "old answers get sources",
        "a file as a turn",
        "an answer quoted in our turn",
        "stop button only disabled",
        "composer opens late",
        "turns told apart by who is named",
        "a picture moves on",
        "a picture moves on beside a wire",
    ],
)
async def test_each_message_has_its_answer(
    small: Any, talking: Any, setup: str, script: str, more: dict[str, Any]
) -> None:
    """Two messages of one conversation are answered each by its own words, and nothing is taken back."""
    small.setup, small.script = setup, script
    async with talking(**more) as connection:
        conversation = connection.conversation()
        for text in ("the sea", "the moon"):
            async with conversation.stream(text) as stream:
                events = [event async for event in stream]

            assert not [event for event in events if isinstance(event, TextReplaced)]
            assert "".join(one.text for one in events if isinstance(one, TextDelta)) == f"About {text}"


async def test_the_same_question_in_a_thread_that_is_drawn_anew(small: Any, talking: Any) -> None:
    """Old turns that are made anew, and say how old they are, are not ours, though they ask the same."""
    small.script = """
const own = list.lastChild;
own.remove();
for (const turn of [...list.children]) {
  const anew = turn.cloneNode(true);
  anew.append(turn.className === "bot" ? " a minute ago" : "");
  turn.replaceWith(anew);
}
await wait(2500);
list.append(own);
const bot = add("bot", `Answer ${list.querySelectorAll(".bot").length + 1}`);
add("done", "ok", bot);"""
    signs = {"stop_button": [], "finished": ".done", "ignore": ".done"}
    async with talking(selectors=signs) as connection:
        conversation = connection.conversation()
        said = [(await conversation.send("Go on", timeout=60)).content for _ in range(2)]

    assert said == ["Answer 1", "Answer 2"]


async def test_an_answer_that_its_page_folds_is_whole(small: Any, talking: Any) -> None:
    """What a page shortens after its end was told already, and is no less for that."""
    small.script = """
const bot = add("bot", "All of it is here");
await wait(300);
works(false);
await wait(100);
bot.textContent = "All of\u2026";"""
    async with talking() as connection:
        answer = await connection.send("the sea", timeout=60)

    assert answer.content == "All of it is here"


async def test_a_clock_in_an_answer_does_not_hold_it_up(small: Any, talking: Any) -> None:
    """What says how long ago an answer came counts for ever, and the answer has an end."""
    small.setup, small.script = CLOCK, ANSWERS
    async with talking() as connection:
        response = await connection.send("the sea", timeout=60)

    assert response.content.startswith("About the sea")
    assert response.success


async def test_a_number_that_is_being_written_is_no_clock(small: Any, talking: Any) -> None:
    """An answer of digits alone is whole, though its page says that it is done before they are drawn."""
    small.script = """
      const bot = add("bot", "3.");
      await wait(200);
      works(false);
      for (const digit of "1415926535") { await wait(200); bot.append(digit); }"""
    async with talking() as connection:
        assert (await connection.send("How much is pi?", timeout=60)).content == "3.1415926535"


async def test_a_composer_that_stays_disabled_is_told(small: Any, talking: Any) -> None:
    """It is waited for, and then the error says what is wrong with it; nothing was sent."""
    small.setup, small.script = "field.disabled = true;", ANSWERS
    async with talking(timing={"composer": 2}) as connection:
        with pytest.raises(PageChanged, match="composer is disabled") as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert caught.value.selector == "chat_input"


@pytest.mark.parametrize("selectors", [{}, {"user_turn": []}], ids=["own turns", "answers alone"])
async def test_what_a_page_sends_by_itself_is_not_written_again(
    small: Any, talking: Any, selectors: dict[str, Any]
) -> None:
    """A page that sends what is being written gets it once, and nobody says that it did not go."""
    small.setup, small.script = SENDS_LINES, f"await ask(text); {ANSWERS}"
    async with talking(selectors) as connection:
        with pytest.raises(SubmissionUncertain, match="while it was written") as caught:
            await connection.send("one\ntwo")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert small.asked == ["one\ntwo"]


async def test_keys_for_a_new_line_that_send(small: Any, talking: Any) -> None:
    """Where they send, the first line goes once, and the error names the setting."""
    small.setup, small.script = SENDS_BY_ENTER, f"await ask(text); {ANSWERS}"
    async with talking(composer={"kind": "contenteditable"}) as connection:
        with pytest.raises(SubmissionUncertain, match=r"composer\.new_line") as caught:
            await connection.send("one\ntwo")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert small.asked == ["one"]


async def test_a_conversation_that_gets_another_address(small: Any, talking: Any) -> None:
    """A page that names its conversation by itself first goes on by the name that its remote gives."""
    small.script = """
if (location.pathname === "/") history.replaceState({}, "", "/c/local");
await wait(300);
const bot = add("bot", "About");
await wait(600);
history.replaceState({}, "", "/c/real");
await wait(600);
bot.append(` ${text}`);"""
    async with talking(addresses=PLACES) as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(text) for text in ("the sea", "the moon")]

    assert [answer.content for answer in answers] == ["About the sea", "About the moon"]
    assert [answer.handle for answer in answers] == [f"{small.url}/c/real"] * 2


RESTORES = """
history.replaceState({}, "", "/c/old1");
add("user", "An old question");
add("bot", "An old answer");
const anew = add("new", "New chat", document.body);
anew.onclick = () => { list.replaceChildren(); };"""


@pytest.mark.parametrize(
    ("names", "handle"), [('history.replaceState({}, "", "/c/new1");', "/c/new1"), ("", "tab-")]
)
async def test_a_new_conversation_at_the_address_of_the_old_one(
    small: Any, talking: Any, names: str, handle: str
) -> None:
    """What a page calls its new conversation while the old one's address stands is no name for it."""
    small.setup, small.script = RESTORES, f"await ask(text); {ANSWERS} {names}"
    async with talking({"new_chat_button": ".new"}, addresses=PLACES) as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(text) for text in ("the sea", "the moon")]

    assert [answer.content for answer in answers] == ["About the sea", "About the moon"]
    assert all(answer.handle.removeprefix(small.url).startswith(handle) for answer in answers)


async def test_a_page_that_asks_whether_the_old_conversation_may_go(small: Any, talking: Any) -> None:
    """What it asks when its new conversation is begun is closed by what the Site says of dialogs."""
    small.script = ANSWERS
    small.setup = f"""{RESTORES}
anew.onclick = () => {{
  const dialog = add("dialog", "May it go?", document.body);
  dialog.style.cssText = "position: fixed; inset: 0; background: white";
  add("yes", "Yes", dialog).onclick = () => {{
    dialog.remove();
    list.replaceChildren();
  }};
}};"""
    async with talking({"new_chat_button": ".new", "dismiss": ".yes"}) as connection:
        answer = await connection.send("the sea")

    assert answer.content == "About the sea"


async def test_a_page_that_goes_to_another_conversation(small: Any, talking: Any) -> None:
    """What stands in another conversation is no word of our answer, which broke off when the page left."""
    small.script = """
history.replaceState({}, "", "/c/ours");
await wait(100);
add("bot", "A part");
await wait(900);
list.replaceChildren();
history.replaceState({}, "", "/c/another");
add("user", "Another question");
add("bot", "Another answer");"""
    async with talking(addresses=PLACES, timing={"composer": 2, "settle": 0.4}) as connection:
        with pytest.raises(StreamInterrupted, match="left the conversation") as caught:
            await connection.send("Hello")

    assert caught.value.partial == "A part"
    assert caught.value.certainty is Certainty.STARTED
    assert caught.value.handle == f"{small.url}/c/ours"


async def test_another_conversation_in_the_place_of_ours(small: Any, talking: Any) -> None:
    """Where conversations have no address, another question in the place of ours tells the same."""
    small.script = SWAPPED
    async with talking(timing={"composer": 2, "settle": 0.4}) as connection:
        with pytest.raises(StreamInterrupted, match="left the conversation") as caught:
            await connection.send("Hello")

    assert caught.value.partial == "A part"
    assert caught.value.certainty is Certainty.STARTED


@pytest.mark.parametrize("names", ["", 'history.replaceState({}, "", "/c/cats");'], ids=["unnamed", "named"])
@pytest.mark.parametrize("first", [True, False], ids=["a first message", "a second"])
async def test_nothing_goes_into_a_conversation_that_took_the_place_of_ours(
    small: Any, talking: Any, first: bool, names: str
) -> None:
    """Without an address a conversation whose page has left it is over: the next message is refused.

    That of another conversation, which the page brings back late, is none of ours.
    """
    small.script = f'await ask(text); if (text !== "Hello") return add("bot", "Yes"); {SWAPPED} {names}'
    async with talking(addresses=PLACES, timing={"composer": 2, "settle": 0.4}) as connection:
        conversation = connection.conversation()
        if not first:
            await conversation.send("Are you there?")
        with pytest.raises(PageLeft) as left:
            await conversation.send("Hello")
        with pytest.raises(InvalidRequest, match="its tab is gone") as caught:
            await conversation.send("Go on")

    assert left.value.handle.startswith("tab-")
    assert caught.value.certainty is Certainty.NOT_SENT
    assert small.asked == ["Are you there?", "Hello"][first:]


RESTORES: Final = """
const restore = () => { list.replaceChildren(); add("user", "What do cats eat?"); add("bot", "Mice"); };
const asks = async () => {
  if (await (await fetch("/now")).text() !== "restore") return setTimeout(asks, 100);
  restore();
  await ask("restored");
};"""


@pytest.mark.parametrize("sent", [True, False], ids=["sent", "not sent"])
async def test_a_conversation_that_its_page_brings_back_at_the_press(
    small: Any, talking: Any, sent: bool
) -> None:
    """Ours was never drawn: another question that comes in its place is none, nor a sign that ours went."""
    small.setup = RESTORES
    small.script = f"restore(); works(false); {'await ask(text);' if sent else ''}"
    async with talking(timing={"composer": 2, "submit": 1, "settle": 0.4}) as connection:
        with pytest.raises(PageLeft if sent else SubmissionUncertain) as caught:
            await connection.send("What is the capital of Peru?")

    assert caught.value.certainty is (Certainty.STARTED if sent else Certainty.UNKNOWN)
    assert caught.value.partial == ""
    assert not sent or "another message in the place of ours" in str(caught.value)


@pytest.mark.parametrize(
    "setup", ["field.oninput = () => { if (list.children.length) restore(); };", "asks();"]
)
async def test_an_earlier_conversation_that_comes_back_between_two_messages(
    small: Any, talking: Any, until: Any, setup: str
) -> None:
    """Without an address ours is known by what it shows: the next message does not go into another one."""
    small.setup, small.script = RESTORES + setup, f"await ask(text); {ANSWERS}"
    small.scripts = {"/now": "wait"}
    async with talking() as connection:
        conversation = connection.conversation()
        await conversation.send("the sea")
        if setup == "asks();":
            small.scripts["/now"] = "restore"
            await until(lambda: "restored" in small.asked)
            small.scripts["/now"] = "wait"
        with pytest.raises(InvalidRequest, match="another conversation in the place of ours") as caught:
            await conversation.send("Go on")
        answer = await connection.send("the moon") if setup == "asks();" else None

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "Go on" not in small.asked
    assert answer is None or answer.content == "About the moon"


LONG: Final = "Read this line.\n// It is no comment.\nWhat does it say?"


@pytest.mark.parametrize(
    "made", ["slice(0, 30)", 'replace(/\\/\\/.*/, "")'], ids=["cut", "without a comment"]
)
async def test_a_page_that_sends_less_than_was_given_is_told(small: Any, talking: Any, made: str) -> None:
    """What a page takes out of a message as it sends it is missing in the answer: no plain success."""
    small.setup = (
        f'document.querySelector("#go").onpointerdown = () => {{ field.value = field.value.{made}; }};'
    )
    small.script = f"await ask(JSON.stringify({{ text }})); {ANSWERS}"
    async with talking() as connection:
        with pytest.raises(InvalidRequest, match="and not the rest") as caught:
            await connection.send(LONG)

    assert caught.value.certainty is Certainty.STARTED
    assert caught.value.partial.startswith("About Read")


async def test_a_turn_that_is_shown_shortened_is_the_whole_message(small: Any, talking: Any) -> None:
    """A page may show the beginning of a long message alone, and send that for a title too."""
    small.script = f"""
list.lastChild.textContent = text.slice(0, 30);
await ask(JSON.stringify({{ text, title: text.slice(0, 30) }}));
{ANSWERS}"""
    async with talking() as connection:
        answer = await connection.send(LONG)

    assert answer.content.startswith("About Read")


@pytest.mark.parametrize("drawn", ["This: is it bold?", "[hidden]"])
async def test_our_turn_drawn_otherwise_meanwhile(small: Any, talking: Any, drawn: str) -> None:
    """A page that makes something of what stands in our message, or takes it out, has not left it."""
    small.script = f"""
const bot = add("bot", "A part");
await wait(600);
list.firstChild.textContent = "{drawn}";
await wait(600);
bot.append(" and the rest");"""
    async with talking(timing={"composer": 2, "settle": 0.4}) as connection:
        answer = await connection.send("<i>This</i>: <b>is it</b> bold?")

    assert answer.content == "A part and the rest"


async def test_a_conversation_that_is_gone_is_not_waited_for(small: Any, talking: Any) -> None:
    """Attached to, an address at which the page shows nothing is an error before a word could be late."""
    gone = f"{small.url}/c/gone"
    async with talking(addresses=PLACES, timing={"composer": 2, "first_token": 240}) as connection:
        with pytest.raises(InvalidRequest, match=f"{gone} is no conversation here"):
            async with connection.attach(gone) as stream:
                await stream.collect()


async def test_the_wire_answers_where_no_turn_is_found(small: Any, talking: Any) -> None:
    """Where a Site finds none of the turns any more, a conversation goes on as long as its page does."""
    small.script = 'history.replaceState({}, "", "/c/1"); await ask(text);'
    small.replies = [(200, 'data: {"text": "One"}\n\n'), (200, 'data: {"text": "Two"}\n\n')]
    drifted = {"response_area": ".was-bot", "user_turn": ".was-user"}
    wire = {"url": "/say$", "kind": "fetch-sse", "rules": [{"text": "text"}], "end_is_done": True}
    async with talking(drifted, addresses=PLACES, wires=[wire], timing={"composer": 2}) as connection:
        conversation = connection.conversation()
        answers = [(await conversation.send(text)).content for text in ("the sea", "the moon")]

    assert answers == ["One", "Two"]
    assert small.asked == ["the sea", "the moon"]


async def test_a_sign_that_a_site_names_is_waited_for(small: Any, talking: Any) -> None:
    """A model may pause while the page would take the next message: complete is what the Site says."""
    small.script = """
const bot = add("bot", "Let me look.");
await wait(2500);
bot.append(" It rains.");
await wait(100);
add("actions", "Copy");"""
    async with talking({"stop_button": [], "finished": ".actions"}) as connection:
        answer = await connection.send("What is the weather like?")

    assert answer.content == "Let me look. It rains."


@pytest.mark.parametrize(
    "wire",
    [
        {"kind": "none"},
        {"kind": "fetch-sse", "rules": [{"text": "was_text"}, {"when": {"end": True}, "done": True}]},
    ],
    ids=["not read", "not understood"],
)
async def test_half_an_answer_that_a_page_takes_for_one_is_told_as_cut(
    small: Any, talking: Any, wire: dict[str, Any]
) -> None:
    """A page whose request broke off may end as ever; where its Site names the traffic, the break is told."""
    small.script = 'try { await ask(text); } catch { add("bot", "Half of"); }'
    small.replies, small.missing = [(200, "half of it")], 10
    async with talking(wires=[{"url": "/say$", **wire}]) as connection:
        with pytest.raises(StreamInterrupted, match="broke off") as caught:
            await connection.send("Hello")

    assert caught.value.partial == "Half of"


CUT = 'let half = ""; try { await ask(text); } catch { MORE; add("bot", "Half of" + half); }'


async def test_half_an_answer_is_told_as_cut_where_nobody_names_the_traffic(small: Any, talking: Any) -> None:
    """The request that took the message along broke off: what the page shows then is no whole answer."""
    small.script = CUT.replace("MORE", "")
    small.replies, small.missing = [(200, "half of it")], 10
    async with talking() as connection:
        with pytest.raises(StreamInterrupted, match="broke off") as caught:
            await connection.send("Hello")

    assert (caught.value.partial, caught.value.certainty) == ("Half of", Certainty.STARTED)
    assert small.asked == ["Hello"]


@pytest.mark.parametrize("way", ["fetch", "source"])
async def test_an_answer_that_a_page_takes_up_after_a_break_is_whole(
    small: Any, talking: Any, way: str
) -> None:
    """Where the page asks its remote once more after the break, its own signs say what is complete."""
    ways = {
        "fetch": 'half += (await (await fetch("/more")).text()).length && " it"',
        "source": 'const source = new EventSource("/more"); await wait(300); source.close(); half += " it"',
    }
    small.script = CUT.replace("MORE", ways[way])
    small.replies, small.missing = [(200, "half of it")], 10
    async with talking() as connection:
        answer = await connection.send("Hello")

    assert answer.content == "Half of it"


async def test_a_button_that_is_disabled_in_the_pages_own_way_is_waited_for(small: Any, talking: Any) -> None:
    """Where a Site says how the send button looks while it cannot be pressed, no press is lost there."""
    small.setup = """
const go = document.querySelector("#go");
go.className = "off";
go.addEventListener("click", (event) => {
  if (go.className === "off") event.stopImmediatePropagation();
}, true);
field.addEventListener("input", () => setTimeout(() => { go.className = ""; }, 700));"""
    small.script = ANSWERS
    async with talking({"send_button_disabled": "#go.off"}) as connection:
        answer = await connection.send("the sea")

    assert answer.content == "About the sea"


async def test_a_file_of_the_pages_own_does_not_go_along(small: Any, talking: Any) -> None:
    """Where a page brings a file back, as with a draft, the message is not sent, and the error tells."""
    small.setup, small.script = 'add("file", "draft.pdf", document.body);', ANSWERS
    async with talking({"file_thumbnail": ".file"}) as connection:
        with pytest.raises(PageChanged, match="file in its composer that was not given") as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT


async def test_what_a_page_says_to_a_press_is_told(small: Any, talking: Any) -> None:
    """A page that takes no message and says why, for a moment: nobody knows where it is, but why is told."""
    small.setup = """
document.querySelector("#go").onclick = async () => {
  const toast = add("toast", "Your message is too long.", document.body);
  await wait(900);
  toast.remove();
};"""
    async with talking({"error": ".toast"}, timing={"submit": 2}) as connection:
        with pytest.raises(SubmissionUncertain, match="the message is too long for it") as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.UNKNOWN


async def test_a_page_that_asks_whether_to_send_is_told(small: Any, talking: Any) -> None:
    """A question to which nobody says yes keeps the message back: the error says that there was one."""
    small.setup = """
const go = document.querySelector("#go"), sends = go.onclick;
go.onclick = () => { if (confirm("Send it?")) sends(); };"""
    small.script = f"await ask(text); {ANSWERS}"
    async with talking(timing={"submit": 2}) as connection:
        with pytest.raises(SubmissionUncertain, match=r"opened a dialog \(confirm\)") as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert small.asked == []


@pytest.mark.parametrize(
    "editor", ["<textarea>print(1)</textarea>", "<p>So:</p><div><textarea></textarea></div>"]
)
async def test_an_editor_in_an_answer_is_no_composer(small: Any, talking: Any, editor: str) -> None:
    """Where answers show code in what the Site's composer looks like, the next message goes below."""
    small.script = (
        f"await ask(text); add('bot', `About ${{text}}`).insertAdjacentHTML('beforeend', '{editor}');"
    )
    async with talking({"chat_input": "textarea"}) as connection:
        conversation = connection.conversation()
        for text in ("One", "Two", "Three"):
            await conversation.send(text)

    assert small.asked == ["One", "Two", "Three"]


# A page that goes on to its last conversation, and draws that only when a message has long been written.
DRAWS_LATE: Final = """
const old = () => {
  history.replaceState({}, "", "/c/old");
  setTimeout(() => {
    if (location.pathname !== "/c/old") return;
    list.prepend(add("user", "An old question"), add("bot", "An old answer"));
  }, 4000);
};
const anew = add("new", "New chat", document.body);
anew.onclick = () => {
  list.replaceChildren();
  history.replaceState({}, "", "/");
};"""
NAMES: Final = 'history.replaceState({}, "", `/c/${crypto.randomUUID().slice(0, 8)}`);'


@pytest.mark.parametrize(
    "setup",
    [
        f"{DRAWS_LATE} old();",
        f"{DRAWS_LATE} field.addEventListener('input', old, {{ once: true }});",
        NAMES,
        f"field.addEventListener('input', () => {{ {NAMES} }}, {{ once: true }});",
    ],
    ids=["gone on to at once", "gone on to while one writes", "named at once", "named while one writes"],
)
async def test_a_conversation_whose_address_comes_before_its_turns(
    small: Any, talking: Any, setup: str
) -> None:
    """A first message goes to no conversation that is drawn late, and to one that its page names early."""
    small.setup, small.script = setup, f"await ask(location.pathname); {ANSWERS}"
    timing = {"settle": 0.4, "composer": 6}
    async with talking({"new_chat_button": ".new"}, addresses=PLACES, timing=timing) as connection:
        answer = await connection.send("the sea")

    assert answer.content == "About the sea"
    assert small.asked != ["/c/old"]
