"""Stream events, and the fold from events to a response. No I/O.

A stream is `ResponseStarted`, then anything, then one `ResponseFinished`. A stream without its
`ResponseFinished` was cut: whoever reads it raises, with the text so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs

from ._secrets import redacted
from ._types import ChatResponse, FinishReason, Usage
from ._values import frozen_mapping

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
        keep: How many characters of the text so far still stand.
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
class Accumulator:
    """Folds events into a response. `send` and `stream` both end here, so they cannot drift."""

    started: ResponseStarted | None = None
    finished: ResponseFinished | None = None
    _text: list[str] = attrs.field(factory=list, init=False)
    _reasoning: list[str] = attrs.field(factory=list, init=False)
    _acted: bool = attrs.field(default=False, init=False)

    def add(self, event: StreamEvent) -> None:
        """Take one event in.

        Raises:
            TypeError: It is no stream event.
        """
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        elif isinstance(event, ReasoningDelta):
            self._reasoning.append(event.text)
        elif isinstance(event, TextReplaced):
            self._text = [self.text[: event.keep], event.text]
        elif isinstance(event, ResponseStarted):
            self.started = event
        elif isinstance(event, ResponseFinished):
            self.finished = event
        elif isinstance(event, ActivityReported):
            # The address of the answer itself is told by some remotes before anything was done.
            self._acted = self._acted or not (self.started and event.url and event.url == self.started.url)
        else:
            raise TypeError(f"a stream gives StreamEvents, not {type(event).__name__}")

    @property
    def text(self) -> str:
        """The text so far."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    @property
    def is_empty(self) -> bool:
        """Whether the answer came to its end and nothing of any kind came with it."""
        is_over = self.finished is not None and self.finished.finish_reason == "stop"
        return is_over and not (self.text or self.reasoning or self._acted)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self._reasoning)

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
