"""Token counts by a table of places."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_api import count_in, found_in, objects_in, usage_of, words_in

TOLD = {"in": 5, "cached": {"read": 3, "write": None}, "out": 7}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("place", "found"),
    [("in", 5), ("cached.read", 3), ("cached.write|out", 7), ("gone|cached.gone", None), ("in.deeper", None)],
)
def test_places(place: str, found: Any) -> None:
    """A place is names with dots between them; of several, the first that holds something counts."""
    assert found_in(TOLD, place) == found


def test_inclusive_totals() -> None:
    """Counts that a remote keeps apart are added up, and its own object is kept."""
    usage = usage_of(TOLD, {"input_tokens": ("in", "cached.read", "cached.write"), "output_tokens": "out"})

    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (8, 7)
    assert (usage.input_source, usage.output_source) == ("reported", "reported")
    assert usage.raw == TOLD


def test_nothing_is_not_zero() -> None:
    """Where nothing is told there is no usage; one count alone has a source, the other none."""
    assert usage_of({"other": 1}, {"input_tokens": "in"}) is None
    half = usage_of({"in": 0}, {"input_tokens": "in", "output_tokens": "out"})

    assert half is not None
    assert (half.input_tokens, half.output_tokens, half.output_source) == (0, None, None)


@given(JSON)
def test_anything(told: Any) -> None:
    """Whatever a remote sends, counts are whole numbers or nothing, words text and objects objects."""
    found = count_in(told, "a", "a.b|b")

    assert found is None or type(found) is int
    assert isinstance(words_in(told, "a|b"), str)
    assert all(isinstance(one, dict) for one in objects_in(told, "a.b|b"))
    assert usage_of(told, {"input_tokens": "a.b"}) is None or isinstance(told, dict)
