"""What a page tells others of a message may be refused, and the message be answered: it must not go again."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Certainty, ChallengeRequired, QuotaExhausted, RateLimited, SubmissionUncertain
from jackfield_web import PageChanged

pytestmark = pytest.mark.anyio

ASKS = """async ({ data: [url, body] }) => {
  const response = await fetch(url, { method: "POST", body });
  postMessage(await response.text());
}"""
WORKER = f"""
const worker = new Worker(URL.createObjectURL(new Blob([`onmessage = {ASKS}`])));
const askThere = (text) => new Promise((done) => {{
  worker.onmessage = ({{ data }}) => done(data);
  worker.postMessage([location.origin + "/say", text]);
}});"""
"""What lets a page send its message in a worker."""
NOTED = [(200, "All of it"), (429, "")]


async def test_an_answer_that_a_worker_got_is_one_though_a_note_of_it_was_refused(
    small: Any, talking: Any
) -> None:
    """What holds the message and was taken is the message; what was refused is not."""
    small.setup = WORKER
    small.script = "const told = await askThere(text); await ask(`noted: ${text}`); add('bot', told);"
    small.replies = [*NOTED]

    async with talking(options={"max_retries": 2}) as connection:
        answer = await connection.send("Hello there, remote")

    assert answer.content == "All of it"
    assert small.asked == ["Hello there, remote", "noted: Hello there, remote"]


@pytest.mark.parametrize(
    ("setup", "certainty"),
    [
        ("", Certainty.REJECTED),
        ("new Worker('/worker.js');", Certainty.UNKNOWN),
        ("new SharedWorker('/worker.js');", Certainty.UNKNOWN),
    ],
    ids=["nobody else", "a worker", "a shared worker"],
)
async def test_a_refusal_where_nobody_hears_all(
    small: Any, talking: Any, setup: str, certainty: Certainty
) -> None:
    """A worker may have sent the message by a socket of its own: then it is not sent again."""
    small.setup, small.script = setup, "await wait(200); await ask(text);"
    small.scripts = {"/worker.js": "1"}
    small.replies = [(429, "")]

    async with talking() as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("Hello there, remote")

    assert caught.value.certainty is certainty


GROWS = """
await ask(text);
const bot = add("bot", "All");
for (const word of [" of", " it", " is", " here"]) { await wait(500); bot.textContent += word; }"""


async def test_an_answer_that_grows_after_a_refusal_is_one(small: Any, talking: Any) -> None:
    """What is written on was not refused, where a worker may have sent the message."""
    small.setup, small.script = "new SharedWorker('/worker.js');", GROWS
    small.scripts = {"/worker.js": "1"}
    small.replies = [(429, "")]

    async with talking() as connection:
        answer = await connection.send("Hello there, remote")

    assert answer.content == "All of it is here"


async def test_words_for_a_refusal_that_grow_are_none(small: Any, talking: Any) -> None:
    """Where nothing else can have sent it, a page writes its words for the refusal as it writes answers."""
    small.script, small.replies = GROWS, [(429, "")]

    async with talking() as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("Hello there, remote")

    assert caught.value.certainty is Certainty.REJECTED


async def test_a_message_that_was_taken_is_not_refused_where_its_answer_is_asked_for(
    small: Any, talking: Any
) -> None:
    """A page that stores the message first has stored it, though the answer is refused."""
    small.script = "await ask(text); await fetch('/complete', { method: 'POST' });"
    small.replies = [(200, ""), (429, "")]

    async with talking(
        wires=[{"url": "/complete$", "kind": "fetch-sse", "rules": [{"text": "text"}]}]
    ) as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("Hello there, remote")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert small.asked == ["Hello there, remote", ""]


# Its turns are shown when they are answered; the second question goes as WAY has it, and nothing shows it.
KEEPS_WITH_THE_ANSWER = """
if (localStorage.thread) { list.lastChild.remove(); works(false); WAY; return; }
add("bot", "About it");
localStorage.thread = JSON.stringify([["user", text], ["bot", "About it"]]);
history.pushState({}, "", "/c/one");"""
SHOWS_WHAT_IS_KEPT = 'for (const [who, said] of JSON.parse(localStorage.thread || "[]")) add(who, said);'
PACKED = """
const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
await ask(await new Response(packed).arrayBuffer())"""


@pytest.mark.parametrize(
    ("way", "error", "certainty"),
    [
        ("", PageChanged, Certainty.NOT_SENT),
        (PACKED, SubmissionUncertain, Certainty.UNKNOWN),
        ("new Worker('/worker.js')", SubmissionUncertain, Certainty.UNKNOWN),
    ],
    ids=["nothing", "what nobody can read", "what nobody hears"],
)
async def test_what_is_not_in_its_conversation_may_have_left_unseen(
    small: Any, talking: Any, way: str, error: type[Exception], certainty: Certainty
) -> None:
    """A remote that keeps a message with its answer has it, though its page, opened again, shows none."""
    small.setup, small.script = SHOWS_WHAT_IS_KEPT, KEEPS_WITH_THE_ANSWER.replace("WAY", way)
    small.scripts = {"/worker.js": "1"}
    more = {"addresses": {"conversation": "{base_url}/c/(?P<id>[a-z]+)"}, "timing": {"submit": 2}}

    async with talking(**more) as connection:
        conversation = connection.conversation()
        await conversation.send("What is the sea?")
        with pytest.raises(error) as caught:
            await conversation.send("Tell me of horses")

    assert caught.value.certainty is certainty
    assert len(small.asked) == (way == PACKED)


async def test_the_last_answer_before_a_limit_is_read(small: Any, talking: Any) -> None:
    """A page that is at work while it tells of its limit has one more answer."""
    small.script = "add('limit', '0 messages left'); await wait(2500); add('bot', 'All of it');"

    async with talking(selectors={"limit_banner": ".limit"}) as connection:
        answer = await connection.send("Hello there, remote")

    assert answer.content == "All of it"


async def test_a_message_that_is_under_way_may_be_the_last_before_a_limit(small: Any, talking: Any) -> None:
    """A page may tell of its limit as soon as the last message left, and show no work before its answer."""
    small.script = """
add('limit', 'The last one');
works(false);
await ask(text);
works(true);
await wait(300);
add('bot', 'All of it');
await wait(300);"""
    small.late = 3.0

    async with talking(selectors={"limit_banner": ".limit"}) as connection:
        answer = await connection.send("Hello there, remote")

    assert answer.content == "All of it"


@pytest.mark.parametrize("asks", [True, False], ids=["asked", "not asked"])
async def test_a_page_s_word_of_its_limit_rejects_only_what_did_not_leave(
    small: Any, talking: Any, asks: bool
) -> None:
    """What the remote took it may have acted on, whatever its page says then."""
    small.script = f"works(false); {'await ask(text);' if asks else ''} add('limit', 'Nothing left');"

    async with talking(selectors={"limit_banner": ".limit"}) as connection:
        with pytest.raises(QuotaExhausted) as caught:
            await connection.send("Hello there, remote")

    assert (caught.value.certainty is Certainty.REJECTED) is not asks
    assert len(small.asked) == asks


async def test_a_challenge_while_the_page_works_rejects_nothing(small: Any, talking: Any) -> None:
    """The page may be at work on the message already."""
    small.script = "add('proof', 'Are you a person?'); await wait(9000);"

    async with talking(selectors={"challenge": ".proof"}) as connection:
        with pytest.raises(ChallengeRequired) as caught:
            await connection.send("Hello there, remote")

    assert caught.value.certainty is Certainty.STARTED
