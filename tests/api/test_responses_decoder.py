"""Responses as bytes: cut anywhere, streamed and in one piece, of any shape."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    ChatResponse,
    MalformedResponse,
    ProviderError,
    ProviderState,
    ResponseStarted,
    StreamEvent,
)
from jackfield_api import ResponsesDecoder
from jackfield_playground.openai._answers import Answer
from jackfield_playground.openai._responses import Writer

ANSWERS = [
    Answer(pieces=("Grüße ", "\u2028", "\U0001f600"), thoughts=("Hm ", "hm"), sources=("https://a.invalid",)),
    Answer(calls=(("one", '{"x": 1}'), ("two", "{}")), thoughts=("Hm",), reason="tool_calls"),
    Answer(refusal="I will not.", thoughts=("No",)),
    Answer(pieces=("Half",), thoughts=(), reason="length"),
]
BODY = {"include": ["reasoning.encrypted_content"], "reasoning": {"summary": "auto"}}


def writer(answer: Answer) -> Writer:
    about = {"id": "resp_12345678", "model": "m", "created_at": 0}
    return Writer(answer=answer, body=BODY, about=about, searches=True)


def wire(events: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events).encode()


def make_state(kind: str, data: Mapping[str, Any]) -> ProviderState:
    return ProviderState("test", kind, data)


def events_of(data: bytes, cuts: Iterable[int] = ()) -> list[StreamEvent]:
    decoder = ResponsesDecoder(ResponseStarted(), state=make_state)
    places = [0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]
    events: list[StreamEvent] = []
    for start, end in pairwise(places):
        events += decoder.feed(data[start:end])
    return [*events, *decoder.finish()]


def folded(events: Iterable[StreamEvent]) -> ChatResponse:
    fold = Accumulator()
    for event in events:
        fold.add(event)
    assert fold.finished is not None
    return fold.response()


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 9000), max_size=12))
def test_cut_anywhere(answer: Answer, cuts: list[int]) -> None:
    """However the bytes are cut, the events are the same."""
    data = wire(writer(answer).events())

    assert events_of(data, cuts) == events_of(data)


@given(st.sampled_from(ANSWERS))
def test_streamed_and_in_one_piece(answer: Answer) -> None:
    """A response in events and the same in one piece are the same answer."""
    streamed = folded(events_of(wire(writer(answer).events())))
    whole = folded(events_of(json.dumps(writer(answer).response()).encode()))

    assert streamed == whole
    assert streamed.reasoning == "".join(answer.thoughts)
    assert streamed.content == answer.text


def test_no_part_of_it_is_whole() -> None:
    """Without its last event no response is whole."""
    events = list(writer(ANSWERS[0]).events())
    for length in range(len(events)):
        names = [type(event).__name__ for event in events_of(wire(events[:length]))]
        assert "ResponseFinished" not in names


ITEMS: list[Any] = [
    {"type": 1},
    {
        "type": "message",
        "content": [1, {"text": 1}, {"refusal": "No"}, {"text": "x", "annotations": [1, {}]}],
    },
    {"type": "reasoning", "summary": [1, {"text": 1}], "content": "x"},
    {"type": "function_call", "call_id": [1], "name": {}, "arguments": 1},
    {"type": "x_call", "id": None},
    {"usage": 1, "status": [1], "model": 1, "incomplete_details": {"reason": 1}},
]
ANY = st.sampled_from([None, True, 3, "x", [1], {}, *ITEMS])
TYPES = [
    "response.created",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.delta",
    "response.function_call_arguments.delta",
    "response.completed",
]
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)},
    optional={
        "item": ANY,
        "response": ANY,
        "delta": ANY,
        "output_index": st.integers(0, 1) | ANY,
        "content_index": st.integers(0, 1) | ANY,
    },
)


@given(st.lists(EVENTS, max_size=4))
def test_fields_of_any_type(events: list[Any]) -> None:
    """Whatever a remote puts into its fields, there are events, or an error of ours."""
    with suppress(ProviderError):
        events_of(wire(events))


def test_a_response_of_another_type() -> None:
    """What stands where a response, an item or a number is due is taken for none."""
    for wrong in (3, "x", [1], {}):
        event = {"type": "response.completed", "response": wrong, "output_index": wrong, "item": wrong}
        assert folded(events_of(wire([event]))).finish_reason == "stop"
        delta = {"type": "response.output_text.delta", "delta": "x", "output_index": wrong}
        assert len(events_of(wire([{**delta, "content_index": wrong}, delta]))) == 2


def altered(events: list[dict[str, Any]], data: st.DataObject) -> list[dict[str, Any]]:
    """Draw events of which some are told twice, out of turn, not at all, or with other values."""
    for _ in range(data.draw(st.integers(1, 3))):
        place, other = (data.draw(st.integers(0, len(events) - 1)) for _ in range(2))
        match data.draw(st.sampled_from(["twice", "out of turn", "not at all", "other"])):
            case "twice":
                events.insert(other, events[place])
            case "out of turn":
                events[place], events[other] = events[other], events[place]
            case "not at all" if len(events) > 1:
                events.pop(place)
            case _:
                name = data.draw(st.sampled_from(sorted(events[place])))
                events[place] = {**events[place], name: data.draw(ANY)}
    return events


@given(st.sampled_from(ANSWERS), st.data())
def test_events_that_contradict_each_other(answer: Answer, data: Any) -> None:
    """Whatever a remote tells twice, late or not at all: an answer that folds, or an error of the tree."""
    with suppress(ProviderError):
        fold = Accumulator()
        for event in events_of(wire(altered([*writer(answer).events()], data))):
            fold.add(event)


def call(kind: str, arguments: str, **item: Any) -> dict[str, Any]:
    told = {"type": "function_call", "call_id": "c1", "name": "clock", "arguments": arguments, **item}
    return {"type": f"response.output_item.{kind}", "output_index": 0, "item": told}


def argued(*deltas: str, said: str) -> list[dict[str, Any]]:
    kind = "response.function_call_arguments.delta"
    told = [{"type": kind, "output_index": 0, "delta": delta} for delta in deltas]
    return [call("added", ""), *told, call("done", said), {"type": "response.completed"}]


@pytest.mark.parametrize(
    ("deltas", "said", "whole"),
    [
        ((), '{"x": 1}', '{"x": 1}'),
        (('{"x"', ": 1}"), '{"x": 1}', '{"x": 1}'),
        (('{"x"',), '{"x": 1}', '{"x": 1}'),
        (('{"x":1}',), '{"x": 1}', '{"x":1}'),
        (('{"x": 1}',), "", '{"x": 1}'),
    ],
)
def test_arguments_told_twice(deltas: tuple[str, ...], said: str, whole: str) -> None:
    """A call's arguments are those of its deltas, its end completes them, and may space them differently."""
    [call] = folded(events_of(wire(argued(*deltas, said=said)))).tool_calls

    assert (call.id, call.name, call.arguments_json) == ("c1", "clock", whole)


@pytest.mark.parametrize(
    "events",
    [
        argued('{"x": 1}', said='{"x": 2}'),
        [argued('{"x": 1}', said="")[1]],
        [*argued(said="{}")[:-1], argued('{"x": 1}', said="")[1]],
    ],
)
def test_arguments_that_nobody_can_be_sure_of(events: list[Any]) -> None:
    """Two kinds of arguments for one call, arguments of no call, or after its end: nothing to act on."""
    with pytest.raises(MalformedResponse):
        events_of(wire(events))


def test_tiny_deltas() -> None:
    """Text in tiny deltas takes linear time: eight times as many take no 64 times as long, on one machine."""
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "x" * 400}

    def seconds(count: int) -> float:
        decoder, data = ResponsesDecoder(ResponseStarted(), state=make_state), wire([delta])
        before = time.process_time()
        for _ in range(count):
            assert len(list(decoder.feed(data))) == 1
        return time.process_time() - before

    short = min(seconds(1000) for _ in range(3))

    assert min(seconds(8000) for _ in range(3)) < 24 * short
