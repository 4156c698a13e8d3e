"""Looks at a run in, events out. No I/O.

What the API shows may lag behind and even go back. So the first end that is seen counts; and of a run that
was resumed, only an end that came after something new did.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from jackfield import (
    ActivityReported,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    StreamEvent,
    TextDelta,
)

from ._client import PAGE
from ._decoding import ERROR, FINAL_ANSWER, USER_MESSAGE, events_of, message_type, text_of
from ._submission import Submission
from ._wire import AT_WORK, LogPage, PullRequest, Run

_log: Final = logging.getLogger("jackfield.codegen_api")
_LONGEST_REMARK: Final = 300


@attrs.define(eq=False)
class RunDecoder:
    """Turns what is seen of one run into events.

    Attributes:
        seen: How many log entries were read.
        behind: Whether the run has more log entries than were read.
        ended: The run as it was when it was first seen to be over.
    """

    _submission: Submission
    seen: int = attrs.field(init=False)
    behind: bool = attrs.field(default=False, init=False)
    ended: Run | None = attrs.field(default=None, init=False)
    _moved_on: bool = attrs.field(init=False)
    _final_answer: str = attrs.field(default="", init=False)
    _fault: str = attrs.field(default="", init=False)
    _links: set[str] = attrs.field(factory=set, init=False)
    _strange: set[str | None] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        before = self._submission.before
        self.seen = (before.total or 0) if before else 0
        self._moved_on = before is None

    def start(self) -> list[StreamEvent]:
        """Return the first events."""
        run = self._submission.run
        started = ResponseStarted(
            handle=run.handle,
            conversation_id=run.handle,
            requested_model=self._submission.model,
            url=run.url,
            metadata=self._submission.notes,
        )
        return [started, *self._link("Codegen run", run.url)]

    def feed(self, page: LogPage) -> list[StreamEvent]:
        """Take in what one look shows and return its events."""
        events = list(self._new(event for entry in page.entries for event in self._read(entry)))
        self.seen += len(page.entries)
        known = page.total if page.total is not None else self.seen + len(page.entries) // PAGE
        self.behind = bool(page.entries) and known > self.seen
        self._note_status(page.run)
        if page.run.ended and not self.behind and (self._moved_on or self._is_fresh(page.run.result)):
            self.ended = page.run
        return events

    def _read(self, entry: Mapping[str, Any]) -> Iterator[StreamEvent]:
        kind = message_type(entry)
        if kind == FINAL_ANSWER:
            self._final_answer = text_of(entry.get("observation"))
        elif kind == ERROR:
            self._fault = text_of(entry.get("observation"))
        self._moved_on = self._moved_on or kind in {FINAL_ANSWER, ERROR}
        repeats_us = kind == USER_MESSAGE and text_of(entry.get("observation")) == self._submission.prompt
        return iter(()) if repeats_us else events_of(entry)

    def _new(self, events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        """Leave out the links that were told already."""
        for event in events:
            if isinstance(event, ActivityReported) and event.kind == "link" and event.url:
                if event.url in self._links:
                    continue
                self._links.add(event.url)
            yield event

    def _link(self, title: str, url: str | None) -> Iterator[StreamEvent]:
        return self._new([ActivityReported(kind="link", title=title, url=url)] if url else [])

    def _note_status(self, run: Run) -> None:
        if run.ended:
            return
        self._moved_on = True
        if (run.status or "").casefold() not in AT_WORK and run.status not in self._strange:
            self._strange.add(run.status)
            _log.warning("run %s has the status %r, which is taken for being at work", run.id, run.status)

    def _is_fresh(self, result: str | None) -> bool:
        before = self._submission.before
        return before is None or result != before.run.result

    def finish(self, ended: Run, whole: Run | None, no_logs: str | None) -> list[StreamEvent]:
        """Return the last events.

        Args:
            ended: The run as it was when it was first seen to be over.
            whole: The run with its summary and pull requests, if it could be read.
            no_logs: Why the log could not be read.

        Raises:
            RunFailed: It ended without an answer.
        """
        if ended.ended_badly:
            raise self._failed(ended)
        pull_requests = whole.pull_requests if whole else ()
        events = [link for pull in pull_requests for link in self._link(pull.title, pull.url)]
        text = self._answer([run.result for run in (ended, whole) if run and run.result])
        if text:
            events.append(TextDelta(text))
        told = {
            "summary": whole.summary if whole and whole.summary != text else None,
            "pull_requests": _listed(pull_requests),
            "no_logs": no_logs,
        }
        metadata = {name: value for name, value in told.items() if value}
        return [*events, ResponseFinished(provider_finish_reason=ended.status, metadata=metadata)]

    def _answer(self, results: list[str]) -> str:
        """Return the first result that is not the one from before, else the log's final answer."""
        fresh = next(filter(self._is_fresh, results), "")
        return fresh or self._final_answer or next(iter(results), "")

    def _failed(self, ended: Run) -> RunFailed:
        because = f": {' '.join(self._fault.split())[:_LONGEST_REMARK]}" if self._fault else ""
        return RunFailed(
            f"Codegen's run {ended.id} ended as {ended.status}{because}",
            status=ended.status,
            handle=ended.handle,
            url=ended.url or self._submission.run.url,
        )


def _listed(pull_requests: Iterable[PullRequest]) -> list[dict[str, str]]:
    return [{"title": pull.title, "url": pull.url} for pull in pull_requests]
