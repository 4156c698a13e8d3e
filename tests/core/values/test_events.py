"""The fold from events to a response."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    ActivityReported,
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
                text = text[:keep] + more
    return text, reasoning


@given(EVENTS, st.booleans())
def test_fold(events: list[StreamEvent], look_often: bool) -> None:
    """The fold of any events equals the naive one, however often it is looked at on the way."""
    folded = Accumulator()
    for count, event in enumerate(events, 1):
        folded.add(event)
        if look_often:
            assert folded.text == reference(events[:count])[0]

    assert (folded.text, folded.reasoning) == reference(events)


@given(EVENTS)
def test_response_is_whole_or_partial(events: list[StreamEvent]) -> None:
    """The text is the content exactly when the stream finished without an error; else it is the partial."""
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


@pytest.mark.parametrize("thing", [None, "text", 5, b"bytes", object(), {"text": "hi"}])
def test_not_an_event(thing: Any) -> None:
    """What is no stream event is not passed over in silence."""
    with pytest.raises(TypeError, match=type(thing).__name__):
        Accumulator().add(thing)


def test_nothing_is_kept_of_a_negative() -> None:
    """TextReplaced keeps a number of characters that cannot be negative."""
    with pytest.raises(ValueError, match="keep"):
        TextReplaced(keep=-1)
