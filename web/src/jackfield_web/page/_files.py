"""Giving files to the page, by its own field or the browser's choice of files, before the message is written.

Law: the message is written when the page shows every file and none is on its way any more.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio

from jackfield import Certainty, DeadlineExceeded, FilePart, ImagePart

from ..browser import seen_in
from ..errors import missing
from ..hands import InputDriver, eventually
from ..site import Site
from ._click import click
from ._frames import conversation_frame, find_visible

if TYPE_CHECKING:
    from playwright.async_api import FileChooser, FilePayload, Frame, Locator, Page

Attachment: TypeAlias = ImagePart | FilePart
"""What goes through the page's field for files."""

_SURE_SECONDS: Final = 0.2


async def attach_files(page: Page, site: Site, files: Sequence[Attachment], hands: InputDriver) -> None:
    """Give *files* to the page and wait until its remote has them.

    Args:
        page: The page.
        site: What it is like.
        files: What to attach.
        hands: What presses the button, where there is one instead of a field.

    Raises:
        PageChanged: The page has no field for files, or does not show all of them.
        DeadlineExceeded: They were on their way for longer than `timing.upload`.
    """
    frame = await conversation_frame(page, site)
    before = await _count(frame, site.selectors.file_thumbnail)
    payloads = [_payload(number, file) for number, file in enumerate(files, 1)]
    if (field := await _field(frame, site)) is not None:
        await field.set_input_files(payloads)
    else:
        await _choose(page, site, payloads, hands)
    wanted = before + len(files)

    async def is_there() -> bool:
        shown = await _count(frame, site.selectors.file_thumbnail)
        under_way = await _count(frame, site.selectors.file_uploading)
        return not under_way and (shown == wanted or not site.selectors.file_thumbnail)

    async def is_surely_there() -> bool:
        if not await is_there():
            return False
        # A page may draw a file before its way begins.
        await anyio.sleep(_SURE_SECONDS)
        return await is_there()

    if await eventually(is_surely_there, site.timing.upload):
        return
    if await _count(frame, site.selectors.file_uploading):
        raise DeadlineExceeded(
            f"the files were on their way for longer than {site.timing.upload:g} seconds",
            hint="Send smaller ones, or raise timing.upload of the Site.",
            phase="page",
            certainty=Certainty.NOT_SENT,
        )
    raise missing(site, "file_thumbnail", f"the page shows not all of {len(files)} files by")


async def _field(frame: Frame, site: Site) -> Locator | None:
    """Return the field for files, which pages hide behind a button; None where only the button is described.

    Raises:
        PageChanged: Neither is there.
    """
    if not site.selectors.file_input:
        return None
    fields = [frame.locator(f"css={css}") for css in site.selectors.file_input]

    async def found() -> Locator | None:
        for field in fields:
            if await field.count():
                return field.first
        return None

    async def is_there() -> bool:
        return await found() is not None

    if (field := await found()) is not None or site.selectors.file_button:
        return field
    if await eventually(is_there, site.timing.composer):
        return await found()
    raise missing(site, "file_input")


async def _choose(page: Page, site: Site, payloads: list[FilePayload], hands: InputDriver) -> None:
    """Press the page's button for files, and answer the browser's question which; one by one if need be."""
    left = payloads
    while left:
        chooser = await _chooser(page, site, hands)
        count = len(left) if chooser.is_multiple() else 1
        await chooser.set_files(left[:count])
        left = left[count:]


async def _chooser(page: Page, site: Site, hands: InputDriver) -> FileChooser:
    """Press the page's button for files, and return the browser's choice that it opens."""
    frame = await conversation_frame(page, site)
    button = await find_visible(frame, site.selectors.file_button, seconds=site.timing.composer)
    if button is None:
        raise missing(site, "file_button")
    opened: asyncio.Future[FileChooser] = asyncio.get_running_loop().create_future()

    def take(chooser: FileChooser) -> None:
        if not opened.done():
            opened.set_result(chooser)

    # While somebody listens the browser shows no window of its own.
    page.on("filechooser", take)
    try:
        await click(page, site, button, hands, name="file_button")
        with anyio.move_on_after(site.timing.composer):
            return await opened
    finally:
        page.remove_listener("filechooser", take)
    raise missing(site, "file_button", "the browser asks for no file after a press on")


async def _count(frame: Frame, selectors: Sequence[str]) -> int:
    """Return how many visible elements the first of *selectors* finds that finds any."""
    for css in selectors:
        if found := await seen_in(frame, css).count():
            return found
    return 0


def _payload(number: int, file: Attachment) -> FilePayload:
    kind = file.media_type.partition(";")[0]
    if isinstance(file, FilePart):
        return {"name": file.name, "mimeType": kind, "buffer": file.data}
    return {"name": f"image-{number}.{kind.rpartition('/')[2]}", "mimeType": kind, "buffer": file.data}
