"""Keystrokes: what they write, and how their times scatter, against what was measured of people."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from human_input.measures import Press, Typed
from jackfield_web.hands import TYPOS, Commit, Hand, Key, Step, keystrokes, strike
from jackfield_web.hands._keyboard import STROKES

PROSE = (
    "The keeper of the lighthouse wrote every evening into a book that nobody read. He noted the wind, the "
    "ships that passed, and whether the lamp had been lit in time. On most days there was little to tell. "
    "Once, in the spring, a storm took the roof of the boat house; he wrote that, and ordered boards. "
)
SIGNS = {(stroke.code, stroke.modifier): sign for sign, stroke in STROKES.items()}
PEOPLE = range(300)


def written(steps: Iterable[Step]) -> str:
    """Return what *steps* write, as a keyboard would; fail where one cannot be."""
    text, down = "", set[str]()
    for step in steps:
        assert step.wait >= 0
        if isinstance(step, Commit):
            assert not down
            text += step.text
            continue
        assert isinstance(step, Key)
        assert (step.code in down) != step.is_down
        (down.add if step.is_down else down.remove)(step.code)
        if step.is_down and step.code != "Shift":
            modifier = "Shift" if "Shift" in down else ""
            if step.code == "Backspace":
                text = text[:-1]
            else:
                text += "\n" if step.code == "Enter" else SIGNS[step.code, modifier]
    assert not down
    return text


def typed(steps: Iterable[Step]) -> Typed:
    """Measure the keys among *steps*."""
    now, presses = 0.0, list[Press]()
    for step in steps:
        now += step.wait
        if isinstance(step, Key):
            presses.append(Press(now, step.code, step.is_down))
    return Typed.of(presses)


@pytest.fixture(scope="module")
def people() -> list[Typed]:
    """Return how 300 hands type the same prose."""
    return [typed(keystrokes(PROSE, Hand.of(seed), random.Random(seed))) for seed in PEOPLE]


@given(st.text(max_size=200), st.integers(), st.sampled_from([0.0, 0.3]))
def test_the_keys_write_the_text(text: str, seed: int, typos: float) -> None:
    """Whatever text and hand, with and without typos, keys that can be pressed give every character."""
    assert written(keystrokes(text, Hand.of(seed), random.Random(seed), typos=typos)) == text


def test_the_same_seed_types_the_same() -> None:
    """The same generator gives the same steps, another one gives others."""
    first, again, other = (
        list(keystrokes(PROSE, Hand.of(1), random.Random(seed), typos=TYPOS)) for seed in (2, 2, 3)
    )

    assert first == again
    assert first != other


def test_times_are_those_that_were_measured(people: list[Typed]) -> None:
    """Mean interval and hold are those of 168,000 people, within a tenth (Dhakal 2018, table 3)."""
    assert statistics.fmean(t for each in people for t in each.intervals) == pytest.approx(0.2387, rel=0.1)
    assert statistics.fmean(t for each in people for t in each.holds) == pytest.approx(0.1163, rel=0.1)


def test_people_differ_in_speed(people: list[Typed]) -> None:
    """The slowest hand takes more than twice as long as the fastest, and each keeps to its own speed."""
    means = sorted(statistics.fmean(each.intervals) for each in people)
    again = [typed(keystrokes(PROSE, Hand.of(seed), random.Random(-seed))) for seed in PEOPLE]
    paired = zip(people, again, strict=True)

    assert means[-1] > 2 * means[0]
    assert statistics.correlation(
        *zip(
            *[(statistics.fmean(a.intervals), statistics.fmean(b.intervals)) for a, b in paired], strict=True
        )
    ) == pytest.approx(1, abs=0.1)


def test_keys_overlap_as_often_as_under_hands(people: list[Typed]) -> None:
    """A quarter of the keys goes down before the last is up, more if fast (Dhakal 2018: 25 %, SD 17)."""
    shares = [each.rollover for each in people]
    speeds = [statistics.fmean(each.intervals) for each in people]

    assert statistics.fmean(shares) == pytest.approx(0.25, abs=0.06)
    assert statistics.pstdev(shares) == pytest.approx(0.17, abs=0.06)
    assert statistics.correlation(speeds, shares) < -0.7


@pytest.mark.parametrize("kind", ["intervals", "holds"])
def test_times_lean_to_the_right(kind: str) -> None:
    """One hand's times are skewed as log-logistic ones are, not normal: the mean lies above the median."""
    found = typed(keystrokes(PROSE * 10, Hand.of(5), random.Random(5)))
    times = getattr(found, kind)
    quarter, median, three = statistics.quantiles(times, n=4)

    assert statistics.fmean(times) > 1.03 * median
    assert three - median > 1.15 * (median - quarter)


def test_pairs_of_letters_differ() -> None:
    """A repeated key comes soonest, then the other hand, then the same hand, then a new word (table 3)."""
    hand, rng = Hand.of(1), random.Random(1)

    def mean(pair: str) -> float:
        return statistics.fmean(typed(keystrokes(pair, hand, rng)).intervals[0] for _ in range(3000))

    times = [mean(pair) for pair in ("ll", "th", "we", " w")]
    assert times == sorted(times)
    assert times[1] / times[2] == pytest.approx(198 / 215, rel=0.06)


def test_typos_are_corrected() -> None:
    """With typos, letters are hit beside the right one at the rate asked for, each taken back at once."""
    steps = list(keystrokes("e" * 4000, Hand.of(1), random.Random(1), typos=TYPOS))
    codes = [step.code for step in steps if isinstance(step, Key) and step.is_down]
    wrong = [code for code in codes if code in {"KeyW", "KeyR"}]

    assert codes.count("Backspace") == len(wrong)
    assert len(wrong) / 4000 == pytest.approx(TYPOS, rel=0.4)


def test_what_has_no_key_is_committed_whole() -> None:
    """An emoji of several code points and a word in CJK each arrive in one piece, with no key down."""
    steps = keystrokes("a👩‍👩‍👧東京b", Hand.of(1), random.Random(1))

    assert [step.text for step in steps if isinstance(step, Commit)] == ["👩‍👩‍👧東京"]


@pytest.mark.parametrize("keys", ["Enter", "Shift+Enter", "ControlOrMeta+A"])
def test_a_chord_holds_its_modifier(keys: str) -> None:
    """A modifier goes down before its key and up after the key went down."""
    steps = [step for step in strike(keys, Hand.of(1), random.Random(1)) if isinstance(step, Key)]
    modifier, _, _ = keys.rpartition("+")
    order = [(step.code, step.is_down) for step in steps]

    assert len(order) == 2 * len(keys.split("+"))
    if modifier:
        assert order[0] == (modifier, True)
        assert order.index((modifier, False)) > 1


def test_a_hurried_hand_is_the_fastest_that_was_measured() -> None:
    """Hurried, a hand types about 120 words a minute; most keys still are down for 50 ms and more."""
    found = typed(keystrokes(PROSE * 3, Hand.of(4).hurried(), random.Random(4)))

    assert 12 / statistics.fmean(found.intervals) == pytest.approx(120, rel=0.15)
    assert statistics.median(found.holds) > 0.05
