"""Answers by order: a message that holds `[name]` gets that scenario instead of the engine's answer.

What is yielded is a message of the completion stream, or a number of seconds to wait.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Said: TypeAlias = dict[str, Any]
Step: TypeAlias = "Said | float"

CUT: Said = {"type": "(the connection breaks off)"}
AGAIN: Said = {"type": "(the message begins again)"}
_PAGE = {"url": "https://example.org/jackfield", "title": "Jackfield — a panel of sockets"}
_CODE = """Here it is:

```python
def patch(line: str, socket: int) -> str:
    return f"{line} → {socket}"
```"""


def block(index: int, kind: str, **more: Any) -> Said:
    """A content block begins."""
    stamps = {"start_timestamp": "2026-08-20T09:00:00Z", "stop_timestamp": None, "flags": None}
    return {"type": "content_block_start", "index": index, "content_block": {**stamps, "type": kind, **more}}


def delta(index: int, kind: str, **more: Any) -> Said:
    """A content block grows."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def text(index: int, written: str) -> Said:
    """A content block grows by text."""
    return delta(index, "text_delta", text=written)


def stop(index: int) -> Said:
    """A content block ends."""
    return {"type": "content_block_stop", "index": index, "stop_timestamp": "2026-08-20T09:00:01Z"}


def written(index: int, *pieces: str) -> Iterator[Said]:
    """Yield a whole block of text."""
    yield block(index, "text", text="", citations=[])
    yield from (text(index, piece) for piece in pieces)
    yield stop(index)


def _thinking(_: float) -> Iterator[Step]:
    yield block(0, "thinking", thinking="", summaries=[], cut_off=False)
    yield delta(0, "thinking_delta", thinking="A jackfield is a panel. ")
    yield delta(0, "thinking_summary_delta", summary={"summary": "Recalling telephone exchanges"})
    yield delta(0, "thinking_delta", thinking="Lines end in sockets there.")
    yield stop(0)
    yield from written(1, "A **jackfield** is ", "a panel of sockets.")


def _tools(_: float) -> Iterator[Step]:
    yield from written(0, "Let me look that up.")
    yield block(1, "tool_use", id="toolu_1", name="web_search", input={}, message="Searching the web")
    yield delta(1, "input_json_delta", partial_json='{"query": "what is a ')
    yield delta(1, "input_json_delta", partial_json='jackfield"}')
    yield delta(1, "tool_use_block_update_delta", message="Searched the web", display_content=None)
    yield stop(1)
    found = [{"type": "knowledge", "is_missing": False, **_PAGE}]
    yield block(2, "tool_result", tool_use_id="toolu_1", name="web_search", content=found, is_error=False)
    yield stop(2)
    yield block(3, "text", text="", citations=[])
    yield delta(3, "citation_start_delta", citation={"uuid": "c1", **_PAGE})
    yield text(3, "It is a panel of sockets.")
    yield delta(3, "citation_end_delta", citation_uuid="c1")
    yield text(3, " That is all.")
    yield stop(3)


def _retract(_: float) -> Iterator[Step]:
    yield from written(0, "The first part stands.")
    yield from written(1, "The second part ", "is wrong.")
    yield {"type": "content_block_retract", "index": 1}
    yield from written(2, "The second part is right.")


def _range(_: float) -> Iterator[Step]:
    yield from written(0, "The first part stands.")
    yield from written(1, "The second part ", "is wrong.")
    yield from written(2, "The third part is wrong too.")
    yield {"type": "content_block_retract", "from_index": 1}
    yield {"type": "content_block_retract", "from_index": None}
    yield from written(1, "The second part is right.")


def _compact(_: float) -> Iterator[Step]:
    yield from written(0, "Said before.")
    yield {"type": "compaction_status", "status": "compacting", "message": "Compacting our conversation"}
    yield AGAIN
    yield from written(0, "Said after.")


def _model(_: float) -> Iterator[Step]:
    yield from written(0, "Another model ")
    more = {"reason": "capacity", "category": None, "explanation": None, "learn_more_url": None}
    yield {"type": "model_update", "from_model": "claude-sonnet-5", "to_model": "claude-haiku-5-5", **more}
    yield from written(1, "says the rest.")


def _used(_: float) -> Iterator[Step]:
    yield from written(0, "The last answer ")
    yield _reached()
    yield from written(1, "within the limit.")


def _error(_: float) -> Iterator[Step]:
    yield block(0, "text", text="", citations=[])
    yield text(0, "The beginning of an answer")
    yield {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def _cut(_: float) -> Iterator[Step]:
    yield from written(0, "An answer without an end")
    yield CUT


def _limit(_: float) -> Iterator[Step]:
    yield block(0, "text", text="", citations=[])
    yield text(0, "The beginning of an answer")
    yield _reached()


def _reached() -> Said:
    reached = {"type": "exceeded_limit", "resetsAt": int(time.time()) + 600, "remaining": 0}
    return {"type": "message_limit", "message_limit": {**reached, "representativeClaim": "five_hour"}}


def _pause(seconds: float) -> Iterator[Step]:
    yield block(0, "text", text="", citations=[])
    yield text(0, "Before the pause")
    yield seconds
    yield text(0, " and after it.")
    yield stop(0)


def _unknown(_: float) -> Iterator[Step]:
    yield {"type": "ping"}
    yield {"type": "weather_report", "sky": "blue"}
    yield block(0, "hologram")
    yield delta(0, "hologram_delta", beam=1)
    yield stop(0)
    yield from written(1, "Said among much else.")


def _max(_: float) -> Iterator[Step]:
    yield from written(0, "An answer that became too")
    yield {"type": "message_delta", "delta": {"stop_reason": "max_tokens", "stop_sequence": None}}


def _said(*pieces: str) -> Callable[[float], Iterator[Step]]:
    return lambda _: written(0, *pieces)


SCENARIOS: dict[str, Callable[[float], Iterator[Step]]] = {
    "thinking": _thinking,
    "tools": _tools,
    "retract": _retract,
    "range": _range,
    "compact": _compact,
    "model": _model,
    "used": _used,
    "error": _error,
    "cut": _cut,
    "limit": _limit,
    "pause": _pause,
    "unknown": _unknown,
    "max": _max,
    "quotes": _said('She said "plug it in", ', "and it's done — isn't it?"),
    "code": _said(*_CODE.splitlines(keepends=True)),
    "long": _said(*(f"Paragraph {number} of a long answer. " * 8 + "\n\n" for number in range(1, 41))),
}
"""What a message can order, by name; each is given the seconds of a pause."""


def scenario(message: str) -> Callable[[float], Iterator[Step]] | None:
    """Return what a message orders, if it orders something."""
    return next((made for name, made in SCENARIOS.items() if f"[{name}]" in message), None)
