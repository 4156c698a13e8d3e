"""How fast a token may ask."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from jackfield import ConfigError
from jackfield_gateway import Token
from jackfield_gateway._command import serve
from jackfield_gateway._fault import Refusal
from jackfield_gateway._pace import Pace

from .conftest import TOKEN, Opener
from .test_every_wire import WHOLE
from .test_guests import GUEST

pytestmark = pytest.mark.anyio


def test_so_many_within_any_minute() -> None:
    """The one too many is told when it may come, and does not put that off; no minute has more."""
    times = [0.0, 20.0, 30.0, 59.0, 60.0, 61.0, 79.0, 80.0, 140.0]
    pace, unlimited = (
        Pace(2, clock=iter(times).__next__),
        Pace(None, clock=lambda: pytest.fail("it was asked")),
    )

    def wait() -> float | None:
        unlimited.take()
        try:
            pace.take()
        except Refusal as refusal:
            return refusal.fault.retry_after
        return None

    assert [wait() for _ in times] == [None, None, 30, 1, None, 19, 1, None, None]


async def test_each_token_has_its_own_on_all_wires_together(front: Opener) -> None:
    """The guest that asked twice waits, whatever wire it asks on; nothing of it is sent, and others go on."""
    guest = Token(GUEST, name="guest", per_minute=2)
    async with front(guests=[guest], ollama=True) as door:
        told: dict[str, list[Any]] = {GUEST: [], TOKEN: []}
        for token, answers in told.items():
            for path, body in list(WHOLE.values())[:4]:
                headers = {"authorization": f"Bearer {token}"}
                answers.append(await door.get(path, method="POST", json=body, headers=headers))
        listed = await door.get("/v1/models", headers={"authorization": f"Bearer {GUEST}"})
        assert door.remote.posts() == 6
    assert [answer.status_code for answer in told[GUEST]] == [200, 200, 429, 429]
    assert [answer.status_code for answer in [*told[TOKEN], listed]] == [200] * 5
    late = told[GUEST][-1]
    assert 0 < int(late.headers["retry-after"]) <= 60
    assert late.headers["x-should-retry"] == "true"
    assert "this token may ask 2 questions a minute" in late.text


@pytest.mark.parametrize(("given", "said"), [("editor", "makes no sense"), ("own=0", "makes no sense")])
def test_a_pace_that_makes_no_sense(given: str, said: str) -> None:
    """It is told with how it is written."""
    ran = CliRunner().invoke(serve, ["--per-minute", given])
    assert isinstance(ran.exception, ConfigError)
    assert said in str(ran.exception)
    with pytest.raises(ConfigError, match="of no use"):
        Token(TOKEN, per_minute=0)
