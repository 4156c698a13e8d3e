"""A connection's status and statistics: pure functions of facts."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ChatResponse, ProviderStats, ProviderStatus, RunFailed, Usage
from jackfield._status import Facts, status_of

S = ProviderStatus
OPEN = Facts(opened=True, limit=8)


@pytest.mark.parametrize(
    ("facts", "status", "reason"),
    [
        (Facts(), S.INACTIVE, "not open"),
        (Facts(opening=True), S.INITIALIZING, "opening"),
        (OPEN, S.ACTIVE, "ready"),
        (attrs.evolve(OPEN, in_flight=7), S.ACTIVE, "ready"),
        (attrs.evolve(OPEN, in_flight=8), S.BUSY, "8 requests on the wire"),
        (attrs.evolve(OPEN, told_to_wait=30.4, in_flight=8), S.RATE_LIMITED, "asked to wait 30 s"),
        (attrs.evolve(OPEN, breaker_open=True, told_to_wait=30.4), S.ERROR, "failed too often"),
        (attrs.evolve(OPEN, login_needed="no credentials"), S.AUTHENTICATION_REQUIRED, "no credentials"),
    ],
)
def test_each_status(facts: Facts, status: ProviderStatus, reason: str) -> None:
    """Each of the seven states has its facts, and says them in a few words."""
    found, told = status_of(facts)

    assert found is status
    assert reason in told


@given(
    st.builds(
        Facts,
        opening=st.booleans(),
        opened=st.booleans(),
        login_needed=st.none() | st.text(),
        breaker_open=st.booleans(),
        told_to_wait=st.floats(0, 1e6),
        in_flight=st.integers(0, 9),
        limit=st.integers(1, 8),
    )
)
def test_order(facts: Facts) -> None:
    """Any facts have one status, and what must not send is never told as what may."""
    status, reason = status_of(facts)

    assert isinstance(reason, str)
    if facts.login_needed is not None:
        assert status is S.AUTHENTICATION_REQUIRED
    elif not facts.opened:
        assert status in {S.INACTIVE, S.INITIALIZING}
    if status is S.ACTIVE:
        assert facts.in_flight < facts.limit
        assert not facts.told_to_wait


OUTCOMES = st.lists(
    st.tuples(
        st.booleans(),
        st.none() | st.just(RunFailed("the run failed")),
        st.none()
        | st.builds(Usage, input_tokens=st.none() | st.integers(0, 9), output_tokens=st.integers(0, 9)),
        st.integers(1, 4),
    ),
    max_size=20,
)


@given(OUTCOMES)
def test_statistics(outcomes: list[tuple[bool, RunFailed | None, Usage | None, int]]) -> None:
    """Every request is counted in exactly one place; tokens are summed as far as they were told."""
    stats = ProviderStats()
    for finished, error, usage, attempts in outcomes:
        response = ChatResponse(error=error, usage=usage, attempts=attempts, elapsed=2.0)
        stats = stats.after(response, error, finished=finished and error is None)
    told = [usage.input_tokens for _, _, usage, _ in outcomes if usage and usage.input_tokens is not None]

    assert stats.requests == len(outcomes) == stats.succeeded + stats.failed + stats.left_early
    assert stats.retries == sum(attempts - 1 for *_, attempts in outcomes)
    assert stats.input_tokens == (sum(told) if told else None)
    assert stats.average_elapsed == (2.0 if outcomes else 0.0)
    assert (stats.last_error is not None) == any(error for _, error, _, _ in outcomes)
