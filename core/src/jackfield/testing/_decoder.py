"""A decoder, cut everywhere: it does no I/O, so all of this costs milliseconds and needs no event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .._accumulator import Accumulator
from .._decoding import Decoder
from .._exceptions import ProviderError
from ._trial import expect


def check_decoder(make: Callable[[], Decoder[bytes]], wire: bytes) -> None:
    """Cut one whole answer anywhere, and see that it means the same, and that a part of it is no whole.

        check_decoder(lambda: LampDecoder(ResponseStarted()), recorded)

    Args:
        make: Makes a decoder; called for each cut, some two times the length of *wire*.
        wire: An answer as it came from the remote, whole, with its end.

    Raises:
        ContractBroken: It says where the answer was cut, and what was told then.
    """
    whole = _folded(make(), [wire])
    expect(whole.finished, "uncut, the answer does not come to its end")
    apart = _folded(make(), [bytes([byte]) for byte in wire])
    expect(_told(apart) == _told(whole), f"byte by byte it means {_told(apart)}, and uncut {_told(whole)}")
    for place in range(1, len(wire)):
        cut = _folded(make(), [wire[:place], wire[place:]])
        expect(_told(cut) == _told(whole), f"cut at {place} it means {_told(cut)}, and uncut {_told(whole)}")
        part = _part(make(), wire[:place])
        is_whole = part.finished is None or part.text == whole.text
        expect(is_whole, f"cut off at {place}, with {part.text!r} of {whole.text!r}, it is a whole answer")


def _folded(decoder: Decoder[bytes], pieces: Iterable[bytes]) -> Accumulator:
    folded = Accumulator()
    for piece in pieces:
        for event in decoder.feed(piece):
            folded.add(event)
    for event in decoder.finish():
        folded.add(event)
    return folded


def _part(decoder: Decoder[bytes], piece: bytes) -> Accumulator:
    """Fold what came of an answer that was cut off; that it is refused is as good."""
    try:
        return _folded(decoder, [piece])
    except ProviderError:
        return Accumulator()


def _told(folded: Accumulator) -> Any:
    return folded.text, folded.started, folded.finished
