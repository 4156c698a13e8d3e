"""Chat completions as bytes: cut anywhere, of any shape, from the vendor and from others."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    ChatResponse,
    MalformedResponse,
    ProviderError,
    ProviderState,
    ProviderUnavailable,
    QuotaExhausted,
    ReasoningPart,
    ResponseFinished,
    StreamEvent,
    TextPart,
    ToolCallPart,
)
from jackfield_api import ChatCompletionsDecoder, whole_answer


def chunk(delta: Mapping[str, Any] | None = None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": reason}
    return {"id": "c1", "model": "m", "choices": [choice], **more}


def call(number: int | None, id_: str = "", name: str = "", arguments: Any = "") -> dict[str, Any]:
    told = {"index": number, "id": id_ or None, "function": {"name": name or None, "arguments": arguments}}
    return {"tool_calls": [told]}


def wire(chunks: Iterable[Any], end: str = "data: [DONE]\n\n") -> bytes:
    return ("".join(f"data: {json.dumps(one, ensure_ascii=False)}\n\n" for one in chunks) + end).encode()


def make_state(kind: str, data: Mapping[str, Any]) -> ProviderState:
    return ProviderState("test", kind, data)


def events_of(data: bytes, cuts: Iterable[int] = (), *, state: Any = make_state) -> list[StreamEvent]:
    decoder = ChatCompletionsDecoder(state=state)
    places = [0, *sorted(set(cuts)), len(data)]
    events: list[StreamEvent] = []
    for start, end in pairwise(places):
        events += decoder.feed(data[start:end])
    return [*events, *decoder.finish()]


def folded(data: bytes, **settings: Any) -> ChatResponse:
    fold = Accumulator()
    for event in events_of(data, **settings):
        fold.add(event)
    assert fold.finished is not None
    return fold.response()


USAGE = {"prompt_tokens": 9, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}
RICH = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Hm, "}),
    chunk({"reasoning_content": "well \u2028"}),
    chunk({"content": "Grüße \U0001f600"}),
    chunk(call(0, "a", "one")),
    chunk(call(1, "b", "two", '{"x"')),
    chunk(call(0, arguments="{}")),
    chunk(call(1, arguments=": 1}")),
    chunk({"content": " there"}),
    chunk(None, "tool_calls"),
    {"id": "c1", "model": "m", "choices": [], "usage": USAGE},
]


@given(st.lists(st.integers(0, len(wire(RICH))), max_size=12))
def test_cut_anywhere(cuts: list[int]) -> None:
    """However the bytes are cut, the events are the same."""
    assert events_of(wire(RICH), cuts) == events_of(wire(RICH))


def test_all_of_it() -> None:
    """Thoughts, text and calls that grow at once become parts in the order in which they began."""
    response = folded(wire(RICH))

    assert response.parts == (
        ReasoningPart("Hm, well \u2028", make_state("reasoning", {"field": "reasoning_content"})),
        TextPart("Grüße \U0001f600 there"),
        ToolCallPart("a", "one", "{}"),
        ToolCallPart("b", "two", '{"x": 1}'),
    )
    assert (response.finish_reason, response.model, response.metadata["id"]) == ("tool_call", "m", "c1")
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.cache_read_input_tokens) == (9, 4)
    assert response.usage.raw == USAGE


def test_in_one_piece() -> None:
    """A completion that comes whole, from a server without streams, is the same answer."""
    calls = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": said}}
        for id_, name, said in (("a", "one", "{}"), ("b", "two", '{"x": 1}'))
    ]
    message = {
        "reasoning_content": "Hm, well \u2028",
        "content": "Grüße \U0001f600 there",
        "tool_calls": calls,
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    whole = {"id": "c1", "model": "m", "choices": [choice], "usage": USAGE}

    assert folded(json.dumps(whole, indent=1).encode()) == folded(wire(RICH))


@pytest.mark.parametrize("length", range(len(RICH) - 2))
@pytest.mark.parametrize("end", ["", "data: [DONE]\n\n"])
def test_a_part_of_it_is_no_end(length: int, end: str) -> None:
    """Without a reason no answer is whole, also where something behind the remote adds the end mark."""
    assert not any(isinstance(event, ResponseFinished) for event in events_of(wire(RICH[:length], end)))


@pytest.mark.parametrize(
    ("reason", "error"),
    [("stop", None), ("error", "ProviderUnavailable"), (None, "StreamInterrupted")],
)
def test_an_answer_of_a_batch(reason: str | None, error: str | None) -> None:
    """An answer in one piece is an answer, or how far it came and why no further: its words are not lost."""
    choice = {"index": 0, "message": {"role": "assistant", "content": "Half"}, "finish_reason": reason}
    told = {"id": "c1", "choices": [choice]}
    response = whole_answer(ChatCompletionsDecoder(), told, request_id="one")

    assert response.request_id == "one"
    assert (type(response.error).__name__ if response.error else None) == error
    assert (response.partial if error else response.content) == "Half"


def test_no_end_mark() -> None:
    """A reason makes an answer whole, though the remote hangs up without its end mark."""
    assert folded(wire([chunk({"content": "Hi"}), chunk(None, "stop")], end="")).content == "Hi"


def test_nothing_counts_after_the_end() -> None:
    """What follows the end mark is not read."""
    data = wire([chunk({"content": "Hi"}, "stop")])

    assert events_of(data + b"data: {broken\n\n") == events_of(data)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"error": {"message": "no money", "code": "insufficient_quota"}}, QuotaExhausted),
        ({"id": "c1", "error": {"message": "bad gateway", "code": 502}, "choices": []}, ProviderUnavailable),
        ([1], MalformedResponse),
    ],
)
def test_an_error_in_place_of_a_chunk(told: Any, kind: type[ProviderError]) -> None:
    """An error in the stream is raised by its code, after the events before it."""
    decoder = ChatCompletionsDecoder()
    events = decoder.feed(wire([chunk({"content": "Hi"}), told], end=""))

    assert [type(next(events)).__name__ for _ in range(2)] == ["ResponseStarted", "TextDelta"]
    with pytest.raises(kind):
        next(events)


def test_an_error_event() -> None:
    """An event of the type `error` is one, whatever is in it."""
    with pytest.raises(ProviderError, match="overloaded"):
        events_of(b'event: error\ndata: {"message": "overloaded"}\n\n')


@pytest.mark.parametrize("word", ["insufficient_system_resource", "error", "network_error"])
def test_an_answer_that_was_broken_off(word: str) -> None:
    """A reason that says that the remote failed is an error and no end."""
    with pytest.raises(ProviderUnavailable, match=word):
        events_of(wire([chunk({"content": "Hi"}), chunk(None, word)]))


@pytest.mark.parametrize(
    ("word", "reason"),
    [("stop", "stop"), ("model_length", "length"), ("sensitive", "content_filter"), ("eos", "stop")],
)
def test_words_for_the_end(word: str, reason: str) -> None:
    """The words of several remotes are ours; one that nobody knows is `stop`, and is kept."""
    response = folded(wire([chunk({"content": "Hi"}, word)]))

    assert (response.finish_reason, response.provider_finish_reason) == (reason, word)


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(call(0, "a", "f", "{}")), chunk(call(0, "b", "g", "{}"))],
        [chunk(call(None, "a", "f", "{}")), chunk(call(None, "b", "g", "{}"))],
        [chunk(call(None, "a", "f", {})), chunk(call(None, "b", "g")), chunk(call(None, arguments="{}"))],
        [chunk(call(0, "a", "f")), chunk(call(1, "b", "g", "{}")), chunk(call(0, "a", arguments="{}"))],
    ],
)
def test_calls_of_other_servers(chunks: list[Any]) -> None:
    """Calls are told apart without numbers, with one number for all, and with their id in each piece."""
    response = folded(wire([*chunks, chunk(None, "stop")]))

    assert response.tool_calls == (ToolCallPart("a", "f", "{}"), ToolCallPart("b", "g", "{}"))
    assert response.finish_reason == "tool_call"


def test_calls_without_ids() -> None:
    """A call without an id gets one, so that its result can be told."""
    said = [chunk(call(None, "", "f", "{}")), chunk(call(None, "", "f", "{}")), chunk(None, "tool_calls")]
    ids = [one.id for one in folded(wire(said)).tool_calls]

    assert len(set(ids)) == 2
    assert all(ids)


def test_reasoning_in_blocks() -> None:
    """OpenRouter's blocks are put together again, hidden ones among them, to go back as they came."""
    pieces = [
        {"type": "reasoning.text", "index": 0, "text": "Well, "},
        {"type": "reasoning.text", "index": 0, "text": "yes", "signature": "s1"},
        {"type": "reasoning.encrypted", "index": 1, "data": "xyz"},
    ]
    said = [chunk({"reasoning_details": [piece]}) for piece in pieces]
    response = folded(wire([*said, chunk({"content": "Hi"}, "stop")]))
    (thought, _) = response.parts

    assert isinstance(thought, ReasoningPart)
    assert thought.state is not None
    assert thought.state.data["details"] == [
        {"type": "reasoning.text", "index": 0, "text": "Well, yes", "signature": "s1"},
        {"type": "reasoning.encrypted", "index": 1, "data": "xyz"},
    ]


def test_content_in_chunks() -> None:
    """Mistral's content in chunks is text and thoughts."""
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
        {"type": "text", "text": "Hi"},
    ]
    response = folded(wire([chunk({"content": content}, "stop")]), state=None)

    assert response.parts == (ReasoningPart("Hm"), TextPart("Hi"))


def test_usage_elsewhere() -> None:
    """Counts in every chunk, or in a place of Groq's, are the last ones that came."""
    said = [chunk({"content": "Hi"}, usage={"prompt_tokens": 1, "completion_tokens": 1})]
    last = chunk(None, "stop", x_groq={"usage": {"prompt_tokens": 1, "completion_tokens": 2}})
    response = folded(wire([*said, last]))

    assert response.usage is not None
    assert response.usage.output_tokens == 2


def test_another_remote() -> None:
    """A subclass has other words, places and fields."""

    class Other(ChatCompletionsDecoder):
        finish_reasons = {"fin": "length"}  # noqa: RUF012
        reasoning_fields = ("musing",)
        usage_places = "counts"
        usage_names = {"output_tokens": ("said", "mused")}  # noqa: RUF012

    decoder, fold = Other(), Accumulator()
    said = chunk({"musing": "Hm", "content": "Hi"}, "fin", counts={"said": 1, "mused": 1})
    for event in decoder.feed(wire([said])):
        fold.add(event)
    response = fold.response()

    assert (response.reasoning, response.content, response.finish_reason) == ("Hm", "Hi", "length")
    assert response.usage is not None
    assert response.usage.output_tokens == 2


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "content",
                    "tool_calls",
                    "function",
                    "name",
                    "arguments",
                    "id",
                    "index",
                    "usage",
                    "text",
                    "thinking",
                    "finish_reason",
                    "reasoning",
                    "reasoning_details",
                    "annotations",
                    "url_citation",
                    "refusal",
                    "logprobs",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=25)
@given(st.lists(st.dictionaries(st.sampled_from(["choices", "usage", "model", "error"]), ANY), max_size=4))
def test_fields_of_any_type(chunks: list[Any]) -> None:
    """Whatever a remote puts into its fields, there are events that fold, or an error of ours."""
    fold = Accumulator()
    try:
        for event in events_of(wire(chunks)):
            fold.add(event)
    except ProviderError:
        return
    fold.response()


def test_many_calls() -> None:
    """Calls take linear time: eight times as many take no 64 times as long, on one machine."""

    def seconds(count: int) -> float:
        data = [wire([chunk(call(number, f"c{number}", "f", "{}"))], end="") for number in range(count)]
        decoder, before = ChatCompletionsDecoder(), time.process_time()
        assert sum(len(list(decoder.feed(one))) for one in data) == 2 * count + 1
        return time.process_time() - before

    short = min(seconds(300) for _ in range(3))

    assert min(seconds(2400) for _ in range(3)) < 24 * short


def test_long_reasoning_in_blocks() -> None:
    """A block grows in linear time: a piece more costs the same, however long the block is already."""

    def seconds(length: int) -> float:
        sizes = [length, *[1] * 1000]
        pieces = [{"type": "reasoning.encrypted", "index": 0, "data": "x" * size} for size in sizes]
        first, *more = [wire([chunk({"reasoning_details": [piece]})], end="") for piece in pieces]
        decoder = ChatCompletionsDecoder(state=make_state)
        list(decoder.feed(first))
        before = time.process_time()
        for one in more:
            list(decoder.feed(one))
        return time.process_time() - before

    short = min(seconds(1) for _ in range(3))

    assert min(seconds(2**22) for _ in range(3)) < 5 * short
