"""What a page's traffic says of failure and end, whatever the page makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    MalformedResponse,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RunFailed,
    StreamInterrupted,
)

pytestmark = pytest.mark.anyio
WIRE = {
    "url": "/say$",
    "kind": "fetch-sse",
    "rules": [
        {"text": "text"},
        {"when": {"$": "[DONE]"}, "done": True},
        {"when": {"why": "known"}, "error": "failed"},
    ],
}
SHOWS = 'await ask(text); add("bot", "Half of");'
HALF = 'data: {"text": "Half of"}\n\n'
DONE = "data: [DONE]\n\n"


def lines(*events: str) -> str:
    """Return a body of events as one that has them in lines."""
    return "".join(event.removeprefix("data: ").replace("\n\n", "\n") for event in events)


@pytest.mark.parametrize(
    ("wire", "said", "kind"),
    [
        ({}, HALF + 'data: {"error": {"message": "Boom"}}\n\n' + DONE, RunFailed),
        ({}, HALF + 'event: error\ndata: {"message": "Boom", "code": 429}\n\n' + DONE, RateLimited),
        (
            {"end_is_done": True},
            HALF + 'data: {"type": "error", "error": {"type": "overloaded_error", "message": "Boom"}}\n\n',
            ProviderUnavailable,
        ),
        ({"kind": "ndjson", "end_is_done": True}, lines(HALF, 'data: {"detail": "Boom"}\n\n'), RunFailed),
        (
            {"kind": "ndjson"},
            lines(HALF, 'data: {"why": "known", "failed": "Boom: no quota left"}\n\n'),
            QuotaExhausted,
        ),
    ],
)
async def test_half_an_answer_with_an_error_is_that_error(
    small: Any, talking: Any, wire: dict[str, Any], said: str, kind: type[ProviderError]
) -> None:
    """The error keeps what was told and what the remote said; the message went once."""
    small.script, small.replies = SHOWS, [(200, said)]
    async with talking(wires=[{**WIRE, **wire}]) as connection:
        with pytest.raises(kind, match="the page's remote failed: Boom") as caught:
            await connection.send("Hello")

    assert type(caught.value) is kind
    assert (caught.value.partial, caught.value.certainty) == ("Half of", Certainty.STARTED)
    assert small.asked == ["Hello"]


async def test_a_list_in_lines_that_is_not_closed_was_cut(small: Any, talking: Any) -> None:
    """A body that ends well before the end of its list is no whole answer, though its end alone is enough."""
    small.script, small.replies = SHOWS, [(200, "[\n" + lines(HALF))]
    async with talking(wires=[{**WIRE, "kind": "ndjson", "end_is_done": True}]) as connection:
        with pytest.raises(StreamInterrupted, match="cut off") as caught:
            await connection.send("Hello")

    assert caught.value.partial == "Half of"


async def test_an_error_before_a_page_calls_its_answer_complete_is_told(small: Any, talking: Any) -> None:
    """Where no end of the traffic says anything, the page's word does not make half an answer whole."""
    small.script, small.replies = SHOWS, [(200, HALF + 'data: {"error": "Boom"}\n\n')]
    async with talking(wires=[{**WIRE, "standing": True}]) as connection:
        with pytest.raises(RunFailed, match="Boom") as caught:
            await connection.send("Hello")

    assert caught.value.partial == "Half of"


async def test_a_page_that_asks_again_after_an_error_is_waited_for(small: Any, talking: Any) -> None:
    """An error that no rule names, at the traffic's end, is no end while the page tries again."""
    small.script = "await ask(text); await wait(200); " + SHOWS
    small.replies = [
        (200, HALF + 'data: {"error": "Boom"}\n\n'),
        (200, HALF + 'data: {"text": " it"}\n\n' + DONE),
    ]
    async with talking(wires=[WIRE]) as connection:
        answer = await connection.send("Hello")

    assert answer.content == "Half of it"


async def test_an_answer_that_speaks_of_errors_is_whole(small: Any, talking: Any) -> None:
    """What stands in its text, or in a tool's result, is no error of the answer."""
    said = r'data: {"text": "{\"error\": \"Boom\"}"}' + '\n\ndata: {"type": "tool", "error": "exit 1"}\n\n'
    small.script, small.replies = SHOWS, [(200, said + DONE)]
    async with talking(wires=[WIRE]) as connection:
        answer = await connection.send("Hello")

    assert answer.content == '{"error": "Boom"}'


NOTES = 'await ask(text); add("alert", "Something went wrong");'


@pytest.mark.parametrize("wires", [[WIRE], []], ids=["by its wire", "by the message"])
async def test_a_refusal_tells_more_than_the_page_s_note_of_it(small: Any, talking: Any, wires: Any) -> None:
    """Where the remote refused the message, that is the error: its kind, and that nothing was done."""
    small.script, small.replies = NOTES, [(429, "")]
    async with talking({"error": ".alert"}, wires=wires) as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.REJECTED
    assert small.asked == ["Hello"]


async def test_a_page_at_work_may_send_what_was_refused_again(small: Any, talking: Any) -> None:
    """So a refusal that it notes is no promise that nothing will be done: nobody else may send it again."""
    small.script, small.replies = f"works(true); {NOTES} await wait(30000);", [(429, "")]
    async with talking({"error": ".alert"}, wires=[WIRE]) as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert small.asked == ["Hello"]


async def test_an_error_of_the_wire_tells_more_than_the_page_s_note_of_it(small: Any, talking: Any) -> None:
    """The remote's error is told with its words, though no rule names it, and what was told before."""
    small.replies = [(200, HALF + 'event: error\ndata: {"message": "Boom", "code": 429}\n\n')]
    small.script = f"works(true); {NOTES} await wait(30000);"
    async with talking({"error": ".alert"}, wires=[WIRE]) as connection:
        with pytest.raises(RateLimited, match="the page's remote failed: Boom") as caught:
            await connection.send("Hello")

    assert (caught.value.partial, caught.value.certainty) == ("Half of", Certainty.STARTED)


async def test_the_wire_tells_the_end_of_an_answer_that_the_page_tells(small: Any, talking: Any) -> None:
    """Where no rule finds the text, what the remote says of its end is still taken from the wire."""
    end = {"when": {"end": True}, "done": True, "finish_reason": "why", "usage": "count", "model": "by"}
    said = {
        "end": True,
        "why": "length",
        "by": "small-1",
        "count": {"promptTokens": 3, "completionTokens": 9},
    }
    small.script, small.replies = SHOWS, [(200, f"data: {json.dumps(said)}\n\n")]
    async with talking(wires=[{**WIRE, "rules": [end]}]) as connection:
        answer = await connection.send("Hello")

    assert (answer.content, answer.metadata["read_by"]) == ("Half of", "observer")
    assert (answer.finish_reason, answer.provider_finish_reason, answer.model) == (
        "length",
        "length",
        "small-1",
    )
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 9)


SPEAKS_FIRST = """
const asked = ask(text), bot = add("bot", "The sea");
try { bot.textContent = JSON.parse((await asked).text).all; } catch {}"""
ONE_BODY = {"url": "/say$", "kind": "json", "rules": [{"text": "all", "done": True}]}
ALL_IS_TEXT = {"url": "/say$", "kind": "text", "end_is_done": True}
LOGIN = "<!DOCTYPE html><html><title>Log in</title><input type=password></html>"
SOON = {"first_token": 30, "idle": 15, "settle": 0.4, "wire_grace": 0.5}


async def test_one_body_says_the_end_of_what_the_page_told_first(small: Any, talking: Any) -> None:
    """Where the page draws an answer before its body is there, and no sign of its end, the body is one."""
    small.script, small.replies, small.late = SPEAKS_FIRST, [(200, '{"all": "The sea is deep"}')], 3.0
    async with talking({"stop_button": "#never"}, wires=[ONE_BODY], timing=SOON) as connection:
        answer = await connection.send("Hello")

    assert answer.content == "The sea is deep"


async def test_one_body_that_is_cut_cuts_what_the_page_told_first(small: Any, talking: Any) -> None:
    """Half an answer that the page drew before its body broke off is not whole, whatever the page shows."""
    small.script, small.replies, small.late = SPEAKS_FIRST, [(200, '{"all": "The sea is')], 3.0
    small.missing = 10
    async with talking(wires=[ONE_BODY]) as connection:
        with pytest.raises(StreamInterrupted, match="broke off") as caught:
            await connection.send("Hello")

    assert (caught.value.partial, caught.value.certainty) == ("The sea", Certainty.STARTED)
    assert small.asked == ["Hello"]


@pytest.mark.parametrize(
    ("wire", "reply", "what"),
    [
        (WIRE, (204, ""), "the HTTP status 204 and an empty body"),
        (WIRE, (200, "<p>Log in, please</p>"), "the HTTP status 200 and text/html"),
        (ONE_BODY, (200, LOGIN), "the HTTP status 200 and text/html"),
        (ALL_IS_TEXT, (200, LOGIN), "the HTTP status 200 and text/html"),
    ],
)
async def test_what_came_in_place_of_an_answer_is_told(
    small: Any, talking: Any, wire: dict[str, Any], reply: tuple[int, str], what: str
) -> None:
    """Where a request told nothing, or a login, and is over, and the page draws nothing, nobody waits."""
    small.script, small.replies = "await ask(text);", [reply]
    small.reply_kind = "text/html; charset=utf-8" if reply[1] else "text/event-stream"
    async with talking(wires=[wire], timing=SOON) as connection:
        with pytest.raises(MalformedResponse, match=what) as caught:
            await connection.send("Hello")

    assert caught.value.certainty in {Certainty.UNKNOWN, Certainty.STARTED}
    assert "Log in" not in str(caught.value)
    assert small.asked == ["Hello"]


@pytest.mark.parametrize("wire", [WIRE, ONE_BODY, ALL_IS_TEXT, {"url": "/say$", "kind": "none"}])
async def test_an_answer_that_leads_to_the_login_is_told_as_one(
    small: Any, talking: Any, wire: dict[str, Any]
) -> None:
    """Where the remote sends the page's request on to its login, it refused the message for want of one."""
    small.script, small.replies = "await ask(text);", [(303, "/login")]
    there = {"login": "{base_url}/login"}
    async with talking(wires=[wire], timing=SOON, addresses=there) as connection:
        with pytest.raises(AuthenticationRequired, match="sent on to the login page") as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.REJECTED
    assert small.asked == ["Hello"]


async def test_an_answer_that_comes_by_what_no_site_names_is_waited_for(small: Any, talking: Any) -> None:
    """While the page works, a request that told nothing is no end: what the page draws then is the answer."""
    small.script = 'await ask(text); await wait(12000); add("bot", "The sea is deep");'
    small.replies = [(204, "")]
    async with talking(wires=[WIRE]) as connection:
        answer = await connection.send("Hello")

    assert answer.content == "The sea is deep"


async def test_an_answer_that_its_remote_calls_a_page_is_whole(small: Any, talking: Any) -> None:
    """Servers call `text/html` whatever nobody named: what does not begin as a document is the answer."""
    small.script, small.replies = 'add("bot", (await ask(text)).text);', [(200, "<b>The sea</b>")]
    small.reply_kind = "text/html"
    async with talking(wires=[ALL_IS_TEXT]) as connection:
        answer = await connection.send("Hello")

    assert answer.content == "<b>The sea</b>"
