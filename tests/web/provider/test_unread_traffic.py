"""What the page's requests say of an answer that is read from the page: no wire of its Site reads them."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Certainty, ProviderError, ProviderUnavailable, RateLimited, StreamInterrupted

pytestmark = pytest.mark.anyio

ASKS = """async ({ data: [url, body] }) => {
  const answer = fetch(url, { method: "POST", body }).then((response) => response.text());
  const said = await answer.catch(() => "broken");"""
WORKER = """
const source = `onmessage = ASKS postMessage(said); }`;
const worker = new Worker(URL.createObjectURL(new Blob([source])));
const askThere = (text) => new Promise((done) => {
  worker.onmessage = ({ data }) => done(data);
  worker.postMessage([location.origin + "/say", text]);
});""".replace("ASKS", ASKS)
"""What lets a page ask its remote in a worker."""
SSE, LINES, JSON = "text/event-stream", "application/x-ndjson", "application/json"
HALF = 'data: {"text": "Half of"}\n\n'
LIMIT = '{"error": {"code": 429, "message": "slow down"}}'
ENDED = 'data: {"type": "done"}\n\ndata: [DONE]\n\n'
DOWN = 'event: error\ndata: {"message": "overloaded"}\n\n'
UNREAD = [{"url": "/say$", "kind": "none"}]


@pytest.mark.parametrize(
    ("kind", "reply", "error"),
    [
        (SSE, f"{HALF}data: {LIMIT}\n\n", RateLimited),
        (SSE, f"{HALF}data: {LIMIT}\n\n{ENDED}", RateLimited),
        (SSE, HALF + DOWN, ProviderUnavailable),
        (LINES, f'{{"text": "Half of"}}\n{LIMIT}\n', RateLimited),
        (JSON, LIMIT, RateLimited),
        ("text/plain", '0:"Half of"\n3:"overloaded"\n', ProviderUnavailable),
    ],
    ids=["a key", "an end behind it", "an event", "a line", "a body", "a line with a prefix"],
)
async def test_an_error_in_the_place_of_the_rest_is_told(
    small: Any, talking: Any, kind: str, reply: str, error: type[ProviderError]
) -> None:
    """A page may draw half an answer, or the error, as it draws an answer: what its remote said counts."""
    small.script = 'await ask(text); add("bot", "Half of");'
    small.replies, small.reply_kind = [(200, reply)], kind

    # As nobody names it, or as the Site says that it is not read.
    async with talking(wires=UNREAD if reply.endswith(DOWN) else []) as connection:
        with pytest.raises(error, match="the page's remote failed") as caught:
            await connection.send("Hello")

    assert (caught.value.partial, caught.value.certainty) == ("Half of", Certainty.STARTED)
    assert small.asked == ["Hello"]


async def test_an_error_that_a_worker_is_told_is_one_too(small: Any, talking: Any) -> None:
    """What a page has a worker ask for it may draw as an answer as well."""
    small.setup, small.script = WORKER, 'await askThere(text); add("bot", "Half of");'
    small.replies = [(200, f"{HALF}data: {LIMIT}\n\n")]

    async with talking() as connection:
        with pytest.raises(RateLimited, match="the page's remote failed"):
            await connection.send("Hello")


@pytest.mark.parametrize(
    ("script", "replies"),
    [
        ("await ask(text)", [(200, f'data: {LIMIT}\n\n{HALF}data: {{"text": " it all"}}\n\n')]),
        ("await ask(text); await ask(text)", [(200, f"data: {LIMIT}\n\n"), (200, HALF)]),
        ("await Promise.all([ask(text), ask(text)])", [(200, HALF), (200, f"data: {LIMIT}\n\n")]),
    ],
    ids=["it goes on in the stream", "it is asked again", "another is asked beside it"],
)
async def test_an_error_beside_an_answer_is_none(
    small: Any, talking: Any, script: str, replies: list[tuple[int, str]]
) -> None:
    """Where the remote goes on, or what else took the message along is whole, the page shows the answer."""
    small.script = f'{script}; add("bot", "All of it");'
    small.replies = [*replies]

    async with talking() as connection:
        answer = await connection.send("Hello")

    assert answer.content == "All of it"


SERVICE = f"""self.oninstall = () => self.skipWaiting();
self.onactivate = (event) => event.waitUntil(clients.claim());
const ask = {ASKS}
}};
self.onmessage = (event) => event.waitUntil(ask(event));"""
REGISTERS = """
navigator.serviceWorker.register("/service.js");
const askThere = async (text) => {
  (await navigator.serviceWorker.ready).active.postMessage([location.origin + "/say", text]);
  await wait(1000);
};"""


@pytest.mark.parametrize("setup", [WORKER, REGISTERS], ids=["its own", "a service worker"])
async def test_half_an_answer_that_a_worker_got_is_told_as_cut(small: Any, talking: Any, setup: str) -> None:
    """Where a worker's request with the message broke off, what the page shows then is no whole answer."""
    small.setup, small.script = setup, 'await askThere(text); add("bot", "Half of");'
    small.scripts = {"/service.js": SERVICE}
    small.replies, small.missing = [(200, HALF)], 10

    async with talking() as connection:
        with pytest.raises(StreamInterrupted, match="broke off before the answer was complete") as caught:
            await connection.send("Hello")

    assert (caught.value.partial, caught.value.certainty) == ("Half of", Certainty.STARTED)
    assert small.asked == ["Hello"]


async def test_an_answer_that_a_worker_asks_for_once_more_is_whole(small: Any, talking: Any) -> None:
    """A worker that takes the answer up where it broke off has all of it."""
    small.setup = WORKER
    small.script = 'await askThere(text); await askThere("where it broke off"); add("bot", "All of it");'
    small.replies, small.missing, small.missing_once = [(200, HALF)], 10, True

    async with talking() as connection:
        answer = await connection.send("Hello")

    assert answer.content == "All of it"
