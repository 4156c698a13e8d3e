"""A transcript tells every change once: what it told, folded, is what the answer says now."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Accumulator, ReasoningDelta, TextDelta, TextReplaced
from jackfield_web.wire import Transcript, changes

TEXT = st.text("ab \U0001f600", max_size=6)
HALVES = st.lists(st.text("a \U0001f600", max_size=6), max_size=8)
PART = st.sampled_from(["1", "2", "3"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just(Transcript.append), st.tuples(TEXT, PART)),
        st.tuples(st.just(Transcript.put), st.tuples(TEXT, PART)),
        st.tuples(st.just(Transcript.edit), st.tuples(st.integers(0, 9), TEXT, PART)),
        st.tuples(st.just(Transcript.put_all), st.tuples(st.dictionaries(PART, TEXT))),
    ),
    max_size=12,
)


@given(STEPS)
def test_the_news_fold_to_the_text(steps: list[tuple[Callable[..., None], tuple[object, ...]]]) -> None:
    """After any steps, the events folded by the core are exactly the text of the parts."""
    transcript, folded = Transcript("|"), Accumulator()
    for step, values in steps:
        step(transcript, *values)
        for event in transcript.news():
            folded.add(event)

    assert folded.text == transcript.text
    assert transcript.news() == []


@given(TEXT, TEXT)
def test_changes_keep_all_that_can_be_kept(told: str, now: str) -> None:
    """Text that only grew is a delta; other text is replaced from the first difference on."""
    events = changes(told, now)

    if now.startswith(told):
        assert events == ([TextDelta(now[len(told) :])] if now != told else [])
    else:
        [event] = events
        assert isinstance(event, TextReplaced)
        assert told[: event.keep] + event.text == now
        assert told[: event.keep + 1] != now[: event.keep + 1]


def test_parts_stand_in_the_order_in_which_they_began() -> None:
    """A first part that grows late pushes its text between, and the caller is told to take the rest back."""
    transcript = Transcript("\n\n")
    transcript.append("one", "a")
    transcript.append("two", "b")
    assert transcript.news() == [TextDelta("one\n\ntwo")]

    transcript.append("!", "a")

    assert transcript.news() == [TextReplaced(keep=3, text="!\n\ntwo")]


def test_a_withdrawn_part_leaves_no_gap() -> None:
    """An empty part brings no separator."""
    transcript = Transcript("\n\n")
    transcript.append("one", "a")
    transcript.append("two", "b")
    transcript.put("", "a")
    transcript.news()

    assert transcript.text == "two"
    assert "a" in transcript
    assert "c" not in transcript


def test_a_character_cut_in_halves_arrives_whole() -> None:
    """JSON may cut a character between its surrogates; half a character is never told."""
    transcript = Transcript()
    transcript.append("a\ud83d")
    assert transcript.news() == [TextDelta("a")]

    transcript.append("\ude00b")

    assert transcript.news() == [TextDelta("\U0001f600b")]


@given(HALVES, st.data())
def test_characters_cut_anywhere_arrive_whole(texts: list[str], data: st.DataObject) -> None:
    """Cut between any two UTF-16 units, the deltas still fold to the text, and none of them is taken back."""
    units = "".join(texts).encode("utf-16-le")
    cuts = data.draw(st.sets(st.integers(0, len(units) // 2)))
    edges = sorted({0, len(units) // 2, *cuts})
    transcript, told = Transcript(), ""
    for start, end in pairwise(edges):
        transcript.append(units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass"))
        for event in transcript.news():
            assert isinstance(event, TextDelta)
            told += event.text

    assert told == transcript.text == "".join(texts)


@pytest.mark.parametrize("word", ["word ", "wörd\ud83d\ude00 ", "\ude00 word \ud83d"])
def test_an_answer_in_many_deltas_takes_linear_time(word: str) -> None:
    """Four times the deltas take about four times as long, not sixteen: in one run, the best of three."""

    def seconds(deltas: int) -> float:
        transcript, began = Transcript(), time.thread_time()
        transcript.append("x" * 20 * deltas)
        for _ in range(deltas):
            transcript.append(word)
            transcript.news()
        return time.thread_time() - began

    short, long = (min(seconds(deltas) for _ in range(3)) for deltas in (5_000, 20_000))

    assert long < 9 * short


def test_a_half_without_its_other_half_is_replaced() -> None:
    """A lone surrogate that stays alone cannot be encoded, so it is shown as unknown."""
    transcript = Transcript()
    transcript.append("\ud83dx")

    assert transcript.news() == [TextDelta("\ufffdx")]


def thoughts(*texts: str) -> str:
    """Return what is told of thoughts that the page shows in the course of time as *texts*."""
    transcript, told = Transcript(), ""
    for text in texts:
        transcript.put(text)
        for event in transcript.thoughts():
            assert isinstance(event, ReasoningDelta)
            told += event.text
    return told


def test_thoughts_are_told_as_reasoning() -> None:
    """What is added is told as thought, once."""
    transcript = Transcript()
    transcript.put("I see")
    assert transcript.thoughts() == [ReasoningDelta("I see")]
    assert transcript.thoughts() == []
    transcript.append(" it")
    assert transcript.thoughts() == [ReasoningDelta(" it")]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (("Thinking…\n\nOne, t", "Thought for 2 s\n\nOne, two\n\nThree"), "Thinking…\n\nOne, two\n\nThree"),
        (("Thinking…", "Thought for 2 s\n\nOne"), "Thinking…\n\nOne"),
        (
            ("Thinking…\n\nOne", "Thought about one", "Thought about one\n\nOne\n\nTwo"),
            "Thinking…\n\nOne\n\nTwo",
        ),
        (("One", "", "One\n\nTwo"), "One\n\nTwo"),
        (("One\nTwo", "One\nToo\nThree"), "One\nTwo\nThree"),
        (("I see", "You see", "You"), "I see"),
        (("A\n\none\n\nB\n\ntwo", "A!\n\none\n\nB!\n\ntwo\n\nthree"), "A\n\none\n\nB\n\ntwo\n\nthree"),
        (("A\n- x\nb\n- x", "B\n- x\nb\n- x\nc"), "A\n- x\nb\n- x\nc"),
        ((" ", "One"), " One"),
    ],
)
def test_reworded_thoughts_are_not_told_again(shown: tuple[str, ...], told: str) -> None:
    """Of a head that changes, a summary, or thoughts that come back, only whole new lines are told."""
    assert thoughts(*shown) == told


@given(
    st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=5, unique=True),
    st.lists(st.tuples(st.sampled_from(["Thinking…", "Thought", ""]), st.integers(0, 30))),
)
def test_thoughts_under_a_changing_head_are_told_once(lines: list[str], looks: list[tuple[str, int]]) -> None:
    """However a head is reworded while thoughts grow, all of them are told, in order, each once."""
    body = "\n\n".join(f"{line}." for line in lines)
    sizes = sorted(size for _, size in looks)
    shown = [f"{head}:\n\n{body[:size]}" for (head, _), size in zip(looks, sizes, strict=True)]

    told = thoughts(*shown, f"Thought for a while:\n\n{body}")

    assert told.partition(":")[2].split() == body.split()
