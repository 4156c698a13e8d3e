"""The contract's events → answers of `generateContent`: whole objects, each with what is new.

Order of a stream: parts as they come, calls whole, and an object with the reason and the counts, which is the
only good end. With `alt=sse` each is an event; without, they are the members of one JSON list.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield import (
    AudioPart,
    ChatResponse,
    FilePart,
    ImagePart,
    OpaquePart,
    Part,
    PartFinished,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    StreamEvent,
    TextDelta,
    TextPart,
    TextReplaced,
    ToolCallPart,
    Usage,
)
from jackfield_gateway._fault import Fault

from ._gemini_contents import PROVIDER, SIGNATURE
from ._writing import added_by, arguments_of, as_json, sse

_REASONS: Final = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}
_OWN_REASONS: Final = frozenset(
    {"STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"}
)


@attrs.define(eq=False, kw_only=True)
class GeminiEncoder:
    """Writes one answer."""

    answer_id: str
    model: str
    is_sse: bool
    tell: Callable[[Fault], Mapping[str, Any]]
    _written: int = attrs.field(default=0, init=False)
    _objects: int = attrs.field(default=0, init=False)
    _streamed: set[int] = attrs.field(factory=set, init=False)
    _picture: dict[str, Any] | None = attrs.field(default=None, init=False)

    @property
    def media_type(self) -> str:
        """The type of a streamed answer."""
        return "text/event-stream; charset=utf-8" if self.is_sse else "application/json"

    @property
    def ping(self) -> bytes:
        """A sign of life.

        A blank is nothing to JSON and to who reads events. A comment is not: the vendor's clients in Python
        and JavaScript take each line without `data:` for a piece of an error.
        """
        return b"\n"

    def event(self, event: StreamEvent) -> bytes:
        """Return the object for an event."""
        match event:
            case TextDelta(text=text, index=index):
                return self._grown({"text": text}, index)
            case ReasoningDelta(text=text, index=index):
                return self._grown({"text": text, "thought": True}, index)
            case TextReplaced():
                return self._grown({"text": added_by(event, self._written)}, 0)
            case PartFinished(part=part, index=index):
                return self._finished(part, index)
        return b""

    def _grown(self, part: dict[str, Any], index: int) -> bytes:
        if not part["text"]:
            return b""
        self._streamed.add(index)
        if "thought" not in part:
            self._written += len(part["text"])
        return self._parts([part])

    def _finished(self, part: Part, index: int) -> bytes:
        if isinstance(part, TextPart | ReasoningPart) and index in self._streamed:
            # Told by its deltas. The signature of a text that has left goes nowhere: it holds for the whole
            # part alone, and elsewhere it would be refused for as long as the history lives.
            return b""
        if isinstance(part, ImagePart | AudioPart | FilePart):
            # A signature of its may come behind it, and belongs on it.
            head, self._picture = self._parts([]), next(_wires(part))
            return head
        return self._parts(list(_wires(part)))

    def _parts(self, parts: Sequence[dict[str, Any]]) -> bytes:
        """Return an object with parts, behind the picture that was held back for its signature."""
        picture, self._picture = self._picture, None
        joined = _joined([*([picture] if picture else []), *parts])
        return self._object({"content": {"role": "model", "parts": joined}, "index": 0}) if joined else b""

    def _object(self, candidate: Mapping[str, Any], **more: Any) -> bytes:
        return self._member({**self._head(), "candidates": [candidate], **more})

    def _member(self, told: Mapping[str, Any]) -> bytes:
        self._objects += 1
        if self.is_sse:
            return sse(told)
        return (b"[" if self._objects == 1 else b",\n") + as_json(told)

    def end(self, response: ChatResponse) -> bytes:
        """Return the object with the reason and the counts."""
        head = self._parts([])
        # An object without a part is none to the vendor's client, and the turn would not enter its history.
        content = {"role": "model", "parts": [{"text": ""}]}
        last = {"content": content, "finishReason": _reason(response), "index": 0}
        end = b"" if self.is_sse else b"]"
        return head + self._object(last, **_usage(response.usage)) + end

    def fault(self, fault: Fault) -> bytes:
        """Return the error as an object of its own; the vendor's client raises it."""
        return self._member(self.tell(fault)) + (b"" if self.is_sse else b"]")

    def whole(self, response: ChatResponse) -> Mapping[str, Any]:
        """Return the answer in one piece."""
        parts = _joined([wire for part in response.parts for wire in _wires(part)])
        content = {"role": "model", "parts": parts or [{"text": ""}]}
        candidate = {"content": content, "finishReason": _reason(response), "index": 0}
        return {**self._head(), "candidates": [candidate], **_usage(response.usage)}

    def _head(self) -> dict[str, Any]:
        return {"responseId": self.answer_id, "modelVersion": self.model}


def _wires(part: Part) -> Iterator[dict[str, Any]]:
    """Yield a part as the wire has it; nothing where the wire has no words for it."""
    signed = _kept(part, "signature")
    match part:
        case TextPart() | RefusalPart() if part.text or signed:
            yield {"text": part.text, **signed}
        case ReasoningPart() if part.text or signed:
            yield {"text": part.text, "thought": True, **signed}
        case ToolCallPart(by="caller"):
            yield {"functionCall": {"id": part.id, "name": part.name, "args": arguments_of(part)}, **signed}
        case ImagePart() | AudioPart() | FilePart() if isinstance(part.source, bytes):
            data = base64.b64encode(part.data).decode()
            yield {"inlineData": {"mimeType": part.media_type, "data": data}}
        case OpaquePart():
            yield from ([dict(signed)] if signed else [])
            yield from ([dict(own["part"])] if (own := _kept(part, "part")) else [])


def _joined(wires: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return parts with each bare signature on the part before it, where it came from."""
    joined: list[dict[str, Any]] = []
    for wire in wires:
        if wire.keys() == {SIGNATURE} and joined:
            joined[-1] = {**joined[-1], **wire}
        else:
            joined.append(wire)
    return joined


def _kept(part: Part, kind: str) -> Mapping[str, Any]:
    state = getattr(part, "state", None)
    return state.data if state and (state.provider, state.kind) == (PROVIDER, kind) else {}


def _reason(response: ChatResponse) -> str:
    if response.provider_finish_reason in _OWN_REASONS:
        return response.provider_finish_reason or ""
    return _REASONS.get(response.finish_reason or "stop", "STOP")


def _usage(usage: Usage | None) -> dict[str, Any]:
    """Return the counts; none where one that matters is not known, for 0 would be a lie."""
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return {}
    thoughts = usage.reasoning_output_tokens
    told = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": max(0, usage.output_tokens - (thoughts or 0)),
        "totalTokenCount": usage.input_tokens + usage.output_tokens,
    }
    if thoughts is not None:
        told["thoughtsTokenCount"] = thoughts
    if usage.cache_read_input_tokens is not None:
        told["cachedContentTokenCount"] = usage.cache_read_input_tokens
    return {"usageMetadata": told}
