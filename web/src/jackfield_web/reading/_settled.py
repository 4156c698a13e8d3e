"""An answer's text as it stands at its end: what the Site says knows it best, or what the page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from jackfield import ResponseFinished

from ..site import SettleWay, covers
from ._copy import copied_text
from ._kept import kept_answer
from ._page_source import PageSource

if TYPE_CHECKING:
    from ._reader import PageReader


@attrs.frozen
class Settled:
    """The text of an answer that is complete.

    Attributes:
        text: The text.
        way: By what it was read.
        finished: The end, with what is known of it.
    """

    text: str = attrs.field(repr=False)
    way: SettleWay
    finished: ResponseFinished = attrs.field(factory=ResponseFinished)


async def settle(
    reader: PageReader, source: PageSource, text: str, conversation_id: Callable[[], str | None]
) -> Settled:
    """Read once more the answer to *text*, which is complete."""
    site = reader.site
    way = site.reading.settle
    if way == "address":
        kept = await kept_answer(source, site, text, conversation_id, reader.decoders)
        if kept is not None:
            return Settled(kept.text, "address", kept.finished)
    copied = None
    if way == "copy" or (way == "address" and site.selectors.copy_button):
        copied = await copied_text(reader.page, source)
    shown = await source.text(growing=False)
    if copied is not None and covers(copied, shown):
        return Settled(copied, "copy")
    return Settled(shown, "page")
