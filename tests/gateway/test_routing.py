"""Whom the front door asks: chains where certainty allows, and of several accounts the less busy one."""

from __future__ import annotations

from typing import Any

import anyio
import openai
import pytest

from jackfield import ConfigError, ProviderManager
from jackfield_gateway import GatewaySettings
from jackfield_playground import OpenAIPlayground

from .conftest import Door, Opener, connect
from .test_openai_client import HELLO, post, until

pytestmark = pytest.mark.anyio


async def who(door: Door, model: str) -> str:
    """Return who answered."""
    answer = await post(door, {"model": model, "messages": HELLO})
    assert answer.status_code == 200
    return str(answer.headers["x-jackfield-connection"])


async def test_the_less_busy_account_is_asked(front: Opener, remote: OpenAIPlayground) -> None:
    """While one account works, all others go to the other one; of two idle ones, they take turns."""

    async def second(manager: ProviderManager) -> None:
        await connect(manager, other, "home")

    aliases = {"both": "work:gpt-playground|home:gpt-playground"}
    with OpenAIPlayground().running() as other:
        async with front(second, aliases=aliases) as door, anyio.create_task_group() as tasks:
            turns = [await who(door, "both") for _ in range(4)]
            remote.play("hang")
            tasks.start_soon(post, door, {"model": "work", "messages": HELLO})
            await until(lambda: remote.posts() == 3)
            beside = [await who(door, "both") for _ in range(3)]
            tasks.cancel_scope.cancel()
    assert turns == ["work", "home", "work", "home"]
    assert beside == ["home"] * 3


async def test_a_chain_goes_on_where_nothing_was_done_and_nowhere_else(front: Opener) -> None:
    """A connection that cannot be reached is passed over; an answer that was lost is not asked for again."""

    async def dead(manager: ProviderManager) -> None:
        with OpenAIPlayground().running() as gone:
            await connect(manager, gone, "dead")

    chain: Any = {"first": "dead:gpt-playground,work:gpt-playground", "lost": "work,dead"}
    async with front(dead, aliases=chain) as door:
        assert await who(door, "first") == "work"
        door.remote.play("drop")
        with pytest.raises(openai.APIError):
            await door.ask(
                lambda c: list(c.chat.completions.create(model="lost", messages=HELLO, stream=True))
            )
        assert door.remote.posts() == 2


@pytest.mark.parametrize("targets", ["", "work|", "work,,home", "|"])
def test_an_alias_names_somebody(targets: str) -> None:
    """An empty place among the targets is refused when the door is opened."""
    with pytest.raises(ConfigError, match="the alias"):
        GatewaySettings(aliases={"both": targets})
