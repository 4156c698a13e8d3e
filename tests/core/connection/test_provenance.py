"""What a provider marked as its own goes back to it as it came, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Adaptation,
    Capability,
    ChatRequest,
    Message,
    OpaquePart,
    Part,
    PartFinished,
    ProviderOptions,
    ProviderState,
    ReasoningDelta,
    ReasoningPart,
    ResponseFinished,
    TextDelta,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from jackfield._plan import plan_of

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

JSON = st.recursive(
    st.none() | st.text(max_size=4) | st.integers(), lambda inner: st.lists(inner, max_size=2)
)
MAKERS = st.sampled_from(["scripted", "another"])
STATES = st.builds(
    ProviderState,
    MAKERS,
    st.sampled_from(["signature", "item"]),
    st.dictionaries(st.text(max_size=4), JSON | st.binary(max_size=4), max_size=2),
    st.sampled_from([None, "large", "small"]),
)
STATE = st.none() | STATES
TEXTS = st.builds(TextPart, st.text(min_size=1, max_size=5).map("t{}".format), state=STATE)
PARTS = st.one_of(
    TEXTS,
    st.builds(ReasoningPart, st.text(max_size=5).filter(str.isascii), STATE),
    st.builds(OpaquePart, STATES),
    st.builds(ToolCallPart, st.just("1"), st.just("clock"), st.just("{}"), st.just("caller"), STATE),
    st.builds(ToolResultPart, st.just("1"), st.just("clock"), st.lists(TEXTS, max_size=3)),
)
HISTORIES = st.lists(
    st.builds(Message, st.sampled_from(["user", "assistant", "tool"]), st.lists(PARTS, max_size=4)),
    max_size=4,
).map(lambda messages: [*messages, Message("user", "Hi")])


def states_of(parts: Any) -> Iterator[ProviderState]:
    """Yield every state in parts, those of a tool's results too, in order."""
    for part in parts:
        if state := getattr(part, "state", None):
            yield state
        if isinstance(part, ToolResultPart):
            yield from states_of(part.parts)


def all_states(messages: Any) -> list[ProviderState]:
    return [state for message in messages for state in states_of(message.parts)]


def family_of(model: str | None) -> str | None:
    return model.partition("-")[0] if model else None


def is_own(state: ProviderState, family: str | None, *, has_families: bool) -> bool:
    return state.provider == "scripted" and (not has_families or state.family in {None, family})


@given(HISTORIES, st.sampled_from([None, "large-1", "small-1", "quick"]), st.booleans())
def test_no_state_reaches_another(
    make_spec: Any, messages: list[Message], model: str | None, has_families: bool
) -> None:
    """The provider gets all its own states, in order, as they came; nobody else's; each loss is told."""
    spec = make_spec(capabilities=frozenset(Capability), model_family=family_of if has_families else None)
    options = ProviderOptions(model_mapping={"quick": "small-2"}, default_model="large-2")
    family = family_of({"quick": "small-2", None: "large-2"}.get(model, model))
    request = ChatRequest(messages=messages, model=model)

    plan, _ = plan_of(request, spec, spec.capabilities, options)

    assert plan.refusals == ()
    own = [state for state in all_states(messages) if is_own(state, family, has_families=has_families)]
    got = all_states(plan.request.messages)
    assert got == own
    assert [json.dumps(dict(state.data)) for state in got] == [json.dumps(dict(state.data)) for state in own]
    assert all(any(part is kept for kept in every_part(plan.request)) for part in untouched(request, own))
    stateless = [
        part for part in every_part(request) if isinstance(part, ReasoningPart) and part.state is None
    ]
    assert len(plan.adaptations) == len(all_states(messages)) - len(own) + len(stateless)


def every_part(request: ChatRequest) -> list[Part]:
    return [part for message in request.messages for part in message.parts]


def untouched(request: ChatRequest, own: list[ProviderState]) -> list[Part]:
    """Return the parts of which nothing may be left out: they go on as the very objects that they are."""
    return [
        part
        for part in every_part(request)
        if all(state in own for state in states_of([part]))
        and not (isinstance(part, ReasoningPart) and part.state is None)
    ]


SIGNED = ProviderState("scripted", "signature", {"value": b"\x00\xff"})


async def test_there_and_back(opened: Any, script: Any) -> None:
    """What a remote signed comes back to it in the next turn, byte for byte; not to another one."""
    thought = ReasoningPart("hm", SIGNED)
    script.attempts = [
        [ReasoningDelta("hm"), PartFinished(0, thought), TextDelta("A", 1), ResponseFinished()],
        [TextDelta("B"), ResponseFinished()],
    ]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        await conversation.send("one")
        await conversation.send("two")
    messages = conversation.messages
    async with opened(name="other", capabilities={Capability.HISTORY}) as connection:
        response = await connection.send([*messages, Message("user", "three")])

    own, others = (request.messages[1].parts for request in script.requests[1:])
    assert own == (thought, TextPart("A"))
    assert own[0].state.data == {"value": "AP8="}
    assert others == (TextPart("A"),)
    assert response.adaptations == (Adaptation("messages[1].parts[0]", "left out: scripted made it"),)


async def test_half_a_thought(opened: Any, script: Any) -> None:
    """A thought that was cut off has no signature, and is not in what the conversation sends again."""
    script.attempts = [
        [ReasoningDelta("h"), TextDelta("half", 1), 60.0],
        [TextDelta("B"), ResponseFinished()],
    ]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        async with conversation.stream("one") as stream:
            async for _ in stream.text:
                break
        assert stream.response.parts == ()
        assert (stream.response.partial, stream.response.partial_reasoning) == ("half", "h")
        await conversation.send("two")

    assert [message.text for message in script.requests[1].messages] == ["two"]


def test_a_message_of_which_nothing_is_left(make_spec: Any) -> None:
    """A message that held nothing but another's is left out whole: remotes refuse an empty one."""
    spec = make_spec()
    theirs = Message("assistant", [OpaquePart(ProviderState("another", "item", {}))])
    empty = Message("assistant", [])
    request = ChatRequest(messages=[Message("user", "one"), theirs, empty, Message("user", "two")])

    plan, _ = plan_of(request, spec, spec.capabilities, ProviderOptions())

    assert [message.role for message in plan.request.messages] == ["user", "assistant", "user"]
    assert [adaptation.field for adaptation in plan.adaptations] == ["messages[1].parts[0]"]


def test_a_state_hides_what_it_holds() -> None:
    """What a remote signed does not show where its part is printed."""
    assert "AP8" not in repr(Message("assistant", [ReasoningPart("hm", SIGNED)]))
    assert "<1 fields>" in repr(SIGNED)
