"""The answers of OpenAI's Responses: items that grow one after another.

Source: the vendor's reference of Responses and its client's types (openai-python 3.57.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Literal, TypeAlias

import attrs

from jackfield import (
    ActivityReported,
    Citation,
    FinishReason,
    GrowingText,
    MalformedResponse,
    OpaquePart,
    PartFinished,
    PartStarted,
    ProviderError,
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
from .._body import parse_json
from .._status import error_for
from .._usage import UsageNames, found_in

_ENDS: Final = {"response.completed", "response.incomplete"}
_FAILURES: Final = {"response.failed", "response.cancelled"}
_FAILED: Final = {"failed", "cancelled"}
_ABOUT: Final = ("id", "service_tier")

_Kind: TypeAlias = Literal["text", "reasoning", "refusal", "call", "other"]


@attrs.define(eq=False)
class _Growing:
    """A part that grows.

    Attributes:
        index: Its place among the parts of the answer.
        text: What came of it so far.
        section: The section that grows, of reasoning that has several.
        is_whole: Whether its end was told.
        id: What a call is told by.
        name: The tool that a call is for.
    """

    index: int
    text: GrowingText = attrs.field(factory=GrowingText)
    section: Any = None
    is_whole: bool = False
    id: str = ""
    name: str = ""


class ResponsesDecoder(AnswerDecoder):
    """Events of a response to events of ours; a response in one piece, too.

    Args:
        started: What is known of the answer by its headers.
        state: Makes what goes back with the next request: an item, as it came.
        attaches: Whether the answer can be taken up again by its id.
    """

    finish_reasons: ClassVar[Mapping[str, FinishReason]] = {
        "max_output_tokens": "length",
        "max_messages": "length",
        "content_filter": "content_filter",
    }
    usage_names: ClassVar[UsageNames] = {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_input_tokens": "input_tokens_details.cached_tokens",
        "cache_write_input_tokens": "input_tokens_details.cache_write_tokens",
        "reasoning_output_tokens": "output_tokens_details.reasoning_tokens",
    }

    def __init__(self, started: ResponseStarted, *, state: StateMaker, attaches: bool = False) -> None:
        super().__init__(started)
        self._state = state
        self._attaches = attaches
        self._has_calls = False
        self._parts: dict[tuple[Any, _Kind, Any], _Growing] = {}
        self._last: dict[_Kind, int] = {}

    def fault_in(self, told: Mapping[str, Any], event: str) -> ProviderError | None:
        """Return the error that an event reports; a response that failed is one, too."""
        kind = _text(told.get("type"))
        if kind in _FAILURES or (_is_whole(told) and _text(told.get("status")) in _FAILED):
            return error_for(told, code=None if found_in(told, "response.error|error") else "cancelled")
        return super().fault_in(told, event) if "error" in (event, kind) else None

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Return the events of one of theirs."""
        if _is_whole(told):
            yield from self._whole(told)
            return
        kind = _text(told.get("type")) or event
        if kind == "response.created" and not self.has_begun:
            yield self._begun(_response_of(told))
        elif kind in ("response.output_item.added", "response.output_item.done"):
            yield from self._item(told, is_done=kind.endswith("done"))
        elif kind in _ENDS:
            yield from self._over(_response_of(told))
        elif isinstance(delta := told.get("delta"), str) and delta:
            yield from self._delta(kind, told, delta)

    def _whole(self, told: Mapping[str, Any]) -> Iterator[StreamEvent]:
        yield self._begun(told)
        yield from self._items(told)
        if told.get("status") in ("completed", "incomplete"):
            yield from self._over(told)

    def _items(self, response: Mapping[str, Any]) -> Iterator[StreamEvent]:
        output = response.get("output")
        for number, item in enumerate(output if isinstance(output, list) else ()):
            yield from self._item({"output_index": number, "item": item}, is_done=True)

    def _begun(self, response: Mapping[str, Any]) -> ResponseStarted:
        about = {name: response[name] for name in _ABOUT if isinstance(response.get(name), str)}
        handle = about.get("id") if self._attaches else None
        return self.begun(_text(response.get("model")), about, handle=handle)

    def _over(self, response: Mapping[str, Any]) -> Iterator[StreamEvent]:
        if not self._parts:
            # Some remotes tell nothing on the way, and all of it here.
            yield from self._items(response)
        self._is_over = True
        why = found_in(response, "incomplete_details.reason")
        word = why if isinstance(why, str) else str(response.get("status", "completed"))
        self.count(response.get("usage"))
        usual: FinishReason = "tool_call" if self._has_calls else "stop"
        yield self.finished(word, model=_text(response.get("model")), usual=usual)

    def _part(self, told: Mapping[str, Any], kind: _Kind, place: Any = 0) -> _Growing:
        """Return the part that an event is about; it may begin with it.

        Raises:
            MalformedResponse: It was whole already, or a later one of its kind has begun.
        """
        key = (_number(told.get("output_index")), kind, place)
        part = self._parts.setdefault(key, _Growing(len(self._parts)))
        if part.is_whole or (kind in ("text", "reasoning") and part.index < self._last.get(kind, 0)):
            raise MalformedResponse(f"the response goes on with {kind} that was over")
        self._last[kind] = part.index
        return part

    def _delta(self, kind: str, told: Mapping[str, Any], delta: str) -> Iterator[StreamEvent]:
        place = _number(told.get("content_index"))
        if kind == "response.output_text.delta":
            part = self._part(told, "text", place)
            part.text.add(delta)
            yield TextDelta(delta, part.index)
        elif kind == "response.refusal.delta":
            yield from self._refused(told, place, delta)
        elif kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            yield from self._thought(told, (kind, _number(told.get("summary_index")), place), delta)
        elif kind == "response.function_call_arguments.delta":
            yield self._argued(told, delta)

    def _argued(self, told: Mapping[str, Any], delta: str) -> StreamEvent:
        if not self._has_call(told):
            raise MalformedResponse("the response has arguments for a call that did not begin")
        part = self._part(told, "call")
        part.text.add(delta)
        return ToolArgumentsDelta(delta, part.index)

    def _has_call(self, told: Mapping[str, Any]) -> bool:
        return (_number(told.get("output_index")), "call", 0) in self._parts

    def _refused(self, told: Mapping[str, Any], place: Any, delta: str) -> Iterator[StreamEvent]:
        part = self._part(told, "refusal", place)
        if not part.text.length:
            yield PartStarted(index=part.index, kind="refusal")
        part.text.add(delta)

    def _thought(self, told: Mapping[str, Any], section: Any, delta: str) -> Iterator[StreamEvent]:
        part = self._part(told, "reasoning")
        if part.text.length and part.section != section:
            delta = f"\n\n{delta}"
        part.section = section
        part.text.add(delta)
        yield ReasoningDelta(delta, part.index)

    def _item(self, told: Mapping[str, Any], *, is_done: bool) -> Iterator[StreamEvent]:
        item = told.get("item")
        if not isinstance(item, dict):
            return
        match item.get("type"):
            case "message":
                yield from self._message(told, item) if is_done else ()
            case "function_call":
                yield from self._call(told, item, is_done=is_done)
            case "reasoning":
                yield from self._reasoned(told, item) if is_done else ()
            case str(kind) if is_done:
                part = self._part(told, "other")
                part.is_whole = True
                yield ActivityReported(kind="tool", title=kind.removesuffix("_call"), data=item)
                yield PartFinished(part.index, OpaquePart(self._state("item", {"item": item})))

    def _message(self, told: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[StreamEvent]:
        content = item.get("content")
        for place, chunk in enumerate(content if isinstance(content, list) else ()):
            if not isinstance(chunk, dict):
                continue
            if isinstance(text := chunk.get("text"), str):
                part = self._part(told, "text", place)
                if rest := _rest(part.text.read(), text):
                    part.text.add(rest)
                    yield TextDelta(rest, part.index)
                part.is_whole = True
                yield PartFinished(
                    part.index, TextPart(part.text.read(), _citations(chunk.get("annotations")))
                )
            elif isinstance(refusal := chunk.get("refusal"), str):
                part = self._part(told, "refusal", place)
                part.is_whole = True
                yield PartFinished(part.index, RefusalPart(refusal))

    def _reasoned(self, told: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[StreamEvent]:
        part = self._part(told, "reasoning")
        shown = item.get("summary") or item.get("content")
        texts = [one.get("text") for one in shown if isinstance(one, dict)] if isinstance(shown, list) else []
        if rest := _rest(part.text.read(), "\n\n".join(text for text in texts if isinstance(text, str))):
            part.text.add(rest)
            yield ReasoningDelta(rest, part.index)
        part.is_whole = True
        yield PartFinished(part.index, ReasoningPart(part.text.read(), self._state("item", {"item": item})))

    def _call(
        self, told: Mapping[str, Any], item: Mapping[str, Any], *, is_done: bool
    ) -> Iterator[StreamEvent]:
        is_new = not self._has_call(told)
        part, self._has_calls = self._part(told, "call"), True
        id_, name = _text(item.get("call_id")) or _text(item.get("id")) or "", _text(item.get("name")) or ""
        if is_new:
            part.id, part.name = id_, name
            yield PartStarted(index=part.index, kind="tool_call", id=id_, name=name)
        if is_done:
            said = _text(item.get("arguments")) or ""
            if rest := _rest(part.text.read(), said):
                part.text.add(rest)
                yield ToolArgumentsDelta(rest, part.index)
            elif said and not _say_the_same(part.text.read(), said):
                raise MalformedResponse("the response tells two kinds of arguments for one call")
            part.is_whole = True
            yield PartFinished(part.index, ToolCallPart(part.id or id_, part.name or name, part.text.read()))


def _response_of(told: Mapping[str, Any]) -> Mapping[str, Any]:
    response = told.get("response")
    return response if isinstance(response, dict) else {}


def _is_whole(told: Mapping[str, Any]) -> bool:
    return told.get("object") == "response"


def _rest(so_far: str, whole: str) -> str:
    """Return what is still to be told of a text; deltas that told something else stand."""
    return whole[len(so_far) :] if whole.startswith(so_far) else ""


def _say_the_same(one: str, other: str) -> bool:
    """Whether two texts are the same JSON, however it is spaced: a remote may write it anew at the end."""
    try:
        return one == other or bool(parse_json(one) == parse_json(other))
    except MalformedResponse:
        return False


def _citations(annotations: Any) -> list[Citation]:
    return [
        Citation(
            url=_text(one.get("url")),
            title=_text(one.get("title")) or _text(one.get("filename")),
            start=_number(one.get("start_index")),
            end=_number(one.get("end_index")),
        )
        for one in (annotations if isinstance(annotations, list) else ())
        if isinstance(one, dict)
    ]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if type(value) is int else None
