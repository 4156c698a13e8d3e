"""The answers of Google's `generateContent`, streamed or not: whole objects, each with what is new.

Source: the vendor's reference of `GenerateContentResponse`, its page about thought signatures and its
client's types, google-genai 3.6.1 (2026-11). A stream has no end of its own: the answer is whole when it told
a `finishReason`.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import attrs

from jackfield import (
    ActivityReported,
    AudioPart,
    Certainty,
    ContentRefused,
    FilePart,
    FinishReason,
    ImagePart,
    MalformedResponse,
    OpaquePart,
    PartFinished,
    ProviderError,
    ProviderState,
    ProviderUnavailable,
    ReasoningDelta,
    ReasoningPart,
    StreamEvent,
    TextDelta,
    TextPart,
    ToolCallPart,
    UsageReported,
)

from .._answers import AnswerDecoder
from .._text import shown
from .._usage import UsageNames, objects_in, words_in
from ._gemini_contents import NAMELESS, SIGNATURE
from ._gemini_sources import citations_of

_FILTERS: Final = (
    *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "SPII", "PROHIBITED_CONTENT", "MODEL_ARMOR"),
    *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
)
_NONSENSE: Final = frozenset(
    {"MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"}
)
_GIVEN_UP: Final = frozenset({"OTHER", "IMAGE_OTHER", "NO_IMAGE", "MISSING_THOUGHT_SIGNATURE", "ESCALATION"})
_UNTOLD: Final = frozenset({"", "FINISH_REASON_UNSPECIFIED"})

_ABOUT: Final = {
    "finish_message": "finishMessage",
    "safety_ratings": "safetyRatings",
    "grounding": "groundingMetadata",
    "url_context": "urlContextMetadata",
    "continuation_token": "continuationToken",
}
"""What of an answer goes into its metadata, and where it stands."""
_OF_SOURCES: Final = ("groundingMetadata", "citationMetadata")
_STEPS: Final = ("executableCode", "toolCall")
_SILENT: Final = frozenset({"codeExecutionResult", "toolResponse", "fileData", "inlineData"})
"""Parts that are known and shown to nobody: a picture is among them where it is a thought, a draft."""


@attrs.define(eq=False)
class _Text:
    """Text or thought that grows.

    Attributes:
        index: Its place among the parts.
        is_thought: Whether it is a thought.
        signature: What the API wants to see again with it.
    """

    index: int
    is_thought: bool
    signature: str = ""
    pieces: list[str] = attrs.field(factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@attrs.define(eq=False, slots=False)
class GenerateContentDecoder(AnswerDecoder):
    """Objects of an answer to events; an answer in one piece, too. Subclass it for your remote.

    Attributes:
        provider: The name of the provider: what goes back with the next request goes to it alone.
    """

    provider: ClassVar[str]
    finish_reasons: ClassVar[Mapping[str, FinishReason]] = {
        "MAX_TOKENS": "length",
        "CONTINUATION": "length",
        **dict.fromkeys(_FILTERS, "content_filter"),
    }
    usage_names: ClassVar[UsageNames] = {
        "input_tokens": ("promptTokenCount", "toolUsePromptTokenCount"),
        "output_tokens": ("candidatesTokenCount", "thoughtsTokenCount"),
        "cache_read_input_tokens": "cachedContentTokenCount",
        "reasoning_output_tokens": "thoughtsTokenCount",
    }
    """The API counts thoughts apart, and what its own tools found."""

    _next: int = attrs.field(default=0, init=False)
    _calls: int = attrs.field(default=0, init=False)
    _open: _Text | None = attrs.field(default=None, init=False)
    _texts: list[_Text] = attrs.field(factory=list, init=False)
    _candidate: dict[str, Any] = attrs.field(factory=dict, init=False)

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:  # noqa: ARG002  the base's
        """Return the events of what came next."""
        self.request_id = self.request_id or words_in(told, "responseId") or None
        if (why := words_in(told, "promptFeedback.blockReason")) and not objects_in(told, "candidates"):
            raise self._refused(why)
        if not self.has_begun:
            name = words_in(told, "responseId")
            yield self.begun(words_in(told, "modelVersion"), {"response_id": name} if name else {})
        is_first = self.usage is None
        self.count(told.get("usageMetadata"))
        if is_first and self.usage:
            yield UsageReported(self.usage)
        for candidate in objects_in(told, "candidates"):
            if candidate.get("index", 0) == 0:
                self._note(candidate)
                for part in objects_in(candidate, "content.parts"):
                    yield from self._part(part)

    def end(self) -> Iterator[StreamEvent]:
        """Return the parts that are whole now, and the end; nothing if the answer was cut."""
        word = words_in(self._candidate, "finishReason")
        if word in _UNTOLD:
            return
        if word in _NONSENSE | _GIVEN_UP:
            raise self._given_up(word)
        yield from self._close()
        yield from self._whole_texts()
        told = {ours: found for ours, theirs in _ABOUT.items() if (found := self._candidate.get(theirs))}
        yield self.finished(word, told)

    def _refused(self, why: str) -> ContentRefused:
        # Where nothing came before, no model was asked: to send the prompt elsewhere is no second answer.
        return ContentRefused(
            f"{self.remote} refuses the prompt: {shown(why, 100)}",
            certainty=Certainty.STARTED if self.has_begun else Certainty.REJECTED,
            code=shown(why, 100),
            remote_request_id=self.request_id,
        )

    def _given_up(self, word: str) -> ProviderError:
        kind = MalformedResponse if word in _NONSENSE else ProviderUnavailable
        words = words_in(self._candidate, "finishMessage")
        return kind(
            f"{self.remote} broke off its answer: {word}" + (f" ({shown(words)})" if words else ""),
            certainty=Certainty.STARTED,
            code=word,
            remote_request_id=self.request_id,
        )

    def _note(self, candidate: Mapping[str, Any]) -> None:
        """Keep what is told of the answer besides its parts; sources may come in several goes."""
        told = {name: value for name, value in candidate.items() if name != "content" and value}
        for name in _OF_SOURCES:
            old, new = self._candidate.get(name), told.get(name)
            if isinstance(old, dict) and isinstance(new, dict):
                told[name] = {**old, **new}
        self._candidate |= told

    def _part(self, part: Mapping[str, Any]) -> Iterator[StreamEvent]:
        signature = words_in(part, SIGNATURE)
        if isinstance(part.get("text"), str) or part.keys() <= {SIGNATURE, "thought"}:
            yield from self._said(part, signature)
            return
        yield from self._close()
        if isinstance(part.get("functionCall"), dict):
            yield PartFinished(self._place(), self._call(part["functionCall"], signature))
        elif isinstance(part.get("inlineData"), dict) and part.get("thought") is not True:
            yield PartFinished(self._place(), _media(part["inlineData"]))
            if state := self._signed(signature):
                yield PartFinished(self._place(), OpaquePart(state))
        else:
            yield from self._other(part)

    def _place(self) -> int:
        self._next += 1
        return self._next - 1

    def _said(self, part: Mapping[str, Any], signature: str) -> Iterator[StreamEvent]:
        """Take in text. What is signed is a part by itself: it goes back as it came, joined with nothing."""
        text, is_thought = words_in(part, "text"), part.get("thought") is True
        if not text and not signature:
            return
        grown = self._open
        if grown is None or signature or grown.is_thought is not is_thought:
            yield from self._close()
            grown = self._open = _Text(self._place(), is_thought, signature)
        if text:
            grown.pieces.append(text)
            yield (ReasoningDelta if is_thought else TextDelta)(text, grown.index)
        if signature:
            yield from self._close()

    def _close(self) -> Iterator[StreamEvent]:
        """Say that what grows is whole. Text waits for the end, for its sources are told there."""
        grown, self._open = self._open, None
        if grown is not None and grown.text and not grown.is_thought:
            self._texts.append(grown)
        elif grown is not None:
            part = ReasoningPart if grown.is_thought else TextPart
            yield PartFinished(grown.index, part(grown.text, state=self._signed(grown.signature)))

    def _whole_texts(self) -> Iterator[StreamEvent]:
        cited = citations_of([one.text for one in self._texts], self._candidate)
        for one, citations in zip(self._texts, cited, strict=True):
            yield PartFinished(one.index, TextPart(one.text, citations, self._signed(one.signature)))

    def _call(self, called: Mapping[str, Any], signature: str) -> ToolCallPart:
        self._calls += 1
        arguments = called.get("args") or {}
        return ToolCallPart(
            words_in(called, "id") or f"{NAMELESS}{self._calls}-{self.request_id or ''}",
            words_in(called, "name"),
            json.dumps(arguments, ensure_ascii=False),
            state=self._signed(signature),
        )

    def _other(self, part: Mapping[str, Any]) -> Iterator[StreamEvent]:
        """Take in what has no part of ours: it goes back in its place, and steps are shown."""
        for step in _STEPS:
            if isinstance(told := part.get(step), dict):
                title = words_in(told, "toolType|name|language") or step
                yield ActivityReported(kind="tool", title=title, detail=words_in(told, "code"), data=told)
        if not part.keys() & {*_STEPS, *_SILENT}:
            self.unread[next(iter(part))] += 1
        state = ProviderState(self.provider, "part", {"part": part}, self.family)
        yield PartFinished(self._place(), OpaquePart(state))

    def _signed(self, signature: str) -> ProviderState | None:
        return (
            ProviderState(self.provider, "signature", {SIGNATURE: signature}, self.family)
            if signature
            else None
        )


def _media(blob: Mapping[str, Any]) -> ImagePart | AudioPart | FilePart:
    """Return a picture, a sound or a file that the model made."""
    media_type = words_in(blob, "mimeType")
    try:
        data = b64decode(words_in(blob, "data"), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedResponse("what the answer holds inline is no base64") from None
    if media_type.startswith("image/"):
        return ImagePart(data, media_type)
    if media_type.startswith("audio/"):
        return AudioPart(data, media_type)
    return FilePart(data, "answer", media_type or "application/octet-stream")
