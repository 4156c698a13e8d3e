"""Gradio's queue: server-sent events of `/gradio_api/queue/data` that carry the chat's whole history.

The first `process_generating` of an event holds the outputs, later ones edits of them, `process_completed`
the outputs again (gradio 6.31, `client/js/src/utils/stream.ts`: `apply_diff`; seen on the wire 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jackfield import ResponseFinished, StreamEvent

from ..site import WirePattern
from ._framing import Record
from ._transcript import Transcript
from ._trouble import failed, malformed

_TOLD: Final = ("process_generating", "process_completed")
_EDIT_PARTS: Final = 3


class GradioDecoder:
    """Turns a Gradio queue's records into events.

    Other functions of the page go through the same queue. Those whose outputs hold no chat are passed over.
    """

    def __init__(self, wire: WirePattern, conversation_id: Callable[[], str | None]) -> None:
        del conversation_id  # a queue belongs to one tab
        self._transcript = Transcript(wire.joined_by)
        self._reasoning = Transcript()
        self._outputs: dict[str, list[Any]] = {}

    def feed(self, record: Record) -> list[StreamEvent]:
        """Take a record in.

        Raises:
            ProviderError: The function behind the chat failed.
            MalformedResponse: An edit does not fit what it edits.
        """
        message = record.data if isinstance(record.data, dict) else {}
        kind = message.get("msg")
        if not isinstance(kind, str) or kind not in _TOLD:
            return []
        output = message.get("output")
        output = output if isinstance(output, dict) else {}
        if message.get("success") is False:
            raise failed(output.get("error"))
        turns = _answer(self._follow(str(message.get("event_id")), output.get("data")))
        if turns is None:
            return []
        done = [ResponseFinished()] if kind == "process_completed" else []
        return [*self._news(turns), *done]

    def finish(self) -> list[StreamEvent]:
        """Say that a request of the queue ended. Only `process_completed` ends an answer."""
        return []

    def _follow(self, event_id: str, data: Any) -> list[Any]:
        if not isinstance(data, list):
            return self._outputs.get(event_id, [])
        known = self._outputs.get(event_id)
        if known is None or not all(_is_edit(diff) for diff in data):
            self._outputs[event_id] = data
        else:
            for index, diff in enumerate(data[: len(known)]):
                try:
                    known[index] = _edited(known[index], diff)
                except (LookupError, TypeError, ValueError):
                    raise malformed("Gradio", "an edit does not fit what it edits") from None
        return self._outputs[event_id]

    def _news(self, turns: list[dict[str, Any]]) -> list[StreamEvent]:
        for transcript, is_thought in ((self._reasoning, True), (self._transcript, False)):
            transcript.put_all(
                {str(at): _text(turn) for at, turn in enumerate(turns) if _is_thought(turn) is is_thought}
            )
        return [*self._reasoning.thoughts(), *self._transcript.news()]


def _answer(outputs: list[Any]) -> list[dict[str, Any]] | None:
    """Return the remote's turns after the user's last one; None when the outputs hold no chat."""
    for output in outputs:
        if isinstance(output, list) and output and all(_is_turn(turn) for turn in output):
            last = max((at for at, turn in enumerate(output) if turn["role"] == "user"), default=-1)
            return output[last + 1 :] or None
    return None


def _is_turn(turn: Any) -> bool:
    return isinstance(turn, dict) and isinstance(turn.get("role"), str)


def _is_thought(turn: dict[str, Any]) -> bool:
    metadata = turn.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("title"))


def _text(turn: dict[str, Any]) -> str:
    content = turn.get("content")
    pieces = content if isinstance(content, list) else [content]
    texts = [piece.get("text") if isinstance(piece, dict) else piece for piece in pieces]
    return "\n\n".join(text for text in texts if isinstance(text, str))


def _is_edit(diff: Any) -> bool:
    return isinstance(diff, list) and all(
        isinstance(step, list) and len(step) == _EDIT_PARTS and isinstance(step[1], list) for step in diff
    )


def _edited(target: Any, diff: list[list[Any]]) -> Any:
    for action, path, value in diff:
        if not path:
            target = value if action == "replace" else target + value
            continue
        inner = target
        for step in path[:-1]:
            inner = inner[step]
        _edit(inner, path[-1], action, value)
    return target


def _edit(inner: Any, step: Any, action: str, value: Any) -> None:
    if action == "append":
        inner[step] += value
    elif action == "delete":
        del inner[step]
    elif action == "add" and isinstance(inner, list):
        inner.insert(int(step), value)
    else:
        inner[step] = value
