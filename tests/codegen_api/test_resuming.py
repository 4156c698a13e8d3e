"""A conversation goes on in its run: a message is said once, and gets the answer to itself."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    DeadlineExceeded,
    InvalidRequest,
    ProviderUnavailable,
    Secret,
    SubmissionUncertain,
)
from jackfield_api import ApiClient, Credential

pytestmark = pytest.mark.anyio

NEVER_ENDS = "One playground:never-ends"


def words_of(playground: Any) -> list[str]:
    """Return what the first run was told, oldest first."""
    return [message.prompt for message in playground.state.runs[0].messages]


def resumptions(playground: Any) -> int:
    return sum(request.route == "resume" for request in playground.state.requests)


async def say(playground: Any, run_id: int, words: str) -> None:
    """Say something to a run as somebody else does, on the vendor's page for example."""
    async with ApiClient(playground.base_url, credential=Credential(Secret(playground.token))) as http:
        path = f"/v1/organizations/{playground.org_id}/agent/run/resume"
        await http.request("POST", path, json={"agent_run_id": run_id, "prompt": words})


async def at_work(connection: Any, words: str) -> str:
    """Create a run, follow it until it has begun to work, and leave it there; return its handle."""
    async with connection.stream(words) as stream:
        for _ in range(4):
            await anext(stream)
    handle: str = stream.handle
    return handle


async def test_lost_resume(opened: Any, playground: Any) -> None:
    """A resume that was carried out and not answered shows as our message in the log, and is followed."""
    async with opened() as connection:
        first = await connection.send("One")
        playground.state.drop_next(1, route="resume")
        second = await connection.send("Two", conversation_id=first.conversation_id)

    assert "Two" in second.content
    assert second.metadata["answer_lost"] == "ConnectionLost"
    assert resumptions(playground) == 1
    assert words_of(playground) == ["One", "Two"]


async def test_resume_that_did_not_arrive(opened: Any, playground: Any) -> None:
    """A resume that leaves no trace is SubmissionUncertain with the run's number; it is sent once."""
    async with opened() as connection:
        first = await connection.send("One")
        playground.state.drop_next(1, route="resume", executed=False)
        with pytest.raises(SubmissionUncertain, match="run 1 may have got the message") as caught:
            await connection.send("Two", conversation_id=first.conversation_id)

    assert (caught.value.handle, caught.value.certainty) == (first.handle, Certainty.UNKNOWN)
    assert resumptions(playground) == 1


async def test_work_on_somebody_elses_message(opened: Any, playground: Any) -> None:
    """Other entries and another status prove nothing: a lost resume beside somebody else's is uncertain."""
    async with opened(base_delay=0.1) as connection:
        first = await connection.send("One")
        playground.state.drop_next(1, route="resume", executed=False)
        async with anyio.create_task_group() as tasks:

            @tasks.start_soon
            async def _somebody_else() -> None:
                while not resumptions(playground):  # noqa: ASYNC110  the stand-in is in another thread
                    await anyio.sleep(0.001)
                await say(playground, 1, "Three")

            with pytest.raises(SubmissionUncertain) as caught:
                await connection.send("Two", conversation_id=first.conversation_id)

    assert caught.value.handle == "1"
    assert words_of(playground) == ["One", "Three"]


async def test_lost_resume_without_the_log(opened: Any, playground: Any) -> None:
    """Without the log nobody can tell whether a lost resume arrived, whatever the run's status says."""
    async with opened() as connection:
        first = await connection.send("One")
        playground.state.fail_next(100, status=404, route="logs")
        playground.state.drop_next(1, route="resume")
        with pytest.raises(SubmissionUncertain) as caught:
            await connection.send("Two", conversation_id=first.conversation_id)

    assert caught.value.handle == "1"
    assert resumptions(playground) == 1


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize("outcome", ["", "playground:null-status", "playground:unknown-status"])
async def test_run_at_work(opened: Any, playground: Any, lag: int, outcome: str) -> None:
    """A message for a run at work waits for its end, and gets the answer to itself: never the old one."""
    playground.state.change(resume_lag_reads=lag)
    async with opened() as connection:
        handle = await at_work(connection, f"One {outcome}")
        second = await connection.send("Two", conversation_id=handle)

    assert "Two" in second.content
    assert second.content == playground.state.runs[0].result
    assert words_of(playground) == [f"One {outcome}", "Two"]


async def test_lost_resume_of_a_run_at_work(opened: Any, playground: Any) -> None:
    """A run at work writes to its log anyway: that never passes for our message, which did not arrive."""
    async with opened() as connection:
        handle = await at_work(connection, "One")
        playground.state.drop_next(1, route="resume", executed=False)
        with pytest.raises(SubmissionUncertain) as caught:
            await connection.send("Two", conversation_id=handle)

    assert caught.value.handle == handle
    assert words_of(playground) == ["One"]


async def test_run_that_stays_at_work(opened: Any, playground: Any, caplog: pytest.LogCaptureFixture) -> None:
    """At the deadline of such a wait the message certainly was not sent, and the error names the run."""
    async with opened(poll_start=0.05, poll_longest=0.05) as connection:
        handle = await at_work(connection, NEVER_ENDS)
        with (
            caplog.at_level(logging.INFO, logger="jackfield.codegen_api"),
            pytest.raises(DeadlineExceeded, match=r"run 1 was still at work.*not said to it") as caught,
        ):
            await connection.send("Two", conversation_id=handle, timeout=3.0)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert resumptions(playground) == 0
    assert caplog.text.count("waits for its end") == 1


async def test_look_before_a_resume_that_fails(opened: Any, playground: Any) -> None:
    """What goes wrong while a run is looked at before anything was said to it, certainly did nothing."""
    async with opened(max_retries=1) as connection:
        first = await connection.send("One")
        playground.state.fail_next(2, status=500, route="logs")
        with pytest.raises(ProviderUnavailable) as caught:
            await connection.send("Two", conversation_id=first.conversation_id)
        second = await connection.send("Two", conversation_id=first.conversation_id)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert caught.value.attempts == 2
    assert "Two" in second.content
    assert resumptions(playground) == 1


async def test_same_words_again(opened: Any, playground: Any) -> None:
    """The same question twice is two messages, each answered, also when the answer to one is lost."""
    async with opened() as connection:
        first = await connection.send("Go on")
        second = await connection.send("Go on", conversation_id=first.conversation_id)
        playground.state.drop_next(1, route="resume", executed=False)
        with pytest.raises(SubmissionUncertain):
            await connection.send("Go on", conversation_id=first.conversation_id)

    assert second.success
    assert words_of(playground) == ["Go on", "Go on"]


async def test_wishes_of_a_resumed_run(opened: Any) -> None:
    """A resumed run keeps its model; that another was asked for is told, not lost."""
    async with opened() as connection:
        first = await connection.send("One")
        second = await connection.send(
            "Two", conversation_id=first.conversation_id, model="gpt-4o", options={"repo_id": 9}
        )

    assert [told.field for told in second.adaptations] == ["model", "options.repo_id"]
    assert second.requested_model is None


async def test_number_as_conversation_id(opened: Any, playground: Any) -> None:
    """A run's number may be given as the number that it is, to go on with it and to take it up again."""
    async with opened() as connection:
        await connection.send("One")
        second = await connection.send("Two", conversation_id=1)
        async with connection.attach(1) as stream:
            again = await stream.collect()

    assert "Two" in second.content
    assert again.content == second.content


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
