"""Turns on Claude's site with a person's hand, whichever engine drives the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from jackfield import (
    ActivityReported,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
)
from jackfield_playground import ClaudePlayground, ClaudeSettings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

TYPED = "Say “please”, 東京 🙂"
PASTED = 'Now "aloud" [thinking]:\n\n```python\nprint("東京 🙂 <b>&amp;</b>")\n```'
PIECES = [
    'She said "plug',
    " it in”, 'please':\n\n```py",
    'thon\nprint("*not bold*")\n\n    indented()\n``',
    "`\n\n東京 ",
    "👩‍🚀 & <b>é</b>",
]


class Speaker:
    """Answers with the pieces that are easily broken."""

    name = description = "says always the same"

    def answer(self, turns: Sequence[object], emit: Callable[[str], bool]) -> None:
        """Say it, piece by piece."""
        for piece in PIECES:
            emit(piece)

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def site(editor: Path | None) -> Iterator[ClaudePlayground]:
    """Return the stand-in, which says what this module knows."""
    settings = ClaudeSettings(piece_seconds=0.005, editor=editor)
    with ClaudePlayground(settings, engine=Speaker()).running() as site:
        yield site


@pytest.fixture(params=["playwright", "patchright", "attach"])
def engine(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the options of an engine; the one that attaches is given a browser that runs."""
    where = {"cdp_url": request.getfixturevalue("devtools")} if request.param == "attach" else {}
    return {"engine": request.param, "attended": False, **where}


async def test_a_person_s_turns_are_whole_on_every_engine(
    connected: Any, site: ClaudePlayground, engine: dict[str, Any]
) -> None:
    """Typed or pasted, the question arrives to the byte, and each thing that the site says is one event."""
    async with connected(pace="person", min_interval=0.0, **engine) as connection:
        conversation = connection.conversation()
        async with conversation.stream(TYPED) as stream:
            spoken = [event async for event in stream]
        async with conversation.stream(PASTED) as stream:
            thought = [event async for event in stream]
        aloud = stream.response

    assert [asked.text for asked in site.state.asked] == [TYPED, PASTED]
    assert order(spoken) == [ResponseStarted, *[TextDelta] * len(PIECES), ResponseFinished]
    assert text(spoken) == PIECES
    kinds = [ReasoningDelta, ActivityReported, ReasoningDelta, TextDelta, TextDelta]
    assert order(thought) == [ResponseStarted, *kinds, ResponseFinished]
    assert "".join(text(thought)) == aloud.content == site.state.asked[1].answer
    assert aloud.metadata["read_by"] == "wire"


def order(events: Sequence[StreamEvent]) -> list[type]:
    """Return what kinds of events came, in their order."""
    return [type(event) for event in events]


def text(events: Sequence[StreamEvent]) -> list[str]:
    """Return the pieces of an answer's text."""
    return [event.text for event in events if isinstance(event, TextDelta)]
