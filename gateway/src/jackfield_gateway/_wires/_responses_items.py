"""One item of an answer of OpenAI's Responses: how it begins, grows and ends, as events without numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from jackfield import GrowingText

ItemKind: TypeAlias = Literal["text", "refusal", "reasoning", "tool_call"]
Event: TypeAlias = dict[str, Any]

_PREFIXES: Final[Mapping[ItemKind, str]] = {
    "text": "msg",
    "refusal": "msg",
    "reasoning": "rs",
    "tool_call": "fc",
}
_GROWTH: Final[Mapping[ItemKind, tuple[str, str]]] = {
    "text": ("response.output_text", "text"),
    "refusal": ("response.refusal", "refusal"),
    "reasoning": ("response.reasoning_summary_text", "text"),
    "tool_call": ("response.function_call_arguments", "arguments"),
}
"""What the events of its text are called, and where the whole text stands in the last of them."""


@attrs.define(eq=False, kw_only=True)
class Item:
    """An item that grows.

    Attributes:
        kind: What it is.
        answer_id: Our id of the answer; the item's own is made of it and is the same in all its events.
        place: Its place in the answer's `output`.
        call_id: Pairs a call with its result.
        name: The name of the tool.
        sealed: What the provider of a thought wants to see again.
        status: What the vendor says of how far it is.
    """

    kind: ItemKind
    answer_id: str
    place: int
    call_id: str = ""
    name: str = ""
    sealed: str = ""
    status: str = "in_progress"
    _grown: GrowingText = attrs.field(factory=GrowingText, init=False)

    @property
    def id(self) -> str:
        """The item's id."""
        return f"{_PREFIXES[self.kind]}_{self.answer_id}_{self.place}"

    @property
    def text(self) -> str:
        """Its text, or a call's arguments, so far."""
        return self._grown.read()

    def told(self) -> dict[str, Any]:
        """Return the item as it is by now."""
        head = {"id": self.id, "status": self.status}
        if self.kind == "tool_call":
            call = {"call_id": self.call_id, "name": self.name, "arguments": self.text}
            return {**head, "type": "function_call", **call}
        parts = [self._part()] if self.text or self.status != "in_progress" else []
        if self.kind == "reasoning":
            sealed = {"encrypted_content": self.sealed} if self.sealed else {}
            return {**head, "type": "reasoning", "summary": parts, **sealed}
        return {**head, "type": "message", "role": "assistant", "content": parts}

    def begin(self) -> list[Event]:
        """Return how it begins."""
        added = {"type": "response.output_item.added", "output_index": self.place, "item": self.told()}
        return [added, *self._of_its_part("added")]

    def grow(self, text: str) -> list[Event]:
        """Return how it goes on."""
        self._grown.add(text)
        return [self._of_its_text("delta", delta=text)]

    def end(self, status: str) -> list[Event]:
        """Return how it ends."""
        self.status = status
        name = {"name": self.name} if self.kind == "tool_call" else {}
        whole = self._of_its_text("done", **{_GROWTH[self.kind][1]: self.text}, **name)
        done = {"type": "response.output_item.done", "output_index": self.place, "item": self.told()}
        return [whole, *self._of_its_part("done"), done]

    def _part(self) -> dict[str, Any]:
        match self.kind:
            case "refusal":
                return {"type": "refusal", "refusal": self.text}
            case "reasoning":
                return {"type": "summary_text", "text": self.text}
        return {"type": "output_text", "text": self.text, "annotations": [], "logprobs": []}

    def _where(self) -> dict[str, Any]:
        where = {"item_id": self.id, "output_index": self.place}
        if self.kind == "tool_call":
            return where
        return {**where, "summary_index" if self.kind == "reasoning" else "content_index": 0}

    def _of_its_text(self, step: str, **more: Any) -> Event:
        scores: dict[str, Any] = {"logprobs": []} if self.kind == "text" else {}
        return {"type": f"{_GROWTH[self.kind][0]}.{step}", **self._where(), **more, **scores}

    def _of_its_part(self, step: str) -> list[Event]:
        if self.kind == "tool_call":
            return []
        named = "reasoning_summary_part" if self.kind == "reasoning" else "content_part"
        return [{"type": f"response.{named}.{step}", **self._where(), "part": self._part()}]
