"""Batches: handed over inline, and read when they are answered."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ChatRequest, InvalidRequest, ModelNotFound

pytestmark = pytest.mark.anyio


async def test_a_batch_goes_round(opened: Any) -> None:
    """A batch is found again by its handle; each answer is its request's, and one that failed says why."""
    asked = [ChatRequest(messages="One", id="one"), ChatRequest(messages="[blocked]", id="two")]
    async with opened() as connection:
        batch = await connection.batch([*asked, ChatRequest(messages="Long", id="three", max_tokens=99_999)])
        early = await batch.read()
    async with opened() as connection:
        reading = await connection.attach_batch(batch.handle).wait(pause=0.001)
    answers = {response.request_id: response for response in reading.responses}

    assert batch.handle.startswith("batches/")
    assert (early.state, early.waiting) == ("running", 3)
    assert (reading.state, reading.waiting) == ("finished", 0)
    assert "“One”" in answers["one"].content
    assert [type(answers[name].error).__name__ for name in ("two", "three")] == [
        "ContentRefused",
        "InvalidRequest",
    ]


async def test_what_is_no_batch(opened: Any) -> None:
    """A batch is for one model, and its handle is a batch's name; a batch that is not there is told."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest, match="one model"):
            await connection.batch(
                [ChatRequest(messages="Hi"), ChatRequest(messages="Hi", model="gemini-2.5-playground-001")]
            )
        with pytest.raises(InvalidRequest, match="batches/"):
            await connection.attach_batch("../models").read()
        with pytest.raises(InvalidRequest) as raised:
            await connection.attach_batch("batches/none").read()

    assert not isinstance(raised.value, ModelNotFound)
