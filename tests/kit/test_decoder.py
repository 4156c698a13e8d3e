"""`check_decoder`: an honest decoder passes wherever it is cut; one that depends on it is told where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jackfield import ContractBroken, ResponseStarted, StreamEvent
from jackfield.testing import check_decoder
from kit.faulty import ReadsPieces, SwallowsTheCut
from kit.honest import ANSWER, KitDecoder, sse


def test_an_honest_one() -> None:
    """One that gathers what is not whole passes."""
    check_decoder(lambda: KitDecoder(ResponseStarted()), ANSWER)


class Hurries(KitDecoder):
    """Tells what it has, in whatever pieces it comes, and no more."""

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Take pieces for events."""
        if data.endswith(b"\n\n"):
            yield from super().feed(data)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (ReadsPieces, "byte by byte it means"),
        (Hurries, "byte by byte it means"),
        (SwallowsTheCut, "cut off at .*, with '' of 'Hello there, Zoë!', it is a whole answer"),
    ],
)
def test_what_is_found(kind: Any, told: str) -> None:
    """One that reads pieces as they come, or takes any end for the answer's, is told with the place."""
    with pytest.raises(ContractBroken, match=told):
        check_decoder(lambda: kind(ResponseStarted()), ANSWER)


def test_no_end() -> None:
    """A recording without its end is told as such."""
    with pytest.raises(ContractBroken, match="does not come to its end"):
        check_decoder(lambda: KitDecoder(ResponseStarted()), sse({"begin": "small"}, {"text": "Hello"}))
