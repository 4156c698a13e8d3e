"""The answers of Anthropic's Messages, as the vendor and those who speak the same wire send them.

Source: the vendor's page about streaming messages, and its client `anthropic` 2.14 (2026-11): one message,
whose content blocks come one after another. The API may send events and blocks that nobody knows yet; what
cannot be read is passed over and counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

import attrs

from jackfield import (
    ActivityReported,
    Citation,
    FinishReason,
    GrowingText,
    MalformedResponse,
    OpaquePart,
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
    ToolArgumentsDelta,
    ToolCallPart,
    UsageReported,
)

from .._answers import AnswerDecoder
from .._turns import filled
from .._usage import UsageNames, object_at, text_at

_CALLS: Final = frozenset({"tool_use", "server_tool_use"})
_OF_A_CALL: Final = frozenset({"type", "id", "name", "input"})
_GROWTH: Final[Mapping[str, tuple[str, frozenset[str], Callable[[str, int], StreamEvent]]]] = {
    "text_delta": ("text", frozenset({"text"}), TextDelta),
    "thinking_delta": ("thinking", frozenset({"thinking"}), ReasoningDelta),
    "input_json_delta": ("partial_json", _CALLS, ToolArgumentsDelta),
}
"""What lets a block grow: the delta's field, the blocks it is for, and the event that tells of it."""


@attrs.define(eq=False)
class _Block:
    """A content block that grows."""

    index: int
    start: Mapping[str, Any]
    kind: str
    text: GrowingText = attrs.field(factory=GrowingText)
    citations: list[Mapping[str, Any]] = attrs.field(factory=list)
    signature: str = ""
    is_read: bool = True


@attrs.define(eq=False, slots=False)
class MessagesDecoder(AnswerDecoder):
    """Events of a message to events of ours; a message in one piece, too. Subclass it for your remote.

    Attributes:
        provider: The name of the provider: what goes back with the next request goes to it alone.
    """

    provider: ClassVar[str]
    finish_reasons: ClassVar[Mapping[str, FinishReason]] = {
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_call",
        "refusal": "content_filter",
    }
    usage_names: ClassVar[UsageNames] = {
        "input_tokens": ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
        "output_tokens": "output_tokens",
        "cache_read_input_tokens": "cache_read_input_tokens",
        "cache_write_input_tokens": "cache_creation_input_tokens",
        "reasoning_output_tokens": "output_tokens_details.thinking_tokens",
    }
    """The API counts what is cached apart."""

    _block: _Block | None = attrs.field(default=None, init=False)
    _next: int = attrs.field(default=0, init=False)
    _counts: dict[str, Any] = attrs.field(factory=dict, init=False)
    _ending: dict[str, Any] = attrs.field(factory=dict, init=False)

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Return the events of one of theirs.

        Raises:
            MalformedResponse: It makes no sense.
        """
        kind = text_at(told, "type")
        return self._whole(told) if kind == "message" else self._take(kind or event, told)

    def _whole(self, message: Mapping[str, Any]) -> Iterator[StreamEvent]:
        content = message.get("content")
        yield from self._take("message_start", {"message": message})
        for index, block in enumerate(content if isinstance(content, list) else ()):
            yield from self._take("content_block_start", {"index": index, "content_block": block})
            yield from self._take("content_block_stop", {"index": index})
        yield from self._take("message_delta", {"delta": message})
        yield from self._take("message_stop", {})

    def _take(self, kind: str, told: Mapping[str, Any]) -> Iterator[StreamEvent]:
        if kind == "content_block_delta":
            yield from self._grown(self._current(told), object_at(told, "delta"))
        elif kind == "message_start":
            yield from self._message_begun(object_at(told, "message"))
        elif kind == "content_block_start":
            yield from self._block_begun(told)
        elif kind == "content_block_stop":
            yield from self._block_over(self._current(told))
        elif kind == "message_delta":
            self._ending |= object_at(told, "delta")
            self._count(told)
        elif kind == "message_stop":
            yield from self._over()
        elif kind != "ping":
            self.unread[kind] += 1

    def _message_begun(self, message: Mapping[str, Any]) -> Iterator[StreamEvent]:
        if self.has_begun:
            raise MalformedResponse(f"{self.remote}'s answer began twice")
        name = text_at(message, "id")
        yield self.begun(text_at(message, "model"), {"message_id": name} if name else {})
        self._count(message)
        if self.usage:
            yield UsageReported(self.usage)

    def _count(self, told: Mapping[str, Any]) -> None:
        # What is told later stands, and so does what is not told again.
        self._counts |= filled(object_at(told, "usage"))
        self.count(dict(self._counts))

    def _block_begun(self, told: Mapping[str, Any]) -> Iterator[StreamEvent]:
        index, start = told.get("index"), object_at(told, "content_block")
        if not self.has_begun or self._block or type(index) is not int or index < self._next:
            raise MalformedResponse(f"a content block of {self.remote}'s answer begins out of turn")
        block = self._block = _Block(index, start, text_at(start, "type"))
        self._next = index + 1
        if block.kind in _CALLS:
            identity = {"id": text_at(start, "id"), "name": text_at(start, "name")}
            yield PartStarted(index=index, kind="tool_call", **identity)
        elif block.kind in {"text", "thinking"}:
            citations = start.get("citations")
            cited = citations if isinstance(citations, list) else []
            block.citations += [one for one in cited if isinstance(one, dict)]
            block.signature = text_at(start, "signature")
            yield from self._grown(block, {**start, "type": f"{block.kind}_delta"})

    def _current(self, told: Mapping[str, Any]) -> _Block:
        block = self._block
        if block is None or told.get("index") != block.index:
            raise MalformedResponse(f"{self.remote}'s answer goes on with a content block that is not open")
        return block

    def _grown(self, block: _Block, delta: Mapping[str, Any]) -> Iterator[StreamEvent]:
        kind = text_at(delta, "type")
        field, blocks, tell = _GROWTH.get(kind, ("", frozenset(), TextDelta))
        if block.kind in blocks:
            if text := text_at(delta, field):
                block.text.add(text)
                yield tell(text, block.index)
        elif kind == "signature_delta" and block.kind == "thinking":
            block.signature = text_at(delta, "signature")
        elif kind == "citations_delta" and block.kind == "text":
            block.citations.append(object_at(delta, "citation"))
        else:
            block.is_read = False
            self.unread[kind] += 1

    def _block_over(self, block: _Block) -> Iterator[StreamEvent]:
        self._block = None
        if (part := self._part_of(block)) is None:
            return
        if isinstance(part, ToolCallPart) and part.by == "remote":
            yield ActivityReported(kind="tool", title=part.name or "tool", data=block.start)
        yield PartFinished(block.index, part)

    def _part_of(self, block: _Block) -> Part | None:
        """Return what a block is; None when nothing is in it, or something that would be lost."""
        text = block.text.read()
        match block.kind:
            case "text":
                cited = self._state("text", {"citations": block.citations}) if block.citations else None
                return TextPart(text, map(_citation, block.citations), cited) if text else None
            case "thinking":
                signed = {"signature": block.signature}
                state = self._state("thinking", signed, self.family) if block.signature else None
                return ReasoningPart(text, state) if text or state else None
            case "redacted_thinking":
                hidden = {"data": text_at(block.start, "data")}
                return ReasoningPart("", self._state("redacted_thinking", hidden, self.family))
            case "tool_use" | "server_tool_use":
                return self._call_of(block)
        return OpaquePart(self._state("block", block.start)) if block.is_read else None

    def _call_of(self, block: _Block) -> ToolCallPart:
        start, is_remote = block.start, block.kind == "server_tool_use"
        arguments = block.text.read()
        if not arguments and object_at(start, "input"):
            arguments = json.dumps(start["input"], ensure_ascii=False)
        more = {name: value for name, value in start.items() if name not in _OF_A_CALL and value is not None}
        return ToolCallPart(
            text_at(start, "id"),
            text_at(start, "name"),
            arguments,
            by="remote" if is_remote else "caller",
            state=self._state(block.kind, more) if more or is_remote else None,
        )

    def _state(self, kind: str, data: Mapping[str, Any], family: str | None = None) -> ProviderState:
        return ProviderState(self.provider, kind, data, family)

    def _over(self) -> Iterator[StreamEvent]:
        if not self.has_begun:
            raise MalformedResponse(f"{self.remote}'s answer ended before it began")
        if self._block:
            # Its end was not told, so what was signed may be half: without its signature it is not sent back.
            self._block.signature = ""
            yield from self._block_over(self._block)
        reason, details = text_at(self._ending, "stop_reason"), object_at(self._ending, "stop_details")
        if words := text_at(details, "explanation"):
            yield PartFinished(self._next, RefusalPart(words))
        told = {name: self._ending.get(name) for name in ("stop_sequence", "stop_details", "container")}
        yield self.finished(reason, {name: value for name, value in told.items() if value})


def _citation(told: Mapping[str, Any]) -> Citation:
    """Return what the text of a block rests on: a place in a document, or a page that a search found."""
    url = text_at(told, "url") or text_at(told, "source")
    return Citation(
        url=url if url.startswith(("https://", "http://")) else None,
        title=text_at(told, "title") or text_at(told, "document_title") or None,
        quote=text_at(told, "cited_text") or None,
    )
