"""An answer's text as it stands at its end: what the Site says knows it best, or what the page shows.

By `reading.settle = "address"` that is what the remote keeps, read at the conversation's own address. A page
draws markdown, and its remote keeps it: what is kept is exact where what is drawn had to be guessed. Law: it
is asked for by the page's own browser, on the page's own origin and from a world that the page does not see;
and it counts only where it says that it answers our message, and has what the page shows of that: what is
kept may lag behind what is drawn, and still end with an earlier answer to the same question.

By `reading.settle = "copy"` it is what the page's own copy button copies, without the person's clipboard. For
the moment of the click the page's clipboard object gets functions of ours that keep what they are given;
after it, nothing of them is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

from jackfield import Accumulator, ProviderError, ResponseFinished, StreamInterrupted

from ..browser import evaluate_in_page
from ..site import SettleWay, Site, WirePattern, covers, is_drawn_as, is_same, letters_of
from ..wire import DecoderFactory, decoder_for, framing_for
from ._page_source import PageSource

if TYPE_CHECKING:
    from playwright.async_api import JSHandle, Page

    from ._reader import PageReader

ASKED: Final = "asked"
"""What a decoder of conversations calls, in the metadata of an answer's end, the message that it answers."""
_KEPT_SECONDS: Final = 5.0
_KEPT_STEP_SECONDS: Final = 0.5
_COPY_SECONDS: Final = 2.0
_COPY_STEP_SECONDS: Final = 0.02
_CATCH: Final = """() => {
  const clipboard = navigator.clipboard;
  if (!clipboard) return null;
  const caught = { text: null, restore() { delete clipboard.writeText; delete clipboard.write; } };
  clipboard.writeText = async (text) => { caught.text = String(text); };
  clipboard.write = async ([item]) => { caught.text = await (await item.getType("text/plain")).text(); };
  return caught;
}"""


@attrs.frozen
class Settled:
    """The text of an answer that is complete.

    Attributes:
        text: The text.
        way: By what it was read.
        finished: The end as the remote keeps it; None where it was not asked.
        is_part: Whether the page draws only a part of the text, and more of it could not be had.
    """

    text: str = attrs.field(repr=False)
    way: SettleWay
    finished: ResponseFinished | None = None
    is_part: bool = False

    def end(
        self, by_wire: ResponseFinished | None, told: Mapping[str, Any], *, said: str, is_cut: bool
    ) -> ResponseFinished:
        """Return the answer's end, with all that is known of it.

        Args:
            by_wire: The end that the page's traffic told, whoever told the text.
            told: What else its metadata tell.
            said: What was told as the answer.
            is_cut: Whether the page would have had more.

        Raises:
            StreamInterrupted: The text is what was told, and a part of the answer.
        """
        if self.is_part and said == self.text:
            raise StreamInterrupted(
                "the page draws only the lines of a list or of a block of code that are in sight, and not "
                "all of them came when it was scrolled",
                hint='Let a wire of the Site tell its answers, or its copy button: reading.settle = "copy".',
            )
        known = self.finished or by_wire or ResponseFinished()
        metadata = {**known.metadata, **told, "settled_by": self.way}
        reason = "length" if is_cut else known.finish_reason
        return attrs.evolve(known, finish_reason=reason, metadata=metadata)


async def settle(reader: PageReader, source: PageSource, text: str) -> Settled:
    """Read once more the answer to *text*, which is complete."""
    site = reader.site
    way = site.reading.settle
    if way == "address" and (kept := await _kept_answer(reader, source, text)) is not None:
        return kept
    copied = None
    if way == "copy" or (way == "address" and site.selectors.copy_button):
        copied = await _copied_text(reader.page, source)
    if copied is not None and covers(copied, await source.text(growing=False)):
        return Settled(copied, "copy")
    is_part = not await source.unrolled()
    return Settled(await source.text(growing=False), "page", is_part=is_part)


def is_folded(shown: str, told: str) -> bool:
    """Tell whether a page shows the beginning of what was *told*, and signs for the rest: it folded that."""
    beginning = shown.rstrip().removesuffix("\u2026").removesuffix("...")
    said, whole = letters_of(beginning), letters_of(told)
    return beginning != shown.rstrip() and said != whole and whole.startswith(said)


async def _kept_answer(reader: PageReader, source: PageSource, sent: str) -> Settled | None:
    """Return what is kept as the answer to *sent*; None where that cannot be had within seconds."""
    if (name := reader.conversation_id()) is None:
        return None
    address = reader.site.reading.address.replace("{id}", name)
    nearest = None
    with anyio.move_on_after(_KEPT_SECONDS):
        while (body := await source.fetched(address)) is not None:
            kept = read_kept(body, reader.site, sent, reader.conversation_id, reader.decoders)
            shown = await source.text(growing=False)
            if kept is not None and is_drawn_as(kept.text, shown):
                return kept
            # What the page has drawn, its remote may be about to keep; or else the page draws it otherwise.
            nearest = kept if kept is not None and covers(kept.text, shown) else None
            await anyio.sleep(_KEPT_STEP_SECONDS)
    return nearest


def read_kept(
    body: str,
    site: Site,
    sent: str,
    conversation_id: Callable[[], str | None],
    decoders: Mapping[str, DecoderFactory],
) -> Settled | None:
    """Return the answer to *sent* in the *body* of its conversation; None where that has none. No I/O."""
    wire = WirePattern(url="/", kind="json", decoder=site.reading.decoder)
    decoder, framing = decoder_for(wire, conversation_id, decoders), framing_for("json")
    folded = Accumulator()
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
    return Settled(folded.text, "address", attrs.evolve(folded.finished, metadata=told))


async def _copied_text(page: Page, source: PageSource) -> str | None:
    """Press the answer's copy button and return what it copies; None when that is nothing."""
    catch = await evaluate_in_page(page, _CATCH)
    try:
        if not await catch.evaluate("Boolean") or not await source.press_copy():
            return None
        return await _caught(catch)
    finally:
        with anyio.move_on_after(_COPY_SECONDS, shield=True):
            await catch.evaluate("caught => caught && caught.restore()")
            await catch.dispose()


async def _caught(catch: JSHandle) -> str | None:
    with anyio.move_on_after(_COPY_SECONDS):
        while True:
            text: str | None = await catch.evaluate("caught => caught.text")
            if text is not None:
                return text
            await anyio.sleep(_COPY_STEP_SECONDS)
    return None
