"""Many requests handed over at once."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ChatRequest, InvalidRequest, ModelNotFound

pytestmark = pytest.mark.anyio


async def test_handed_over_and_read(opened: Any) -> None:
    """Each answer is found by the id of its request, also by who only knows the batch's name."""
    asked = [ChatRequest(messages="Hello", id="one"), ChatRequest(messages="Hi", model="claude-9", id="two")]
    async with opened() as connection:
        batch = await connection.batch(asked)
        early = await batch.read()
    async with opened() as connection:
        reading = await connection.attach_batch(batch.handle).read()
    found = {response.request_id: response for response in reading.responses}

    assert (early.state, early.waiting) == ("running", 2)
    assert reading.state == "finished"
    assert "Hello" in found["one"].content
    assert found["one"].usage.output_tokens > 1
    assert isinstance(found["two"].error, ModelNotFound)
    assert found["two"].error.certainty.value == "rejected"


async def test_names_that_the_api_does_not_take(opened: Any) -> None:
    """An id that cannot be sent, and a handle that cannot be one, are refused before anything is."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="id"):
            await connection.batch([ChatRequest(messages="Hello", id="a b")])
        with pytest.raises(InvalidRequest, match="msgbatch"):
            await connection.attach_batch("../models").read()
