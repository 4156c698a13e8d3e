"""The stream of the Messages API to events. No I/O.

Source: the vendor's page about streaming messages, and its client `anthropic` 2.14 (2026-11): one message,
whose content blocks come one after another. The API may send events and blocks that nobody knows yet; what
cannot be read is passed over and counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from jackfield import (
    ActivityReported,
    Citation,
    FinishReason,
    MalformedResponse,
    OpaquePart,
    Part,
    PartFinished,
    PartStarted,
    ProviderError,
    ProviderState,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextPart,
    ToolArgumentsDelta,
    ToolCallPart,
    Usage,
    UsageReported,
)
from jackfield_api import JsonEventsDecoder, error_in

from ._options import NAME

REASONS: Final[Mapping[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_call",
    "refusal": "content_filter",
}
_CALLS: Final = frozenset({"tool_use", "server_tool_use"})
_OF_A_CALL: Final = frozenset({"type", "id", "name", "input"})
_GROWTH: Final[Mapping[str, tuple[str, frozenset[str], Callable[[str, int], StreamEvent]]]] = {
    "text_delta": ("text", frozenset({"text"}), TextDelta),
    "thinking_delta": ("thinking", frozenset({"thinking"}), ReasoningDelta),
    "input_json_delta": ("partial_json", _CALLS, ToolArgumentsDelta),
}
"""What lets a block grow: the delta's field, the blocks it is for, and the event that tells of it."""


def text_in(told: Mapping[str, Any], name: str) -> str:
    """Return the text in a field; empty where there is none.

    Raises:
        MalformedResponse: Something else is in it.
    """
    text = told.get(name)
    if text is None or isinstance(text, str):
        return text or ""
    raise MalformedResponse(f"{name!r} of Anthropic's answer is no text")


def object_in(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object in a field; an empty one where there is none.

    Raises:
        MalformedResponse: Something else is in it.
    """
    found = told.get(name)
    if found is None or isinstance(found, dict):
        return found or {}
    raise MalformedResponse(f"{name!r} of Anthropic's answer is no object")


def usage_of(raw: Mapping[str, Any]) -> Usage | None:
    """Return the counts of the API in totals: it counts what is cached apart. None where it tells none."""
    if not raw:
        return None

    def count(name: str, of: Mapping[str, Any] = raw) -> int | None:
        value = of.get(name)
        return value if type(value) is int else None

    details = raw.get("output_tokens_details")
    fresh, written = count("input_tokens"), count("output_tokens")
    read, kept = count("cache_read_input_tokens"), count("cache_creation_input_tokens")
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (kept or 0),
        output_tokens=written,
        cache_read_input_tokens=read,
        cache_write_input_tokens=kept,
        reasoning_output_tokens=count("thinking_tokens", details) if isinstance(details, dict) else None,
        input_source=None if fresh is None else "reported",
        output_source=None if written is None else "reported",
        raw=raw,
    )


@attrs.define(eq=False)
class _Block:
    """A content block that grows."""

    index: int
    start: Mapping[str, Any]
    kind: str
    pieces: list[str] = attrs.field(factory=list)
    citations: list[Mapping[str, Any]] = attrs.field(factory=list)
    signature: str = ""
    is_read: bool = True

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@attrs.define(eq=False, slots=False)
class MessagesDecoder(JsonEventsDecoder):
    """Turns the bytes of one answer into events; an answer in one piece, too.

    Attributes:
        started: What is known of the answer before its first byte.
        family: The family of the model that was asked: what it signs is for no other.
        headers: The answer's headers, for errors inside it.
    """

    started: ResponseStarted = attrs.field(factory=ResponseStarted)
    family: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    _block: _Block | None = attrs.field(default=None, init=False)
    _next: int = attrs.field(default=0, init=False)
    _begun: bool = attrs.field(default=False, init=False)
    _usage: Mapping[str, Any] = attrs.field(factory=dict, init=False)
    _ending: dict[str, Any] = attrs.field(factory=dict, init=False)
    _unread: Counter[str] = attrs.field(factory=Counter, init=False)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def fault_in(self, told: Mapping[str, Any], event: str) -> ProviderError | None:
        """Return the error that an event reports, if it is one."""
        told = {**told, "type": "error"} if event == "error" else told
        return error_in(told, headers=self.headers, remote="Anthropic")

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Return the events of one of theirs.

        Raises:
            MalformedResponse: It makes no sense.
        """
        kind = text_in(told, "type")
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
            yield from self._grown(self._current(told), object_in(told, "delta"))
        elif kind == "message_start":
            yield from self._message_begun(object_in(told, "message"))
        elif kind == "content_block_start":
            yield from self._block_begun(told)
        elif kind == "content_block_stop":
            yield from self._block_over(self._current(told))
        elif kind == "message_delta":
            self._ending |= object_in(told, "delta")
            self._count(told)
        elif kind == "message_stop":
            yield from self._over()
        elif kind != "ping":
            self._unread[kind] += 1

    def _message_begun(self, message: Mapping[str, Any]) -> Iterator[StreamEvent]:
        if self._begun:
            raise MalformedResponse("Anthropic's answer began twice")
        self._begun = True
        name = text_in(message, "id")
        yield attrs.evolve(
            self.started,
            model=text_in(message, "model") or None,
            metadata={"message_id": name} if name else {},
        )
        self._count(message)
        if usage := usage_of(self._usage):
            yield UsageReported(usage)

    def _count(self, told: Mapping[str, Any]) -> None:
        """Take in counts, which are of all so far: what is told later stands, what is not told again too."""
        counts = {name: count for name, count in object_in(told, "usage").items() if count is not None}
        self._usage = {**self._usage, **counts}

    def _block_begun(self, told: Mapping[str, Any]) -> Iterator[StreamEvent]:
        index, start = told.get("index"), object_in(told, "content_block")
        if not self._begun or self._block or type(index) is not int or index < self._next:
            raise MalformedResponse("a content block of Anthropic's answer begins out of turn")
        block = self._block = _Block(index, start, text_in(start, "type"))
        self._next = index + 1
        if block.kind in _CALLS:
            identity = {"id": text_in(start, "id"), "name": text_in(start, "name")}
            yield PartStarted(index=index, kind="tool_call", **identity)
        elif block.kind in {"text", "thinking"}:
            citations = start.get("citations")
            cited = citations if isinstance(citations, list) else []
            block.citations += [one for one in cited if isinstance(one, dict)]
            block.signature = text_in(start, "signature")
            yield from self._grown(block, {**start, "type": f"{block.kind}_delta"})

    def _current(self, told: Mapping[str, Any]) -> _Block:
        block = self._block
        if block is None or told.get("index") != block.index:
            raise MalformedResponse("Anthropic's answer goes on with a content block that is not open")
        return block

    def _grown(self, block: _Block, delta: Mapping[str, Any]) -> Iterator[StreamEvent]:
        kind = text_in(delta, "type")
        field, blocks, tell = _GROWTH.get(kind, ("", frozenset(), TextDelta))
        if block.kind in blocks:
            if text := text_in(delta, field):
                block.pieces.append(text)
                yield tell(text, block.index)
        elif kind == "signature_delta" and block.kind == "thinking":
            block.signature = text_in(delta, "signature")
        elif kind == "citations_delta" and block.kind == "text":
            block.citations.append(object_in(delta, "citation"))
        else:
            block.is_read = False
            self._unread[kind] += 1

    def _block_over(self, block: _Block) -> Iterator[StreamEvent]:
        self._block = None
        part = self._part_of(block)
        if part is None:
            return
        if isinstance(part, ToolCallPart) and part.by == "remote":
            yield ActivityReported(kind="tool", title=part.name or "tool", data=block.start)
        yield PartFinished(block.index, part)

    def _part_of(self, block: _Block) -> Part | None:
        """Return what a block is; None when nothing is in it, or something that would be lost."""
        match block.kind:
            case "text":
                cited = self._state("text", {"citations": block.citations}) if block.citations else None
                return TextPart(block.text, map(_citation, block.citations), cited) if block.text else None
            case "thinking":
                signed = {"signature": block.signature}
                state = self._state("thinking", signed, self.family) if block.signature else None
                return ReasoningPart(block.text, state) if block.text or state else None
            case "redacted_thinking":
                hidden = {"data": text_in(block.start, "data")}
                return ReasoningPart("", self._state("redacted_thinking", hidden, self.family))
            case "tool_use" | "server_tool_use":
                return self._call_of(block)
        return OpaquePart(self._state("block", block.start)) if block.is_read else None

    def _call_of(self, block: _Block) -> ToolCallPart:
        start, is_remote = block.start, block.kind == "server_tool_use"
        arguments = block.text
        if not arguments and object_in(start, "input"):
            arguments = json.dumps(start["input"], ensure_ascii=False)
        more = {name: value for name, value in start.items() if name not in _OF_A_CALL and value is not None}
        return ToolCallPart(
            text_in(start, "id"),
            text_in(start, "name"),
            arguments,
            by="remote" if is_remote else "caller",
            state=self._state(block.kind, more) if more or is_remote else None,
        )

    def _state(self, kind: str, data: Mapping[str, Any], family: str | None = None) -> ProviderState:
        return ProviderState(NAME, kind, data, family)

    def _over(self) -> Iterator[StreamEvent]:
        if not self._begun:
            raise MalformedResponse("Anthropic's answer ended before it began")
        if self._block:
            # Its end was not told, so what was signed may be half: without its signature it is not sent back.
            self._block.signature = ""
            yield from self._block_over(self._block)
        reason, details = text_in(self._ending, "stop_reason"), object_in(self._ending, "stop_details")
        if words := text_in(details, "explanation"):
            yield PartFinished(self._next, RefusalPart(words))
        told = {name: self._ending.get(name) for name in ("stop_sequence", "stop_details", "container")}
        yield ResponseFinished(
            finish_reason=REASONS.get(reason, "stop"),
            provider_finish_reason=reason or None,
            usage=usage_of(self._usage),
            metadata={
                **{name: value for name, value in told.items() if value},
                **({"unread": dict(self._unread)} if self._unread else {}),
            },
        )


def _citation(told: Mapping[str, Any]) -> Citation:
    """Return what the text of a block rests on: a place in a document, or a page that a search found."""
    url = text_in(told, "url") or text_in(told, "source")
    return Citation(
        url=url if url.startswith(("https://", "http://")) else None,
        title=text_in(told, "title") or text_in(told, "document_title") or None,
        quote=text_in(told, "cited_text") or None,
    )
