"""Giving files to the page before the message is written, by its own field, whenever that is made.

Law: the message is written when the page shows every file and none is on its way any more.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

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
    from playwright.async_api import ElementHandle, FileChooser, FilePayload, Frame, Page

Attachment: TypeAlias = ImagePart | FilePart
"""What goes through the page's field for files."""

_SURE_SECONDS: Final = 0.2


async def attach_files(page: Page, site: Site, files: Sequence[Attachment], hands: InputDriver) -> None:
    """Give *files* to the page and wait until its remote has them.

    Args:
        page: The page.
        site: What it is like.
        files: What to attach.
        hands: What presses the button, where there is no field before.

    Raises:
        PageChanged: The page has no field for files, or does not show all of them.
        DeadlineExceeded: They were on their way for longer than `timing.upload`.
    """
    frame = await conversation_frame(page, site)
    before = await _count(frame, site.selectors.file_thumbnail)
    payloads = [_payload(number, file) for number, file in enumerate(files, 1)]
    await _give(page, site, payloads, hands)
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


async def _give(page: Page, site: Site, payloads: list[FilePayload], hands: InputDriver) -> None:
    """Give files to the field that takes them, one by one where it takes no more at a time."""
    left = payloads
    while left:
        field = await _field(page, site, hands)
        count = len(left) if await field.get_attribute("multiple") is not None else 1
        await field.set_input_files(left[:count])
        left = left[count:]


async def _field(page: Page, site: Site, hands: InputDriver) -> ElementHandle:
    """Return the field for files, which pages hide behind a button, or make when that is pressed.

    Raises:
        PageChanged: There is none, and none comes.
    """
    if (field := await _field_there(page, site)) is not None:
        return field
    if site.selectors.file_button:
        return await _field_made(page, site, hands)

    async def is_there() -> bool:
        return await _field_there(page, site) is not None

    await eventually(is_there, site.timing.composer)
    if (field := await _field_there(page, site)) is None:
        raise missing(site, "file_input")
    return field


async def _field_there(page: Page, site: Site) -> ElementHandle | None:
    frame = await conversation_frame(page, site)
    for css in site.selectors.file_input:
        if (field := await frame.query_selector(f"css={css}")) is not None:
            return field
    return None


async def _field_made(page: Page, site: Site, hands: InputDriver) -> ElementHandle:
    """Press the page's button for files; return the field that is pressed by it, or that is there then.

    A field that the page presses need not be in its document: the browser, which asks for files, tells it.
    """
    frame = await conversation_frame(page, site)
    button = await find_visible(frame, site.selectors.file_button, seconds=site.timing.composer)
    if button is None:
        raise missing(site, "file_button")
    asked: list[FileChooser] = []

    def take(chooser: FileChooser) -> None:
        asked.append(chooser)

    async def is_asked() -> bool:
        return bool(asked)

    async def is_there() -> bool:
        return bool(asked) or await _field_there(page, site) is not None

    # While somebody listens the browser shows no window of its own.
    page.on("filechooser", take)
    try:
        await click(page, site, button, hands, name="file_button")
        if await eventually(is_there, site.timing.composer):
            # A page may put the field into the document a moment before it presses it.
            await eventually(is_asked, _SURE_SECONDS)
    finally:
        page.remove_listener("filechooser", take)
    field = asked[0].element if asked else await _field_there(page, site)
    if field is None:
        raise missing(site, "file_button", "the browser asks for no file after a press on")
    return field


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
