"""A turn on Gradio's own page with a person's hand, whichever engine drives the browser."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ResponseFinished, ResponseStarted, TextDelta

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240, func_only=True)]

QUESTION = "Say “please”\n```\n東京 🙂"


@pytest.mark.parametrize("engine", ["playwright", "patchright", "attach"])
@pytest.mark.parametrize("application", ["gradio"], indirect=True)
async def test_a_person_s_turn_is_whole_on_every_engine(
    application: Any, connected: Any, engine: str, request: pytest.FixtureRequest
) -> None:
    """The application knows its script only by the exact message, and its answer comes whole, by the wire."""
    where = {"cdp_url": request.getfixturevalue("devtools")} if engine == "attach" else {}
    options = {"base_url": application.open_url, "engine": engine, "attended": False, "pace": "person"}
    asked = application.ask(QUESTION)
    async with connected(None, **options, **where) as connection, connection.stream(asked.text) as stream:
        events = [event async for event in stream]

    kinds, deltas = [type(event) for event in events], [one for one in events if isinstance(one, TextDelta)]
    assert asked.notes()[-1][0] == "complete"
    assert kinds == [ResponseStarted, *[TextDelta] * len(deltas), ResponseFinished]
    assert "".join(delta.text for delta in deltas) == stream.response.content == asked.answer()
    assert stream.response.metadata["read_by"] == "wire"
