"""Giving files to the page before the message is written, by its own field, whenever that is made.

Law: the message is written when the page shows every file and none is on its way any more, and goes while it
shows them all, and where it begins a conversation no other. What the page says meanwhile of a failure ends
it: what it refused would be missing.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio
import attrs

from jackfield import (
    Certainty,
    ContextTooLong,
    DeadlineExceeded,
    FilePart,
    ImagePart,
    ProviderError,
    RunFailed,
)

from ..browser import seen_in
from ..errors import missing
from ..hands import InputDriver, eventually
from ..site import Site
from ._click import click
from ._frames import conversation_frame, find_visible, first_found

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, FileChooser, FilePayload, Frame, Page

Attachment: TypeAlias = ImagePart | FilePart
"""What goes through the page's field for files."""

Failed: TypeAlias = Callable[[str], ProviderError]
"""Makes an error of a page's words of its failure."""

_SURE_SECONDS: Final = 0.2
_DRAWN_SECONDS: Final = 1.0
_HEARD_SECONDS: Final = 5.0
"""What a page that looks into its field only as it sends waits with every message that has files."""
_MOST_BYTES: Final = 50 * 1024 * 1024
"""What Playwright's `set_input_files` takes of files that are not on the disk, 1.62."""
_MADE: Final = "A field that is made when a button is pressed is reached by that: selectors.file_button."


@attrs.frozen
class GivenFiles:
    """Files that a page was given with the message that comes next.

    Attributes:
        files: How many.
        thumbnails: How many the page shows with them.
        notes: What it said of failures before.
    """

    files: int
    thumbnails: int
    notes: Counter[str]


async def attach_files(
    page: Page,
    site: Site,
    files: Sequence[Attachment],
    hands: InputDriver,
    failed: Failed,
    *,
    is_heard: Callable[[], Awaitable[bool]],
) -> GivenFiles:
    """Give *files* to the page, wait until its remote has them, and return what the page shows of them.

    What the page says of its failure is made an error by *failed*. Where there is no field, *hands* press the
    button. They are given when *is_heard* tells that the page listens, or has not in some seconds.

    Raises:
        PageChanged: The page has no field for files, or does not show all of them.
        ContextTooLong: They are more than an engine carries.
        DeadlineExceeded: They were on their way for longer than `timing.upload`.
        ProviderError: The page says that it failed.
    """
    frame = await conversation_frame(page, site)
    before = len(await first_found(frame, site.selectors.file_thumbnail))
    given = GivenFiles(len(files), before + len(files), await _notes(frame, site))
    payloads = [_payload(number, file) for number, file in enumerate(files, 1)]
    await eventually(is_heard, _HEARD_SECONDS)
    await _give(page, site, payloads, hands)

    async def is_there() -> bool:
        await _require_no_failure(frame, site, given, failed)
        shown = len(await first_found(frame, site.selectors.file_thumbnail))
        under_way = await first_found(frame, site.selectors.file_uploading)
        return not under_way and (shown == given.thumbnails or not site.selectors.file_thumbnail)

    async def is_surely_there() -> bool:
        if not await is_there():
            return False
        # A page may draw a file before its way begins.
        await anyio.sleep(_SURE_SECONDS)
        return await is_there()

    if await eventually(is_surely_there, site.timing.upload):
        return given
    if await first_found(frame, site.selectors.file_uploading):
        raise DeadlineExceeded(
            f"the files were on their way for longer than {site.timing.upload:g} seconds",
            hint="Send smaller ones, or raise timing.upload of the Site.",
            phase="page",
            certainty=Certainty.NOT_SENT,
        )
    raise missing(site, "file_thumbnail", f"the page shows not all of {len(files)} files by")


async def require_files(page: Page, site: Site, given: GivenFiles, failed: Failed) -> None:
    """Raise when the page has not kept the files that it was *given* with the message.

    What the page says of its failure is made an error by *failed*.

    Raises:
        RunFailed: It shows fewer.
        ProviderError: It says that it failed.
    """
    frame, shown = await conversation_frame(page, site), 0
    await _require_no_failure(frame, site, given, failed)

    async def are_there() -> bool:
        nonlocal shown
        shown = len(await first_found(frame, site.selectors.file_thumbnail))
        return shown >= given.thumbnails

    # A page that draws them anew gets its moment.
    if not site.selectors.file_thumbnail or await eventually(are_there, _DRAWN_SECONDS):
        return
    left = max(0, shown - given.thumbnails + given.files)
    raise RunFailed(
        f"the page took files out of the message: it shows {left} of {given.files} that it was given",
        hint="Open the page and give it the files by hand: it may say there what is wrong with them.",
        code="page_failed",
        certainty=Certainty.NOT_SENT,
    )


async def has_other_files(page: Page, site: Site, known: int) -> bool:
    """Whether *page*, which shows no turns yet, has more files than are *known*, as with a draft."""
    frame = await conversation_frame(page, site)
    return len(await first_found(frame, site.selectors.file_thumbnail)) > known


async def is_uploading(page: Page, site: Site) -> bool:
    """Whether *page* shows that files are on their way, where *site* says how."""
    if not site.selectors.file_uploading:
        return False
    return bool(await first_found(await conversation_frame(page, site), site.selectors.file_uploading))


async def _require_no_failure(frame: Frame, site: Site, given: GivenFiles, failed: Failed) -> None:
    """Raise when the page says of a failure what it did not say before."""
    if not await _notes(frame, site) - given.notes:
        return
    # Once may be a part of the page that is being drawn.
    await anyio.sleep(_SURE_SECONDS)
    if new := await _notes(frame, site) - given.notes:
        raise failed(next(iter(new)))


async def _notes(frame: Frame, site: Site) -> Counter[str]:
    """Return what the page says of failures, each note as often as it is seen."""
    notes = [note for css in site.selectors.error for note in await seen_in(frame, css).element_handles()]
    return Counter([await note.text_content() or "" for note in notes])


async def _give(page: Page, site: Site, payloads: list[FilePayload], hands: InputDriver) -> None:
    """Give files to the field that takes them, one by one where it takes no more at a time."""
    left = payloads
    while left:
        field = await _field(page, site, hands)
        count = len(left) if await field.get_attribute("multiple") is not None else 1
        _require_carried(left[:count])
        await field.set_input_files(left[:count])
        left = left[count:]


def _require_carried(payloads: list[FilePayload]) -> None:
    """Raise when the engine would not carry so much at a time."""
    if (total := sum(len(one["buffer"]) for one in payloads)) > _MOST_BYTES:
        raise ContextTooLong(
            f"the files that go together have {total:,} bytes; a browser is given {_MOST_BYTES:,} at most",
            hint="Send smaller ones, or fewer with each message.",
            certainty=Certainty.NOT_SENT,
        )


async def _field(page: Page, site: Site, hands: InputDriver) -> ElementHandle:
    """Return the field for files, which pages hide behind a button, or make when that is pressed.

    Raises:
        PageChanged: There is none, and none comes.
    """
    if site.selectors.file_button:
        return await _field_there(page, site) or await _field_made(page, site, hands)
    if field := await eventually(partial(_field_there, page, site), site.timing.composer):
        return field
    raise missing(site, "file_input", advice=_MADE)


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

    async def pressed_or_there() -> ElementHandle | None:
        return asked[0].element if asked else await _field_there(page, site)

    # While somebody listens the browser shows no window of its own.
    page.on("filechooser", take)
    try:
        await click(page, site, button, hands, name="file_button")
        if await eventually(pressed_or_there, site.timing.composer):
            # A page may put the field into the document a moment before it presses it.
            await eventually(is_asked, _SURE_SECONDS)
    finally:
        page.remove_listener("filechooser", take)
    if (field := await pressed_or_there()) is None:
        raise missing(site, "file_button", "the browser asks for no file after a press on")
    return field


def _payload(number: int, file: Attachment) -> FilePayload:
    kind = file.media_type.partition(";")[0]
    if isinstance(file, FilePart):
        return {"name": file.name, "mimeType": kind, "buffer": file.data}
    return {"name": f"image-{number}.{kind.rpartition('/')[2]}", "mimeType": kind, "buffer": file.data}
