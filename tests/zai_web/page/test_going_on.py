"""Going on with a conversation on the z.ai page, which begins a new one where it finds none."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from jackfield import Certainty, InvalidRequest
from jackfield_playground import ZaiPlayground

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
QUICK = {"timing": {"composer": 2}}


@pytest.mark.parametrize("seconds", [None, 0.0, 1.0], ids=["stays", "leaves at once", "leaves late"])
async def test_a_conversation_that_is_gone(connected: Any, zai: ZaiPlayground, seconds: float | None) -> None:
    """Where the page does not find a conversation the error says which one, and nothing is sent."""
    zai.state.change(foreign_seconds=seconds)
    gone = f"{zai.base_url}/c/{uuid.uuid4()}"
    async with connected(site_overrides=QUICK) as connection:
        with pytest.raises(InvalidRequest, match=gone) as caught:
            await connection.conversation(gone).send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert zai.state.asked == ()


async def test_a_guest_who_comes_back_is_another_one(connected: Any, zai: ZaiPlayground) -> None:
    """A guest's conversation ends with the guest: another guest is told so, and begins no other."""
    async with connected(site_overrides=QUICK) as connection:
        begun = await connection.send("Hello")
    async with connected(site_overrides=QUICK) as connection:
        with pytest.raises(InvalidRequest, match=str(begun.conversation_id)):
            await connection.conversation(begun.conversation_id).send("And now?")

    assert [asked.text for asked in zai.state.asked] == ["Hello"]


async def test_a_conversation_that_is_there_goes_on(
    connected: Any, zai: ZaiPlayground, password: Any
) -> None:
    """The next program goes on with an account's conversation, at its address."""
    zai.state.change(slider=False)
    async with connected(password) as connection:
        begun = await connection.send("Hello")
    async with connected(password) as connection:
        further = await connection.conversation(begun.conversation_id).send("And now?")

    assert further.conversation_id == begun.conversation_id
    assert "The one before was: “Hello”" in further.content
