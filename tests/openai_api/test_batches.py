"""Many requests handed over at once, and read later."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Capability, ChatRequest, InvalidRequest, ModelNotFound
from jackfield_playground import OpenAIPlayground

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_a_batch(playground: OpenAIPlayground, opened: Any, api: str) -> None:
    """Each answer is found by its request's id; one that failed has its error, and the others are whole."""
    requests = [
        ChatRequest(messages="Hello", id="one", max_tokens=90),
        ChatRequest(messages="Hello", id="two", model="gpt-nobody"),
    ]
    async with opened(api=api) as connection:
        batch = await connection.batch(requests)
        states = [(await batch.read()).state for _ in range(2)]
        reading = await connection.attach_batch(batch.handle).read()
    found = {response.request_id: response for response in reading.responses}

    assert states == ["running", "finished"]
    assert (reading.state, reading.waiting) == ("finished", 0)
    assert "Hello" in found["one"].content
    assert found["one"].usage is not None
    assert isinstance(found["two"].error, ModelNotFound)
    assert playground.posts() == 2


async def test_a_handle_that_is_none(opened: Any) -> None:
    """What is no id of a batch is refused before anything is sent."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="batch_"):
            await connection.attach_batch("../models").read()


async def test_who_takes_no_batches(opened: Any) -> None:
    """A remote of which nobody says that it takes batches is not asked."""
    async with opened(preset="groq") as connection:
        assert Capability.BATCHES not in connection.capabilities
