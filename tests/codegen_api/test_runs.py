"""Runs followed from their creation to their end, against the stand-in of the API."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    ActivityReported,
    AuthenticationRequired,
    Certainty,
    EmptyResponse,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    ProviderContext,
    ProviderError,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    RunTimeout,
    TextDelta,
    Unsupported,
    hookimpl,
)
from jackfield_codegen_api import CodegenOptions
from jackfield_codegen_api._run import RunEvents
from jackfield_codegen_api._submission import Submission
from jackfield_codegen_api._wire import LogPage, Run
from jackfield_playground import Fault

pytestmark = pytest.mark.anyio


async def test_stream(opened: Any, playground: Any) -> None:
    """Started, then steps while the run works, then the whole text once, then finished."""
    async with opened() as connection, connection.stream("Please fix my code") as stream:
        events = [event async for event in stream]

    [run] = playground.state.runs
    started, *_, finished = events
    kinds = [event.kind for event in events if isinstance(event, ActivityReported)]
    assert isinstance(started, ResponseStarted)
    assert isinstance(finished, ResponseFinished)
    assert (started.handle, started.conversation_id, started.requested_model) == (
        "1",
        "1",
        "codegen-standard",
    )
    assert started.url == f"{playground.base_url}/agent/trace/1"
    assert [event.text for event in events if isinstance(event, TextDelta)] == [run.result]
    assert isinstance(events[-2], TextDelta)
    assert kinds.count("tool") == 3
    assert kinds.count("link") == 2
    assert sum(isinstance(event, ReasoningDelta) for event in events) == 3
    assert (finished.provider_finish_reason, finished.usage) == ("COMPLETE", None)
    assert finished.metadata["pull_requests"][0]["url"].endswith("#pull-1")


async def test_activity_arrives_while_the_run_works(opened: Any, playground: Any) -> None:
    """A step is told before the run has ended: nothing is gathered and cut up afterwards."""
    async with opened() as connection, connection.stream("Hello") as stream:
        async for event in stream:
            if isinstance(event, ActivityReported) and event.kind == "tool":
                break
        assert playground.state.runs[0].status == "RUNNING"


async def test_request_reaches_the_run(opened: Any, playground: Any) -> None:
    """Model, options, images, system messages and our id arrive, and what was done to them is told."""
    messages = [Message("system", "Be brief."), Message("user", ["Look", ImagePart(b"\x89PNG", "image/png")])]
    options = {"repo_id": 9, "agent_type": "claude_code", "metadata": {"team": "a"}}

    async with opened() as connection:
        response = await connection.send(messages, model="gpt-4o", options=options)

    [run] = playground.state.runs
    [message] = run.messages
    assert (message.prompt, message.images) == ("Be brief.\n\nLook", ("data:image/png;base64,iVBORw==",))
    assert (run.model, run.repo_id, run.agent_type) == ("codegen-advanced", 9, "claude_code")
    assert run.metadata == {"team": "a", "jackfield.cid": response.request_id}
    assert response.requested_model == "codegen-advanced"
    assert [told.field for told in response.adaptations] == ["messages[0]"]


async def test_control_characters(opened: Any, playground: Any) -> None:
    """I3: NUL and other control characters reach the API as they were written."""
    message = "a\x00b\x07c\x08d\te\x1b[2Jf\x7fg\x85h"
    async with opened() as connection:
        await connection.send(message)

    assert playground.state.runs[0].messages[0].prompt == message


async def test_files_are_refused(opened: Any, playground: Any) -> None:
    """The vendor's API takes images and no files: a file is refused before any request is made."""
    notes = FilePart(b"Look", "notes.txt", "text/plain")
    async with opened() as connection:
        with pytest.raises(Unsupported, match="codegen_api cannot take files"):
            await connection.send(Message("user", ["Look", notes]))

    assert playground.state.runs == ()


async def test_conversation(opened: Any, playground: Any) -> None:
    """A conversation goes on in the same run, and each answer is its own, though old reads still come."""
    async with opened() as connection:
        conversation = connection.conversation()
        first = await conversation.send("What is a jackfield?")
        second = await conversation.send("And a patch cord?")

    assert playground.state.runs_created == 1
    assert first.handle == second.handle == conversation.id
    assert first.content != second.content == playground.state.runs[0].result


@pytest.mark.parametrize("lag", [0, 1, 3])
async def test_old_end_after_resume(opened: Any, playground: Any, lag: int) -> None:
    """However long the API shows the end from before a resume, it is not taken for the new one."""
    playground.state.change(resume_lag_reads=lag)

    async with opened() as connection:
        first = await connection.send("One")
        second = await connection.send("Two", conversation_id=first.conversation_id)

    assert "Two" in second.content


@pytest.mark.parametrize("outcome", ["goes-back", "null-status", "unknown-status"])
async def test_strange_ways(opened: Any, outcome: str) -> None:
    """P14, P17: statuses that are null, new or going back do not end or confuse a run."""
    async with opened() as connection:
        response = await connection.send(f"Hello playground:{outcome}")

    assert response.provider_finish_reason == "COMPLETE"
    assert "second thought" not in response.content


@pytest.mark.parametrize(
    ("outcome", "status"), [("fails", "FAILED"), ("errors", "ERROR"), ("cancelled", "CANCELLED")]
)
async def test_failed_run(opened: Any, playground: Any, outcome: str, status: str) -> None:
    """A run that fails is RunFailed, with what Codegen said, and is not started again."""
    async with opened() as connection:
        with pytest.raises(RunFailed, match="The playground was asked to") as caught:
            await connection.send(f"Hello playground:{outcome}")

    error = caught.value
    assert (error.status, error.handle, error.certainty) == (status, "1", Certainty.STARTED)
    assert error.url == f"{playground.base_url}/agent/trace/1"
    assert playground.state.runs_created == 1


async def test_empty_answer(opened: Any) -> None:
    """F13: a run that ends without a word, and leaves nothing else, is EmptyResponse with its handle."""
    async with opened() as connection:
        with pytest.raises(EmptyResponse, match="left nothing") as caught:
            await connection.send("Hello playground:empty")

    assert (caught.value.handle, caught.value.certainty) == ("1", Certainty.STARTED)


async def test_vanished_run(opened: Any, playground: Any) -> None:
    """P16: a run that is gone is looked for three times, then it is RunFailed."""
    async with opened() as connection:
        with pytest.raises(RunFailed, match="vanished") as caught:
            await connection.send("Hello playground:vanishes")

    looks = [request.status for request in playground.state.requests if request.route == "run"]
    assert (caught.value.status, caught.value.handle) == ("vanished", "1")
    assert looks.count(404) >= 3


async def test_missing_now_and_then(opened: Any, playground: Any) -> None:
    """A run that is missing twice, there again, and missing twice more has not vanished."""
    async with opened(base_delay=0) as connection, connection.stream("Hello") as stream:
        for _ in range(2):
            for route in ("logs", "run"):
                playground.state.fail_next(2, status=404, route=route)
            while not isinstance(await anext(stream), ReasoningDelta):
                pass
        await stream.collect()

    assert stream.response.success


async def test_news_makes_the_next_look_soon(playground: Any) -> None:
    """Looks become rarer while nothing happens; an entry in the log makes the next one soon again."""
    reader: Any = None
    events = RunEvents(Submission(run=Run(id=1), reader=reader), CodegenOptions())
    waits = [events._poller.wait() for _ in range(8)]

    events.take(LogPage(run=Run(id=1, status="RUNNING"), entries=({"message_type": "ACTION"},)))

    assert events._poller.wait() < 2.5 < waits[-1]


async def test_late_run(opened: Any, playground: Any) -> None:
    """A run that the API does not show at once is waited for."""
    playground.state.change(create_lag_reads=2)

    async with opened(base_delay=1.0) as connection:
        assert (await connection.send("Hello")).success


async def test_deadline_and_attach(opened: Any, playground: Any) -> None:
    """Our time limit ends the wait, not the run: `attach` takes it up, and nothing is asked again."""
    async with opened(poll_start=0.2, poll_longest=0.2) as connection:
        with pytest.raises(RunTimeout) as caught:
            await connection.send("Hello playground:never-ends", timeout=3.0)
        await connection.send("Another")
        async with connection.attach("2") as stream:
            response = await stream.collect()

    assert caught.value.handle == "1"
    assert response.content == playground.state.runs[1].result
    assert response.url == f"{playground.base_url}/agent/trace/2"
    assert playground.state.runs_created == 2


@pytest.mark.parametrize("handle", ["seven", "", "1/../2"])
async def test_bad_handle(opened: Any, handle: str) -> None:
    """A handle that is no number is refused, with where to find one."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="number of an agent run"):
            async with connection.attach(handle) as stream:
                await stream.collect()


async def test_unknown_handle(opened: Any) -> None:
    """A run that does not exist is told as such."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="Agent run not found"):
            async with connection.attach("999") as stream:
                await stream.collect()


async def test_models(opened: Any, playground: Any) -> None:
    """The models are those of the mapping; an unknown one is refused with the near names, unsent."""
    async with opened(model_mapping={"fast": "codegen-standard"}) as connection:
        models = {model.id: model for model in await connection.list_models()}
        with pytest.raises(ModelNotFound, match="gpt-4o"):
            await connection.send("Hello", model="gpt-4p")

    assert set(models) == {"codegen-standard", "codegen-advanced", "codegen-premium"}
    assert models["codegen-standard"].default
    assert "fast" in models["codegen-standard"].aliases
    assert playground.state.runs_created == 0


@pytest.mark.parametrize("fault", [{"status": 404}, {"status": 403}, {"garbled": True}], ids=str)
async def test_without_the_log(opened: Any, playground: Any, fault: dict[str, Any]) -> None:
    """The alpha endpoint may go: then the run itself is looked at, and it is told that steps are missing."""
    playground.state.order(Fault(route="logs", **fault), 100)

    async with opened() as connection, connection.stream("Hello") as stream:
        events = [event async for event in stream]

    asked = [request for request in playground.state.requests if request.route == "logs"]
    assert stream.response.content == playground.state.runs[0].result
    assert stream.response.metadata["no_logs"]
    assert not any(isinstance(event, ReasoningDelta) for event in events)
    assert len(asked) == 3


async def test_log_is_back(opened: Any, playground: Any) -> None:
    """A log that failed once is read again, and no step is lost or told twice."""
    playground.state.garble_next(1, route="logs")

    async with opened() as connection, connection.stream("Hello") as stream:
        tools = [
            event async for event in stream if isinstance(event, ActivityReported) and event.kind == "tool"
        ]

    assert len(tools) == 3
    assert "no_logs" not in stream.response.metadata


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "retry_after": "0"},
        {"status": 429, "retry_after": "0"},
        {"dropped": True},
    ],
    ids=str,
)
async def test_failed_looks(opened: Any, playground: Any, fault: dict[str, Any]) -> None:
    """Looks that fail do not end a run; the next ones succeed, and nothing is asked again."""
    playground.state.order(Fault(route="logs", **fault), 4)

    async with opened() as connection:
        assert (await connection.send("Hello")).success

    assert playground.state.runs_created == 1


async def test_looks_that_keep_failing(opened: Any, playground: Any) -> None:
    """Five failed looks in a row are the error that they are, with the run's handle; the run has begun."""
    async with opened() as connection, connection.stream("Hello") as stream:
        await anext(stream)
        await anext(stream)
        playground.kill()
        with pytest.raises(ProviderError) as caught:
            await stream.collect()

    error = caught.value
    assert (error.handle, error.certainty) == ("1", Certainty.STARTED)
    assert error.url == f"{playground.base_url}/agent/trace/1"


@pytest.mark.parametrize("moment", [1, 4])
async def test_token_expires_under_way(
    opened: Any, playground: Any, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """P9: a token that runs out while a run works is renewed, and the run is followed to its end."""
    token = playground.token + "-new"
    async with opened() as connection, connection.stream("Hello") as stream:
        for _ in range(moment):
            await anext(stream)
        playground.state.change(token=token)
        monkeypatch.setenv("CODEGEN_TOKEN", token)
        response = await stream.collect()
        assert (await connection.send("Hello")).success

    assert response.content == playground.state.runs[0].result
    assert playground.state.runs_created == 2


async def test_tokens_expire_again_and_again(
    opened: Any, playground: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P9: a run may outlive many tokens; one that somebody else's renewal brought meanwhile counts too."""
    async with opened() as connection, connection.stream("Hello") as stream:
        await anext(stream)
        for number in range(3):
            playground.state.change(token=f"token-number-{number}")
            monkeypatch.setenv("CODEGEN_TOKEN", f"token-number-{number}")
            if number == 1:
                assert (await connection.send("Hello")).success
            await anext(stream)
            await anext(stream)
        assert (await stream.collect()).success


async def test_token_expires_for_many(opened: Any, playground: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """P9: of several runs at work each goes on, after one renewal for all of them."""
    token = playground.token + "-new"
    begun: list[str] = []
    answers: list[bool] = []

    async def ask() -> None:
        async with connection.stream("Hello") as stream:
            begun.append((await anext(stream)).handle)
            while len(begun) < 3:  # noqa: ASYNC110  each waits for the others to begin
                await anyio.sleep(0.001)
            playground.state.change(token=token)
            answers.append((await stream.collect()).success)

    async with opened() as connection:
        monkeypatch.setenv("CODEGEN_TOKEN", token)
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask)

    logins = [request.status for request in playground.state.requests if request.route == "organizations"]
    assert answers == [True] * 3
    assert logins == [200] * 2
    assert playground.state.runs_created == 3


async def test_token_expires_for_good(opened: Any, playground: Any) -> None:
    """P9: where there is no other token, it is AuthenticationRequired with the run's handle, at once."""
    async with opened() as connection, connection.stream("Hello") as stream:
        await anext(stream)
        playground.state.change(token="another-token-now")
        with pytest.raises(AuthenticationRequired) as caught:
            await stream.collect()

    refused = [request for request in playground.state.requests if request.status == 401]
    assert (caught.value.handle, caught.value.certainty) == ("1", Certainty.STARTED)
    assert len(refused) == 1


class TokensWithoutEnd:
    """A plugin that knows another token each time: the same one, pasted with ever more spaces."""

    def __init__(self, token: str) -> None:
        self.given, self._token = 0, token

    @hookimpl
    def jackfield_load_context(self, connection_name: str) -> ProviderContext:
        self.given += 1
        token = f"Bearer {' ' * self.given}{self._token}"
        return ProviderContext("codegen_api", credentials={"token": token})


async def test_new_tokens_are_refused_too(opened: Any, playground: Any) -> None:
    """P9: a look that is refused with two new logins in a row ends it, with the run's handle."""
    tokens = TokensWithoutEnd(playground.token)
    async with opened(plugins=[tokens]) as connection, connection.stream("Hello") as stream:
        await anext(stream)
        playground.state.fail_next(100, status=401, route="logs")
        with pytest.raises(AuthenticationRequired) as caught:
            await stream.collect()

    looks = [request for request in playground.state.requests if request.route == "logs"]
    assert (caught.value.handle, caught.value.certainty) == ("1", Certainty.STARTED)
    assert len(looks) == 3
    assert tokens.given == 2


async def test_login_that_fails_for_a_moment(
    opened: Any, playground: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P9: a renewal that fails for a passing reason does not end the run; the next look renews again."""
    async with opened() as connection, connection.stream("Hello") as stream:
        monkeypatch.setenv("CODEGEN_TOKEN", f"Bearer {playground.token}")
        await anext(stream)
        playground.state.fail_next(1, status=503, route="me")
        playground.state.fail_next(2, status=401, route="logs")
        assert (await stream.collect()).success


async def test_details_may_fail(opened: Any, playground: Any) -> None:
    """When the answer is there, summary and pull requests are asked for twice, and may be missing."""
    async with opened() as connection:
        playground.state.fail_next(1, status=500, route="run")
        whole = await connection.send("Please fix my code")
        playground.state.fail_next(9, status=500, route="run")
        bare = await connection.send("Please fix my code")

    looks = [request for request in playground.state.requests if request.route == "run"]
    assert whole.success
    assert whole.metadata["pull_requests"]
    assert bare.success
    assert "pull_requests" not in bare.metadata
    assert len(looks) == 4


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_details_may_be_refused(opened: Any, playground: Any, status: int) -> None:
    """When the answer is there, no refusal takes it away."""
    playground.state.fail_next(9, status=status, route="run")

    async with opened() as connection:
        response = await connection.send("Hello")

    assert response.content == playground.state.runs[0].result


async def test_pull_request_without_a_text(opened: Any, playground: Any) -> None:
    """A run that opened a pull request and said nothing is a success: its metadata hold what it did."""
    async with opened() as connection:
        response = await connection.send("Please fix my code playground:empty")

    [pull_request] = response.metadata["pull_requests"]
    assert response.success
    assert response.content == ""
    assert pull_request["url"].endswith("#pull-1")
    assert response.metadata["summary"]


async def test_parallel_runs(opened: Any, playground: Any) -> None:
    """Runs side by side each get their own answer."""
    answers: dict[str, str] = {}

    async with opened() as connection:

        async def ask(word: str) -> None:
            answers[word] = (await connection.send(word)).content

        async with anyio.create_task_group() as group:
            for word in ("alpha", "beta", "gamma"):
                group.start_soon(ask, word)

    assert playground.state.runs_created == 3
    for word, answer in answers.items():
        assert word in answer


async def test_left_early(opened: Any, playground: Any) -> None:
    """A stream that is left early sends nothing more, and its run goes on: another may take it up."""
    async with opened() as connection:
        async with connection.stream("Hello") as stream:
            await anext(stream)
        sent = len(playground.state.requests)
        await anyio.sleep(0.05)
        assert len(playground.state.requests) == sent

        async with connection.attach("1") as stream:
            assert (await stream.collect()).success
