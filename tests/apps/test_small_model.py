"""A language model, small and real, behind a page that is real too."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import TextDelta

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240, func_only=True)]


@pytest.mark.parametrize("application", ["gradio"], indirect=True)
async def test_a_small_real_model_answers(application: Any, connected: Any) -> None:
    """A model goes on only when its first word is here; the answer is its tokens, all and in order."""
    asked = application.ask("Name three fruits.")
    async with connected() as connection, connection.stream(asked.text) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                ended = [word for word, *_ in asked.notes()][-1]
                break
        asked.open(1)
        response = await stream.collect()

    said = [piece for word, _, _, piece in asked.notes() if word == "said"]
    assert ended == "said"
    assert len(said) > 3
    assert response.content == "".join(said)
