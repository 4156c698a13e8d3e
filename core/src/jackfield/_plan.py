"""What becomes of a request before anything is sent: what is refused, and what is left out and told.

One table says what each wish needs: the metadata of `ChatRequest`'s fields, and `PART_NEEDS` for the parts of
its messages. The refusal, the conformance kit and the documentation read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from ._capability import Capability, Need
from ._exceptions import ContextTooLong, InvalidRequest, Unsupported
from ._parts import (
    AudioPart,
    FileId,
    FilePart,
    ImagePart,
    OpaquePart,
    Part,
    ProviderState,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Url,
)
from ._places import Place, Places, named
from ._types import Adaptation, ChatRequest

if TYPE_CHECKING:
    from ._messages import Message
    from ._options import ProviderOptions
    from ._parts import ResultPart
    from ._provider import ProviderSpec

PART_NEEDS: Final[Mapping[type, Need]] = {
    ImagePart: Need(Capability.IMAGES, "read images"),
    FilePart: Need(Capability.FILES, "take files"),
    AudioPart: Need(Capability.AUDIO, "listen to sound"),
    ToolCallPart: Need(Capability.TOOLS, "be told of tool calls"),
    ToolResultPart: Need(Capability.TOOLS, "be told of tool results"),
}
FIELD_NEEDS: Final = tuple(
    (field, need) for field in attrs.fields(ChatRequest) if (need := Need.of(field)) is not None
)
SYSTEM_NEED: Final = Need(Capability.SYSTEM_MESSAGES, "take system messages")
HISTORY_NEED: Final = Need(Capability.HISTORY, "be told what was said earlier")
URL_NEED: Final = Need(Capability.URLS, "fetch an address")


@attrs.frozen
class Plan:
    """What would become of a request. Nothing was sent.

    Attributes:
        request: The request as the provider would get it.
        adaptations: The wishes that would not be granted as they were said.
        refusals: Why it would be refused; empty when it would be sent.
    """

    request: ChatRequest
    adaptations: tuple[Adaptation, ...] = ()
    refusals: tuple[InvalidRequest, ...] = ()

    def raise_for_refusal(self) -> Plan:
        """Raise the first refusal if there is one; otherwise return the plan itself."""
        if self.refusals:
            raise self.refusals[0]
        return self


def require(spec: ProviderSpec, capabilities: frozenset[Capability], need: Need) -> None:
    """Raise `Unsupported` unless the provider has the capability that *need* names."""
    if need.capability not in capabilities:
        raise _unsupported(spec, need)


def plan_of(
    request: ChatRequest, spec: ProviderSpec, capabilities: frozenset[Capability], options: ProviderOptions
) -> tuple[Plan, Places]:
    """Return what becomes of *request* at a provider that has *capabilities*, and what is left out there."""
    planning = _Planning(request, spec, capabilities, options)
    refusals = tuple(planning.refusals())
    plan = Plan(request, refusals=refusals) if refusals else planning.plan()
    return plan, Places(frozenset(planning.left_out))


def joined(ours: Plan, theirs: Plan, places: Places) -> Plan:
    """Return what becomes of a request once the provider has planned what *ours* left of it.

    The provider counts what it was given: each place that it names is told as the caller counts.
    """
    for refusal in theirs.refusals:
        refusal.message = places.as_said(refusal.message)
    told = (attrs.evolve(one, field=places.as_said(one.field)) for one in theirs.adaptations)
    return attrs.evolve(theirs, adaptations=(*ours.adaptations, *told))


def _unsupported(spec: ProviderSpec, need: Need, where: str = "", hint: str | None = None) -> Unsupported:
    place = f" ({where})" if where else ""
    if hint is None and need.capability in spec.capabilities:
        hint = f"{spec.title} can where the connection's options allow it, and these do not."
    return Unsupported(f"{spec.name} cannot {need.deed}{place}", provider=spec.name, hint=hint)


@attrs.frozen
class _Planning:
    """One request at one provider."""

    request: ChatRequest
    spec: ProviderSpec
    capabilities: frozenset[Capability]
    options: ProviderOptions
    missing: Sequence[tuple[attrs.Attribute[Any], Need]] = attrs.field(init=False)
    left_out: set[Place] = attrs.field(factory=set, init=False)

    @missing.default
    def _fields_in_vain(self) -> Sequence[tuple[attrs.Attribute[Any], Need]]:
        """Return each field that asks for what the provider cannot do."""
        return [
            (field, need)
            for field, need in FIELD_NEEDS
            if getattr(self.request, field.name) != field.default and self._lacks(need)
        ]

    def refusals(self) -> Iterator[InvalidRequest]:
        """Yield each reason for which the request must not be sent."""
        size, limit = self.request.size, self.options.max_message_bytes
        if size > limit:
            yield ContextTooLong(
                f"the request has {size} bytes and the limit is {limit}",
                hint="Shorten it, or raise max_message_bytes.",
                provider=self.spec.name,
            )
        for field, need in self.missing:
            if not need.is_hint:
                yield _unsupported(self.spec, need, field.name if field.name not in need.deed else "")
        yield from self._refused_options()
        yield from self._refused_messages()

    def _lacks(self, need: Need) -> bool:
        return need.capability not in self.capabilities

    def _refused_options(self) -> Iterator[InvalidRequest]:
        kind = self.spec.request_options
        if not self.request.options:
            return
        if kind is None:
            yield InvalidRequest(
                f"{self.spec.name} takes no request options; found {', '.join(self.request.options)}",
                provider=self.spec.name,
            )
            return
        try:
            self.request.options_as(kind)
        except InvalidRequest as wrong:
            wrong.provider = self.spec.name
            yield wrong

    def _refused_messages(self) -> Iterator[InvalidRequest]:
        messages = self.request.messages
        if any(message.role == "system" for message in messages) and self._lacks(SYSTEM_NEED):
            yield _unsupported(self.spec, SYSTEM_NEED)
        said = [message.role for message in messages if message.role != "system"]
        # In a thread that the remote keeps, what came of its calls goes on with it as a question does.
        alone = (["user"], ["tool"]) if self.request.conversation_id else (["user"],)
        if said not in alone and self._lacks(HISTORY_NEED):
            yield self._no_history(said)
        for number, message in enumerate(messages):
            for place, part in enumerate(message.parts):
                yield from self._refused_part(part, f"messages[{number}].parts[{place}]")

    def _no_history(self, said: Sequence[str]) -> Unsupported:
        hint = "Send one message of the user's."
        if Capability.CONVERSATIONS in self.capabilities:
            hint = "It keeps the thread itself: send the new message alone, with conversation_id."
        return _unsupported(self.spec, HISTORY_NEED, f"found: {', '.join(said) or 'no user message'}", hint)

    def _refused_part(self, part: Part, where: str) -> Iterator[InvalidRequest]:
        need = PART_NEEDS.get(type(part))
        if need and self._lacks(need):
            yield _unsupported(self.spec, need, where)
        source = getattr(part, "source", None)
        if isinstance(source, Url) and self._lacks(URL_NEED):
            yield _unsupported(self.spec, URL_NEED, where, "Read it yourself and give its bytes.")
        if isinstance(source, FileId) and source.provider != self.spec.name:
            yield InvalidRequest(
                f"{where} is a file that {source.provider!r} keeps; {self.spec.name} does not know it",
                provider=self.spec.name,
                hint="Give its bytes, or the id of the file there.",
            )
        for place, inner in enumerate(part.parts if isinstance(part, ToolResultPart) else ()):
            yield from self._refused_part(inner, f"{where}.parts[{place}]")

    def plan(self) -> Plan:
        """Return the request without what cannot be honoured and need not be refused."""
        wishes = [
            Adaptation(field.name, f"left out: {self.spec.name} cannot {need.deed}")
            for field, need in self.missing
        ]
        messages, told = self._own_history()
        changes: dict[str, Any] = {field.name: field.default for field, _ in self.missing}
        if told:
            changes["messages"] = messages
        try:
            request = attrs.evolve(self.request, **changes) if changes else self.request
        except InvalidRequest:
            return Plan(self.request, refusals=(self._nothing_left(told),))
        return Plan(request, (*wishes, *told))

    def _nothing_left(self, told: Sequence[Adaptation]) -> InvalidRequest:
        return InvalidRequest(
            f"nothing is left of the request for {self.spec.name}: {told[0].field} was {told[0].reason}",
            hint="Say something besides: a text, an image, a file.",
            provider=self.spec.name,
        )

    def _own_history(self) -> tuple[list[Message], list[Adaptation]]:
        """Return the messages without what another provider wants to see again.

        What a provider marked as its own is refused by others, and may tell them what only it should know:
        nothing of it leaves for anybody else. A message of which nothing is left is left out too, for remotes
        refuse one that is empty.
        """
        messages: list[Message] = []
        told: list[Adaptation] = []
        for number, message in enumerate(self.request.messages):
            parts, losses = self._own_parts(message.parts, (number,))
            if parts or not losses:
                messages.append(attrs.evolve(message, parts=parts) if losses else message)
            else:
                self.left_out.add((number,))
            told += losses
        return messages, told

    def _own_parts(self, parts: Sequence[Part], above: Place) -> tuple[list[Part], list[Adaptation]]:
        kept: list[Part] = []
        told: list[Adaptation] = []
        for number, part in enumerate(parts):
            place = (*above, number)
            own, losses = self._as_ours(part, place)
            if own is not None:
                kept.append(own)
            else:
                self.left_out.add(place)
            told += losses
        return kept, told

    def _as_ours(self, part: Part, place: Place) -> tuple[Part | None, list[Adaptation]]:
        if isinstance(part, ToolResultPart):
            parts, losses = self._own_parts(part.parts, place)
            return (attrs.evolve(part, parts=cast("list[ResultPart]", parts)) if losses else part), losses
        state: ProviderState | None = getattr(part, "state", None)
        if state is not None and self._made(state):
            return part, []
        if isinstance(part, OpaquePart | ReasoningPart):
            whose = f"{state.provider} made it" if state else "no provider wants to see it again"
            return None, [Adaptation(named(place), f"left out: {whose}")]
        if state is None:
            return part, []
        assert isinstance(part, TextPart | ToolCallPart), "no other part has a state"
        return attrs.evolve(part, state=None), [
            Adaptation(named(place), f"its state was left out: {state.provider} made it")
        ]

    def _made(self, state: ProviderState) -> bool:
        if state.provider != self.spec.name:
            return False
        if state.family is None or self.spec.model_family is None:
            return True
        name = self.request.model or self.options.default_model
        theirs = self.options.model_mapping.get(name, name) if name else None
        return state.family == self.spec.model_family(theirs)
