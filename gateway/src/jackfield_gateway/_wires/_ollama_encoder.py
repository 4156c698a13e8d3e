"""The contract's events → Ollama's lines: each a JSON object, the last with `done`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import attrs

from jackfield import (
    ChatResponse,
    PartFinished,
    ReasoningDelta,
    RefusalPart,
    StreamEvent,
    TextDelta,
    TextReplaced,
    ToolCallPart,
)
from jackfield_gateway._fault import Fault

from ._writing import added_by, arguments_of, as_json


@attrs.define(eq=False, kw_only=True)
class OllamaEncoder:
    """Writes one answer, of a chat or of a prompt alone."""

    media_type: ClassVar[str] = "application/x-ndjson"

    model: str
    created_at: str
    is_chat: bool
    tell: Callable[[Fault], Mapping[str, Any]]
    _written: int = attrs.field(default=0, init=False)

    @property
    def ping(self) -> bytes:
        """A sign of life: a piece that says nothing, for clients parse every line."""
        return self._line("")

    def event(self, event: StreamEvent) -> bytes:
        """Return the line for an event."""
        match event:
            case TextDelta(text=text) | PartFinished(part=RefusalPart(text=text)) if text:
                return self._text(text)
            case TextReplaced():
                return self._text(added_by(event, self._written))
            case ReasoningDelta(text=text) if text:
                return self._line("", thinking=text)
            case PartFinished(part=ToolCallPart(by="caller") as call) if self.is_chat:
                return self._line("", tool_calls=[_call(call)])
        return b""

    def _text(self, text: str) -> bytes:
        self._written += len(text)
        return self._line(text) if text else b""

    def end(self, response: ChatResponse) -> bytes:
        """Return the last line."""
        return as_json({**self._piece(""), **_ended(response)}) + b"\n"

    def fault(self, fault: Fault) -> bytes:
        """Return the error as a line of its own; clients raise it."""
        return as_json(self.tell(fault)) + b"\n"

    def whole(self, response: ChatResponse) -> Mapping[str, Any]:
        """Return the answer in one piece."""
        more: dict[str, Any] = {"thinking": response.reasoning} if response.reasoning else {}
        if self.is_chat and response.tool_calls:
            more["tool_calls"] = [_call(call) for call in response.tool_calls]
        return {**self._piece(response.content or response.refusal or "", **more), **_ended(response)}

    def _line(self, text: str, **more: Any) -> bytes:
        return as_json({**self._piece(text, **more), "done": False}) + b"\n"

    def _piece(self, text: str, **more: Any) -> dict[str, Any]:
        head = {"model": self.model, "created_at": self.created_at}
        if self.is_chat:
            return {**head, "message": {"role": "assistant", "content": text, **more}}
        return {**head, "response": text, **more}


def _call(call: ToolCallPart) -> dict[str, Any]:
    return {"id": call.id, "function": {"name": call.name, "arguments": arguments_of(call)}}


def _ended(response: ChatResponse) -> dict[str, Any]:
    told: dict[str, Any] = {
        "done": True,
        "done_reason": "length" if response.finish_reason == "length" else "stop",
    }
    usage = response.usage
    if usage and usage.input_tokens is not None:
        told["prompt_eval_count"] = usage.input_tokens
    if usage and usage.output_tokens is not None:
        told["eval_count"] = usage.output_tokens
    return told
