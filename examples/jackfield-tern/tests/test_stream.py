"""What becomes of a stream: cut anywhere it means the same, and an error inside is what its code means."""

from __future__ import annotations

import json

import pytest
from jackfield import (
    Certainty,
    ProviderUnavailable,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
)
from jackfield.testing import check_decoder

from jackfield_tern._decoder import TernDecoder
from standin import PIECES, StandIn
from test_provider import opened

pytestmark = pytest.mark.anyio

WIRE = b"".join(
    b"data: %b\n\n" % json.dumps(event, ensure_ascii=False).encode()
    for event in (
        {"type": "begin", "id": "a-1", "model": "small"},
        {"type": "text", "text": "Caf\u00e9"},
        {"type": "news", "nobody": "knows this"},
        {"type": "end", "reason": "too_long", "usage": {"read": 1, "written": 3}},
    )
)


def test_cut_anywhere() -> None:
    """However the bytes are cut, they mean the same; cut off, they are no whole answer."""
    check_decoder(lambda: TernDecoder(ResponseStarted()), WIRE)


def test_what_it_means() -> None:
    """Text is text, what nobody knows is passed over, and the remote's reason to end is one of Jackfield's."""
    decoder = TernDecoder(ResponseStarted())
    events = [*decoder.feed(WIRE), *decoder.finish()]

    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Caf\u00e9"
    assert isinstance(events[-1], ResponseFinished)
    assert events[-1].finish_reason == "length"


async def test_error_inside(standin: StandIn) -> None:
    """An error in place of an event is raised as what its code means; the remote had begun."""
    standin.play("error in stream")
    async with opened(standin) as connection:
        with pytest.raises(ProviderUnavailable) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.STARTED
    assert caught.value.partial == "".join(PIECES[:2])
