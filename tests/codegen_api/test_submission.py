"""A request is accepted once: whatever happens to the answer, no second run comes of it."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    InvalidRequest,
    PermissionDenied,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    SubmissionUncertain,
)
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


async def test_uncertain_may_be_allowed(opened: Any, playground: Any) -> None:
    """With `retry_uncertain` it is sent again, after it was looked for."""
    playground.state.drop_next(1, route="create", executed=False)

    async with opened() as connection:
        assert (await connection.send("Hello", retry_uncertain=True)).success

    assert creations(playground) == 2
    assert playground.state.runs_created == 1


async def test_two_runs(opened: Any, playground: Any) -> None:
    """P18: when two runs have our id, the older one is followed and the other one named."""
    async with opened() as connection:
        first = await connection.send("Hello", id="the-same-id")
        playground.state.drop_next(1, route="create")
        second = await connection.send("Hello", id="the-same-id")

    assert second.handle == first.handle
    assert second.metadata["duplicate_runs"] == ["2"]


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


async def test_lost_resume(opened: Any, playground: Any) -> None:
    """A resume that was carried out and not answered shows in the run, and is followed."""
    async with opened() as connection:
        first = await connection.send("One")
        playground.state.drop_next(1, route="resume")
        second = await connection.send("Two", conversation_id=first.conversation_id)

    assert "Two" in second.content
    assert second.metadata["answer_lost"] == "ConnectionLost"
    assert resumptions(playground) == 1
    assert len(playground.state.runs[0].messages) == 2


async def test_uncertain_resume(opened: Any, playground: Any) -> None:
    """A resume that leaves no trace is SubmissionUncertain with the run's handle; it is sent once."""
    async with opened() as connection:
        first = await connection.send("One")
        playground.state.drop_next(1, route="resume", executed=False)
        with pytest.raises(SubmissionUncertain) as caught:
            await connection.send("Two", conversation_id=first.conversation_id)

    assert caught.value.handle == first.handle
    assert resumptions(playground) == 1


async def test_resume_without_the_log(opened: Any, playground: Any) -> None:
    """Without a log, a resumed run's own status and result tell what is new."""
    async with opened() as connection:
        first = await connection.send("One")
        playground.state.fail_next(100, status=404, route="logs")
        second = await connection.send("Two", conversation_id=first.conversation_id)

    assert "Two" in second.content


async def test_resume_with_a_log_that_comes_back(opened: Any, playground: Any) -> None:
    """When the log could not be read before a resume, its old entries are not taken for news afterwards."""
    playground.state.change(resume_lag_reads=3)

    async with opened() as connection:
        first = await connection.send("One")
        playground.state.garble_next(1, route="logs")
        second = await connection.send("Two", conversation_id=first.conversation_id)

    assert "Two" in second.content


async def test_unreadable_run_is_not_resumed(opened: Any, playground: Any) -> None:
    """Nothing is said to a run that cannot be looked at first."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="not found"):
            await connection.send("Two", conversation_id="999")

    assert resumptions(playground) == 0


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


def resumptions(playground: Any) -> int:
    return sum(request.route == "resume" for request in playground.state.requests)
