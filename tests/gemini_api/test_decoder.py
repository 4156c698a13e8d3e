"""The decoder: an answer's bytes to events, however they are cut, and whatever is in them."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import (
    Accumulator,
    AudioPart,
    Certainty,
    ChatResponse,
    Citation,
    ContentRefused,
    FilePart,
    ImagePart,
    MalformedResponse,
    OpaquePart,
    ProviderError,
    ProviderUnavailable,
    ReasoningPart,
    StreamEvent,
    TextPart,
    ToolCallPart,
    UsageReported,
)
from jackfield_api._vendors._gemini_sources import citations_of
from jackfield_gemini_api._batches import handle_in
from jackfield_gemini_api._decoder import GeminiDecoder

USAGE = {
    "promptTokenCount": 10,
    "cachedContentTokenCount": 4,
    "toolUsePromptTokenCount": 3,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 2,
    "totalTokenCount": 20,
}
PARTS: list[dict[str, Any]] = [
    {"text": "Hm, ", "thought": True},
    {"text": "jackfields…", "thought": True},
    {"text": "I look: ünïcödé\u2028"},
    {"text": "and on."},
    {"text": "", "thoughtSignature": "c2lnbmVk"},
    {"functionCall": {"id": "a1", "name": "clock", "args": {"zone": "UTC"}}, "thoughtSignature": "c2lnMg=="},
    {"functionCall": {"name": "clock"}},
    {"executableCode": {"language": "PYTHON", "code": "1"}},
    {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
    {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}, "thoughtSignature": "c2lnMw=="},
    {"inlineData": {"mimeType": "audio/wav", "data": ""}},
    {"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}},
    {"text": "Done."},
]


def chunk(*parts: dict[str, Any], told: Any = None, **about: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, **about}
    named = {"modelVersion": "gemini-x-001", "responseId": "r1"}
    return {"candidates": [candidate], "usageMetadata": USAGE, **named, **(told or {})}


def wire(*chunks: Any) -> bytes:
    return b"".join(f"data: {json.dumps(one, ensure_ascii=False)}\r\n\r\n".encode() for one in chunks)


def answer(*parts: dict[str, Any], reason: str = "STOP", **about: Any) -> bytes:
    return wire(*map(chunk, parts), chunk(finishReason=reason, **about))


def decode(*chunks: bytes) -> list[StreamEvent]:
    decoder = GeminiDecoder(family="gemini-x")
    return [one for piece in chunks for one in decoder.feed(piece)] + list(decoder.finish())


def fold(events: list[StreamEvent]) -> ChatResponse:
    folded = Accumulator()
    for one in events:
        folded.add(one)
    return folded.response()


def test_every_kind_of_part() -> None:
    """Each kind of part is one of ours, whole and in its order, with what the remote wants to see again."""
    response = fold(decode(answer(*PARTS)))
    thought, text, empty, first, second, code, result, image, signed, sound, video, last = response.parts

    assert thought == ReasoningPart("Hm, jackfields…")
    assert text == TextPart("I look: ünïcödé\u2028and on.")
    assert isinstance(empty, TextPart)
    assert isinstance(first, ToolCallPart)
    assert isinstance(second, ToolCallPart)
    assert (first.id, first.arguments_json, second.arguments_json) == ("a1", '{"zone": "UTC"}', "{}")
    assert [part.state and dict(part.state.data) for part in (empty, first, second)] == [
        {"thoughtSignature": "c2lnbmVk"},
        {"thoughtSignature": "c2lnMg=="},
        None,
    ]
    assert second.id
    assert [isinstance(part, OpaquePart) for part in (code, result, signed)] == [True] * 3
    assert image == ImagePart(b"\x89PNG", "image/png")
    assert sound == AudioPart(b"", "audio/wav")
    assert isinstance(video, FilePart)
    assert last == TextPart("Done.")
    assert (response.content, response.finish_reason) == (f"{text.text}Done.", "tool_call")
    assert response.usage is not None
    usage = response.usage
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_output_tokens) == (13, 7, 2)
    assert (usage.cache_read_input_tokens, dict(usage.raw)) == (4, USAGE)


WHOLE = answer(*PARTS)


@given(st.lists(st.integers(0, len(WHOLE)), max_size=6))
@settings(deadline=None)
def test_cut_anywhere(places: list[int]) -> None:
    """However the bytes are cut, the events are the same."""
    pieces = [WHOLE[start:stop] for start, stop in pairwise([0, *sorted(places), len(WHOLE)])]

    assert decode(*pieces) == decode(WHOLE)


@given(st.lists(st.sampled_from(PARTS), max_size=8))
@settings(deadline=None)
def test_stream_is_whole(parts: list[dict[str, Any]]) -> None:
    """What is folded from a stream is the answer that comes in one piece."""
    told = json.dumps(chunk(*parts, finishReason="STOP")).encode()

    assert fold(decode(answer(*parts))) == fold(decode(told))


NAMES = [
    *("candidates", "content", "parts", "text", "thoughtSignature", "functionCall", "name", "args", "index"),
    *("inlineData", "data", "finishReason", "usageMetadata", "promptFeedback", "groundingMetadata"),
    *("groundingChunks", "groundingSupports", "segment", "startIndex", "endIndex", "citationSources"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.sampled_from(["candidates", "usageMetadata", "error"]), JSON), max_size=4))
@settings(deadline=None)
def test_anything(chunks: list[Any]) -> None:
    """Whatever a remote sends becomes events that can be folded, or an error of ours."""
    with contextlib.suppress(ProviderError):
        fold(decode(wire(*chunks)))


@pytest.mark.parametrize("reason", [None, "", "FINISH_REASON_UNSPECIFIED"])
def test_a_cut_answer(reason: str | None) -> None:
    """An answer that told no reason is not over, and no half of it is a part that goes back."""
    folded = Accumulator()
    for one in decode(wire(chunk({"text": "Half", "thoughtSignature": "cw=="}, finishReason=reason))):
        folded.add(one)

    assert folded.finished is None
    assert folded.text == "Half"
    assert folded.parts == ()


REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "A_NEW_ONE": "stop",
}


@pytest.mark.parametrize("reason", REASONS)
def test_reasons(reason: str) -> None:
    """The remote's reason is one of ours, and its own word stays beside it."""
    response = fold(decode(answer({"text": "Hi"}, reason=reason, finishMessage="So.")))

    assert (response.finish_reason, response.provider_finish_reason) == (REASONS[reason], reason)
    assert response.metadata["finish_message"] == "So."


FAILURES: list[tuple[bytes, type[ProviderError], str | None]] = [
    (answer(reason="MALFORMED_FUNCTION_CALL"), MalformedResponse, "MALFORMED_FUNCTION_CALL"),
    (answer(reason="OTHER"), ProviderUnavailable, "OTHER"),
    (wire({"promptFeedback": {"blockReason": "SAFETY"}}), ContentRefused, "SAFETY"),
    (wire({"error": {"code": 503, "status": "UNAVAILABLE"}}), ProviderUnavailable, "UNAVAILABLE"),
    (answer({"inlineData": {"mimeType": "image/png", "data": "no base64"}}), MalformedResponse, None),
    (b"data: [1]\n\n", MalformedResponse, None),
]


@pytest.mark.parametrize(("told", "kind", "code"), FAILURES)
def test_failures(told: bytes, kind: type[ProviderError], code: str | None) -> None:
    """What went wrong over there is the error of its kind, with the remote's word for it."""
    with pytest.raises(kind) as raised:
        decode(told)

    assert raised.value.code == code


def test_a_prompt_refused_behind_a_beginning() -> None:
    """A prompt that is refused when words have come is no prompt that nobody was asked with."""
    events = wire(chunk({"text": "Hi"}), {"promptFeedback": {"blockReason": "SAFETY"}})
    with pytest.raises(ContentRefused) as raised:
        decode(events)

    assert raised.value.certainty is Certainty.STARTED


def test_a_draft_is_no_picture_of_the_answer() -> None:
    """A picture that is a thought is not shown, and goes back in its place."""
    draft = {"inlineData": {"mimeType": "image/png", "data": ""}, "thought": True}
    (part,) = fold(decode(answer(draft))).parts

    assert isinstance(part, OpaquePart)
    assert part.state.data["part"] == draft


def test_sources_in_two_goes() -> None:
    """What was found and where it counts may be told one after the other."""
    supports = [{"segment": {"endIndex": 2}, "groundingChunkIndices": [0]}]
    first = chunk({"text": "Hi"}, groundingMetadata={"groundingChunks": CHUNKS[:1]})
    last = chunk(finishReason="STOP", groundingMetadata={"groundingSupports": supports})
    (part,) = fold(decode(wire(first, last))).parts

    assert part == TextPart("Hi", [Citation(url="https://a.b/", title="A", start=0, end=2)])


@pytest.mark.parametrize("told", [None, {}, {"name": "models/x"}, {"name": 3}])
def test_what_is_no_batch(told: Any) -> None:
    """What hands a batch over gets a batch's name back, or makes no sense."""
    with pytest.raises(MalformedResponse, match="no batch"):
        handle_in(told)


def test_one_answer_of_several() -> None:
    """Of several answers the first counts; what is told of another one is none of its."""
    told = chunk({"text": "One"}, finishReason="STOP")
    told["candidates"].append({"index": 1, "content": {"parts": [{"text": "Two"}]}, "finishReason": "SAFETY"})
    response = fold(decode(wire(told)))

    assert (response.content, response.finish_reason) == ("One", "stop")


def test_usage_is_told_early_and_kept() -> None:
    """Counts are told with the first piece, so that a cut answer has them; the last ones stand."""
    later = {**USAGE, "candidatesTokenCount": 50}
    events = decode(wire(chunk({"text": "Hi"}), chunk(told={"usageMetadata": later}, finishReason="STOP")))
    usage = fold(events).usage

    assert [type(one) for one in events].count(UsageReported) == 1
    assert usage is not None
    assert usage.output_tokens == 52


CHUNKS = [
    {"web": {"uri": "https://a.b/", "title": "A"}},
    {"retrievedContext": {"uri": "gs://c/d", "title": "D", "text": "It says so."}},
]


def cited(texts: list[str], *segments: Any, chunks: Any = None) -> list[list[Citation]]:
    supports = [{"segment": one, "groundingChunkIndices": [0]} for one in segments]
    found = {"groundingChunks": CHUNKS if chunks is None else chunks, "groundingSupports": supports}
    return citations_of(texts, {"groundingMetadata": found})


def test_where_sources_stand() -> None:
    """Bytes of the whole text are characters of the part; a wrong place gives way to the words themselves."""
    texts = ["Süß. ", "Ja, süß."]
    right = {"startIndex": 11, "endIndex": 17, "text": "süß."}
    elsewhere = {"startIndex": 1, "endIndex": 4, "text": "Süß"}
    lost = {"startIndex": 90, "endIndex": 99, "text": "nowhere"}
    first, second = cited(texts, right, elsewhere, lost)

    assert [(one.start, one.end) for one in first] == [(0, 3)]
    assert [(one.start, one.end) for one in second] == [(4, 8), (None, None), (None, None)]
    assert texts[1][4:8] == "süß."
    assert (second[2].url, second[2].title, second[2].quote) == ("gs://c/d", "D", "It says so.")


def test_sources_without_text() -> None:
    """An answer without text has nothing that could rest on anything; odd numbers point at nothing."""
    assert cited([], {"endIndex": 1}) == []
    assert cited(["Hi"], {"endIndex": 1}, chunks=[]) == [[]]
    told = {"citationMetadata": {"citationSources": [{"endIndex": 2, "uri": "https://a.b/"}]}}
    assert citations_of(["Hi"], told) == [[Citation(url="https://a.b/", start=0, end=2)]]


@given(st.lists(st.text(max_size=5), max_size=3), JSON)
@settings(deadline=None)
def test_any_sources(texts: list[str], told: Any) -> None:
    """Whatever is told of sources, each text has its own, inside of it."""
    found = citations_of(texts, {"groundingMetadata": told, "citationMetadata": told})

    assert len(found) == len(texts)
    for text, citations in zip(texts, found, strict=True):
        assert all(0 <= (one.start or 0) <= (one.end or len(text)) <= len(text) for one in citations)
