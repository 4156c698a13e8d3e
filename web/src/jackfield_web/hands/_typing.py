"""Which keys go down and up when a text is typed. Pure; all from one generator.

Law: a key is released before it is pressed again; a modifier is down for the keys that need it and for no
other. Everything else may overlap, as it does under a real hand.

Sources: those of `_hand`, and Salthouse 1986: Salthouse, "Perceptual, cognitive, and motoric aspects of
transcription typing", Psychological Bulletin 99, 303-319: the first letter of a word comes later.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import attrs

from ._hand import Hand
from ._keyboard import STROKES, Stroke, beside, chord
from ._steps import Commit, Key, Step

TYPOS: Final = 0.0165
"""The share of letters that people hit a neighbour of: substitutions in Dhakal 2018, table 3."""

_MEAN: Final = 0.239
_SAME_KEY: Final = 0.176 / _MEAN
_SAME_HAND: Final = {"left": 0.215 / _MEAN, "right": 0.204 / _MEAN}
_OTHER_HAND: Final = 0.198 / _MEAN
# Dhakal 2018 has no figures for these. They are such that English prose gives the mean of all intervals.
_SPACE: Final = 0.22 / _MEAN
_WORD: Final = 0.35 / _MEAN
_SENTENCE: Final = 0.9 / _MEAN
_SIGN: Final = 0.32 / _MEAN
_MODIFIER: Final = 0.5
_COMMIT: Final = 4.0
_NOTICE: Final = 2.0
_RELEASE_SECONDS: Final = 0.012


def keystrokes(
    text: str, hand: Hand, rng: random.Random, *, typos: float = 0.0, new_line: str = ""
) -> Iterator[Step]:
    """Yield the keys that write *text*; whatever they are, the text comes out as it is.

    Characters that the US keyboard lacks (emoji, CJK) arrive in runs, as an input method commits them.

    Args:
        text: What to write.
        hand: Whose hand.
        rng: The generator.
        typos: The share of letters whose neighbour is hit, noticed and corrected; see `TYPOS`.
        new_line: The keys that begin a new line; Shift and Enter where none are given.
    """
    strokes = {**STROKES, "\n": chord(new_line or "Shift+Enter")}
    typist = _Typist(hand, rng)
    before = ""
    for has_keys, run in groupby(text, strokes.__contains__):
        if not has_keys:
            typist.commit("".join(run))
            before = ""
            continue
        for character in run:
            if rng.random() < typos and (wrong := beside(character)):
                typist.press(strokes[rng.choice(wrong)], _factor(before, character))
                typist.press(Stroke("Backspace"), _NOTICE)
            typist.press(strokes[character], _factor(before, character))
            before = before[-1:] + character
    return typist.steps()


def strike(keys: str, hand: Hand, rng: random.Random) -> Iterator[Step]:
    """Yield the keys of one chord, written `Enter` or `Control+KeyV`."""
    typist = _Typist(hand, rng)
    typist.press(chord(keys), 1.0)
    return typist.steps()


def _factor(before: str, character: str) -> float:
    """Return how much longer than usual the time to *character* is; *before* are the two before it."""
    last, this = STROKES.get(before[-1:]), STROKES.get(character)
    if character == " ":
        return _SPACE
    if before[-1:].isspace():
        return _SENTENCE if before[:1] in {".", "!", "?"} else _WORD
    if last is None or this is None or not character.isalpha():
        return _SIGN
    if last.code == this.code:
        return _SAME_KEY
    return _SAME_HAND.get(this.side, 1.0) if last.side == this.side else _OTHER_HAND


@attrs.define(eq=False)
class _Typist:
    """Lays presses on one time line, where a key may go down before the one before it is up."""

    _hand: Hand
    _rng: random.Random
    _clock: float = attrs.field(default=0.0, init=False)
    _modifier: str = attrs.field(default="", init=False)
    _ups: dict[str, float] = attrs.field(factory=dict, init=False)
    _events: list[tuple[float, Key | Commit]] = attrs.field(factory=list, init=False)

    def press(self, stroke: Stroke, factor: float) -> None:
        """Press a key, *factor* times as long after the one before it as usual."""
        last, self._clock = self._clock, self._clock + self._hand.interval_seconds(self._rng, factor)
        if self._modifier != stroke.modifier:
            self._release_modifier(last)
            if stroke.modifier:
                self._note(self._clock, stroke.modifier, is_down=True)
                self._clock += self._hand.interval_seconds(self._rng, _MODIFIER)
            self._modifier = stroke.modifier
        if stroke.code in self._ups:
            up = min(self._ups.pop(stroke.code), self._clock - _RELEASE_SECONDS)
            self._note(up, stroke.code, is_down=False)
        self._note(self._clock, stroke.code, is_down=True)
        self._ups[stroke.code] = self._clock + self._hand.hold_seconds(self._rng)

    def commit(self, text: str) -> None:
        """Write *text* without a key, with all keys up."""
        self._release_all()
        self._clock += self._hand.interval_seconds(self._rng, _COMMIT)
        self._events.append((self._clock, Commit(0.0, text)))

    def steps(self) -> Iterator[Step]:
        """Release everything, and yield what was done, in its order."""
        self._release_all()
        last = 0.0
        for at, event in sorted(self._events, key=lambda each: each[0]):
            yield attrs.evolve(event, wait=at - last)
            last = at

    def _note(self, at: float, code: str, *, is_down: bool) -> None:
        self._events.append((at, Key(0.0, code, is_down)))

    def _release_modifier(self, last: float) -> None:
        """Let go of the modifier after the key that it was for, at *last*, and before the next one."""
        if self._modifier:
            held = min(self._hand.hold_seconds(self._rng), 0.8 * (self._clock - last))
            self._note(last + held, self._modifier, is_down=False)

    def _release_all(self) -> None:
        for code, up in self._ups.items():
            self._note(up, code, is_down=False)
        last, self._clock = self._clock, max([self._clock, *self._ups.values()]) + _RELEASE_SECONDS
        self._release_modifier(last)
        self._modifier = ""
        self._ups.clear()
