"""The contract's events → the events of OpenAI's Responses.

Order of a stream: `response.created` and `response.in_progress` at the first content, each item from its
`added` to its `done`, then `response.completed`, `response.incomplete` or `response.failed`. Each event has
its `type` and a `sequence_number` in its data, for there are clients that read nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import attrs

from jackfield import (
    ChatResponse,
    Part,
    PartFinished,
    PartStarted,
    ProviderState,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    StreamEvent,
    TextDelta,
    TextPart,
    TextReplaced,
    ToolArgumentsDelta,
    ToolCallPart,
    Usage,
)
from jackfield_gateway._fault import Fault

from ._responses_items import Event, Item, ItemKind
from ._sealing import seal
from ._writing import added_by, as_json

_CUT: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an answer is not whole, in the vendor's words."""


@attrs.define(eq=False, kw_only=True)
class ResponsesEncoder:
    """Writes one answer."""

    media_type: ClassVar[str] = "text/event-stream; charset=utf-8"
    ping: ClassVar[bytes] = b": ping\n\n"

    answer_id: str
    created: int
    model: str
    said: Mapping[str, Any]
    seals: bool
    tell: Callable[[Fault], Mapping[str, Any]]
    _items: list[Item] = attrs.field(factory=list, init=False)
    _open: dict[tuple[ItemKind, int], Item] = attrs.field(factory=dict, init=False)
    _number: int = attrs.field(default=0, init=False)
    _written: int = attrs.field(default=0, init=False)

    def event(self, event: StreamEvent) -> bytes:  # noqa: PLR0911  a table: one line for each event
        """Return the wire's events for an event."""
        match event:
            case TextDelta(text=text, index=index):
                return self._sse(self._text(text, index))
            case TextReplaced():
                return self._sse(self._text(added_by(event, self._written), self._place_of_text()))
            case ReasoningDelta(text=text, index=index):
                return self._sse(self._grow("reasoning", index, text))
            case PartStarted(kind="tool_call", index=index) if event.name:
                return self._sse(self._call(index, event.id, event.name))
            case ToolArgumentsDelta(text=text, index=index) if ("tool_call", index) in self._open:
                return self._sse(self._grow("tool_call", index, text))
            case PartFinished(index=index, part=part):
                return self._sse(self._finished(index, part))
        return b""

    def end(self, response: ChatResponse) -> bytes:
        """Return the end of what is open, and the event that holds the whole answer."""
        status = _status(response)
        ended = self._close(*self._open, status=status)
        last = {"type": f"response.{status}", "response": self._response(status, response)}
        return self._sse([*ended, last], even_empty=True)

    def fault(self, fault: Fault) -> bytes:
        """Return the failure, with the items as far as they came. Nothing follows it."""
        error = self.tell(fault)["error"]
        told = {"error": {"code": error["code"], "message": error["message"]}}
        failed = {"type": "response.failed", "response": {**self._response("failed"), **told}}
        return self._sse([failed], even_empty=True)

    def whole(self, response: ChatResponse) -> Mapping[str, Any]:
        """Return the answer in one piece."""
        for index, part in enumerate(response.parts):
            match part:
                case TextPart(text=text):
                    self._text(text, index)
                case ReasoningPart(text=text):
                    self._grow("reasoning", index, text)
            self._finished(index, part)
        return self._response(_status(response), response)

    def _text(self, text: str, index: int) -> list[Event]:
        self._written += len(text)
        return self._grow("text", index, text)

    def _place_of_text(self) -> int:
        return next((index for kind, index in self._open if kind == "text"), 0)

    def _call(self, index: int, call_id: str, name: str) -> list[Event]:
        return self._begin("tool_call", index, call_id=call_id, name=name)

    def _grow(self, kind: ItemKind, index: int, text: str) -> list[Event]:
        if not text:
            return []
        head = [] if (kind, index) in self._open else self._begin(kind, index)
        return [*head, *self._open[kind, index].grow(text)]

    def _begin(self, kind: ItemKind, index: int, **more: str) -> list[Event]:
        """Begin an item. Calls grow beside each other; text and reasoning end where the next begins."""
        before = self._close(*(key for key in self._open if key[0] != "tool_call"))
        item = Item(kind=kind, answer_id=self.answer_id, place=len(self._items), **more)
        self._items.append(item)
        self._open[kind, index] = item
        return [*before, *item.begin()]

    def _close(self, *keys: tuple[ItemKind, int], status: str = "completed") -> list[Event]:
        return [event for key in keys if key in self._open for event in self._open.pop(key).end(status)]

    def _finished(self, index: int, part: Part) -> list[Event]:
        match part:
            case RefusalPart(text=text):
                return [*self._grow("refusal", index, text), *self._close(("refusal", index))]
            case ToolCallPart(by="caller"):
                return self._finished_call(index, part)
            case TextPart():
                return self._close(("text", index))
            case ReasoningPart(state=state):
                return [*self._sealed(index, state), *self._close(("reasoning", index))]
        return []

    def _sealed(self, index: int, state: ProviderState | None) -> list[Event]:
        """Put what its provider wants to see again on a thought, which may have no words of its own."""
        if state is None or not self.seals:
            return []
        begun = [] if ("reasoning", index) in self._open else self._begin("reasoning", index)
        self._open["reasoning", index].sealed = seal(state)
        return begun

    def _finished_call(self, index: int, part: ToolCallPart) -> list[Event]:
        key: tuple[ItemKind, int] = ("tool_call", index)
        head = [] if key in self._open else self._call(index, part.id, part.name)
        rest = self._grow("tool_call", index, part.arguments_json[len(self._open[key].text) :])
        return [*head, *rest, *self._close(key)]

    def _response(self, status: str, response: ChatResponse | None = None) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": f"resp_{self.answer_id}",
            "object": "response",
            "created_at": self.created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": self.said.get("instructions"),
            "model": self.model,
            "output": [item.told() for item in self._items],
            "parallel_tool_calls": True,
            "tool_choice": self.said.get("tool_choice", "auto"),
            "tools": self.said.get("tools", []),
            "store": False,
        }
        if response is not None and status == "incomplete":
            told["incomplete_details"] = {"reason": _CUT[response.finish_reason or ""]}
        if response is not None and (usage := usage_of(response.usage)):
            told["usage"] = usage
        return told

    def _sse(self, events: list[Event], *, even_empty: bool = False) -> bytes:
        if not events and not even_empty:
            return b""
        begin: list[Event] = []
        if not self._number:
            begun = {**self._response("in_progress"), "output": []}
            begin = [{"type": f"response.{step}", "response": begun} for step in ("created", "in_progress")]
        return b"".join(map(self._line, [*begin, *events]))

    def _line(self, event: Event) -> bytes:
        data = as_json({**event, "sequence_number": self._number})
        self._number += 1
        return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), data)


def _status(response: ChatResponse) -> str:
    return "incomplete" if response.finish_reason in _CUT else "completed"


def usage_of(usage: Usage | None) -> dict[str, Any] | None:
    """Return the counts; None where one of the two that matter is not known, for 0 would be a lie."""
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_input_tokens or 0,
            "cache_write_tokens": usage.cache_write_input_tokens or 0,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens or 0},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
