"""Which turn is the message that was sent."""

from __future__ import annotations

import pytest

from jackfield_web.provider._recovery import Search
from jackfield_web.site._letters import is_same, letters_of, may_be

LONG = "Write a story of a fox that lives in the forest behind the old mill."


def is_ours(text: str, *turns: str) -> bool:
    search = Search.__new__(Search)
    object.__setattr__(search, "_text", letters_of(text))
    return search._is_ours(tuple(map(letters_of, turns)), ())


@pytest.mark.parametrize(
    ("text", "turn", "same"),
    [
        ("Hi", "Hi", True),
        ("Hi", "Where is Hiroshima?", False),
        ("1", "Explain step 12 of the recipe", False),
        ("**Hi**, you", "Hi you", True),
        (LONG, f"You said: {LONG} 10:45", True),
        (LONG, "Write a story", False),
        ("👍", "👍\ufe0f", True),
        ("👍", "👎", False),
        ("👍", "Well done 👍", False),
        ("?!", " ?! ", True),
    ],
)
def test_a_turn_is_ours_when_it_says_the_same(text: str, turn: str, *, same: bool) -> None:
    """All of it; only a long message is known by standing in what a page makes of it."""
    assert is_same(letters_of(turn), letters_of(text)) is same
    assert is_ours(text, "Something else", turn) is same


def test_a_turn_that_stood_there_before_is_not_ours() -> None:
    """After a crash only what is new can be the message that may have been sent."""
    search = Search.__new__(Search)
    object.__setattr__(search, "_text", letters_of("Hi"))
    old = (letters_of("Hi"),)

    assert not search._is_ours(old, old)
    assert search._is_ours((*old, letters_of("Hi")), old)


@pytest.mark.parametrize(
    ("text", "turn", "possible"),
    [
        (LONG * 9, f"{LONG * 2}… Show more", True),
        ("See [the report](https://example.com/a/long/address)", "See the report", True),
        ("Is <b>this</b> bold?", "Is this bold?", True),
        ("Hi", "Hi", True),
        ("Hi", "You Hi 12:04", True),
        ("你好", "我 你好", True),
        ("Hi", "Where in Japan is Hiroshima?", False),
        ("Who is it?", "Hi", False),
        ("Lost", "Before", False),
        (LONG, "Translate this text into French, please: good morning to all of you", False),
        ("1", "", False),
    ],
)
def test_a_turn_that_is_drawn_otherwise_may_be_ours(text: str, turn: str, *, possible: bool) -> None:
    """Cut short, or without the marks that a page makes something of: no proof that ours is not there."""
    assert may_be(letters_of(turn), letters_of(text)) is possible
