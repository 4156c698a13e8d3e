"""The limiter counts exactly, on a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jackfield_playground.codegen._limits import Budget, Limiter


@given(st.lists(st.floats(min_value=0, max_value=20), max_size=60), st.floats(min_value=0.01, max_value=2))
def test_no_window_holds_more_than_the_limit(gaps: list[float], scale: float) -> None:
    """However requests come, no window of the published length admits more than the published number."""
    instant = 0.0
    limiter = Limiter(lambda: instant)
    admitted: list[float] = []
    for gap in gaps:
        instant += gap
        if limiter.admit(Budget.CREATE, scale) is None:
            admitted.append(instant)
    limit, window = Budget.CREATE.value

    for end in admitted:
        assert sum(end - window * scale < seen <= end for seen in admitted) <= limit


def test_coming_back_when_told_is_admitted() -> None:
    """The seconds of a refusal are enough, and one fewer is not."""
    instant = 100.0
    limiter = Limiter(lambda: instant)
    first = [limiter.admit(Budget.CREATE, 1.0) for _ in range(10)]
    wait = limiter.admit(Budget.CREATE, 1.0)
    assert first == [None] * 10
    assert wait == 60

    instant += wait - 1
    assert limiter.admit(Budget.CREATE, 1.0) == 1
    instant += 1
    assert limiter.admit(Budget.CREATE, 1.0) is None


def test_limits_are_apart() -> None:
    """Reads, logs and creates do not use up one another's budget."""
    limiter = Limiter(lambda: 0.0)
    for budget in Budget:
        for _ in range(budget.value[0]):
            assert limiter.admit(budget, 1.0) is None

    assert all(limiter.admit(budget, 1.0) for budget in Budget)
