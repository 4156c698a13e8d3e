"""Stream events, and the fold from events to a response. No I/O.

A stream is `ResponseStarted`, then anything, then one `ResponseFinished`. A stream without its
`ResponseFinished` was cut: whoever reads it raises, with the text so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs

from ._exceptions import ContractBroken
from ._secrets import redacted
from ._types import ChatResponse, FinishReason, Usage
from ._values import describe, frozen_mapping

ActivityKind: TypeAlias = Literal["tool", "thought", "link"]


def _told_by_the_remote(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a read-only copy of what a provider tells; a secret that it let slip in is masked."""
    return frozen_mapping(redacted(value))


@attrs.frozen(kw_only=True)
class ResponseStarted:
    """The remote has the request and is at work.

    Attributes:
        handle: Names the answer at the provider, for `Connection.attach`; None where it has no such thing.
        conversation_id: The provider's thread.
        model: The model that answers, if the remote says so.
        requested_model: The model that was asked for, as the remote names it.
        url: Where a person can look at the answer.
        metadata: What else is known now.
    """

    handle: str | None = None
    conversation_id: str | None = None
    model: str | None = None
    requested_model: str | None = None
    url: str | None = None
    metadata: Mapping[str, Any] = attrs.field(factory=dict, converter=_told_by_the_remote)


@attrs.frozen
class TextDelta:
    """More text of the answer."""

    text: str


@attrs.frozen
class ReasoningDelta:
    """More of what the model thinks aloud."""

    text: str


@attrs.frozen(kw_only=True)
class TextReplaced:
    """The remote withdrew or edited what it had said.

    Attributes:
        keep: How many characters of the text so far still stand; at most all of them.
        text: What follows them now.
    """

    keep: int = attrs.field(validator=attrs.validators.ge(0))
    text: str = ""


@attrs.frozen(kw_only=True)
class ActivityReported:
    """A step of an agent.

    Attributes:
        kind: `tool` for a tool call, `thought` for a remark on its plan, `link` for a page it names.
        title: The step in a few words: the tool's name, the link's title.
        detail: One line more, if there is one.
        url: The address, for a link.
        data: The step as the remote tells it.
    """

    kind: ActivityKind
    title: str
    detail: str = ""
    url: str | None = None
    data: Mapping[str, Any] = attrs.field(factory=dict, converter=_told_by_the_remote)


@attrs.frozen(kw_only=True)
class ResponseFinished:
    """The answer is complete. The only positive end of a stream.

    Attributes:
        finish_reason: Why it ended, in common words.
        provider_finish_reason: The same in the remote's own word.
        usage: Token counts, where the remote tells them.
        model: The model that answered, if the remote says so.
        metadata: What else is known now.
    """

    finish_reason: FinishReason = "stop"
    provider_finish_reason: str | None = None
    usage: Usage | None = None
    model: str | None = None
    metadata: Mapping[str, Any] = attrs.field(factory=dict, converter=_told_by_the_remote)


StreamEvent: TypeAlias = (
    ResponseStarted | TextDelta | ReasoningDelta | TextReplaced | ActivityReported | ResponseFinished
)


@attrs.define(eq=False)
class _Growing:
    """A text that arrives in pieces and may be read in between, in linear time."""

    length: int = 0
    _whole: str = ""
    _more: list[str] = attrs.field(factory=list)

    def add(self, piece: str) -> None:
        if not isinstance(piece, str):
            raise TypeError(f"a stream gives text, not {describe(piece)}")
        self._more.append(piece)
        self.length += len(piece)

    def read(self) -> str:
        if self._more:
            # Whoever holds a text alone has it lengthened in place (CPython); to hold it here as well, or to
            # join anew, would copy all of it at each reading.
            whole, self._whole = self._whole, ""
            whole += "".join(self._more)
            self._whole, self._more = whole, []
        return self._whole

    def cut(self, length: int) -> None:
        """Take back what is behind the first *length* characters."""
        while self._more and self.length > length:
            piece = self._more.pop()
            self.length -= len(piece)
            if self.length < length:
                self.add(piece[: length - self.length])
        if self.length > length:
            self._whole, self.length = self._whole[:length], length


@attrs.define(eq=False)
class Accumulator:
    """Folds events into a response. `send` and `stream` both end here, so they cannot drift."""

    started: ResponseStarted | None = None
    finished: ResponseFinished | None = None
    _text: _Growing = attrs.field(factory=_Growing, init=False)
    _reasoning: _Growing = attrs.field(factory=_Growing, init=False)
    _acted: bool = attrs.field(default=False, init=False)

    def add(self, event: StreamEvent) -> None:
        """Take one event in.

        Raises:
            ContractBroken: It keeps more of the text than there is.
            TypeError: It is no stream event, or its text is none.
        """
        if isinstance(event, TextDelta):
            self._text.add(event.text)
        elif isinstance(event, ReasoningDelta):
            self._reasoning.add(event.text)
        elif isinstance(event, TextReplaced):
            self._replace(event)
        elif isinstance(event, ResponseStarted):
            self.started = event
        elif isinstance(event, ResponseFinished):
            self.finished = event
        elif isinstance(event, ActivityReported):
            # The address of the answer itself is told by some remotes before anything was done.
            self._acted = self._acted or not (self.started and event.url and event.url == self.started.url)
        else:
            raise TypeError(f"a stream gives StreamEvents, not {type(event).__name__}")

    def _replace(self, event: TextReplaced) -> None:
        if event.keep > self._text.length:
            raise ContractBroken(
                f"a TextReplaced keeps {event.keep} characters of a text that has {self._text.length}"
            )
        self._text.cut(event.keep)
        self._text.add(event.text)

    @property
    def text(self) -> str:
        """The text so far. Reading it at each event costs no more than its length in all."""
        return self._text.read()

    @property
    def is_empty(self) -> bool:
        """Whether the answer came to its end and nothing of any kind came with it."""
        is_over = self.finished is not None and self.finished.finish_reason == "stop"
        return is_over and not (self.text or self.reasoning or self._acted)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return self._reasoning.read()

    def response(self, **facts: Any) -> ChatResponse:
        """Return what was gathered as a response, completed by *facts* that only the caller knows."""
        started = self.started or ResponseStarted()
        finished = self.finished or ResponseFinished()
        error = facts.get("error")
        done = self.finished is not None and error is None
        return ChatResponse(
            content=self.text if done else "",
            partial="" if done else self.text,
            reasoning=self.reasoning,
            model=finished.model or started.model,
            requested_model=started.requested_model,
            conversation_id=started.conversation_id,
            handle=started.handle or getattr(error, "handle", None),
            url=started.url or getattr(error, "url", None),
            finish_reason=finished.finish_reason if self.finished else None,
            provider_finish_reason=finished.provider_finish_reason,
            usage=finished.usage,
            metadata={**started.metadata, **finished.metadata},
            **facts,
        )
