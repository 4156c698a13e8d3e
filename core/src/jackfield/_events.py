"""Stream events: what happens while an answer arrives.

A stream is `ResponseStarted`, then anything, then one `ResponseFinished`. A stream without its
`ResponseFinished` was cut: whoever reads it raises, with the text so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs

from ._parts import Part
from ._secrets import redacted
from ._types import Adaptation, FinishReason, Usage
from ._values import frozen_mapping

ActivityKind: TypeAlias = Literal["tool", "thought", "link"]
PartKind: TypeAlias = Literal[
    "text", "reasoning", "tool_call", "tool_result", "refusal", "image", "audio", "file", "opaque"
]


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
        remote_request_id: The remote's id of the request.
        limits: What the remote told about its limits; see `ChatResponse.limits`.
        adaptations: The wishes that the provider could not grant as they were said.
        metadata: What else is known now.
    """

    handle: str | None = None
    conversation_id: str | None = None
    model: str | None = None
    requested_model: str | None = None
    url: str | None = None
    remote_request_id: str | None = None
    limits: Mapping[str, float] = attrs.field(factory=dict, converter=frozen_mapping)
    adaptations: tuple[Adaptation, ...] = ()
    metadata: Mapping[str, Any] = attrs.field(factory=dict, converter=_told_by_the_remote)


@attrs.frozen(kw_only=True)
class PartStarted:
    """A part of the answer begins. Only a tool call needs it: text and reasoning begin by themselves.

    Attributes:
        index: The part's place among the parts of the answer.
        kind: What it is.
        id: Pairs a tool call with its result.
        name: The tool's name.
    """

    index: int
    kind: PartKind
    id: str = ""
    name: str = ""


@attrs.frozen
class TextDelta:
    """More text of the answer.

    Attributes:
        text: What comes next.
        index: The place of its part; text of one part comes in one go.
    """

    text: str
    index: int = 0


@attrs.frozen
class ReasoningDelta:
    """More of what the model thinks aloud.

    Attributes:
        text: What comes next.
        index: The place of its part.
    """

    text: str
    index: int = 0


@attrs.frozen
class ToolArgumentsDelta:
    """More of a tool call's arguments. Half of them are no JSON: wait for the part.

    Attributes:
        text: What comes next.
        index: The place of its part; several calls may grow at once.
    """

    text: str
    index: int = 0


@attrs.frozen
class PartFinished:
    """A part of the answer is whole.

    Attributes:
        index: Its place.
        part: The part. Text and reasoning have come as deltas by now, all of them, so that whoever shows
            deltas misses nothing; a tool call's arguments may come with the part alone.
    """

    index: int
    part: Part


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


@attrs.frozen
class UsageReported:
    """What the remote has counted so far. What it tells later takes its place.

    Attributes:
        usage: The counts.
    """

    usage: Usage


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
    ResponseStarted
    | PartStarted
    | TextDelta
    | ReasoningDelta
    | ToolArgumentsDelta
    | PartFinished
    | TextReplaced
    | ActivityReported
    | UsageReported
    | ResponseFinished
)
