"""What an answer has cost, told where it is estimated, and as an estimate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ChatResponse, Usage
from jackfield_cli._cost import cost_plugins, told_cost
from jackfield_cli._views._view import footer


def response(**cost: Any) -> ChatResponse:
    """An answer with its counts and such an estimate."""
    return ChatResponse(
        connection="work",
        usage=Usage(input_tokens=5, output_tokens=7),
        metadata={"cost_estimate": {"amount": 0.0, "currency": "USD", **cost}},
    )


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1.234, "1.23"), (0.01, "0.01"), (0.000041, "0.000041"), (0.00999, "0.01"), (0.0, "0.0")],
)
def test_a_cost_stands_beside_the_tokens(amount: float, expected: str) -> None:
    """The footer tells tokens and cost, in two digits that count, and says that it is an estimate."""
    assert f"5 + 7 tokens · about {expected} USD (estimate)" in footer(response(amount=amount))


@pytest.mark.parametrize("metadata", [{}, {"cost_estimate": None}, {"cost_estimate": {"amount": "free"}}])
def test_what_nobody_knows_is_not_told(metadata: dict[str, Any]) -> None:
    """Without an estimate, or with something else in its place, no cost is told."""
    assert told_cost(ChatResponse(metadata=metadata)) == ""


@given(st.floats(min_value=0, max_value=1e6))
def test_any_amount_is_told_without_an_exponent(amount: float) -> None:
    """People read digits: no amount is told as a power of ten."""
    assert "e-" not in told_cost(response(amount=amount))


def test_prices_are_used_where_they_are_installed() -> None:
    """The installed middleware is found by its name, once; a broken one costs no answer, and is told."""
    pytest.importorskip("jackfield_prices")
    told: list[str] = []
    assert [type(one).__name__ for one in cost_plugins([], told.append)] == ["Prices"]
    assert cost_plugins(["prices"], told.append) == []
    assert told == []


def test_a_broken_one_costs_no_answer(
    home: Path, jackfield: Callable[..., Any], tokens: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the estimating plugin cannot be imported, the answer comes all the same, and the reason too."""
    broken = home / "site/broken-2.0.dist-info"
    broken.mkdir(parents=True)
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 2.0\n")
    (broken / "entry_points.txt").write_text("[jackfield.middleware]\nprices = nowhere\n")
    monkeypatch.syspath_prepend(str(broken.parent))
    ran = jackfield("send", "scripted", "hello")
    assert (ran.code, ran.out) == (0, "You said: hello\n")
    assert "Costs are not estimated: ModuleNotFoundError: No module named 'nowhere'" in ran.err
