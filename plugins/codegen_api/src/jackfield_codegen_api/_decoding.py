"""Log entries of a run to stream events. No I/O.

Source: the vendor's page about agent run logs. An ACTION has a tool's name, input and output, often with a
thought and an observation; a PLAN_EVALUATION has a thought. A FINAL_ANSWER has the answer as its observation;
that is not told here, for it arrives with the finished run, once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jackfield import ActivityReported, ReasoningDelta, StreamEvent

from ._wire import web_address

FINAL_ANSWER: Final = "FINAL_ANSWER"
ERROR: Final = "ERROR"
USER_MESSAGE: Final = "USER_MESSAGE"

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"')\]]+")
_LONGEST_DETAIL: Final = 200
_LINKS: Final = frozenset(
    {
        "AGENT_RUN_LINK",
        "INITIAL_PR_GENERATION",
        "DETECT_PR_ERRORS",
        "FIX_PR_ERRORS",
        "PR_CREATION_FAILED",
        "PR_EVALUATION",
        "COMMIT_EVALUATION",
    }
)


def message_type(entry: Mapping[str, Any]) -> str:
    """Return the kind of a log entry; empty when it has none."""
    return _line(entry.get("message_type")).upper()


def repeats(entry: Mapping[str, Any], prompt: str) -> bool:
    """Whether a log entry is a message of a user with the words of *prompt*, however they are spaced."""
    is_said = message_type(entry) == USER_MESSAGE
    return is_said and text_of(entry.get("observation")).split() == prompt.split()


def events_of(entry: Mapping[str, Any]) -> Iterator[StreamEvent]:
    """Return what a log entry tells: a tool's use, a thought, a link, a remark, or nothing."""
    kind = message_type(entry)
    thought, observation = entry.get("thought"), entry.get("observation")
    if kind == "ACTION" or (not kind and entry.get("tool_name")):
        yield from _action(entry)
    elif kind == FINAL_ANSWER:
        yield from _thinking(thought)
    elif kind in _LINKS and (url := _address(observation)):
        yield ActivityReported(kind="link", title=_title(observation, kind), url=url, data=entry)
    elif remark := _line(thought) or _line(text_of(observation)):
        yield ActivityReported(kind="thought", title=_words(kind), detail=remark, data=entry)


def _action(entry: Mapping[str, Any]) -> Iterator[StreamEvent]:
    yield from _thinking(entry.get("thought"))
    yield ActivityReported(
        kind="tool",
        title=_line(entry.get("tool_name")) or "tool",
        detail=_line(_arguments(entry.get("tool_input"))),
        data=entry,
    )


def _thinking(thought: Any) -> Iterator[StreamEvent]:
    if isinstance(thought, str) and thought.strip():
        yield ReasoningDelta(f"{thought.strip()}\n\n")


def _arguments(tool_input: Any) -> str:
    if not isinstance(tool_input, dict):
        return ""
    return ", ".join(f"{name}={text_of(value)}" for name, value in tool_input.items())


def text_of(value: Any) -> str:
    """Return the text in an observation, which is a text, an object that holds one, or another object."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dict):
        for name in ("content", "text", "message", "answer", "result"):
            if isinstance(value.get(name), str):
                return str(value[name])
    return json.dumps(value, ensure_ascii=False, default=str)


def _title(observation: Any, kind: str) -> str:
    title = observation.get("title") if isinstance(observation, dict) else None
    return _line(title) or _words(kind)


def _address(observation: Any) -> str | None:
    if isinstance(observation, dict):
        for name in ("url", "web_url", "html_url", "link"):
            if url := web_address(observation.get(name)):
                return url
    found = _ADDRESS.search(text_of(observation))
    return found.group() if found else None


def _words(kind: str) -> str:
    return kind.replace("_", " ").lower() or "remark"


def _line(value: Any) -> str:
    """Return the beginning of a text, on one line."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value.split())
    return f"{line[:_LONGEST_DETAIL]}…" if len(line) > _LONGEST_DETAIL else line
