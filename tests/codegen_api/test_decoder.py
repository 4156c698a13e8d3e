"""Looks at a run in, events out: lag, steps back, and what counts as the end."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from jackfield import ActivityReported, EmptyResponse, ResponseFinished, RunFailed, TextDelta
from jackfield_codegen_api._decoder import RunDecoder
from jackfield_codegen_api._submission import Submission
from jackfield_codegen_api._wire import LogPage, PullRequest, Run

URL = "https://codegen.com/agent/trace/5"
FINAL = {"message_type": "FINAL_ANSWER", "observation": "from the log"}
STEP = {"message_type": "ACTION", "tool_name": "search"}
BEFORE = LogPage(run=Run(id=5, status="COMPLETE", result="old"), total=4)


def decoder(before: LogPage | None = None, prompt: str = "") -> RunDecoder:
    reader: Any = None
    return RunDecoder(Submission(run=Run(id=5, url=URL), reader=reader, before=before, prompt=prompt))


def page(
    status: str | None, result: str | None = None, *entries: dict[str, Any], total: int | None = None
) -> LogPage:
    return LogPage(run=Run(id=5, status=status, result=result), entries=entries, total=total)


def text(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def answer(decoding: RunDecoder, whole: Run | None = None) -> str:
    assert decoding.ended is not None
    return text(decoding.finish(decoding.ended, whole, None))


def test_first_end_counts() -> None:
    """P17: a run that goes back to work after its end was seen is over all the same."""
    decoding = decoder()
    decoding.feed(page("COMPLETE", "first"))

    assert answer(decoding, Run(id=5, status="RUNNING", result="second")) == "first"


def test_our_own_words_are_no_news() -> None:
    """What we said and the log repeats is not told; what somebody else says to the agent is."""
    decoding = decoder(prompt="do it")
    said = [{"message_type": "USER_MESSAGE", "observation": words} for words in ("do it", "do it now")]
    told = decoding.feed(page("RUNNING", None, *said))

    assert [event.detail for event in told if isinstance(event, ActivityReported)] == ["do it now"]


@pytest.mark.parametrize(
    ("result", "entries", "whole", "expected"),
    [
        ("r", [FINAL], "w", "r"),
        (None, [FINAL], "w", "w"),
        (None, [FINAL], None, "from the log"),
    ],
)
def test_where_the_answer_is(
    result: str | None, entries: list[Any], whole: str | None, expected: str
) -> None:
    """The answer is the run's result, else the log's final answer; it is told once."""
    decoding = decoder()
    events = decoding.feed(page("COMPLETE", result, *entries))

    assert text(events) == ""
    assert answer(decoding, Run(id=5, result=whole)) == expected


def test_end_waits_for_the_log() -> None:
    """A run is not over for us before its whole log was read."""
    decoding = decoder()
    decoding.feed(page("COMPLETE", "r", STEP, total=2))
    half_way = (decoding.behind, decoding.ended)
    decoding.feed(page("COMPLETE", "r", STEP, total=2))

    assert half_way == (True, None)
    assert (decoding.behind, decoding.ended) == (False, Run(id=5, status="COMPLETE", result="r"))


def test_unknown_total() -> None:
    """Without a total, a full page means that there is more, and a short one that there is not."""
    decoding = decoder()
    behind = []
    for entries in ([STEP] * 100, [STEP]):
        decoding.feed(page("RUNNING", None, *entries))
        behind.append(decoding.behind)

    assert behind == [True, False]
    assert decoding.seen == 101


def test_links_once() -> None:
    """A page that was named already is not named again."""
    decoding = decoder()
    link = {"message_type": "AGENT_RUN_LINK", "observation": {"url": URL}}
    assert [event.url for event in decoding.start() if isinstance(event, ActivityReported)] == [URL]

    assert decoding.feed(page("RUNNING", None, link)) == []


def test_pull_requests() -> None:
    """Pull requests are links at the end, and in the metadata."""
    decoding = decoder()
    decoding.feed(page("COMPLETE", "r"))
    pull = PullRequest(title="Fix", url="https://github.com/a/b/pull/1")
    assert decoding.ended is not None

    link, _, finished = decoding.finish(decoding.ended, Run(id=5, summary="s", pull_requests=(pull,)), None)

    assert isinstance(link, ActivityReported)
    assert isinstance(finished, ResponseFinished)
    assert (link.kind, link.title) == ("link", "Fix")
    assert finished.metadata == {"summary": "s", "pull_requests": [{"title": "Fix", "url": pull.url}]}


def test_failure() -> None:
    """A bad end is RunFailed with the status, the handle, the address and the last error of the log."""
    decoding = decoder()
    decoding.feed(page("Failed", None, {"message_type": "ERROR", "observation": "no\nspace"}))
    assert decoding.ended is not None

    with pytest.raises(RunFailed, match="ended as Failed: no space") as caught:
        decoding.finish(decoding.ended, None, None)

    assert (caught.value.status, caught.value.handle, caught.value.url) == ("Failed", "5", URL)


def test_strange_statuses(caplog: pytest.LogCaptureFixture) -> None:
    """P14: a status that is not known is logged once, and the run goes on."""
    decoding = decoder()
    with caplog.at_level(logging.WARNING, logger="jackfield.codegen_api"):
        for status in (None, "NEW", "NEW", None, "RUNNING"):
            decoding.feed(page(status))

    assert decoding.ended is None
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    "whole",
    [
        Run(id=5, pull_requests=(PullRequest(title="Fix", url="https://github.com/a/b/pull/1"),)),
        Run(id=5, summary="I cleaned up."),
        None,
    ],
    ids=["pull request", "summary", "page"],
)
def test_no_text(whole: Run | None) -> None:
    """A run that left something other than text ended well; what it left is in the metadata or was told."""
    link = {"message_type": "PR_EVALUATION", "observation": "see https://github.com/a/b/pull/1"}
    decoding = decoder()
    decoding.feed(page("COMPLETE", None, *([] if whole else [link])))
    assert decoding.ended is not None

    *_, finished = decoding.finish(decoding.ended, whole, None)

    assert isinstance(finished, ResponseFinished)
    assert set(finished.metadata) <= {"summary", "pull_requests"}
    assert bool(finished.metadata) == bool(whole)


def test_nothing() -> None:
    """F13: a run that left nothing at all is EmptyResponse; its own page is nothing that it left."""
    decoding = decoder()
    decoding.start()
    decoding.feed(
        page("COMPLETE", None, STEP, {"message_type": "AGENT_RUN_LINK", "observation": {"url": URL}})
    )
    assert decoding.ended is not None

    with pytest.raises(EmptyResponse, match="left nothing") as caught:
        decoding.finish(decoding.ended, Run(id=5), None)

    assert (caught.value.handle, caught.value.url) == ("5", URL)


OURS = {"message_type": "USER_MESSAGE", "observation": " Two\n"}
THEIRS = {"message_type": "USER_MESSAGE", "observation": "Three"}
FAULT = {"message_type": "ERROR", "observation": "old trouble"}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([page("COMPLETE", "old"), page("COMPLETE", "new")], "new"),
        ([page("COMPLETE", "old"), page("RUNNING"), page("COMPLETE", "old")], "old"),
        ([page("COMPLETE", "old", OURS, STEP), page("COMPLETE", "old", FINAL)], "from the log"),
        ([page("COMPLETE", "old", OURS), page("RUNNING"), page("COMPLETE", "old")], "old"),
        ([page("COMPLETE", "old", OURS), page("RUNNING"), page("COMPLETE")], ""),
        ([page("COMPLETE", "old", OURS), page("COMPLETE", "old", STEP)], None),
        ([page("COMPLETE", "old", OURS, FAULT)], None),
        ([page("RUNNING"), page("COMPLETE", "old", OURS)], None),
        ([page("COMPLETE", "old", STEP, FINAL), page("COMPLETE", "old")], None),
        ([page("COMPLETE", "old", FINAL, OURS), page("COMPLETE", "old")], None),
        ([page("COMPLETE", "old", THEIRS), page("RUNNING"), page("COMPLETE", "theirs", FINAL)], None),
        (
            [page("RUNNING", None, THEIRS), page("COMPLETE", "theirs", FINAL), page("RUNNING", None, OURS)],
            None,
        ),
        ([page("COMPLETE", "theirs", THEIRS, FINAL, OURS), page("COMPLETE", "new", FINAL)], "from the log"),
    ],
)
def test_resumed(pages: list[LogPage], expected: str | None) -> None:
    """Of a resumed run only an end counts that is an effect of our message: never of the work before it."""
    decoding = decoder(BEFORE, "Two")
    for seen in pages:
        if decoding.ended is None:
            decoding.feed(seen)

    assert (decoding._answer(decoding.ended, None) if decoding.ended else None) == expected
    assert decoding.seen >= 4


@pytest.mark.parametrize("status", ["RUNNING", None, "NEW"])
def test_resumed_while_at_work(status: str | None) -> None:
    """The end of work that was under way already is not taken for the answer, before our message is heard."""
    decoding = decoder(LogPage(run=Run(id=5, status=status), total=2), "Two")
    for seen in (page(status), page("COMPLETE", "old", FINAL), page("COMPLETE", "old")):
        decoding.feed(seen)
    assert decoding.ended is None

    for seen in (page("RUNNING", None, OURS), page("COMPLETE", "new", FINAL)):
        decoding.feed(seen)
    assert answer(decoding) == "new"


def test_resumed_and_failed() -> None:
    """A bad end from before is not ours; one after our message is, with what the log says then."""
    decoding = decoder(LogPage(run=Run(id=5, status="FAILED"), total=4), "Two")
    for seen in (page("FAILED", None, FAULT), page("FAILED", None, OURS)):
        decoding.feed(seen)
    assert decoding.ended is None

    decoding.feed(page("FAILED", None, {**FAULT, "observation": "new trouble"}))
    with pytest.raises(RunFailed, match="new trouble"):
        answer(decoding)


def test_old_result_is_not_taken_from_the_details() -> None:
    """A resumed run that ended without a text has none, though a lagging look at its details has the old."""
    decoding = decoder(BEFORE, "Two")
    for seen in (page("RUNNING", None, OURS), page("COMPLETE")):
        decoding.feed(seen)

    assert answer(decoding, Run(id=5, result="old", summary="Done.")) == ""
