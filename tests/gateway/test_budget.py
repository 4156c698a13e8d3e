"""What a token may spend: more is refused before anybody is asked, and what nobody told is estimated."""

from __future__ import annotations

import json
import logging
import stat
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2
import openai
import pytest
from click.testing import CliRunner

from jackfield import (
    Certainty,
    ChatRequest,
    ChatResponse,
    ConfigError,
    ImagePart,
    Message,
    RateLimited,
    StreamEvent,
    TextDelta,
    TextPart,
    Tool,
    TransportError,
    Usage,
    UsageReported,
)
from jackfield_gateway import Budget, Token
from jackfield_gateway._answer import Answer
from jackfield_gateway._command import serve
from jackfield_gateway._counting import estimated_tokens
from jackfield_gateway._fault import Refusal
from jackfield_gateway._purse import Purse
from jackfield_gateway._spending import Spending, read_spending
from jackfield_gateway._spent import Spent, spent_on
from jackfield_playground import CodegenPlayground

from .conftest import TOKEN, Door, Opener, adding_agent
from .test_every_wire import STREAMS, WHOLE
from .test_guests import GUEST
from .test_openai_client import HELLO, until

pytestmark = pytest.mark.anyio


def asking(text: str, **details: Any) -> ChatRequest:
    """Return a question."""
    return ChatRequest(messages=[Message("user", text)], **details)


OWN = {"authorization": f"Bearer {TOKEN}"}
REQUEST = asking("eight chars each of them")
READ = estimated_tokens(REQUEST)
CODES = {
    "chat": (429, "insufficient_quota"),
    "responses": (429, "insufficient_quota"),
    "messages": (402, "billing_error"),
    "gemini": (429, "RESOURCE_EXHAUSTED"),
    "ollama": (429, "this token may spend"),
}


def at(*when: int) -> float:
    """Return a time in UTC."""
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[misc]


async def ask(door: Door, path: str, body: Any, token: str = GUEST) -> httpx2.Response:
    """Ask with the guest's token."""
    return await door.get(path, method="POST", json=body, headers={"authorization": f"Bearer {token}"})


async def status(door: Door) -> Any:
    """Return what the door's owner is told."""
    return (await door.get("/status", headers=OWN)).json()


def guest(tokens: int, **details: Any) -> dict[str, Any]:
    """Return a door's settings with a guest that has a budget."""
    return {"guests": [Token(GUEST, name="guest", budget=Budget(tokens))], "ollama": True, **details}


@pytest.mark.parametrize("wire", CODES)
async def test_what_is_over_is_refused_on_every_wire_before_anybody_is_asked(
    front: Opener, wire: str
) -> None:
    """In the words for a quota, not for a rate, and not to be tried again; another token goes on."""
    async with front(**guest(20)) as door:
        first = await ask(door, *WHOLE["chat"])
        over = [await ask(door, *(STREAMS if streamed else WHOLE)[wire]) for streamed in (True, False)]
        other = await ask(door, *WHOLE[wire], token=TOKEN)
        listed = await door.get("/v1/models", headers={"authorization": f"Bearer {GUEST}"})
        assert door.remote.posts() == 2
    assert [one.status_code for one in (first, other, listed)] == [200] * 3
    for refused in over:
        code, word = CODES[wire]
        assert (refused.status_code, refused.headers["x-should-retry"]) == (code, "false")
        assert "retry-after" not in refused.headers
        assert word in json.dumps(refused.json()["error"])
        assert "may spend 20 tokens of models a day, of which 0 are left" in refused.text


async def test_a_vendors_client_asks_once_and_says_what_is_used_up(front: Opener) -> None:
    """With its own retries it sends the one request, and its error has the vendor's code."""
    asked = []
    async with front(**guest(1), wrap=lambda app: partial(_noting, app, asked)) as door:
        with pytest.raises(openai.RateLimitError, match="the question has about 2") as failure:
            await door.ask(lambda c: c.chat.completions.create(model="gpt-4", messages=HELLO), api_key=GUEST)
    assert failure.value.code == "insufficient_quota"
    assert asked == ["/v1/chat/completions"]


async def _noting(app: Any, asked: list[str], scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        asked.append(scope["path"])
    await app(scope, receive, send)


async def test_what_was_told_counts_and_outlives_the_door(
    front: Opener, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The remote's own counts are written down for the owner alone, told without a word of what was said."""
    caplog.set_level(logging.DEBUG, "jackfield")
    file = tmp_path / "kept"
    async with front(**guest(1_000_000, threads_file=file)) as door:
        usage = (await ask(door, *WHOLE["chat"])).json()["usage"]["total_tokens"]
        vectors = {"model": "work/embedding-playground", "input": ["one two", "three"]}
        assert (await ask(door, "/v1/embeddings", vectors)).status_code == 200
        (budget,), (embedded, chat) = (await status(door))["budgets"], (await status(door))["requests"]
        page = (await door.get("/metrics", headers=OWN)).text
    assert (chat["caller"], chat["tokens"], chat["estimated"]) == ("guest", usage, 0)
    assert (embedded["tokens"], embedded["estimated"]) == (3, 0)
    assert (budget["caller"], budget["spent"], budget["estimated"]) == ("guest", usage + 3, 0)
    assert f'jackfield_gateway_tokens_total{{caller="guest",source="reported"}} {usage + 3}.0' in page
    async with front(**guest(usage + 3, threads_file=file)) as door:
        assert (await ask(door, *WHOLE["chat"])).status_code == 429
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [line for one in caplog.records if (line := one.getMessage()).startswith("gateway.")]
    assert any("gateway.asked" in line and "caller=guest" in line for line in lines)
    assert any(f"tokens={usage}" in line and "caller=guest" in line for line in lines)
    assert "hello" not in str([lines, budget, embedded, chat, file.read_bytes()])


async def test_an_agent_tells_nothing_and_is_estimated(front: Opener, agent: CodegenPlayground) -> None:
    """What nobody told is labelled as ours; whoever asks the same again gets its answer, and pays nothing."""
    body = {"model": "agent", "messages": [{"role": "user", "content": "tell me of cats"}]}
    async with front(adding_agent(agent), **guest(30)) as door:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, door, "/v1/chat/completions", body)
            await until(lambda: agent.state.runs_created == 1)
            tasks.cancel_scope.cancel()
        again = await ask(door, "/v1/chat/completions", body)
        (budget,) = (await status(door))["budgets"]
        over = await ask(door, *WHOLE["chat"])
        assert (agent.state.runs_created, door.remote.posts()) == (1, 0)
    assert (again.status_code, again.headers["x-jackfield-repeat"], over.status_code) == (
        200,
        "attached",
        429,
    )
    assert budget["spent"] == budget["estimated"] > 30


async def test_what_was_surely_not_acted_on_costs_nothing(front: Opener) -> None:
    """A refused question gives back what was set aside for it; one that was cut off does not."""
    async with front(**guest(1_000_000)) as door:
        door.remote.play("429")
        assert (await ask(door, *WHOLE["chat"])).status_code == 429
        unknown = {"model": "work", "input": "hello"}
        assert (await ask(door, "/v1/embeddings", unknown)).status_code >= 400
        (free,) = (await status(door))["budgets"]
        door.remote.play("cut")
        await ask(door, *STREAMS["chat"])
        (cut,) = (await status(door))["budgets"]
    assert free["spent"] == 0
    assert cut["spent"] == cut["estimated"] > estimated_tokens(asking("hello"))


def answered(*events: StreamEvent, usage: Usage | None = None, text: str = "", error: Any = None) -> Spent:
    """Return what is counted of an answer with these events."""
    answer = Answer()
    answer.asked, answer.error = True, error
    if text:
        answer.response = ChatResponse(parts=(TextPart(text),), usage=usage)
    answer._events.extend(events)
    return spent_on(REQUEST, answer)


async def test_what_is_told_goes_before_what_is_estimated() -> None:
    """Half a count is filled up with an estimate of the other half, and an early count with what came."""
    told, early = (
        Usage(input_tokens=7, output_tokens=5),
        UsageReported(Usage(input_tokens=7, output_tokens=1)),
    )
    assert answered(text="x" * 40, usage=told) == Spent(12, 0)
    assert answered(text="x" * 40, usage=Usage(output_tokens=5)) == Spent(READ + 5, READ)
    assert answered(text="x" * 40) == Spent(READ + 10, READ + 10)
    assert answered(
        text="x", usage=Usage(input_tokens=7, output_tokens=-9, output_source="estimated")
    ) == Spent(7, 0)
    assert answered(
        text="x", usage=Usage(input_tokens=7, output_tokens=9, output_source="estimated")
    ) == Spent(16, 9)
    assert answered(early, TextDelta("x" * 40)) == Spent(17, 10)
    assert answered(early) == Spent(8, 0)
    assert answered() == Spent(READ, READ)
    assert answered(error=TransportError("", certainty=Certainty.STARTED)) == Spent(READ, READ)
    assert answered(error=RateLimited("", certainty=Certainty.REJECTED)) == Spent()
    assert spent_on(REQUEST, Answer()) == Spent()


def test_an_estimate_has_pictures_and_tools_in_it() -> None:
    """A picture counts as a large one; what a tool is described with is read, too."""
    picture = Message("user", [ImagePart(b"\x89PNG" * 9000, "image/png")])
    assert estimated_tokens(ChatRequest(messages=[picture])) == 1600
    tools = [Tool("look_up", "Look a word up.", {"type": "object", "properties": {"word": {}}})]
    assert estimated_tokens(asking("x", tools=tools)) > 10


async def test_a_question_is_written_down_before_it_is_asked(tmp_path: Path) -> None:
    """A door that dies meanwhile has counted its estimate; what it was in truth replaces that."""
    file = tmp_path / "kept"
    purse = Purse("guest", Budget(100), Spending(file), clock=lambda: at(2026, 11, 27))
    async with purse.paying(lambda: 60, lambda: Spent(10, 3)):
        assert read_spending(file) == {("guest", "2026-11-27"): Spent(60, 60)}
        with pytest.raises(Refusal, match="of which 40 are left; the question has about 60"):
            async with purse.paying(lambda: 60, lambda: pytest.fail("it was asked")):
                pytest.fail("it was asked")
    assert read_spending(file) == {("guest", "2026-11-27"): Spent(10, 3)}


@pytest.mark.parametrize("kept", [True, False])
async def test_it_begins_anew_with_the_next_day_or_month(tmp_path: Path, kept: bool) -> None:
    """By UTC's calendar; an answer that takes over midnight is of the day on which it was asked."""
    now = at(2026, 12, 30, 23, 59)
    book = Spending(tmp_path / "kept" if kept else None)
    day, month = (Purse("guest", Budget(100, period), book, clock=lambda: now) for period in ("day", "month"))

    async def spend(purse: Purse, tokens: int) -> bool:
        try:
            async with purse.paying(lambda: tokens, lambda: Spent(tokens)):
                return True
        except Refusal:
            return False

    async with day.paying(lambda: 1, lambda: Spent(50)):
        now = at(2026, 12, 31)
    assert (await spend(day, 60), await spend(day, 60)) == (True, False)
    assert (await month.told() or {})["spent"] == 110
    assert not await spend(month, 1)
    now = at(2027, 1, 1)
    assert await spend(month, 60)
    told = await month.told()
    assert told == {
        "caller": "guest",
        "tokens": 100,
        "period": "month",
        "spent": 60,
        "estimated": 0,
        "begins_anew": "2027-02-01",
    }


async def test_a_file_that_fails_opens_no_purse(tmp_path: Path) -> None:
    """What is known in memory counts then, with what was in the file when the door was opened."""
    file, now = tmp_path / "kept", lambda: at(2026, 11, 27)
    for spent in (60, 30):
        purse = Purse("guest", Budget(100), Spending(file), clock=now)
        async with purse.paying(lambda: 1, partial(Spent, spent)):
            pass
        if spent == 30:
            file.write_text("no database any more, and long enough to be seen as none" * 30)
    with pytest.raises(Refusal, match="of which 10 are left"):
        async with purse.paying(lambda: 20, Spent):
            pass
    with pytest.raises(ConfigError, match="cannot be read"):
        read_spending(file)
    assert read_spending(tmp_path / "none") == {}


async def test_who_waits_for_an_answer_that_nobody_is_asked_for_is_told_so() -> None:
    """A reader beside the one that was refused gets the same refusal, and does not wait."""
    answer, refusal = Answer(), Refusal("quota", "used up")
    async with anyio.create_task_group() as tasks:
        with anyio.fail_after(10):
            tasks.start_soon(answer.wait)
            await anyio.lowlevel.checkpoint()
            answer.close(refusal)
    with pytest.raises(Refusal, match="used up"):
        answer.good()
    assert not answer.may_be_given_again


@pytest.mark.parametrize("given", ["editor", "own=0/day", "own=5", "own=5/year", "own=x/day", "=5/day"])
def test_a_budget_that_makes_no_sense(given: str) -> None:
    """It is told with how it is written."""
    ran = CliRunner().invoke(serve, ["--budget", given])
    assert isinstance(ran.exception, ConfigError)
    assert "Write --budget editor=200000/day" in str(ran.exception)
    with pytest.raises(ConfigError, match="makes no sense"):
        Budget(0)


def test_a_budget_of_no_token_is_told(tmp_path: Path) -> None:
    """A misspelt name is told before anything is opened, with what was probably meant."""
    config, token = tmp_path / "jackfield.toml", tmp_path / "token"
    config.write_text('[connections.work]\nprovider = "openai_api"\npreset = "openai"\n')
    told = ["--guest", "editor=work", "--budget", "edtor=5/day", "--config", str(config)]
    ran = CliRunner().invoke(serve, [*told, "--token-file", str(token)])
    assert isinstance(ran.exception, ConfigError)
    assert "--budget names 'edtor', which is no token" in str(ran.exception)
    assert "editor" in str(ran.exception)
    assert not token.exists()
