"""The contract's events → the events of Anthropic's Messages.

Order of a stream: `message_start` at the first content; each block's start, deltas and stop, one block
after another; `message_delta` with the reason and the counts; `message_stop`. What may grow beside another
part, and thinking, whose signature comes last, is written when it is whole: blocks must not interleave, and
thinking without a signature of its provider would poison the client's history.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

import attrs

from jackfield import (
    ChatResponse,
    Part,
    PartFinished,
    ProviderState,
    ReasoningPart,
    RefusalPart,
    StreamEvent,
    TextDelta,
    TextPart,
    TextReplaced,
    ToolCallPart,
    Usage,
    UsageReported,
)
from jackfield_gateway._fault import Fault

from ._writing import added_by, arguments_of, as_json

PROVIDER: Final = "anthropic_api"
"""The provider whose signatures and citations this wire can carry."""
_REASONS: Final = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
_OWN_REASONS: Final = frozenset(
    {"stop_sequence", "pause_turn", "refusal", "model_context_window_exceeded", "max_tokens"}
)


@attrs.define(eq=False, kw_only=True)
class AnthropicEncoder:
    """Writes one answer."""

    media_type: ClassVar[str] = "text/event-stream; charset=utf-8"
    ping: ClassVar[bytes] = b'event: ping\ndata: {"type":"ping"}\n\n'

    answer_id: str
    model: str
    tell: Callable[[Fault], Mapping[str, Any]]
    _has_begun: bool = attrs.field(default=False, init=False)
    _blocks: int = attrs.field(default=0, init=False)
    _open: int | None = attrs.field(default=None, init=False)
    _written: int = attrs.field(default=0, init=False)
    _usage: Usage | None = attrs.field(default=None, init=False)

    def event(self, event: StreamEvent) -> bytes:
        """Return the wire's events for an event."""
        match event:
            case TextDelta(text=text, index=index):
                return self._text(text, index)
            case TextReplaced():
                return self._text(added_by(event, self._written), self._open or 0)
            case UsageReported(usage=usage):
                self._usage = usage
            case PartFinished(part=TextPart() as part, index=index) if index == self._open:
                return self._cited(part) + self._close()
            case PartFinished(part=part) if not isinstance(part, TextPart):
                return b"".join(map(self._block, blocks_of(part)))
        return b""

    def _text(self, text: str, index: int) -> bytes:
        if not text:
            return b""
        self._written += len(text)
        head = b""
        if self._open != index:
            head = self._begin() + self._close() + self._start({"type": "text", "text": ""})
            self._open = index
        return head + self._delta({"type": "text_delta", "text": text})

    def _cited(self, part: TextPart) -> bytes:
        cited = _kept(part.state, "text").get("citations", ())
        return b"".join(self._delta({"type": "citations_delta", "citation": one}) for one in cited)

    def _block(self, block: Mapping[str, Any]) -> bytes:
        """Return a whole block: its start without what grows, its deltas, its stop."""
        start, deltas = _apart(block)
        head = self._begin() + self._close() + self._start(start)
        return head + b"".join(map(self._delta, deltas)) + self._stop()

    def _begin(self) -> bytes:
        if self._has_begun:
            return b""
        self._has_begun = True
        message = {**self._head(), "content": [], "stop_reason": None, "stop_sequence": None}
        return _sse("message_start", message={**message, "usage": usage_of(self._usage)})

    def _start(self, block: Mapping[str, Any]) -> bytes:
        return _sse("content_block_start", index=self._blocks, content_block=block)

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        return _sse("content_block_delta", index=self._blocks, delta=delta)

    def _stop(self) -> bytes:
        self._blocks += 1
        return _sse("content_block_stop", index=self._blocks - 1)

    def _close(self) -> bytes:
        if self._open is None:
            return b""
        self._open = None
        return self._stop()

    def end(self, response: ChatResponse) -> bytes:
        """Return the reason, the counts, and the end."""
        delta = {"stop_reason": _reason(response), "stop_sequence": None}
        last = _sse("message_delta", delta=delta, usage=usage_of(response.usage))
        return self._begin() + self._close() + last + _sse("message_stop")

    def fault(self, fault: Fault) -> bytes:
        """Return the event `error`; vendors' clients raise it."""
        return _sse("error", **{key: value for key, value in self.tell(fault).items() if key != "type"})

    def whole(self, response: ChatResponse) -> Mapping[str, Any]:
        """Return the answer in one piece."""
        return {
            **self._head(),
            "content": [block for part in response.parts for block in blocks_of(part)],
            "stop_reason": _reason(response),
            "stop_sequence": None,
            "usage": usage_of(response.usage),
        }

    def _head(self) -> dict[str, Any]:
        return {"id": self.answer_id, "type": "message", "role": "assistant", "model": self.model}


def _sse(kind: str, **fields: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), as_json({"type": kind, **fields}))


def blocks_of(part: Part) -> Iterator[dict[str, Any]]:
    """Yield a part of an answer as blocks; nothing where the wire has no words for it."""
    match part:
        case TextPart() | RefusalPart() if part.text:
            cited = _kept(getattr(part, "state", None), "text").get("citations")
            yield {"type": "text", "text": part.text, **({"citations": list(cited)} if cited else {})}
        case ReasoningPart(text=text, state=state):
            if signed := _kept(state, "thinking").get("signature"):
                yield {"type": "thinking", "thinking": text, "signature": signed}
            if hidden := _kept(state, "redacted_thinking").get("data"):
                yield {"type": "redacted_thinking", "data": hidden}
        case ToolCallPart(by="caller"):
            yield {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments_of(part)}


def _kept(state: ProviderState | None, kind: str) -> Mapping[str, Any]:
    if state is None or (state.provider, state.kind) != (PROVIDER, kind):
        return {}
    return state.data


def _apart(block: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    match block:
        case {"type": "text", "text": text}:
            return {**block, "text": ""}, [{"type": "text_delta", "text": text}]
        case {"type": "tool_use", "input": given}:
            told = json.dumps(given, ensure_ascii=False, default=dict)
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": told}]
        case {"type": "thinking", "thinking": text, "signature": signature}:
            deltas = [{"type": "thinking_delta", "thinking": text}] if text else []
            signed = {"type": "signature_delta", "signature": signature}
            return {**block, "thinking": "", "signature": ""}, [*deltas, signed]
    return dict(block), []


def _reason(response: ChatResponse) -> str:
    if response.tool_calls:
        return "tool_use"
    if response.provider_finish_reason in _OWN_REASONS:
        return response.provider_finish_reason or ""
    return _REASONS.get(response.finish_reason or "stop", "end_turn")


def usage_of(usage: Usage | None) -> dict[str, Any]:
    """Return the counts. The wire requires the two: what nobody told is null, for 0 would be a lie."""
    if usage is None:
        return {"input_tokens": None, "output_tokens": None}
    read, put = usage.cache_read_input_tokens, usage.cache_write_input_tokens
    fresh = usage.input_tokens
    if fresh is not None:
        fresh = max(0, fresh - (read or 0) - (put or 0))  # the vendor counts cached tokens apart
    told = {"input_tokens": fresh, "output_tokens": usage.output_tokens}
    if read is not None:
        told["cache_read_input_tokens"] = read
    if put is not None:
        told["cache_creation_input_tokens"] = put
    return told
