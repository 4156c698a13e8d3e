"""A request is accepted once: whatever happens to the answer, no second run comes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ChatRequest,
    InvalidRequest,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    Secret,
    SubmissionUncertain,
)
from jackfield_api import ApiClient, Credential
from jackfield_codegen_api import CodegenOptions
from jackfield_codegen_api._client import CodegenClient
from jackfield_codegen_api._submission import Submitter
from jackfield_playground import Fault

pytestmark = pytest.mark.anyio

LOST = [
    {"dropped": True},
    {"garbled": True},
    {"status": 500},
    {"status": 502},
    {"status": 504},
    {"status": 503},
]


@pytest.mark.parametrize("fault", LOST, ids=str)
async def test_lost_answer(opened: Any, playground: Any, fault: dict[str, Any]) -> None:
    """P13: a run whose creation was carried out and not answered is found by our id, and followed."""
    playground.state.order(Fault(route="create", executed=True, **fault))

    async with opened() as connection:
        response = await connection.send("Hello")

    assert response.content == playground.state.runs[0].result
    assert response.metadata["answer_lost"]
    assert playground.state.runs_created == 1
    assert creations(playground) == 1


async def test_lagging_list(opened: Any, playground: Any) -> None:
    """A lost run that the list does not show at once is looked for again."""
    playground.state.change(create_lag_reads=2)
    playground.state.drop_next(1, route="create")

    async with opened() as connection:
        assert (await connection.send("Hello")).handle == "1"

    assert playground.state.runs_created == 1


async def test_failing_list(opened: Any, playground: Any) -> None:
    """Looks that fail do not count: a lost run is found by a later one."""
    playground.state.drop_next(1, route="create")
    playground.state.fail_next(4, route="runs")

    async with opened() as connection:
        assert (await connection.send("Hello")).success

    assert playground.state.runs_created == 1


@pytest.mark.parametrize("fault", LOST[:1] + LOST[2:], ids=str)
async def test_uncertain(opened: Any, playground: Any, fault: dict[str, Any]) -> None:
    """A creation that may have been carried out and is not found is SubmissionUncertain; it is sent once."""
    playground.state.order(Fault(route="create", executed=False, **fault))

    async with opened() as connection:
        with pytest.raises(SubmissionUncertain, match=r"jackfield\.cid") as caught:
            await connection.send("Hello")

    error = caught.value
    assert error.certainty is Certainty.UNKNOWN
    assert error.request_id in str(error)
    assert creations(playground) == 1


@pytest.mark.parametrize("ahead", [0.0, -3600.0, 3600.0])
async def test_lost_in_a_crowd(opened: Any, playground: Any, ahead: float) -> None:
    """P19: a lost run is found behind 120 newer ones, however wrong our clock is or the API's."""
    playground.state.change(crowd=120, clock_offset_seconds=ahead)
    playground.state.drop_next(1, route="create")

    async with opened() as connection:
        response = await connection.send("Hello")

    assert response.handle == "1"
    assert response.content == playground.state.runs[0].result
    assert creations(playground) == 1


async def test_search_comes_to_an_end(opened: Any, playground: Any) -> None:
    """A lost run is not looked for among runs that are older than the request: 3 looks at 2 pages each."""
    playground.state.change(crowd=350, clock_offset_seconds=-7200.0)
    async with opened() as connection:
        await connection.send("Hello")
        playground.state.change(crowd=0, clock_offset_seconds=0.0)
        await connection.send("Hello")
        playground.state.drop_next(1, route="create", executed=False)
        with pytest.raises(SubmissionUncertain):
            await connection.send("Hello")

    assert sum(request.route == "runs" for request in playground.state.requests) == 6


async def test_login_that_ends_while_a_lost_run_is_looked_for(
    opened: Any, playground: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P9, P13: the search goes on with a new login, and the lost run is found."""
    async with opened() as connection:
        monkeypatch.setenv("CODEGEN_TOKEN", f"Bearer {playground.token}")
        playground.state.drop_next(1, route="create")
        playground.state.fail_next(1, status=401, route="runs")
        response = await connection.send("Hello")

    assert response.handle == "1"
    assert creations(playground) == 1


async def test_no_login_while_a_lost_run_is_looked_for(opened: Any, playground: Any) -> None:
    """Where there is no other login, nobody can tell any more whether the run exists."""
    async with opened() as connection:
        playground.state.drop_next(1, route="create")
        playground.state.fail_next(1, status=401, route="runs")
        with pytest.raises(SubmissionUncertain):
            await connection.send("Hello")

    assert creations(playground) == 1


@asynccontextmanager
async def submitting(playground: Any) -> AsyncIterator[Submitter]:
    """Give what gets requests accepted, without a connection over it that has ids of its own."""
    async with ApiClient(playground.base_url, credential=Credential(Secret(playground.token))) as http:
        client = CodegenClient(http)
        client.org_id = playground.org_id
        yield Submitter(client, CodegenOptions(base_delay=0.01))


async def test_two_requests(playground: Any) -> None:
    """Each request is found by its own id: a lost second one is not taken for the first."""
    async with submitting(playground) as submitter:
        for number, name in enumerate(("one", "two"), start=1):
            playground.state.drop_next(1, route="create")
            submission = await submitter.submit(ChatRequest(messages="Hello", id=name))
            assert submission.run.id == number

    assert [run.metadata["jackfield.cid"] for run in playground.state.runs] == ["one", "two"]


async def test_two_runs_of_one_request(playground: Any) -> None:
    """P18: when two runs have our id, the older one is followed and the other one named."""
    request = ChatRequest(messages="Hello")
    async with submitting(playground) as submitter:
        await submitter.submit(request)
        playground.state.drop_next(1, route="create")
        second = await submitter.submit(request)

    assert second.run.id == 1
    assert second.notes["duplicate_runs"] == ["2"]


@pytest.mark.parametrize(
    "complaint",
    [
        {"error": {"code": 429, "message": "Provider overloaded,\nretry in 20 s"}},
        {"error": "Provider overloaded, retry in 20 s"},
        {"message": "Provider overloaded, retry in 20 s", "status_code": 503},
    ],
    ids=str,
)
async def test_error_in_a_good_answer(remote: Any, complaint: Any) -> None:
    """F14: an error object with status 200 in place of a run keeps the remote's words."""
    remote.answers = lambda method, path: {"items": []} if method == "GET" else complaint
    client = CodegenClient(remote)
    client.org_id = 323
    with pytest.raises(ProviderError, match="Provider overloaded, retry in 20 s"):
        await Submitter(client, CodegenOptions()).submit(ChatRequest(messages="Hello"))


async def test_uncertain_may_be_allowed(opened: Any, playground: Any) -> None:
    """With `retry_uncertain` it is sent again, after it was looked for."""
    playground.state.drop_next(1, route="create", executed=False)

    async with opened() as connection:
        assert (await connection.send("Hello", retry_uncertain=True)).success

    assert creations(playground) == 2
    assert playground.state.runs_created == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "retry_after": "0"},
        {"status": 429},
        {"status": 503, "retry_after": "0"},
    ],
    ids=str,
)
async def test_refused_for_now(opened: Any, playground: Any, fault: dict[str, Any]) -> None:
    """A creation that was certainly not carried out is sent again, by the one layer that retries."""
    playground.state.order(Fault(route="create", executed=False, **fault), 2)

    async with opened() as connection:
        response = await connection.send("Hello")

    assert response.attempts == 3
    assert playground.state.runs_created == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, PermissionDenied), (404, InvalidRequest), (422, InvalidRequest)],
)
async def test_refused(opened: Any, playground: Any, status: int, kind: type[Exception]) -> None:
    """A creation that is refused is refused: sent once, with Codegen's own words."""
    playground.state.fail_next(1, status=status, route="create")

    async with opened() as connection:
        with pytest.raises(kind):
            await connection.send("Hello")

    assert creations(playground) == 1


async def test_plan_is_used_up(opened: Any, playground: Any) -> None:
    """P7: HTTP 402 is QuotaExhausted, in the vendor's words, and is not tried again."""
    playground.state.change(plan_limit=0)

    async with opened() as connection:
        with pytest.raises(QuotaExhausted, match="billing plan"):
            await connection.send("Hello")

    assert creations(playground) == 1


async def test_long_wait_is_told(opened: Any, playground: Any) -> None:
    """P3: a wait beyond the cap is not slept: RateLimited with the seconds."""
    playground.state.fail_next(1, status=429, retry_after="21600", route="create")

    async with opened() as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("Hello")

    assert caught.value.retry_after == 21600


async def test_cancelled_at_every_moment(opened: Any, playground: Any) -> None:
    """X1: wherever a request is cancelled, the cancellation passes and the connection serves the next one."""
    async with opened() as connection:
        for step in range(6):
            with anyio.move_on_after(step * 0.004):
                await connection.send("Hello playground:never-ends")
        assert connection.slots.in_flight == 0
        assert (await connection.send("Hello")).success


async def test_unavailable_is_told_when_tries_are_used_up(opened: Any, playground: Any) -> None:
    """When every try is refused for now, the last refusal is the error."""
    playground.state.fail_next(10, status=503, retry_after="0", route="create")

    async with opened(max_retries=2) as connection:
        with pytest.raises(ProviderUnavailable):
            await connection.send("Hello")

    assert creations(playground) == 3


def creations(playground: Any) -> int:
    return sum(request.route == "create" for request in playground.state.requests)
