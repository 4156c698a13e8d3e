"""Looks at a run in, events out. No I/O.

What the API shows may lag behind and even go back. So the first end that is seen counts; and of a run that
was resumed, only an end that came after work on our message did.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from jackfield import (
    ActivityReported,
    EmptyResponse,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    StreamEvent,
    TextDelta,
    log_event,
)

from ._client import PAGE
from ._decoding import ERROR, FINAL_ANSWER, USER_MESSAGE, events_of, message_type, repeats, text_of
from ._submission import Submission
from ._wire import AT_WORK, LogPage, PullRequest, Run

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
    _heard: bool = attrs.field(init=False)
    _others_heard: bool = attrs.field(default=False, init=False)
    _worked: bool = attrs.field(default=False, init=False)
    _final_answer: str = attrs.field(default="", init=False)
    _fault: str = attrs.field(default="", init=False)
    _links: set[str] = attrs.field(factory=set, init=False)
    _strange: set[str | None] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        before = self._submission.before
        self.seen = (before.total or 0) if before else 0
        self._heard = before is None

    def start(self) -> list[StreamEvent]:
        """Return the first events."""
        run = self._submission.run
        started = ResponseStarted(
            handle=run.handle,
            conversation_id=run.handle,
            requested_model=self._submission.model,
            url=run.url,
            remote_request_id=self._submission.remote_request_id,
            limits=self._submission.limits,
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
        if page.run.ended and not self.behind and self._is_ours(page.run):
            self.ended = page.run
        return events

    def _is_ours(self, ended: Run) -> bool:
        """Whether this end is that of the work on our message.

        Safe against the end of earlier work, which a lagging API may show for a while: the run was at rest
        when our message was said, so another status or result, or what the log has after our message, is an
        effect of it. Where somebody else's message came before ours, only the log can tell them apart.
        """
        if self._submission.before is None:
            return True
        told = bool(self._fault if ended.ended_badly else self._final_answer)
        return told or self._is_fresh(ended.result) or (self._worked and not self._others_heard)

    def _read(self, entry: Mapping[str, Any]) -> Iterator[StreamEvent]:
        kind = message_type(entry)
        if repeats(entry, self._submission.prompt):
            if not self._heard:
                self._heard, self._worked = True, False
            return iter(())
        if kind == USER_MESSAGE and not self._heard:
            self._others_heard = True
        elif kind == FINAL_ANSWER and self._heard:
            self._final_answer = text_of(entry.get("observation"))
        elif kind == ERROR and self._heard:
            self._fault = text_of(entry.get("observation"))
        return events_of(entry)

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
        before = self._submission.before
        if before is not None and (self._heard or before.run.is_at_rest):
            self._worked = self._worked or run.status != before.run.status
        if run.ended:
            return
        if (run.status or "").casefold() not in AT_WORK and run.status not in self._strange:
            self._strange.add(run.status)
            facts = {"run": run.id, "status": run.status, "note": "it is taken for being at work"}
            log_event("run.status_unknown", level=logging.WARNING, layer="codegen_api", **facts)

    def _is_fresh(self, result: str | None) -> bool:
        """Whether *result* is one of the work on our message, by its being another than before.

        Where there was none before, what comes may be the old one, late; unless our message was heard.
        """
        before = self._submission.before
        if before is None:
            return True
        if self._others_heard:
            return False
        return result != before.run.result and (self._heard or before.run.result is not None)

    def finish(self, ended: Run, whole: Run | None, no_logs: str | None) -> list[StreamEvent]:
        """Return the last events.

        Args:
            ended: The run as it was when it was first seen to be over.
            whole: The run with its summary and pull requests, if it could be read.
            no_logs: Why the log could not be read.

        Raises:
            RunFailed: It ended without an answer.
            EmptyResponse: It ended well and left nothing: no text, no pull request, no page, no summary.
        """
        if ended.ended_badly:
            raise self._failed(ended)
        pull_requests = whole.pull_requests if whole else ()
        events = [link for pull in pull_requests for link in self._link(pull.title, pull.url)]
        text = self._answer(ended, whole)
        if text:
            events.append(TextDelta(text))
        told = {
            "summary": whole.summary if whole and whole.summary != text else None,
            "pull_requests": _listed(pull_requests),
            "no_logs": no_logs,
        }
        metadata = {name: value for name, value in told.items() if value}
        if not (text or "summary" in metadata or self._links - {self._submission.run.url}):
            raise self._empty(ended)
        return [*events, ResponseFinished(provider_finish_reason=ended.status, metadata=metadata)]

    def _answer(self, ended: Run, whole: Run | None) -> str:
        """Return the first result that is not the one from before, else the log's final answer.

        The same words twice are an answer too, where the end that counts has them.
        """
        results = [run.result for run in (ended, whole) if run and run.result]
        fresh = next(filter(self._is_fresh, results), "")
        return fresh or self._final_answer or ended.result or ""

    def _empty(self, ended: Run) -> EmptyResponse:
        url = ended.url or self._submission.run.url
        return EmptyResponse(
            f"Codegen's run {ended.id} ended as {ended.status} and left nothing", handle=ended.handle, url=url
        )

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
