"""The answers of OpenAI's chat completions, as the vendor and those who speak the same wire send them.

Sources: the vendor's reference of chat completions and its client's types (openai-python 3.57.0); the fields
`reasoning_content`, `reasoning` and `reasoning_details` as DeepSeek, vLLM, llama.cpp, Z.AI, Ollama, Groq and
OpenRouter document them (2026-11); content in chunks as Mistral does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, TypeAlias

import attrs

from jackfield import (
    Certainty,
    Citation,
    FinishReason,
    GrowingText,
    MalformedResponse,
    PartFinished,
    PartStarted,
    ProviderState,
    ProviderUnavailable,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextPart,
    ToolArgumentsDelta,
    ToolCallPart,
)

from .._answers import AnswerDecoder, StateMaker
from .._text import shown
from .._usage import UsageNames, found_in

_Kind: TypeAlias = Literal["text", "reasoning", "refusal"]
_RARE: Final = frozenset({"refusal", "annotations", "tool_calls"})
_ABOUT: Final = ("id", "system_fingerprint", "service_tier", "provider")
_GROWING: Final = frozenset({"text", "summary", "data"})


@attrs.define(eq=False)
class _Call:
    """A tool call that grows.

    Attributes:
        index: The place of its part.
        wire: The remote's number for it, if it gives one.
    """

    index: int
    wire: int | None
    id: str
    name: str
    pieces: list[str] = attrs.field(factory=list)


class ChatCompletionsDecoder(AnswerDecoder):
    """Chunks of a chat completion to events; a completion in one piece, too. Subclass it for your remote.

    The answer is over at `[DONE]`, or when the remote hangs up, and whole if a chunk before that told a
    `finish_reason`: otherwise it was cut.

    Args:
        started: What is known of the answer by its headers; the first chunk's model and id are added.
        state: Makes what goes back to the remote with the answer's reasoning; None where it wants nothing.

    Attributes:
        finish_reasons: The remote's words to ours; any other is `stop`. `error` is raised as one.
        usage_places: Where a chunk has token counts.
        usage_names: Where those have each of ours; see `usage_of`.
        reasoning_fields: Where a delta has what the model thinks; the first that holds text counts.
    """

    finish_reasons: ClassVar[Mapping[str, FinishReason]] = {
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_call",
        "function_call": "tool_call",
        "content_filter": "content_filter",
        "model_length": "length",
        "model_context_window_exceeded": "length",
        "sensitive": "content_filter",
        "error": "error",
        "network_error": "error",
        "insufficient_system_resource": "error",
    }
    usage_places: ClassVar[str] = "usage|x_groq.usage"
    usage_names: ClassVar[UsageNames] = {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "cache_read_input_tokens": "prompt_tokens_details.cached_tokens|prompt_cache_hit_tokens",
        "cache_write_input_tokens": "prompt_tokens_details.cache_write_tokens",
        "reasoning_output_tokens": "completion_tokens_details.reasoning_tokens",
    }
    reasoning_fields: ClassVar[Sequence[str]] = ("reasoning_content", "reasoning")

    def __init__(self, started: ResponseStarted | None = None, *, state: StateMaker | None = None) -> None:
        super().__init__(started or ResponseStarted())
        self._state = state
        self._thoughts = frozenset((*self.reasoning_fields, "reasoning_details"))
        self._id = ""
        self._model: str | None = None
        self._reason: str | None = None
        self._places: dict[_Kind, int] = {}
        self._texts: defaultdict[_Kind, list[str]] = defaultdict(list)
        self._calls: list[_Call] = []
        self._by_id: dict[str, list[_Call]] = {}
        self._by_wire: dict[int, _Call] = {}
        self._citations: list[Citation] = []
        self._details: list[dict[str, Any]] = []
        self._field = ""
        self._logprobs: list[Any] = []

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:  # noqa: ARG002  the base's
        """Return the events of one chunk."""
        if not self.has_begun:
            self._id = _text(told, "id")
            about = {name: told[name] for name in _ABOUT if isinstance(told.get(name), str)}
            yield self.begun(_text(told, "model"), about)
        self._model = _text(told, "model") or self._model
        if counts := found_in(told, self.usage_places):
            self.count(counts)
        for choice in _objects(told.get("choices")):
            if choice.get("index", 0) == 0:
                yield from self._choice(choice)

    def delta(self, delta: Mapping[str, Any]) -> Iterator[StreamEvent]:
        """Return the events of what one chunk adds to the answer."""
        # Nearly every chunk adds text and nothing else: what is rare is looked for by one question.
        if not self._thoughts.isdisjoint(delta):
            yield from self._thought(delta)
        content = delta.get("content")
        if content and isinstance(content, str):
            yield from self._grown("text", content)
        elif content:
            yield from self._said(content)
        if not _RARE.isdisjoint(delta):
            yield from self._besides(delta)

    def _besides(self, delta: Mapping[str, Any]) -> Iterator[StreamEvent]:
        if refusal := _text(delta, "refusal"):
            yield from self._grown("refusal", refusal)
        self._citations += _citations(delta.get("annotations"))
        for piece in _objects(delta.get("tool_calls")):
            yield from self._called(piece)

    def end(self) -> Iterator[StreamEvent]:
        """Return the parts that are whole now, and the end; nothing if the answer was cut."""
        if self._reason is None:
            return
        if self.finish_reasons.get(self._reason) == "error":
            raise ProviderUnavailable(
                f"the remote broke off its answer: {shown(self._reason, 100)}",
                certainty=Certainty.STARTED,
                code=shown(self._reason, 100),
            )
        yield from self._whole_parts()
        about = {"logprobs": self._logprobs} if self._logprobs else {}
        yield self.finished(self._reason, about, model=self._model)

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[StreamEvent]:
        for said in (choice.get("delta"), choice.get("message")):
            if isinstance(said, dict):
                yield from self.delta(said)
        if choice.get("logprobs"):
            logprobs = found_in(choice, "logprobs.content")
            self._logprobs += logprobs if isinstance(logprobs, list) else []
        if reason := _text(choice, "finish_reason"):
            self._reason = reason

    def _place(self, kind: _Kind) -> int:
        """Return the place of the one part of its *kind*: parts are in the order in which they began."""
        return self._places.setdefault(kind, len(self._places) + len(self._calls))

    def _grown(self, kind: _Kind, text: str) -> Iterator[StreamEvent]:
        is_new = kind not in self._places
        index = self._place(kind) if is_new else self._places[kind]
        self._texts[kind].append(text)
        if kind == "text":
            yield TextDelta(text, index)
        elif kind == "reasoning":
            yield ReasoningDelta(text, index)
        elif is_new:
            yield PartStarted(index=index, kind=kind)

    def _thought(self, delta: Mapping[str, Any]) -> Iterator[StreamEvent]:
        for field in self.reasoning_fields:
            if text := _text(delta, field):
                self._field = field
                yield from self._grown("reasoning", text)
                break
        for detail in _objects(delta.get("reasoning_details")):
            self._place("reasoning")
            _join(self._details, detail)

    def _said(self, content: Any) -> Iterator[StreamEvent]:
        for chunk in _objects(content):
            if text := _text(chunk, "text"):
                yield from self._grown("text", text)
            for thought in _objects(chunk.get("thinking")):
                if text := _text(thought, "text"):
                    yield from self._grown("reasoning", text)

    def _called(self, piece: Mapping[str, Any]) -> Iterator[StreamEvent]:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        call = self._call_of(piece, _text(function, "name"))
        if call is None:
            call = self._new_call(piece, _text(function, "name"))
            yield PartStarted(index=call.index, kind="tool_call", id=call.id, name=call.name)
        arguments = function.get("arguments")
        text = json.dumps(arguments) if isinstance(arguments, dict) else arguments
        if isinstance(text, str) and text:
            call.pieces.append(text)
            yield ToolArgumentsDelta(text, call.index)

    def _call_of(self, piece: Mapping[str, Any], name: str) -> _Call | None:
        """Return the call that *piece* goes on with; None for a new one.

        Some remotes give several whole calls the number 0, or none at all: an id of its own begins a call.
        """
        wire, id_ = piece.get("index"), _text(piece, "id")
        if id_:
            known = [call for call in self._by_id.get(id_, ()) if type(wire) is not int or call.wire == wire]
            return known[-1] if known else None
        if type(wire) is int:
            return self._by_wire.get(wire)
        return None if name or not self._calls else self._calls[-1]

    def _new_call(self, piece: Mapping[str, Any], name: str) -> _Call:
        if not name:
            raise MalformedResponse("a tool call began without the tool's name")
        index, wire = len(self._places) + len(self._calls), piece.get("index")
        id_ = _text(piece, "id") or f"call_{len(self._calls)}_{self._id}"
        call = _Call(index, wire if type(wire) is int else None, id_, name)
        self._calls.append(call)
        self._by_id.setdefault(id_, []).append(call)
        if call.wire is not None:
            self._by_wire[call.wire] = call
        return call

    def _whole_parts(self) -> Iterator[StreamEvent]:
        texts = {kind: "".join(pieces) for kind, pieces in self._texts.items()}
        if "reasoning" in self._places and (state := self._reasoning_state()) is not None:
            part = ReasoningPart(texts.get("reasoning", ""), state)
            yield PartFinished(self._places["reasoning"], part)
        if self._citations and "text" in texts:
            yield PartFinished(self._places["text"], TextPart(texts["text"], self._citations))
        if "refusal" in texts:
            yield PartFinished(self._places["refusal"], RefusalPart(texts["refusal"]))
        for call in self._calls:
            yield PartFinished(call.index, ToolCallPart(call.id, call.name, "".join(call.pieces)))

    def _reasoning_state(self) -> ProviderState | None:
        if self._state is None:
            return None
        if self._details:
            return self._state("reasoning_details", {"details": list(map(_joined, self._details))})
        return self._state("reasoning", {"field": self._field}) if self._field else None


def _join(details: list[dict[str, Any]], piece: Mapping[str, Any]) -> None:
    """Add a piece of OpenRouter's `reasoning_details`: of one block, its texts follow each other."""
    last = details[-1] if details else {}
    if not last or any(last.get(name) != piece.get(name) for name in ("type", "index")):
        last = {}
        details.append(last)
    for name, value in piece.items():
        if name in _GROWING and isinstance(value, str):
            if not isinstance(last.get(name), GrowingText):
                last[name] = GrowingText()
            last[name].add(value)
        elif value is not None or name not in last:
            last[name] = value


def _joined(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.read() if isinstance(value, GrowingText) else value for name, value in detail.items()}


def _citations(annotations: Any) -> list[Citation]:
    if not annotations:
        return []
    found = [found_in(one, "url_citation") for one in _objects(annotations)]
    return [
        Citation(
            url=_text(one, "url") or None,
            title=_text(one, "title") or None,
            start=_whole(one.get("start_index")),
            end=_whole(one.get("end_index")),
        )
        for one in _objects(found)
    ]


def _objects(value: Any) -> Sequence[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else ()


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None
