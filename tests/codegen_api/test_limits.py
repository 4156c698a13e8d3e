"""What the API wants us to wait: its published limits, and what it says when it has had enough."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    ChatRequest,
    ConnectionLost,
    ProviderError,
    RateLimited,
    SubmissionUncertain,
    TextDelta,
)
from jackfield_codegen_api import CodegenOptions
from jackfield_codegen_api._client import CodegenClient
from jackfield_codegen_api._provider import CodegenProvider
from jackfield_codegen_api._submission import Submitter

pytestmark = pytest.mark.anyio

HAIR = 1e-6
"""Seconds by which an event loop may wake somebody early: its clock has a grain."""


def client_of(remote: Any) -> CodegenClient:
    client = CodegenClient(remote)
    client.org_id = 323
    return client


def most_in_a_window(starts: list[float], period: float) -> int:
    return max(sum(0 <= other - start < period - HAIR for other in starts) for start in starts)


async def test_new_runs_and_resumptions(remote: Any) -> None:
    """At most 8 of the 10 that the API takes in a minute are started or resumed, and none is given up."""
    client = client_of(remote)
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(client.create if number % 2 else client.resume, {}, "It may exist.")

    starts = sorted(remote.times("run") + remote.times("resume"))
    assert len(starts) == 20
    assert most_in_a_window(starts, 60.0) == 8
    assert starts[7] == starts[0]


async def test_looks(remote: Any) -> None:
    """However many runs are followed, their log is read at most 48 times a minute."""
    options = CodegenOptions(poll_start=0.1, poll_longest=1.0)
    provider = CodegenProvider(client_of(remote), options)

    async def follow(number: int) -> None:
        async with provider.attach(str(number)) as events:
            async for _ in events:
                pass

    with anyio.move_on_after(300):
        async with anyio.create_task_group() as tasks:
            for number in range(30):
                tasks.start_soon(follow, number)

    looks = remote.times("logs")
    assert most_in_a_window(looks, 60.0) == 48
    assert len(looks) >= 4 * 48


async def test_health_does_not_queue_behind_looks(remote: Any) -> None:
    """While 100 looks wait for the limit, a health check goes first; the whole limit still holds."""
    client = client_of(remote)
    provider = CodegenProvider(client, CodegenOptions(org_id=323))
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(client.run, 1)
        await anyio.sleep(1)
        waited_since = anyio.current_time()
        for _ in range(5):
            await provider.check_health()
        assert anyio.current_time() == waited_since

    reads = [time for _, time in remote.asked]
    assert len(reads) == 105
    assert most_in_a_window(reads, 30.0) <= 60


@pytest.mark.parametrize("told", [20.0, None])
async def test_wait_that_a_look_is_told(remote: Any, told: float | None) -> None:
    """P1: what a refused look is told to wait is waited before the next one; the run goes on meanwhile."""
    refusals = [RateLimited("too fast", retry_after=told)]

    def answers(method: str, path: str) -> Any:
        if path.endswith("logs") and refusals:
            raise refusals.pop()
        return {"id": 1, "status": "COMPLETE", "result": "Hello", "logs": []}

    remote.answers = answers
    provider = CodegenProvider(client_of(remote), CodegenOptions(poll_start=1.0, poll_longest=1.0))
    async with provider.stream(ChatRequest(messages="Hello")) as events:
        texts = [event.text async for event in events if isinstance(event, TextDelta)]

    refused, next_one = remote.times("logs")
    assert texts == ["Hello"]
    assert next_one - refused >= (told or 0)
    assert (next_one - refused < 2) == (told is None)


@pytest.mark.parametrize(
    ("complaints", "outcome"), [(4, "Hello"), (5, "run 1: Codegen reports an error: Provider overloaded")]
)
async def test_looks_that_bring_an_error_object(remote: Any, complaints: int, outcome: str) -> None:
    """F14: an error object with status 200 in place of a run is a failed look, of which four may pass."""
    complaint = {"error": "Provider overloaded"}
    pages = [{"id": 1}, *[complaint] * complaints, {"id": 1, "status": "COMPLETE", "result": "Hello"}]
    answers = iter([{**page, "logs": []} for page in pages])
    remote.answers = lambda method, path: next(answers, {"id": 1})
    provider = CodegenProvider(client_of(remote), CodegenOptions())
    seen = []
    async with provider.stream(ChatRequest(messages="Hello")) as events:
        try:
            seen += [event.text async for event in events if isinstance(event, TextDelta)]
        except ProviderError as error:
            seen.append(f"run {error.handle}: {error.message}")

    assert seen == [outcome]


async def test_wait_that_is_too_long(remote: Any) -> None:
    """P3: a look that is to come back after more than the cap is the error, with the run's handle."""

    def answers(method: str, path: str) -> Any:
        if method == "GET":
            raise RateLimited("too fast", retry_after=3600.0)
        return {"id": 7}

    remote.answers = answers
    provider = CodegenProvider(client_of(remote), CodegenOptions())
    async with provider.stream(ChatRequest(messages="Hello")) as events:
        with pytest.raises(RateLimited) as caught:
            async for _ in events:
                pass

    assert (caught.value.handle, caught.value.retry_after) == ("7", 3600.0)
    assert len(remote.asked) == 2


@pytest.mark.parametrize(("told", "looks"), [(50.0, 4), (3600.0, 1)])
async def test_wait_while_a_lost_run_is_looked_for(remote: Any, told: float, looks: int) -> None:
    """A look for a lost run obeys what it is told too; where that is too much, it is given up."""
    refusals = [RateLimited("too fast", retry_after=told)]

    def answers(method: str, path: str) -> Any:
        if method == "POST":
            raise ConnectionLost("lost")
        if refusals:
            raise refusals.pop()
        return {"items": []}

    remote.answers = answers
    submitter = Submitter(client_of(remote), CodegenOptions())
    with pytest.raises(SubmissionUncertain, match="looking did not tell"):
        await submitter.submit(ChatRequest(messages="Hello"))

    asked = remote.times("runs")
    assert len(asked) == looks
    assert looks == 1 or asked[1] - asked[0] >= told


@pytest.mark.parametrize(("behind", "found"), [(0.0, True), (100.0, True), (130.0, False)])
async def test_clocks_of_the_api(remote: Any, behind: float, found: bool) -> None:
    """Runs from machines of the API whose clock is up to two minutes behind are looked through as well."""

    def page(skip: int) -> list[dict[str, Any]]:
        ahead = 3600 if skip < 100 else 3600 - behind
        created = f"2026-01-01T{int(ahead) // 3600:02}:{int(ahead) % 3600 // 60:02}:{ahead % 60:02.0f}Z"
        metadata = {"key": "ours"} if skip == 200 else {}
        return [{"id": skip + i, "created_at": created, "metadata": metadata} for i in range(100)]

    skips = iter(range(0, 300, 100))
    remote.answers = lambda method, path: {"items": page(next(skips, 200))}

    runs = await client_of(remote).runs_with("key", "ours", 1.0)

    assert bool(runs) is found


async def test_moving_pages(remote: Any) -> None:
    """A run that is seen on two pages, because newer ones pushed it there, is one run."""
    first = [
        {"id": 300 - number, "metadata": {"key": "ours"} if number == 99 else {}} for number in range(100)
    ]
    pages = iter([first, first[-1:]])
    remote.answers = lambda method, path: {"items": next(pages)}

    runs = await client_of(remote).runs_with("key", "ours", 1.0)

    assert [run.id for run in runs] == [201]


async def test_attach_needs_a_login(remote: Any) -> None:
    """Before a login nothing can be asked, for the organization is not known."""
    async with AsyncExitStack() as stack:
        with pytest.raises(AuthenticationRequired):
            provider = CodegenProvider(CodegenClient(remote), CodegenOptions())
            await stack.enter_async_context(provider.attach("1"))
