"""A run: what was asked, what was done, and what a read of it shows.

Law: only the server's thread changes a run. What reads show may lag behind the truth; `look` is where.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackfield_playground._engines import Turn

MessageType = Literal[
    "USER_MESSAGE",
    "PLAN_EVALUATION",
    "ACTION",
    "AGENT_RUN_LINK",
    "INITIAL_PR_GENERATION",
    "FINAL_ANSWER",
    "ERROR",
]
"""The log entries the stand-in writes, of those the vendor's page about logs names."""

TERMINAL = frozenset({"COMPLETE", "FAILED", "ERROR", "CANCELLED"})


def now(ahead: float = 0.0) -> str:
    """Return the time *ahead* seconds from now as the API writes it: ISO 8601, UTC."""
    return (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat()


@attrs.frozen(kw_only=True)
class LogEntry:
    """One entry of a run's log, with the fields of `AgentRunLogResponse`."""

    message_type: MessageType
    created_at: str
    tool_name: str | None = None
    thought: str | None = None
    observation: str | dict[str, Any] | None = None
    tool_input: dict[str, Any] | None = None
    tool_output: dict[str, Any] | None = None


@attrs.frozen(kw_only=True)
class PullRequest:
    """A pull request the run pretends to have opened, with the fields of `GithubPullRequestResponse`."""

    id: int
    title: str
    url: str
    created_at: str
    head_branch_name: str


@attrs.frozen
class Message:
    """What a person sent: the prompt that created a run or resumed it."""

    prompt: str
    images: Sequence[str] = ()


@attrs.frozen
class Snapshot:
    """The part of a run that a lagging read shows as it was."""

    status: str | None
    result: str | None


@attrs.frozen(kw_only=True)
class RunRecord:
    """A copy of what the stand-in knows of one run, for tests to look at."""

    id: int
    status: str | None
    result: str | None
    messages: tuple[Message, ...]
    metadata: dict[str, Any] | None
    model: str | None
    repo_id: int | None
    agent_type: str | None
    banned: bool
    logs: tuple[LogEntry, ...]


@attrs.define(eq=False, kw_only=True)
class Draft:
    """The answer while an engine writes it; `emit` runs in the engine's thread, the rest in the server's."""

    pieces: list[str] = attrs.field(factory=list)
    stopped: bool = False
    failure: str | None = None

    def emit(self, piece: str) -> bool:
        """Take the next piece; tell the engine whether to go on."""
        self.pieces.append(piece)
        return not self.stopped

    @property
    def text(self) -> str:
        """What is written so far."""
        return "".join(self.pieces).strip()


@attrs.define(eq=False, kw_only=True)
class Run:
    """An agent run of the stand-in."""

    id: int
    web_url: str
    metadata: dict[str, Any] | None = None
    model: str | None = None
    repo_id: int | None = None
    agent_type: str | None = None
    unseen_reads: int = 0
    visible_reads: float = math.inf
    created_at: str = attrs.field(factory=now)
    status: str | None = "PENDING"
    result: str | None = None
    banned: bool = False
    draft: Draft = attrs.field(factory=Draft)
    logs: list[LogEntry] = attrs.field(factory=list)
    pull_requests: list[PullRequest] = attrs.field(factory=list)
    turns: list[Turn] = attrs.field(factory=list)
    messages: list[Message] = attrs.field(factory=list)
    inbox: deque[Message] = attrs.field(factory=deque)
    at_hand: Message | None = None
    lagging: deque[Snapshot] = attrs.field(factory=deque)
    reads: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(0))
    work: asyncio.Task[None] | None = None

    @property
    def truth(self) -> Snapshot:
        """Status and result as they are."""
        return Snapshot(self.status, self.result)

    @property
    def summary(self) -> str | None:
        """The answer as far as it is written."""
        return self.draft.text or None

    def found(self) -> bool:
        """Count one read; tell whether it sees the run at all."""
        self.reads.release()
        if self.unseen_reads > 0:
            self.unseen_reads -= 1
            return False
        self.visible_reads -= 1
        return self.visible_reads >= 0

    def look(self) -> Snapshot:
        """Return what one read shows: the past while the read lags, else the truth."""
        return self.lagging.popleft() if self.lagging else self.truth

    def note(self, message_type: MessageType, **fields: Any) -> None:  # attrs checks the names
        """Write the next log entry."""
        self.logs.append(LogEntry(message_type=message_type, created_at=now(), **fields))

    def receive(self, message: Message) -> None:
        """Take a person's message; whoever works on the run answers it in its turn."""
        if self.status in TERMINAL:
            self.status, self.result = "PENDING", None
        self.inbox.append(message)
        self.messages.append(message)

    def record(self) -> RunRecord:
        """Return a copy for tests."""
        return RunRecord(
            id=self.id,
            status=self.status,
            result=self.result,
            messages=tuple(self.messages),
            metadata=self.metadata,
            model=self.model,
            repo_id=self.repo_id,
            agent_type=self.agent_type,
            banned=self.banned,
            logs=tuple(self.logs),
        )
