"""Giving files to the page, through its own field, before the message is written.

Law: the message is written when the page shows every file and none is on its way any more.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio

from jackfield import Certainty, DeadlineExceeded, FilePart, ImagePart

from ._deadline import eventually
from ._drift import missing
from ._reading._frames import conversation_frame
from ._site import Site

if TYPE_CHECKING:
    from playwright.async_api import FilePayload, Frame, Locator, Page

Attachment: TypeAlias = ImagePart | FilePart
"""What goes through the page's field for files."""

_SURE_SECONDS: Final = 0.2


async def attach_files(page: Page, site: Site, files: Sequence[Attachment]) -> None:
    """Give *files* to the page and wait until its remote has them.

    Raises:
        PageChanged: The page has no field for files, or does not show all of them.
        DeadlineExceeded: They were on their way for longer than `timing.upload`.
    """
    frame = await conversation_frame(page, site)
    field = await _field(frame, site)
    before = await _count(frame, site.selectors.file_thumbnail)
    await field.set_input_files([_payload(number, file) for number, file in enumerate(files, 1)])
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


async def _field(frame: Frame, site: Site) -> Locator:
    """Return the field for files; pages hide it behind a button."""
    field = frame.locator(f"css={', '.join(site.selectors.file_input)}")

    async def is_there() -> bool:
        return bool(await field.count())

    if not await eventually(is_there, site.timing.composer):
        raise missing(site, "file_input")
    return field.first


async def _count(frame: Frame, selectors: Sequence[str]) -> int:
    """Return how many visible elements the first of *selectors* finds that finds any."""
    for css in selectors:
        if found := await frame.locator(f"css={css}").filter(visible=True).count():
            return found
    return 0


def _payload(number: int, file: Attachment) -> FilePayload:
    kind = file.media_type.partition(";")[0]
    if isinstance(file, FilePart):
        return {"name": file.name, "mimeType": kind, "buffer": file.data}
    return {"name": f"image-{number}.{kind.rpartition('/')[2]}", "mimeType": kind, "buffer": file.data}
