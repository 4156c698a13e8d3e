"""z.ai's completion stream: `{"type": "chat:completion", "data": {"phase": …}}`, once per server-sent event.

Law: only `done: true` ends an answer; token counts may come before its last text. What nobody knows,
kinds and phases, is passed over and counted; what is known and cannot be where it is, is an error.
Seen on the wire 2026-09-15 (front end prod-fe-1.1.95), older forms in builds from 2025 on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jackfield import Certainty, StreamEvent
from jackfield_web.site import WirePattern
from jackfield_web.wire import Ending, Record, Transcript, malformed, usage_of

from ._refusal import REFUSALS
from ._thinking import is_wrapped, unwrapped
from ._tools import ToolSteps

_KIND: Final = "chat:completion"
_AFTER_THE_END: Final = "[DONE]"
_WRITING: Final = ("answer", "other")
_FAILURE: Final = ("code", "error_code", "detail")


class ZaiDecoder:
    """Turns the frames of one answer into events.

    The answer's metadata tells as `ignored_events` how often something came that nobody knows, by its name.
    """

    def __init__(self, wire: WirePattern, conversation_id: Callable[[], str | None]) -> None:
        del wire, conversation_id  # one request carries one answer
        self._content = ""
        self._thoughts = ""
        self._is_wrapped = False
        self._answer = Transcript()
        self._reasoning = Transcript()
        self._tools = ToolSteps()
        self._ending = Ending()

    def feed(self, record: Record) -> list[StreamEvent]:
        """Take a frame in.

        Raises:
            ProviderError: The remote reports an error; see `REFUSALS`.
            MalformedResponse: A frame does not fit what was said before.
        """
        if self._ending.is_over or record.data == _AFTER_THE_END:
            return []
        frame = _frame(record.data)
        if error := _error(record, frame):
            begun = self._answer.text or self._reasoning.text
            raise REFUSALS.told(error, Certainty.STARTED if begun else Certainty.REJECTED)
        if frame is None:
            self._ending.ignore(_kind(record))
            return []
        if isinstance(counts := frame.get("usage"), dict):
            self._ending.usage = usage_of(counts)
        events = self._said(frame)
        return [*events, self._ending.finished()] if frame.get("done") is True else events

    def finish(self) -> list[StreamEvent]:
        """Say that the request ended. It is no end of the answer."""
        return []

    def _said(self, frame: dict[str, Any]) -> list[StreamEvent]:
        phase = frame.get("phase")
        if phase == "tool_call":
            return [*self._tools.call(frame)]
        ended = self._tools.end()
        if phase == "tool_response":
            return [*ended, *self._tools.response(frame)]
        if phase == "thinking":
            self._think(frame)
        elif phase in _WRITING:
            self._write(frame)
        elif phase != "done":
            self._ending.ignore(f"phase {phase}")
        return [*ended, *self._news()]

    def _think(self, frame: dict[str, Any]) -> None:
        text = frame.get("delta_content")
        if isinstance(text, str) and not (self._is_wrapped or self._thoughts or self._content):
            self._is_wrapped = is_wrapped(text)
        if self._is_wrapped:
            self._write(frame)
        elif isinstance(text, str):
            self._thoughts += text

    def _write(self, frame: dict[str, Any]) -> None:
        if isinstance(text := frame.get("delta_content"), str):
            self._content += text
        if isinstance(text := frame.get("edit_content"), str):
            self._content = _edited(self._content, frame.get("edit_index"), text)
        self._is_wrapped = self._is_wrapped or is_wrapped(self._content)

    def _news(self) -> list[StreamEvent]:
        wrapped, answer = unwrapped(self._content) if self._is_wrapped else ("", self._content)
        self._reasoning.put(self._thoughts or wrapped)
        self._answer.put(answer)
        return [*self._reasoning.thoughts(), *self._answer.news()]


def _kind(record: Record) -> str:
    kind = record.data.get("type") if isinstance(record.data, dict) else None
    return kind if isinstance(kind, str) else record.event


def _error(record: Record, frame: Mapping[str, Any] | None) -> Any:
    """Return what a record says of a failure; something false where it says nothing of the kind.

    It stands in a frame, or beside all frames, or is the whole of an event `error`, or of a body of JSON in
    the stream's place, which has no name (fixtures of a public client, about 2026-09).
    """
    data = record.data
    if frame is not None and (error := frame.get("error")):
        return error
    if isinstance(data, Mapping) and (error := data.get("error")):
        return error
    if record.event == "error":
        return data or "an event `error` that says no more"
    is_body = isinstance(data, Mapping) and not record.event and "type" not in data
    return data if is_body and any(data.get(name) for name in _FAILURE) else None


def _frame(data: Any) -> dict[str, Any] | None:
    """Return what a frame says, out of one or two wrappings; None when it is of another kind."""
    if not isinstance(data, dict) or data.get("type") != _KIND:
        return None
    frame = data.get("data")
    if isinstance(frame, dict) and isinstance(inner := frame.get("data"), dict):
        frame = {**frame, **inner}
    return frame if isinstance(frame, dict) else None


def _edited(content: str, index: Any, text: str) -> str:
    """Return *content* with *text* in place of what follows *index*: the page's `content.slice(0, index)`.

    JavaScript counts UTF-16 units, and keeps everything when there is no index.
    """
    units = content.encode("utf-16-le", "surrogatepass")
    if index is None:
        return content + text
    if type(index) is not int or not 0 <= 2 * index <= len(units):
        raise malformed("z.ai", f"an edit at {str(index)[:20]}, where the answer has no such place")
    return units[: 2 * index].decode("utf-16-le", "surrogatepass") + text
