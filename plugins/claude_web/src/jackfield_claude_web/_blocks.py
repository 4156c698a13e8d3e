"""Content blocks of Claude's stream, and what lets them grow. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from jackfield import ActivityReported, ReasoningDelta, StreamEvent
from jackfield_web.wire import json_or_text

from ._fields import object_of, text_of

TOOLS: Final = ("tool_use", "tool_result")
SPOKEN: Final = ("text", "voice_note", "bell")
"""Blocks whose text is the answer's: written, or read aloud (named in Claude's app, 2026-09)."""
KINDS: Final = (*SPOKEN, "thinking", "thinking_summary", "redacted_thinking", "flag", *TOOLS)
NOTES: Final = ("voice_note_delta", "bell_delta")
"""Deltas of what is read aloud."""


@attrs.define(eq=False)
class Block:
    """A content block while it is written.

    Attributes:
        said: How it began.
        input: The pieces of a tool's input.
        message: The last that was said of a tool's work.
    """

    said: Mapping[str, Any]
    input: list[str] = attrs.field(factory=list, init=False)
    message: str = attrs.field(default="", init=False)

    @property
    def kind(self) -> str:
        """Its type."""
        return str(self.said.get("type"))

    def buffer(self, input_: Any) -> None:
        """Take in the input that is told when the block ends; what came in pieces is the same."""
        if isinstance(input_, str) and not self.input:
            self.input.append(input_)

    def activity(self) -> ActivityReported:
        """Return a tool's step."""
        data = {**self.said, "input": self._input()} if self.kind == "tool_use" else self.said
        detail = self.message or self.said.get("message")
        return ActivityReported(
            kind="tool",
            title=str(self.said.get("name") or self.kind),
            detail=detail if isinstance(detail, str) else "",
            data=data,
        )

    def _input(self) -> Any:
        written = "".join(self.input)
        return json_or_text(written) if written else self.said.get("input")


@attrs.define(eq=False)
class Numbering:
    """Where the blocks of an answer stand, whichever number their message gives them.

    A message that goes on with an answer, after what was said before it was compacted, begins to count
    anew, and nobody promises from where: its first block stands behind all the blocks before it (Claude's
    app, 2026-09).
    """

    _behind: int = 0
    _first: int | None = 0

    def restart(self, behind: int) -> None:
        """Say that another message begins; its first block stands in the place *behind*."""
        self._behind, self._first = behind, None

    def begin(self, index: int) -> int:
        """Return the place of a block that begins."""
        if self._first is None:
            self._first = index
        return self.place(index)

    def place(self, index: int) -> int:
        """Return the place of a block; until the first of a new message has begun, old numbers hold."""
        return index if self._first is None else self._behind + index - self._first


def _thought(_: Block, delta: Mapping[str, Any]) -> list[StreamEvent]:
    return [ReasoningDelta(text_of(delta, "thinking"))]


def _summary(_: Block, delta: Mapping[str, Any]) -> list[StreamEvent]:
    summary = delta.get("summary")
    if isinstance(summary, Mapping):
        summary = summary.get("summary")
    return [ActivityReported(kind="thought", title=summary)] if isinstance(summary, str) and summary else []


def _more_input(block: Block, delta: Mapping[str, Any]) -> list[StreamEvent]:
    block.input.append(text_of(delta, "partial_json"))
    return []


def _update(block: Block, delta: Mapping[str, Any]) -> list[StreamEvent]:
    if isinstance(delta.get("message"), str):
        block.message = delta["message"]
    return []


def _cite(_: Block, delta: Mapping[str, Any]) -> list[StreamEvent]:
    citation = object_of(delta, "citation")
    url = citation.get("url") if isinstance(citation.get("url"), str) else None
    title = str(citation.get("title") or url or "a source")
    return [ActivityReported(kind="link", title=title, url=url, data=citation)]


def _nothing(_: Block, __: Mapping[str, Any]) -> list[StreamEvent]:
    return []


DELTAS: Final[Mapping[str, Callable[[Block, Mapping[str, Any]], list[StreamEvent]]]] = {
    "citation_end_delta": _nothing,
    "citation_start_delta": _cite,
    "input_json_delta": _more_input,
    "thinking_delta": _thought,
    "thinking_summary_delta": _summary,
    "tool_result_block_update_delta": _update,
    "tool_use_block_update_delta": _update,
}
"""What a delta says, by its type; text is the decoder's own."""
