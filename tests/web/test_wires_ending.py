"""How an answer ends, and what is said of a remote's troubles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, ResponseFinished, Secret, Usage
from jackfield_web.wire import Ending, json_or_text, malformed, words_of

TOKEN = "eyJhbGciOi.eyJpZCI6.c2lnbmF0dXJl"


def test_an_end_tells_what_was_noted() -> None:
    """Counts, model, reason and metadata are in the end; after it, the answer is over."""
    usage = Usage(output_tokens=3)
    ending = Ending(usage=usage, model="m", reason="max_tokens", metadata={"limit": 1})
    assert not ending.is_over
    ending.ignore("mood")
    ending.ignore("mood")
    ending.ignore("x" * 1000)

    assert ending.finished() == ResponseFinished(
        finish_reason="length",
        provider_finish_reason="max_tokens",
        usage=usage,
        model="m",
        metadata={"limit": 1, "ignored_events": {"mood": 2, "x" * 60: 1}},
    )
    assert ending.is_over


@pytest.mark.parametrize(
    ("word", "common"),
    [(None, "stop"), ("end_turn", "stop"), ("tool_calls", "tool_call"), ("refusal", "content_filter")],
)
def test_reasons_in_common_words(word: str | None, common: str) -> None:
    """A remote's word for its end is told in common ones, and kept; one that nobody knows is an end."""
    finished = Ending(reason=word).finished()

    assert (finished.finish_reason, finished.provider_finish_reason) == (common, word)


def test_words_are_one_short_line() -> None:
    """The words of an object stand in the order that is asked for, each once; text is itself."""
    told = {"message": "No\n\n way", "code": 429, "detail": "No\n\n way", "more": {"why": "because"}}

    assert words_of(told, "code", "detail", "message", "more.why", "nothing") == "429 No way because"
    assert words_of("x" * 1000) == "x" * 300
    assert words_of({"reason": "odd"}, "message") == "{'reason': 'odd'}"
    assert [words_of(nothing) for nothing in (None, "", {}, "<!doctype html><p>no")] == [""] * 4


def test_words_log_nobody_in() -> None:
    """Tokens, bare or in an address, and every living secret are masked."""
    secret = Secret("correct horse battery")
    said = f"GET /api?token={TOKEN[:9]}&x=1 with {TOKEN} and {secret.reveal()}"

    shown = words_of({"message": said}, "message")

    assert TOKEN[:9] not in shown
    assert secret.reveal() not in shown
    assert shown.startswith("GET /api?token=…&x=1 with … and")


def test_what_makes_no_sense_is_told_with_its_remote() -> None:
    """The error names the remote, says what there was, and that the remote had begun."""
    error = malformed("Ada", "an end without a beginning")

    assert error.message == "Ada's stream makes no sense: an end without a beginning"
    assert error.certainty is Certainty.STARTED


@given(st.text() | st.just("[" * 100_000) | st.just("9" * 5000))
def test_any_text_is_json_or_itself(text: str) -> None:
    """What JSON cannot say, or not in any bounds, is returned as it is."""
    value = json_or_text(text)

    assert value == text or not isinstance(value, str) or text.strip().startswith('"')
