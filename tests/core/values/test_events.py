"""The fold from events to a response."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    ActivityReported,
    ContractBroken,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    StreamEvent,
    TextDelta,
    TextReplaced,
    Usage,
)

TEXTS = st.text(max_size=6)
EVENTS = st.lists(
    st.one_of(
        st.builds(TextDelta, TEXTS),
        st.builds(ReasoningDelta, TEXTS),
        st.builds(TextReplaced, keep=st.integers(0, 12), text=TEXTS),
        st.builds(ActivityReported, kind=st.sampled_from(["tool", "thought", "link"]), title=TEXTS),
        st.builds(ResponseStarted, handle=st.none() | TEXTS, metadata=st.dictionaries(TEXTS, TEXTS)),
        st.builds(ResponseFinished, metadata=st.dictionaries(TEXTS, TEXTS)),
    ),
    max_size=30,
)


@attrs.define
class Overlong(Exception):
    """More was to be kept than there is."""


def reference(events: list[StreamEvent]) -> tuple[str, str]:
    """Fold the slow and obvious way."""
    text = reasoning = ""
    for event in events:
        match event:
            case TextDelta(more):
                text += more
            case ReasoningDelta(more):
                reasoning += more
            case TextReplaced(keep=keep, text=more):
                if keep > len(text):
                    raise Overlong
                text = text[:keep] + more
    return text, reasoning


def possible(events: list[StreamEvent]) -> list[StreamEvent]:
    """Return the events without those that keep more of the text than there is."""
    kept: list[StreamEvent] = []
    for event in events:
        try:
            reference([*kept, event])
        except Overlong:
            continue
        kept.append(event)
    return kept


@given(EVENTS, st.booleans())
def test_fold(events: list[StreamEvent], look_often: bool) -> None:
    """The fold of any events equals the naive one, however often it is looked at on the way."""
    events = possible(events)
    folded = Accumulator()
    for count, event in enumerate(events, 1):
        folded.add(event)
        if look_often:
            assert folded.text == reference(events[:count])[0]

    assert (folded.text, folded.reasoning) == reference(events)


@given(EVENTS)
def test_response_is_whole_or_partial(events: list[StreamEvent]) -> None:
    """The text is the content exactly when the stream finished without an error; else it is the partial."""
    events = possible(events)
    folded = Accumulator()
    for event in events:
        folded.add(event)
    finished = any(isinstance(event, ResponseFinished) for event in events)
    text, _ = reference(events)

    whole, failed = folded.response(), folded.response(error=RunFailed("the run failed"))

    assert (whole.content, whole.partial) == ((text, "") if finished else ("", text))
    assert (failed.content, failed.partial) == ("", text)
    assert failed.finish_reason == whole.finish_reason


def test_facts_of_the_response() -> None:
    """What started and finished events tell is in the response; the later word on the model wins."""
    folded = Accumulator()
    usage = Usage(input_tokens=3, output_tokens=5, input_source="reported")
    folded.add(
        ResponseStarted(
            handle="run-1",
            conversation_id="thread-1",
            model="early",
            requested_model="asked",
            url="https://remote/run-1",
            metadata={"a": 1, "b": 1},
        )
    )
    folded.add(TextDelta("Hi"))
    folded.add(
        ResponseFinished(
            finish_reason="length",
            provider_finish_reason="max_tokens",
            usage=usage,
            model="late",
            metadata={"b": 2},
        )
    )
    response = folded.response(provider="p", attempts=2)

    assert (response.handle, response.conversation_id) == ("run-1", "thread-1")
    assert (response.model, response.requested_model, response.url) == (
        "late",
        "asked",
        "https://remote/run-1",
    )
    assert (response.finish_reason, response.provider_finish_reason) == ("length", "max_tokens")
    assert (response.usage, response.provider, response.attempts) == (usage, "p", 2)
    assert response.metadata == {"a": 1, "b": 2}


@given(st.text(max_size=5), st.integers(0, 9))
def test_keeping_more_than_there_is(text: str, keep: int) -> None:
    """A replacement that keeps more text than there is breaks the contract; the text stays as it was."""
    folded = Accumulator()
    folded.add(TextDelta(text))
    if keep <= len(text):
        folded.add(TextReplaced(keep=keep, text="!"))
        assert folded.text == text[:keep] + "!"
        return
    with pytest.raises(ContractBroken, match=f"keeps {keep} characters of a text that has {len(text)}"):
        folded.add(TextReplaced(keep=keep, text="!"))

    assert folded.text == text


@pytest.mark.parametrize("kind", [TextDelta, ReasoningDelta])
@pytest.mark.parametrize("text", [None, 5, b"bytes", ["a"]])
def test_a_delta_that_is_no_text(kind: Any, text: Any) -> None:
    """A delta whose text is none is refused when it comes, not when the text is read."""
    with pytest.raises(TypeError, match="gives text, not"):
        Accumulator().add(kind(text))


def seconds(events: int, make: Callable[[int], StreamEvent]) -> float:
    """Return how long it takes to read the text after each of so many events, at best."""
    best = math.inf
    for _ in range(5):
        folded = Accumulator()
        began = time.process_time()
        for number in range(events):
            folded.add(make(number))
            assert len(folded.text) >= number
        best = min(best, time.process_time() - began)
    return best


def test_reading_at_each_event_is_linear() -> None:
    """The text may be read after every event: sixteen times the events take some sixteen times as long."""
    assert seconds(80_000, lambda _: TextDelta("0123456789")) < 60 * seconds(
        5_000, lambda _: TextDelta("0123456789")
    )


@pytest.mark.parametrize("thing", [None, "text", 5, b"bytes", object(), {"text": "hi"}])
def test_not_an_event(thing: Any) -> None:
    """What is no stream event is not passed over in silence."""
    with pytest.raises(TypeError, match=type(thing).__name__):
        Accumulator().add(thing)


def test_nothing_is_kept_of_a_negative() -> None:
    """TextReplaced keeps a number of characters that cannot be negative."""
    with pytest.raises(ValueError, match="keep"):
        TextReplaced(keep=-1)
