"""Whether the remote can have acted, told from all attempts together."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
    ResponseFinished,
    ResponseStarted,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


def errors(words: str) -> list[Any]:
    """Return the steps of each attempt: what happened in it, by its name."""
    made = {
        "refused": lambda: ConnectFailed("nobody listens"),
        "lost": lambda: ConnectionLost("reset"),
        "rejected": lambda: ProviderUnavailable("503", retry_after=1.0, certainty=Certainty.REJECTED),
        "begun": ResponseStarted,
    }
    return [[made[word]() for word in attempt.split("+")] for attempt in words.split()]


@pytest.mark.parametrize(
    ("attempts", "certainty"),
    [
        ("refused", Certainty.NOT_SENT),
        ("lost refused", Certainty.UNKNOWN),
        ("rejected refused", Certainty.REJECTED),
        ("begun+lost", Certainty.STARTED),
        ("begun+refused", Certainty.STARTED),
    ],
)
async def test_the_worst_of_all_attempts(
    make_wire: Any, read: Any, attempts: str, certainty: Certainty
) -> None:
    """N6, P5: an error of the last attempt does not hide that an earlier one may have been acted on."""
    with pytest.raises(ProviderError) as caught:
        await read(make_wire(*errors(attempts)), uncertain=True, max_retries=3)

    assert caught.value.certainty is certainty


async def test_a_deadline_after_an_uncertain_attempt(make_wire: Any, read: Any) -> None:
    """P13: time that runs out in a later attempt does not hide that the first may have acted."""
    with pytest.raises((DeadlineExceeded, ConnectionLost)) as caught:
        await read(make_wire(*errors("lost"), [math.inf]), uncertain=True, timeout=10.0)

    assert caught.value.certainty is Certainty.UNKNOWN


@pytest.mark.parametrize("certainty", [Certainty.UNKNOWN, Certainty.STARTED])
async def test_a_refusal_that_may_have_acted(
    make_wire: Any, make_login: Any, read: Any, certainty: Certainty
) -> None:
    """P8: a refused login is renewed, and what may have been acted on is not asked again with the new one."""
    wire, login = (
        make_wire([AuthenticationRequired("401", certainty=certainty)], [ResponseFinished()]),
        make_login(True),
    )

    with pytest.raises(AuthenticationRequired):
        await read(wire, login=login)

    assert (len(wire.entered), len(login.seen)) == (1, 1)
