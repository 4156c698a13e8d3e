"""What a page shows beside its answers: its own failure, what the model thinks, a limit that it stops at."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ModelNotFound,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReasoningDelta,
    RunFailed,
    StreamInterrupted,
    TextDelta,
    TextReplaced,
)
from jackfield_web import ModelLocked

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("Something went wrong with “tell me a secret”.", RunFailed, "page_failed"),
        ("Too many requests. Slow down!", RateLimited, "rate_limited"),
        ("Our servers are overloaded", ProviderUnavailable, "overloaded"),
    ],
)
async def test_a_page_that_says_that_it_failed_is_believed_at_once(
    small: Any, talking: Any, words: str, kind: type[ProviderError], code: str
) -> None:
    """The note is an error of its kind, long before any limit; what it says stands nowhere in it."""
    small.script = f'await wait(50); add("alert", {words!r});'

    async with talking({"error": ".alert"}) as connection:
        with pytest.raises(kind, match="the page says that it failed") as caught:
            await connection.send("tell me a secret")

    assert caught.value.code == code
    assert caught.value.certainty is Certainty.UNKNOWN
    assert not any(word in f"{caught.value!r} {caught.value.hint}" for word in ("secret", "Slow", "servers"))


async def test_a_failure_in_midst_of_an_answer_keeps_what_was_told(small: Any, talking: Any) -> None:
    """What stood there before the note is the error's partial text, and the remote had begun."""
    small.script = (
        'add("bot", "It begins"); await wait(1500);'
        ' add("bot alert", "Network error"); await new Promise(() => undefined);'
    )

    async with talking({"error": ".alert"}) as connection:
        with pytest.raises(ProviderError, match="lost its own connection") as caught:
            await connection.send("Hello")

    assert caught.value.partial == "It begins"
    assert caught.value.certainty is Certainty.STARTED


async def test_an_earlier_failure_is_not_held_against_an_answer(small: Any, talking: Any) -> None:
    """The note of a message before stays on the page, and the next answer is read all the same."""
    small.script = 'add(text === "one" ? "alert" : "bot", "Hi " + text);'

    async with talking({"error": ".alert"}) as connection:
        conversation = connection.conversation()
        with pytest.raises(RunFailed):
            await conversation.send("one")
        response = await connection.conversation(conversation.id).send("two")

    assert response.content == "Hi two"


async def test_the_same_failure_again_is_one_again(small: Any, talking: Any) -> None:
    """A note that the page hides for the next message, and shows anew, has come after that message."""
    small.setup = 'const note = add("alert", "Overloaded", document.body); note.hidden = true;'
    small.script = "note.hidden = true; await wait(600); note.hidden = false;"

    async with talking({"error": ".alert"}, timing={"idle": 20}) as connection:
        conversation = connection.conversation()
        for text in ("one", "two"):
            with pytest.raises(ProviderUnavailable, match="down or overloaded"):
                await conversation.send(text)


async def test_a_refused_request_is_an_error_though_nobody_named_its_traffic(
    small: Any, talking: Any
) -> None:
    """A message that was answered with HTTP 500 is that error, be the page silent or not, by itself."""
    small.script = 'const { status } = await ask(text); if (text === "and tell") add("bot", "Oh: " + status);'
    small.replies = [(500, "no")]

    async with talking() as connection:
        for text in ("be still", "and tell"):
            with pytest.raises(ProviderUnavailable, match="HTTP status 500") as caught:
                await connection.send(text)
            assert caught.value.certainty is not Certainty.NOT_SENT


async def test_a_beacon_that_tells_of_a_message_answers_none(small: Any, talking: Any) -> None:
    """A message is refused though a page that counts its failures tells of that to somebody, who takes it."""
    small.script = 'await ask(text); navigator.sendBeacon("/failed", text);'
    small.replies = [(500, "no"), (200, "")]

    async with talking() as connection:
        with pytest.raises(ProviderUnavailable, match="HTTP status 500") as caught:
            await connection.send("please answer me")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert small.asked == ["please answer me"] * 2


async def test_a_page_that_asks_again_after_a_refusal_is_waited_for(small: Any, talking: Any) -> None:
    """Refused once, answered then: the answer counts."""
    small.script = (
        'await ask(text); await wait(300); const { text: said } = await ask(text); add("bot", said);'
    )
    small.replies = [(503, "no"), (200, "Here it is")]

    async with talking() as connection:
        response = await connection.send("please answer me")

    assert response.content == "Here it is"
    assert len(small.asked) == 2


async def test_a_refusal_that_a_page_takes_long_to_show_stays_one(small: Any, talking: Any) -> None:
    """While nobody knows what a page makes of it nothing is told: the message was refused, not begun with."""
    small.script, small.replies = "await ask(text); await wait(4000);", [(429, "no")]

    async with talking() as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("please answer me")

    assert caught.value.certainty is Certainty.REJECTED


@pytest.mark.parametrize("place", ["http://127.0.0.1:2", "/say"], ids=["unreachable", "broken off"])
async def test_a_message_whose_request_breaks_off_is_not_waited_for(
    small: Any, talking: Any, place: str
) -> None:
    """Where the page shows nothing of an answer then, and asks no more, it is an error: it may have gone."""
    small.script = f"""
    try {{ await (await fetch("{place}", {{ method: "POST", body: text }})).text(); }}
    catch {{ list.lastChild.remove(); field.value = text; }}"""
    small.replies, small.missing = [(200, "half of it")], 10

    async with talking() as connection:
        with pytest.raises(StreamInterrupted, match="broke off before anything") as caught:
            await connection.send("please answer me")

    assert (caught.value.certainty, caught.value.partial) == (Certainty.UNKNOWN, "")


async def test_a_page_that_waits_for_the_network_is_waited_for(small: Any, talking: Any) -> None:
    """A page whose request broke off may ask again after seconds in which it shows no work."""
    small.script = """
    await fetch("http://127.0.0.1:2", { method: "POST", body: text }).catch(() => works(false));
    await wait(4000);
    add("bot", (await ask(text)).text);"""
    small.replies = [(200, "Here it is")]

    async with talking() as connection:
        response = await connection.send("please answer me")

    assert response.content == "Here it is"
    assert len(small.asked) == 1


async def test_that_a_page_was_stopped_says_nothing_of_its_remote(small: Any, talking: Any) -> None:
    """A page that fails while it shows work is stopped, and nobody knows whether its remote had begun."""
    small.setup = "stop.onclick = () => works(false);"
    small.script = 'await wait(50); add("alert", "Something went wrong"); await wait(1e6);'

    async with talking({"error": ".alert"}) as connection:
        with pytest.raises(RunFailed) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.UNKNOWN


SAVES_A_DRAFT = (
    'ask(text); await wait(200); const { text: said } = await ask(btoa(text)); SILENT add("bot", said);'
)


async def test_a_refused_draft_is_not_the_message(small: Any, talking: Any) -> None:
    """Beside the refused request that holds the message another, in a code, may be it: it is waited for."""
    small.script, small.replies = SAVES_A_DRAFT.replace("SILENT", ""), [(429, "no"), (200, "Here it is")]
    small.late = 3.0

    async with talking() as connection:
        response = await connection.send("please answer me")

    assert response.content == "Here it is"
    assert len(small.asked) == 2


async def test_nobody_knows_what_was_refused_where_more_was_sent(small: Any, talking: Any) -> None:
    """When the other request was answered well the refusal is told, and not that the message was refused."""
    small.script, small.replies = (
        SAVES_A_DRAFT.replace("SILENT", "works(false); await wait(1e6);"),
        [(429, "no"), (200, "Here it is")],
    )

    async with talking() as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("please answer me")

    assert caught.value.certainty in {Certainty.UNKNOWN, Certainty.STARTED}


ANSWERED_ELSEWHERE = 'const { status } = await ask(text); await wait(3000); add("bot", "After " + status);'


async def test_where_the_answer_is_shown_nothing_is_refused(small: Any, talking: Any) -> None:
    """Where a remote that took the message names another address, it refuses there to show the answer."""
    small.script, small.replies = ANSWERED_ELSEWHERE, [(303, "")]

    async with talking() as connection:
        response = await connection.send("please answer me")

    assert response.content == "After 429"
    assert small.asked == ["please answer me"]


async def test_a_refusal_where_the_answer_is_shown_tells_of_no_message(small: Any, talking: Any) -> None:
    """So too where the Site names the traffic: the error is the refusal, and the message may be answered."""
    small.script, small.replies = ANSWERED_ELSEWHERE, [(303, "")]
    wire = {"url": "/say", "method": "POST", "kind": "text", "end_is_done": True}

    async with talking(wires=[wire]) as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("please answer me")

    assert caught.value.certainty in {Certainty.UNKNOWN, Certainty.STARTED}


ASKS_ELSEWHERE = """
let answer = await ask(text);
works(false);
answer = await (await fetch("/other", { method: "POST", body: text })).text();
add("bot", answer);"""


async def test_a_page_that_asks_elsewhere_after_a_refusal_is_waited_for(small: Any, talking: Any) -> None:
    """Refused where the Site names the traffic, answered where it does not: the answer counts."""
    small.script, small.replies = ASKS_ELSEWHERE, [(503, "no"), (200, "Here it is")]
    small.late = 3.0
    wire = {"url": "/say", "method": "POST", "kind": "text", "end_is_done": True}

    async with talking(wires=[wire]) as connection:
        response = await connection.send("please answer me")

    assert response.content == "Here it is"
    assert len(small.asked) == 2


@pytest.mark.parametrize("body", ["text", "JSON.stringify({ id: crypto.randomUUID(), text })"])
async def test_the_same_request_elsewhere_may_be_answered_by_one_body(
    small: Any, talking: Any, body: str
) -> None:
    """What is asked in the words that were refused is the message, by another id too, and by no stream."""
    small.script = ASKS_ELSEWHERE.replace("ask(text)", f"ask({body})").replace("body: text", f"body: {body}")
    small.replies = [(429, "no"), (200, "Here it is")]
    small.reply_kind = "application/json"

    async with talking(wires=[{"url": "/say", "kind": "none"}]) as connection:
        response = await connection.send("please answer me")

    assert response.content == "Here it is"


async def test_a_title_that_is_told_after_a_refusal_is_no_answer(small: Any, talking: Any) -> None:
    """A request that holds the message among other words, and is answered by one body, is about else."""
    small.script = ASKS_ELSEWHERE.replace("body: text", 'body: "A title for: " + text')
    small.replies, small.reply_kind = [(429, "no"), (200, "A title")], "application/json"

    async with talking(wires=[{"url": "/say", "kind": "none"}]) as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("please answer me")

    assert caught.value.certainty is Certainty.REJECTED


@pytest.mark.parametrize(("status", "certainty"), [(429, Certainty.REJECTED), (200, Certainty.UNKNOWN)])
async def test_a_page_that_asks_elsewhere_and_shows_nothing_was_refused(
    small: Any, talking: Any, status: int, certainty: Certainty
) -> None:
    """The refusal is told, and that the message did nothing only where it was refused elsewhere too."""
    small.script = ASKS_ELSEWHERE.replace("add(", "await wait(1e6); add(")
    small.replies = [(429, "no"), (status, "no")]
    wire = {"url": "/say", "method": "POST", "kind": "text", "end_is_done": True}

    async with talking(wires=[wire]) as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("please answer me")

    assert caught.value.certainty is certainty


ASKS_AGAIN_LATER = """
let answer = await ask(text);
while (answer.status === 429) { works(false); await wait(2500); works(true); answer = await ask(text); }
add("bot", answer.text);"""


async def test_a_page_whose_refusal_was_told_asks_no_more(small: Any, talking: Any) -> None:
    """Who is told of a refusal may send the message again: the page, which waits to, sends it no more."""
    small.script, small.replies = ASKS_AGAIN_LATER, [(429, "no")]

    async with talking() as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("please answer me")
        small.replies = [(200, "Here it is")]
        again = await connection.send("please answer me")
        await anyio.sleep(3)

    assert caught.value.certainty is Certainty.REJECTED
    assert again.content == "Here it is"
    assert len(small.asked) == 2


async def test_a_refusal_in_a_conversation_that_lives_in_its_page_may_be_none(
    small: Any, talking: Any
) -> None:
    """Where the page cannot be left without its conversation, nobody knows that it asks no more."""
    small.script, small.replies = ASKS_AGAIN_LATER, [(200, "First"), (429, "no"), (200, "Second")]

    async with talking() as connection:
        conversation = connection.conversation()
        await conversation.send("the first question")
        with pytest.raises(RateLimited) as caught:
            await conversation.send("the second question")

    assert caught.value.certainty is Certainty.UNKNOWN


@pytest.mark.parametrize("seconds", [0.02, 0.3])
async def test_a_page_that_renews_its_token_is_waited_for(small: Any, talking: Any, seconds: float) -> None:
    """A login that is refused once, and renewed by the page itself, is no login that has ended."""
    small.script = f"""
let answer = await ask(text);
if (answer.status === 401) {{ await wait({1000 * seconds}); answer = await ask(text); }}
add("bot", [...pieces(answer.text)].join(""));"""
    small.replies = [(401, "no"), (200, 'data: {"text": "Here it is"}\n\n')]
    wire = {"url": "/say$", "kind": "fetch-sse", "rules": [{"text": "text"}], "end_is_done": True}

    async with talking(wires=[wire]) as connection:
        response = await connection.send("please answer me")

    assert response.content == "Here it is"
    assert len(small.asked) == 2


THOUGHTS = {
    "in the turn": 'const turn = add("bot", ""); const thought = add("thought", "Let me", turn);'
    ' await wait(600); thought.textContent += " see."; await wait(600); add("p", "Forty-two.", turn);',
    "drawn as a turn": 'const thought = add("bot thought", "Let me"); await wait(600);'
    ' thought.textContent += " see."; await wait(600); add("bot", "Forty-two.");',
    "round a turn": 'const thought = add("thought", ""); const inner = add("bot", "Let me", thought);'
    ' await wait(600); inner.textContent += " see."; await wait(600); add("bot", "Forty-two.");',
}


@pytest.mark.parametrize("script", THOUGHTS.values(), ids=THOUGHTS)
async def test_what_the_model_thinks_is_told_as_that(small: Any, talking: Any, script: str) -> None:
    """Thoughts come before the answer, as they are written, turn after turn; no word of them is answer."""
    small.script = script

    async with talking({"reasoning": ".thought"}) as connection:
        conversation = connection.conversation()
        for text in ("one", "two"):
            async with conversation.stream(text) as stream:
                events = [event async for event in stream]

            assert stream.response.content == "Forty-two."
            assert stream.response.reasoning == "Let me see."
            kinds = [type(event) for event in events if isinstance(event, ReasoningDelta | TextDelta)]
            assert kinds == sorted(kinds, key=[ReasoningDelta, TextDelta].index)


GROWS = (
    'const turn = add("bot", "One, "); await wait(100); works(false); await pressed(); works(true);'
    ' turn.textContent += "two, "; await wait(100); works(false); await pressed(); works(true);'
    ' turn.textContent += "three.";'
)
TURNED = (
    'const turn = add("bot", ""); let body = text;'
    " for (;;) { const { text: said } = await ask(body); "
    " for (const one of pieces(said)) turn.textContent += one;"
    ' if (!said.includes("cut")) break;'
    ' works(false); await pressed(); works(true); body = "go on"; }'
)


async def test_an_answer_goes_on_where_the_page_stops_it(small: Any, talking: Any) -> None:
    """The button is pressed each time, and what was told stays one answer, told once."""
    small.script = GROWS

    async with talking({"continue_button": "#more"}) as connection, connection.stream("count") as stream:
        events = [event async for event in stream]

    assert stream.response.content == "One, two, three."
    assert stream.response.metadata["continued"] == 2
    assert stream.response.finish_reason == "stop"
    assert not any(isinstance(event, TextReplaced) for event in events)


async def test_it_goes_on_so_often_at_most(small: Any, talking: Any) -> None:
    """Then the answer ends where the page stopped it, and says so."""
    small.script = GROWS

    async with talking({"continue_button": "#more"}, reading={"continues": 1}) as connection:
        response = await connection.send("count")

    assert response.content == "One, two,"
    assert (response.finish_reason, response.metadata["continued"]) == ("length", 1)


@pytest.mark.parametrize("end", ["said", "unsaid"])
async def test_what_goes_on_in_other_requests_is_one_answer(small: Any, talking: Any, end: str) -> None:
    """Read by the wire too: the requests that the button makes stand behind the first, without a seam."""
    small.script = TURNED
    last = 'data: {"cut": true}\n\n'
    small.replies = [
        (200, f'data: {{"text": "One "}}\n\n{last}'),
        (200, f'data: {{"text": "**two"}}\n\n{last}'),
        (200, 'data: {"text": "** three"}\n\ndata: {"end": true}\n\n'),
    ]
    rules = [{"text": "text"}]
    if end == "said":
        rules += [{"when": {"cut": True}, "done": True}, {"when": {"end": True}, "done": True}]  # type: ignore[dict-item]
    wire = {
        "url": "/say$",
        "method": "POST",
        "kind": "fetch-sse",
        "rules": rules,
        "end_is_done": end == "unsaid",
    }

    async with talking({"continue_button": "#more"}, wires=[wire]) as connection:
        response = await connection.send("count")

    assert response.content == "One **two** three"
    assert response.metadata["read_by"] == "wire"
    assert response.metadata["continued"] == 2
    assert small.asked == ["count", "go on", "go on"]


async def test_a_button_that_does_nothing_ends_the_answer(small: Any, talking: Any) -> None:
    """Where the page does not go on, what there is is the answer, cut at its limit."""
    small.script = 'add("bot", "One"); await wait(100); more.hidden = false;'

    timing = {"first_token": 240, "idle": 240, "settle": 0.4, "wire_grace": 0.5, "submit": 2}
    async with talking({"continue_button": "#more"}, timing=timing) as connection:
        response = await connection.send("count")

    assert response.content == "One"
    assert response.finish_reason == "length"
    assert "continued" not in response.metadata


EACH_ITS_OWN = """
const turn = add("bot", ""), said = add("said", "One, ", turn);
await wait(100);
works(false);
const button = add("more", "Continue", turn);
button.onclick = () => { said.textContent += `more of ${text}, `; };
"""


async def test_each_answer_goes_on_by_its_own_button(small: Any, talking: Any) -> None:
    """A button that stays under an earlier answer lets that one go on, and is not pressed for a later one."""
    small.script = EACH_ITS_OWN
    asked = {"continue_button": ".more", "response_area": ".said"}

    async with talking(asked, reading={"continues": 1}) as connection:
        conversation = connection.conversation()
        answers = [(await conversation.send(text)).content for text in ("first", "second")]

    assert answers == ["One, more of first,", "One, more of second,"]


MODELS = (
    'const models = document.createElement("select"); models.id = "models";'
    ' for (const [value, label] of [["a1", "Large"], ["a2", "Large Thinking"], '
    '["b", "Small"], ["c", "Secret"]])'
    " models.add(new Option(label, value)); models.options[3].disabled = true;"
    ' let model = "a1"; models.onchange = () => { model = models.value; }; document.body.prepend(models);'
)


async def test_a_model_is_chosen_in_the_browser_s_own_list(small: Any, talking: Any) -> None:
    """A `<select>` is read and set by what its items say, to the letter; what it locks is refused."""
    small.script = 'add("bot", "by " + model); }; ' + MODELS + " async () => { "

    async with talking(models={"select": "#models", "aliases": {"fast": "Small"}}) as connection:
        names = [one.id for one in await connection.list_models()]
        told = [(await connection.send("Hi", model=name)).content for name in ("Large Thinking", "fast")]
        with pytest.raises(ModelNotFound, match="'Larg'"):
            await connection.send("Hi", model="Larg")
        with pytest.raises(ModelLocked):
            await connection.send("Hi", model="Secret")

    assert names[:4] == ["Large", "Large Thinking", "Small", "Secret"]
    assert told == ["by a2", "by b"]


LATE_MODELS = (
    'const models = document.createElement("select"); models.id = "models"; models.disabled = true;'
    ' models.add(new Option("Choose a model", "")); models.options[0].disabled = true;'
    " document.body.prepend(models); setTimeout(() => { models.disabled = false;"
    ' for (const label of ["Large", "Small"]) models.add(new Option(label, label)); }, 1500);'
)


async def test_models_may_come_late(small: Any, talking: Any) -> None:
    """A list that the page has yet to fill is waited for; what only asks for a choice is no model."""
    small.setup, small.script = LATE_MODELS, 'add("bot", "by " + models.value);'

    async with talking(models={"select": "#models"}) as connection:
        names = [one.id for one in await connection.list_models()]
        response = await connection.send("Hi", model="Small")
        with pytest.raises(ModelNotFound, match="Known: 'Large', 'Small'") as caught:
            await connection.send("Hi", model="Medium")

    assert names == ["Large", "Small"]
    assert response.content == "by Small"
    assert caught.value.certainty is Certainty.NOT_SENT
