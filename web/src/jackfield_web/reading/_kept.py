"""An answer as its remote keeps it, read at the conversation's own address when the page has it whole.

A page draws markdown, and its remote keeps it: what is kept is exact where what is drawn had to be guessed.
A Site asks for this with `reading.settle = "address"`.

Law: it is asked for by the page's own browser, on the page's own origin and from a world that the page does
not see; and it counts only where it says that it answers our message, and has what the page shows of that:
what is kept may lag behind what is drawn, and still end with an earlier answer to the same question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import anyio
import attrs

from jackfield import Accumulator, ProviderError, ResponseFinished

from ..site import Site, WirePattern, covers, is_drawn_as, is_same, letters_of
from ..wire import DecoderFactory, decoder_for, framing_for
from ._page_source import PageSource

ASKED: Final = "asked"
"""What a decoder of conversations calls, in the metadata of an answer's end, the message that it answers."""
_SECONDS: Final = 5.0
_STEP_SECONDS: Final = 0.5


@attrs.frozen
class Kept:
    """An answer as it is kept.

    Attributes:
        text: Its markdown.
        finished: Its end.
    """

    text: str = attrs.field(repr=False)
    finished: ResponseFinished


async def kept_answer(
    source: PageSource,
    site: Site,
    sent: str,
    conversation_id: Callable[[], str | None],
    decoders: Mapping[str, DecoderFactory],
) -> Kept | None:
    """Return what is kept as the answer to *sent*; None where that cannot be had within seconds."""
    if (name := conversation_id()) is None:
        return None
    address = site.reading.address.replace("{id}", name)
    nearest = None
    with anyio.move_on_after(_SECONDS):
        while (body := await source.fetched(address)) is not None:
            kept, shown = (
                read_kept(body, site, sent, conversation_id, decoders),
                await source.text(growing=False),
            )
            if kept is not None and is_drawn_as(kept.text, shown):
                return kept
            # What the page has drawn, its remote may be about to keep; or else the page draws it otherwise.
            nearest = kept if kept is not None and covers(kept.text, shown) else None
            await anyio.sleep(_STEP_SECONDS)
    return nearest


def read_kept(
    body: str,
    site: Site,
    sent: str,
    conversation_id: Callable[[], str | None],
    decoders: Mapping[str, DecoderFactory],
) -> Kept | None:
    """Return the answer to *sent* in the *body* of its conversation; None where that has none. No I/O."""
    wire = WirePattern(url="/", kind="json", decoder=site.reading.decoder)
    decoder, framing, folded = (
        decoder_for(wire, conversation_id, decoders),
        framing_for("json"),
        Accumulator(),
    )
    try:
        for record in [*framing.feed(body), *framing.finish()]:
            for event in decoder.feed(record):
                folded.add(event)
    except ProviderError:
        return None
    if folded.finished is None or not folded.text:
        return None
    told: dict[str, Any] = dict(folded.finished.metadata)
    asked = letters_of(str(told.pop(ASKED, "")))
    if sent and not is_same(asked, letters_of(sent)):
        return None
    return Kept(folded.text, attrs.evolve(folded.finished, metadata=told))
