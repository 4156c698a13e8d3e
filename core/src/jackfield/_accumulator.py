"""The fold from events to a response: pure, without I/O, and the same for a stream and a whole answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import attrs

from ._events import (
    ActivityReported,
    PartFinished,
    PartKind,
    PartStarted,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextReplaced,
    ToolArgumentsDelta,
    UsageReported,
)
from ._exceptions import ContractBroken
from ._growing_text import GrowingText
from ._parts import (
    AudioPart,
    FilePart,
    ImagePart,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from ._types import ChatResponse, FinishReason, Usage
from ._values import describe

_KINDS: Final[dict[PartKind, type[Part]]] = {
    "text": TextPart,
    "reasoning": ReasoningPart,
    "tool_call": ToolCallPart,
    "tool_result": ToolResultPart,
    "refusal": RefusalPart,
    "image": ImagePart,
    "audio": AudioPart,
    "file": FilePart,
    "opaque": OpaquePart,
}


@attrs.define(eq=False)
class _Growth:
    """One part that grows: where it stands among the parts, and in the text of all parts of its kind."""

    index: int
    start: int
    whole: Part | None = None


@attrs.define(eq=False)
class _Strand:
    """The text of all parts of one kind, one part after another."""

    kind: type[TextPart | ReasoningPart]
    _text: GrowingText = attrs.field(factory=GrowingText, init=False)
    parts: list[_Growth] = attrs.field(factory=list, init=False)
    _places: dict[int, int] = attrs.field(factory=dict, init=False)
    _open: int | None = attrs.field(default=None, init=False)

    @property
    def length(self) -> int:
        return self._text.length

    def read(self) -> str:
        return self._text.read()

    def add(self, piece: str, index: int) -> None:
        if index != self._open:
            self._go_on_with(index)
        self._text.add(piece)

    def _go_on_with(self, index: int) -> None:
        if self.parts and self.parts[-1].index == index:
            raise ContractBroken(f"more came of part {index}, which was finished")
        self._begin(index)

    def _begin(self, index: int) -> None:
        # The text so far is read in the order in which it came, the answer's in the order of its parts: were
        # one of them to begin out of turn, the two would differ.
        if self.parts and index <= self.parts[-1].index:
            last = self.parts[-1].index
            raise ContractBroken(
                f"text of part {index} came after part {last} of the same kind had begun",
                hint="The text of one part comes in one go, and one part after another.",
            )
        self._places[index] = len(self.parts)
        self.parts.append(_Growth(index, self._text.length))
        self._open = index

    def finish(self, part: TextPart | ReasoningPart, index: int) -> None:
        if index not in self._places:
            self._begin(index)
        place = self._places[index]
        if self.parts[place].whole is not None:
            raise ContractBroken(f"part {index} was finished twice")
        if part.text != self._text_at(place):
            raise ContractBroken(
                f"the text of part {index} is another than its deltas told",
                hint="All text comes as deltas first, so that whoever shows those misses nothing.",
            )
        self.parts[place].whole = part
        if index == self._open:
            self._open = None

    def replace(self, keep: int, text: str) -> None:
        """Take back what is behind the first *keep* characters and go on with *text* in what is left."""
        if keep > self.length:
            raise ContractBroken(f"a TextReplaced keeps {keep} characters of a text that has {self.length}")
        if keep < self.length:
            # What begins just where the kept text ends stays: the new text is its own, not its neighbour's,
            # whose signature and sources would no longer fit.
            while len(self.parts) > 1 and self.parts[-1].start > keep:
                del self._places[self.parts.pop().index]
        elif not text:
            return
        if not self.parts:
            self._begin(0)
        self.parts[-1].whole, self._open = None, self.parts[-1].index
        self._text.cut(keep)
        self._text.add(text)

    def whole_parts(self, *, is_over: bool) -> Iterator[tuple[int, Part]]:
        """Yield each part that is whole with its index; all are when the answer *is_over*."""
        for place, growth in enumerate(self.parts):
            if growth.whole is not None:
                if growth.whole != self.kind(""):
                    yield growth.index, growth.whole
            elif is_over and (text := self._text_at(place)):
                yield growth.index, self.kind(text)

    def _text_at(self, place: int) -> str:
        ends = self.parts[place + 1].start if place + 1 < len(self.parts) else None
        return self._text.read()[self.parts[place].start : ends]


@attrs.define(eq=False)
class _Call:
    """A tool call that grows."""

    started: PartStarted
    pieces: list[str] = attrs.field(factory=list)

    @property
    def part(self) -> ToolCallPart:
        return ToolCallPart(self.started.id, self.started.name, "".join(self.pieces))

    def check(self, whole: ToolCallPart) -> None:
        """Refuse a *whole* part that is another than what was told of it; nothing is no contradiction."""
        grown = self.part
        for name in ("id", "name", "arguments_json"):
            if getattr(grown, name) not in ("", getattr(whole, name)):
                raise ContractBroken(f"the {name} of part {self.started.index} is another than was told")


@attrs.define(eq=False)
class Accumulator:
    """Folds events into a response. `send` and `stream` both end here, so they cannot drift."""

    started: ResponseStarted | None = None
    finished: ResponseFinished | None = None
    _text: _Strand = attrs.field(factory=lambda: _Strand(TextPart), init=False)
    _reasoning: _Strand = attrs.field(factory=lambda: _Strand(ReasoningPart), init=False)
    _kinds: dict[int, PartKind] = attrs.field(factory=dict, init=False)
    _calls: dict[int, _Call] = attrs.field(factory=dict, init=False)
    _others: dict[int, Part] = attrs.field(factory=dict, init=False)
    _reported: Usage | None = attrs.field(default=None, init=False)
    _acted: bool = attrs.field(default=False, init=False)

    def add(self, event: StreamEvent) -> None:
        """Take one event in.

        Raises:
            ContractBroken: The events contradict each other: more is kept of the text than there is, more
                comes of a part that was finished, a part is another than its deltas told.
            TypeError: It is no stream event, or its text is none.
        """
        match event:
            case TextDelta():
                self._text.add(event.text, event.index)
            case ReasoningDelta():
                self._reasoning.add(event.text, event.index)
            case ToolArgumentsDelta():
                self._arguments_came(event)
            case TextReplaced():
                self._text.replace(event.keep, event.text)
            case PartStarted():
                self._part_started(event)
            case PartFinished():
                self._part_finished(event.part, event.index)
            case _:
                self._add_fact(event)

    def _add_fact(self, event: Any) -> None:
        """Take in what concerns the answer as a whole."""
        match event:
            case ActivityReported():
                self._act(event)
            case UsageReported():
                self._reported = event.usage
            case ResponseStarted():
                self.started = event
            case ResponseFinished():
                self.finished = event
            case _:
                raise TypeError(f"a stream gives StreamEvents, not {type(event).__name__}")

    def _act(self, event: ActivityReported) -> None:
        # The address of the answer itself is told by some remotes before anything was done.
        self._acted = self._acted or not (self.started and event.url and event.url == self.started.url)

    def _part_started(self, event: PartStarted) -> None:
        if event.index in self._kinds or event.index in self._others:
            raise ContractBroken(f"part {event.index} began twice")
        self._kinds[event.index] = event.kind
        if event.kind == "tool_call":
            self._calls[event.index] = _Call(event)

    def _arguments_came(self, event: ToolArgumentsDelta) -> None:
        if event.index not in self._calls:
            raise ContractBroken(f"arguments came of part {event.index}, which is no tool call under way")
        if not isinstance(event.text, str):
            raise TypeError(f"a stream gives text, not {describe(event.text)}")
        self._calls[event.index].pieces.append(event.text)

    def _part_finished(self, part: Part, index: int) -> None:
        if not isinstance(part, Part):
            raise TypeError(f"a part of an answer is a Part, not {describe(part)}")
        kind = self._kinds.get(index)
        if kind is not None and not isinstance(part, _KINDS[kind]):
            raise ContractBroken(f"part {index} began as {kind} and was finished as a {type(part).__name__}")
        if isinstance(part, TextPart):
            self._text.finish(part, index)
        elif isinstance(part, ReasoningPart):
            self._reasoning.finish(part, index)
        else:
            self._other_finished(part, index)

    def _other_finished(self, part: Part, index: int) -> None:
        if index in self._others:
            raise ContractBroken(f"part {index} was finished twice")
        if isinstance(part, ToolCallPart) and (call := self._calls.get(index)):
            call.check(part)
            del self._calls[index]
        self._others[index] = part

    @property
    def text(self) -> str:
        """The text so far. Reading it at each event costs no more than its length in all."""
        return self._text.read()

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return self._reasoning.read()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are whole, in their order. All are once the answer is at its end."""
        is_over = self.finished is not None
        # Where a provider tells no places, all are 0: what it thought comes before what it said.
        found = [
            *self._reasoning.whole_parts(is_over=is_over),
            *self._text.whole_parts(is_over=is_over),
            *self._others.items(),
            *((index, call.part) for index, call in self._calls.items() if is_over),
        ]
        return tuple(part for _, part in sorted(found, key=lambda place: place[0]))

    @property
    def is_empty(self) -> bool:
        """Whether the answer came to its end and nothing of any kind came with it."""
        is_over = self.finished is not None and self.finished.finish_reason == "stop"
        return is_over and not (self._acted or self.text or self.reasoning or self.parts)

    @property
    def usage(self) -> Usage | None:
        """The remote's last word on what it counted."""
        return (self.finished.usage if self.finished else None) or self._reported

    def response(self, **facts: Any) -> ChatResponse:
        """Return what was gathered as a response, completed by *facts* that only the caller knows."""
        started = self.started or ResponseStarted()
        finished = self.finished or ResponseFinished()
        error = facts.get("error")
        done = self.finished is not None and error is None
        parts = self.parts
        return ChatResponse(
            parts=parts,
            partial="" if done else self.text,
            partial_reasoning="" if done else self.reasoning,
            model=finished.model or started.model,
            requested_model=started.requested_model,
            conversation_id=started.conversation_id,
            handle=started.handle or getattr(error, "handle", None),
            url=started.url or getattr(error, "url", None),
            finish_reason=self._finish_reason(parts),
            provider_finish_reason=finished.provider_finish_reason,
            usage=self.usage,
            adaptations=(*facts.pop("adaptations", ()), *started.adaptations),
            remote_request_id=started.remote_request_id or getattr(error, "remote_request_id", None),
            limits=started.limits,
            metadata={**started.metadata, **finished.metadata},
            **facts,
        )

    def _finish_reason(self, parts: tuple[Part, ...]) -> FinishReason | None:
        if self.finished is None:
            return None
        # Some remotes say "stop" when they want a tool called: whoever goes by the reason would not call it.
        is_a_call = self.finished.finish_reason == "stop" and any(
            isinstance(part, ToolCallPart) and part.by == "caller" for part in parts
        )
        return "tool_call" if is_a_call else self.finished.finish_reason
