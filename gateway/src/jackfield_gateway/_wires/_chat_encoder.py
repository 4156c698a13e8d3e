"""The contract's events → chunks of chat completions.

Order of a stream: a chunk with the role at the first content, then content, then one chunk with the reason,
then (only when it was asked for: some clients fall over it) one without choices and with the usage, `[DONE]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import attrs

from jackfield import (
    ChatResponse,
    PartFinished,
    PartStarted,
    ReasoningDelta,
    RefusalPart,
    StreamEvent,
    TextDelta,
    TextReplaced,
    ToolArgumentsDelta,
    ToolCallPart,
    Usage,
)
from jackfield_gateway._fault import Fault

from ._writing import added_by, sse

_REASONS: Final = {"stop": "stop", "length": "length", "content_filter": "content_filter"}
_DONE: Final = b"data: [DONE]\n\n"


@attrs.define(eq=False, kw_only=True)
class ChatEncoder:
    """Writes one answer."""

    media_type: ClassVar[str] = "text/event-stream; charset=utf-8"
    ping: ClassVar[bytes] = b": ping\n\n"

    answer_id: str
    created: int
    model: str
    include_usage: bool
    tell: Callable[[Fault], Mapping[str, Any]]
    _has_begun: bool = attrs.field(default=False, init=False)
    _written: int = attrs.field(default=0, init=False)
    _calls: dict[int, int] = attrs.field(factory=dict, init=False)
    _told: dict[int, int] = attrs.field(factory=dict, init=False)

    def event(self, event: StreamEvent) -> bytes:
        """Return the chunks for an event."""
        match event:
            case TextDelta(text=text):
                return self._text(text)
            case ReasoningDelta(text=text):
                return self._delta({"reasoning_content": text}) if text else b""
            case TextReplaced():
                return self._text(added_by(event, self._written))
            case PartFinished(part=RefusalPart(text=text)):
                return self._delta({"refusal": text})
        return self._of_a_call(event)

    def _of_a_call(self, event: StreamEvent) -> bytes:
        match event:
            case PartStarted(kind="tool_call") if event.name:
                return self._call(event.index, event.id, event.name)
            case ToolArgumentsDelta() if event.text:
                return self._arguments(event.index, event.text)
            case PartFinished(part=ToolCallPart(by="caller")):
                return self._finished_call(event.index, event.part)
        return b""

    def _text(self, text: str) -> bytes:
        self._written += len(text)
        return self._delta({"content": text}) if text else b""

    def _call(self, index: int, call_id: str, name: str) -> bytes:
        place = self._calls.setdefault(index, len(self._calls))
        self._told.setdefault(index, 0)
        function = {"name": name, "arguments": ""}
        return self._delta(
            {"tool_calls": [{"index": place, "id": call_id, "type": "function", "function": function}]}
        )

    def _arguments(self, index: int, text: str) -> bytes:
        if index not in self._calls:
            return b""
        self._told[index] += len(text)
        return self._delta({"tool_calls": [{"index": self._calls[index], "function": {"arguments": text}}]})

    def _finished_call(self, index: int, part: Any) -> bytes:
        head = b"" if index in self._calls else self._call(index, part.id, part.name)
        rest = part.arguments_json[self._told[index] :]
        return head + (self._arguments(index, rest) if rest else b"")

    def end(self, response: ChatResponse) -> bytes:
        """Return the chunk with the reason, the usage if it was asked for, and the end."""
        begin = b"" if self._has_begun else self._delta({"content": ""})
        chunks = [begin, self._chunk([{"index": 0, "delta": {}, "finish_reason": _reason(response)}])]
        if self.include_usage and (usage := usage_of(response.usage)):
            chunks.append(self._chunk([], usage=usage))
        return b"".join([*chunks, _DONE])

    def fault(self, fault: Fault) -> bytes:
        """Return the error as a chunk of its own; vendors' clients raise it. `[DONE]` never follows."""
        return sse(self.tell(fault))

    def whole(self, response: ChatResponse) -> Mapping[str, Any]:
        """Return the answer in one piece."""
        message: dict[str, Any] = {
            "role": "assistant",
            "content": response.content if response.content or not response.tool_calls else None,
            "refusal": response.refusal or None,
        }
        if response.reasoning:
            message["reasoning_content"] = response.reasoning
        if calls := response.tool_calls:
            message["tool_calls"] = [_whole_call(call) for call in calls]
        choice = {"index": 0, "message": message, "finish_reason": _reason(response), "logprobs": None}
        usage = usage_of(response.usage)
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            **({"usage": usage} if usage else {}),
        }

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        role = {} if self._has_begun else {"role": "assistant"}
        self._has_begun = True
        return self._chunk([{"index": 0, "delta": {**role, **delta}, "finish_reason": None}])

    def _chunk(self, choices: list[Any], **more: Any) -> bytes:
        return sse({**self._head("chat.completion.chunk"), "choices": choices, **more})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.answer_id, "object": kind, "created": self.created, "model": self.model}


def _reason(response: ChatResponse) -> str:
    # Whatever the remote said: clients look for calls only under this word.
    if response.tool_calls:
        return "tool_calls"
    return _REASONS.get(response.finish_reason or "stop", "stop")


def _whole_call(call: ToolCallPart) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_json}
    return {"id": call.id, "type": "function", "function": function}


def usage_of(usage: Usage | None) -> dict[str, Any] | None:
    """Return the counts; None where one that the wire requires is not known, for 0 would be a lie."""
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    told: dict[str, Any] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
    if usage.cache_read_input_tokens is not None:
        told["prompt_tokens_details"] = {"cached_tokens": usage.cache_read_input_tokens}
    if usage.reasoning_output_tokens is not None:
        told["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_output_tokens}
    return told
