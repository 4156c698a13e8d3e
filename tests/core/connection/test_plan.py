"""What becomes of a request is known before it is sent, and is what becomes of it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Adaptation,
    AudioPart,
    Capability,
    Certainty,
    ChatRequest,
    ContractBroken,
    FileId,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    OpaquePart,
    Plan,
    Provider,
    ProviderOptions,
    ProviderState,
    ReasoningPart,
    RefusalPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Unsupported,
    Url,
)
from jackfield._capability import Need
from jackfield._places import Place, Places, named

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STATES = st.builds(
    ProviderState, st.sampled_from(["scripted", "another"]), st.just("signed"), st.just({"a": 1})
)
SOURCES = st.sampled_from(
    [b"bytes", Url("https://remote/cat.png"), FileId("scripted", "1"), FileId("another", "1")]
)
RESULTS = st.builds(ImagePart, SOURCES, st.just("image/png")) | st.builds(
    TextPart, st.just("found"), state=st.none() | STATES
)
PARTS = st.one_of(
    RESULTS,
    st.builds(FilePart, SOURCES, st.just("a.txt"), st.just("text/plain")),
    st.builds(AudioPart, SOURCES, st.just("audio/wav")),
    st.builds(ReasoningPart, st.sampled_from(["", "hm"]), st.none() | STATES),
    st.builds(ToolCallPart, st.just("1"), st.just("clock"), st.just("{}"), state=st.none() | STATES),
    st.builds(ToolResultPart, st.just("1"), st.just("clock"), st.lists(RESULTS, max_size=2)),
    st.builds(OpaquePart, STATES),
    st.just(RefusalPart("no")),
    st.just(TextPart(" ")),
)
MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from(["user", "user", "system", "assistant", "tool"]),
        st.lists(PARTS, max_size=3),
    ),
    max_size=3,
).map(lambda messages: [*messages, Message("user", "Hi")])
CLOCK = Tool("clock", "Tells the time.", {"type": "object"})
WISHES: dict[str, Any] = {
    "conversation_id": "1",
    "tools": [CLOCK],
    "tool_choice": "none",
    "output": {"type": "object"},
    "reasoning": "low",
    "max_tokens": 5,
    "temperature": 0.5,
    "top_p": 0.5,
    "seed": 1,
    "stop_sequences": "x",
    "options": {"mode": "fast"},
}


@st.composite
def requests(draw: Any) -> ChatRequest:
    """Draw a request with some messages and some wishes."""
    names = draw(st.lists(st.sampled_from(sorted(WISHES)), unique=True, max_size=4))
    last = draw(st.sampled_from([0, 0, 1]))
    messages = draw(MESSAGES)
    try:
        return ChatRequest(
            messages=messages[: len(messages) - last], id="r", **{name: WISHES[name] for name in names}
        )
    except InvalidRequest:  # without its last message it may say nothing
        return ChatRequest(messages=messages, id="r")


CAPABILITIES = st.frozensets(st.sampled_from(sorted(Capability, key=str)), min_size=8) | st.just(
    frozenset(Capability)
)
CAPABILITIES = CAPABILITIES.map(lambda drawn: drawn - {Capability.EMBEDDINGS, Capability.BATCHES})


def told_fields(adaptations: tuple[Adaptation, ...]) -> set[str]:
    return {adaptation.field.partition("[")[0] for adaptation in adaptations}


def different(one: ChatRequest, other: ChatRequest) -> set[str]:
    return {
        field.name
        for field in attrs.fields(ChatRequest)
        if getattr(one, field.name) != getattr(other, field.name)
    }


@given(request=requests(), capabilities=CAPABILITIES)
async def test_the_plan_is_what_happens(opened: Any, script: Any, request: Any, capabilities: Any) -> None:
    """A request is refused exactly when its plan says so, then nothing is sent; what is left out is told."""
    script.requests.clear()
    async with opened(capabilities=capabilities) as connection:
        plan = connection.plan(request)
        assert script.requests == []
        if plan.refusals:
            with pytest.raises(InvalidRequest) as caught:
                await connection.send(request)
        else:
            response = await connection.send(request)

    if plan.refusals:
        refused = caught.value
        assert str(refused) == str(plan.refusals[0])
        assert (refused.certainty, refused.provider, refused.request_id) == (
            Certainty.NOT_SENT,
            "scripted",
            "r",
        )
        assert script.requests == []
        return
    assert response.adaptations == plan.adaptations
    assert script.requests == [plan.request]
    assert different(request, plan.request) == told_fields(plan.adaptations)


@pytest.mark.parametrize("name", sorted(set(WISHES) - {"options"}))
async def test_each_wish(opened: Any, script: Any, name: str) -> None:
    """A wish that only shades an answer is left out and told; any other one is refused; none is lost."""
    need = Need.of(getattr(attrs.fields(ChatRequest), name))
    assert need is not None
    async with opened(capabilities=()) as connection:
        plan = connection.plan("Hi", **{name: WISHES[name]})
    async with opened(capabilities={need.capability}) as connection:
        granted = connection.plan("Hi", **{name: WISHES[name]})

    if need.is_hint:
        assert plan.adaptations == (Adaptation(name, f"left out: scripted cannot {need.deed}"),)
        assert getattr(plan.request, name) is None
    else:
        assert [type(refusal) for refusal in plan.refusals] == [Unsupported]
        assert name in str(plan.refusals[0])
    assert (granted.adaptations, granted.refusals) == ((), ())


async def test_every_refusal_is_told(opened: Any) -> None:
    """A plan has all that is wrong, each with its place; sending raises the first."""
    image = Message("user", ["see", ImagePart(Url("https://remote/cat.png"), "image/png")])
    async with opened(capabilities={Capability.IMAGES}) as connection:
        plan = connection.plan(
            [Message("system", "Be brief."), image], max_tokens=5, options={"mode": "fast"}
        )

    assert [str(refusal).partition(".")[0] for refusal in plan.refusals] == [
        "scripted cannot keep to max_tokens",
        "scripted takes no request options; found mode",
        "scripted cannot take system messages",
        "scripted cannot fetch an address (messages[1]",
    ]
    with pytest.raises(Unsupported, match="max_tokens"):
        plan.raise_for_refusal()


async def test_nothing_is_left(opened: Any, script: Any) -> None:
    """A request of which nothing may be sent is refused, with what was left out; not sent empty."""
    thought = Message("user", [ReasoningPart("hm"), " "])
    async with opened() as connection:
        plan = connection.plan(thought)
        with pytest.raises(InvalidRequest, match=r"nothing is left .* messages\[0\].parts\[0\] was left out"):
            await connection.send(thought)

    assert len(plan.refusals) == 1
    assert script.requests == []


@attrs.frozen(kw_only=True)
class Settings:
    """What only this provider knows."""

    top_k: int = 0


@pytest.mark.parametrize(
    ("options", "words"), [({"top_j": 1}, "top_k"), ({"top_k": "many"}, "top_k"), ({"top_k": 5}, "")]
)
async def test_request_options(opened: Any, options: Any, words: str) -> None:
    """A provider's own settings are built strictly: an unknown name is refused with the near one."""
    async with opened(request_options=Settings) as connection:
        plan = connection.plan("Hi", options=options)

    assert bool(plan.refusals) == bool(words)
    assert all(words in str(refusal) for refusal in plan.refusals)


async def test_a_tool_result_in_a_kept_thread(opened: Any, script: Any) -> None:
    """Where the remote keeps the thread, what came of a call goes on alone; elsewhere it is history."""
    result = Message("tool", [ToolResultPart("1", "clock", "noon")])
    async with opened(capabilities={Capability.CONVERSATIONS, Capability.TOOLS}) as connection:
        kept = connection.plan(result, conversation_id="1")
        lost = connection.plan(result)

    assert kept.refusals == ()
    assert [type(refusal) for refusal in lost.refusals] == [Unsupported]


@attrs.define(eq=False)
class Planning(Provider):
    """A provider that has a word to say about requests itself."""

    planned: Any
    sent: list[ChatRequest] = attrs.field(factory=list)

    def plan(self, request: ChatRequest) -> Any:
        return self.planned(request)

    def stream(self, request: ChatRequest) -> Any:
        raise AssertionError("nothing is sent")


def shortened(request: ChatRequest) -> Plan:
    return Plan(attrs.evolve(request, max_tokens=3), (Adaptation("max_tokens", "3 at most"),))


def no_model(request: ChatRequest) -> Plan:
    raise ModelNotFound(f"no model {request.model!r}")


def at_fault(request: ChatRequest) -> Plan:
    raise KeyError(request.model)


@pytest.fixture
def planned(opened: Any) -> Any:
    """Open a connection to a provider that plans with a function."""

    def open_one(planned: Any) -> Any:
        class Opening:
            async def __aenter__(self) -> Provider:
                return Planning(planned)

            async def __aexit__(self, *_: object) -> None:
                pass

        def open_provider(options: ProviderOptions) -> Any:
            return Opening()

        return opened(open=open_provider, capabilities={Capability.HISTORY, Capability.MAX_TOKENS})

    return open_one


async def test_what_the_provider_adds(planned: Any) -> None:
    """A provider's own word on a request comes after what its capabilities say."""
    async with planned(shortened) as connection:
        plan = connection.plan("Hi", max_tokens=5, seed=1)

    assert [adaptation.field for adaptation in plan.adaptations] == ["seed", "max_tokens"]
    assert (plan.request.max_tokens, plan.request.seed) == (3, None)


async def test_what_the_provider_refuses(planned: Any) -> None:
    """A refusal that a provider raises while it plans is one of the plan's."""
    async with planned(no_model) as connection:
        plan = connection.plan("Hi", model="big")
        with pytest.raises(ModelNotFound):
            await connection.send("Hi", model="big")

    assert [str(refusal) for refusal in plan.refusals] == ["no model 'big'"]
    assert plan.refusals[0].provider == "scripted"


FOREIGN = ReasoningPart("hm", ProviderState("another", "signed", {}))
HISTORY = [
    Message("user", [FOREIGN]),
    Message("user", ["Which?", "This?"]),
    Message("assistant", [FOREIGN, "That.", FOREIGN, RefusalPart("No.")]),
    Message("user", "Why?"),
]


def naming_places(request: ChatRequest) -> Plan:
    where = [
        f"messages[{number}].parts[{place}]"
        for number, message in enumerate(request.messages)
        for place, part in enumerate(message.parts)
        if isinstance(part, RefusalPart)
    ]
    refusals = (Unsupported(f"no refusals ({where[0]})"),) if request.model == "strict" else ()
    return Plan(request, tuple(Adaptation(one, "went as text") for one in where), refusals)


async def test_places_are_the_callers(planned: Any) -> None:
    """A provider sees messages without another's parts; what it names is told as the caller counts."""
    async with planned(naming_places) as connection:
        plan = connection.plan(HISTORY)
        strict = connection.plan(HISTORY, model="strict")

    assert [len(message.parts) for message in plan.request.messages] == [2, 2, 1]
    assert [one.field for one in plan.adaptations] == [
        "messages[0].parts[0]",
        "messages[2].parts[0]",
        "messages[2].parts[2]",
        "messages[2].parts[3]",
    ]
    assert [str(refusal) for refusal in strict.refusals] == ["no refusals (messages[2].parts[3])"]


TREES = st.recursive(st.booleans(), lambda inner: st.lists(inner, max_size=4), max_leaves=20)


@given(st.lists(st.tuples(st.booleans(), st.lists(TREES, max_size=4)), max_size=4))
def test_every_place_is_found_again(messages: list[Any]) -> None:
    """Whatever is left out of messages, parts and parts of parts: each place left is told as it was."""
    left_out: set[Place] = set()
    places: dict[str, str] = {}

    def walk(parts: list[Any], above: Place, above_there: Place) -> None:
        there = 0
        for number, part in enumerate(parts):
            if part is False:
                left_out.add((*above, number))
                continue
            places[named((*above_there, there))] = named((*above, number))
            walk(part if isinstance(part, list) else [], (*above, number), (*above_there, there))
            there += 1

    walk([parts if stays else False for stays, parts in messages], (), ())
    told = Places(frozenset(left_out))

    assert {there: told.as_said(there) for there in places} == places


@pytest.mark.parametrize(
    ("wrong", "words"), [(at_fault, "KeyError"), (lambda _: None, "nothing, not a Plan")]
)
async def test_a_plan_that_breaks(planned: Any, wrong: Any, words: str) -> None:
    """A provider whose plan fails, or is none, is at fault itself, for those who ask and those who send."""
    async with planned(wrong) as connection:
        with pytest.raises(ContractBroken, match=words):
            connection.plan("Hi")
        with pytest.raises(ContractBroken, match=words):
            await connection.send("Hi")
