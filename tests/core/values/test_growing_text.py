"""A text that is still arriving: what was read is what was added, whenever it was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import GrowingText

STEPS = st.lists(st.tuples(st.sampled_from(["add", "read", "cut"]), st.text(max_size=5), st.integers(0, 12)))


@given(steps=STEPS)
def test_any_order(steps: list[tuple[str, str, int]]) -> None:
    """Growing, being read and being cut in any order gives what a plain text gives."""
    growing, plain = GrowingText(), ""
    for step, piece, length in steps:
        if step == "add":
            growing.add(piece)
            plain += piece
        elif step == "cut":
            growing.cut(length)
            plain = plain[:length]
        else:
            assert growing.read() == plain
        assert growing.length == len(plain)

    assert growing.read() == plain


def test_no_text() -> None:
    """What is no text is refused by its kind, and what was there stays."""
    growing = GrowingText()
    growing.add("so far")
    with pytest.raises(TypeError, match="gives text, not bytes"):
        growing.add(b"more")  # type: ignore[arg-type]

    assert growing.read() == "so far"
