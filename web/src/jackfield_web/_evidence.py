"""What a page looked like when something failed: a picture, and the page's bones.

Law: both are for the account's owner only, and neither tells what was said or typed: fields and turns are
covered in the picture, and of the page only tags, names and the words on buttons stay.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
from anyio import to_thread

from jackfield import (
    AuthenticationRequired,
    ChallengeRequired,
    DeadlineExceeded,
    ProviderError,
    StreamInterrupted,
    SubmissionUncertain,
)

from ._errors import PageChanged
from ._pages import PageHandle
from ._secure_files import private_directory, write_private
from ._sessions import state_directory
from ._site import Site
from ._tabs import Tab

if TYPE_CHECKING:
    from playwright.async_api import Page

_TELLING: Final = (
    AuthenticationRequired,
    DeadlineExceeded,
    PageChanged,
    StreamInterrupted,
    SubmissionUncertain,
)
_SECONDS: Final = 10.0
_KEPT: Final = 40
_LARGEST: Final = 200_000
_FIELDS: Final = "input, textarea, select, [contenteditable]"
_DROPPED: Final = "script, style, link, meta, svg, noscript, template"
_LABELS: Final = ("button", "label", "h1", "h2", "h3", "legend", "title")
_ATTRIBUTES: Final = re.compile(r"id|class|role|type|name|disabled|placeholder|aria-.*|data-.*")
_LONGEST_ATTRIBUTE: Final = 60
_LONGEST_LABEL: Final = 80
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9]+")


@asynccontextmanager
async def evidence(tab: Tab, site: Site, connection: str) -> AsyncIterator[None]:
    """Add to an error of the block where the evidence lies, if the tab's page is still there.

    Args:
        tab: The tab.
        site: What its page is like.
        connection: The connection's name; empty when nobody knows it.
    """
    try:
        yield
    except _TELLING as error:
        if isinstance(error, PageChanged):
            command = f"jackfield doctor --sites {connection}".rstrip()
            error.hint = f"{error.hint or ''} Look what else changed: `{command}`.".lstrip()
        path = await keep_evidence(tab.page, site) if tab.has_page and tab.page.is_open else None
        if path is not None:
            error.hint = f"{error.hint or ''} What the page looked like: {path}.".lstrip()
        if isinstance(error, ChallengeRequired):
            error.screenshot = path
        raise


async def keep_evidence(page: PageHandle, site: Site) -> Path | None:
    """Save a picture and the bones of *page*; return the picture's path, or None when there is none to have.

    Never raises an error of the page's or the disk's: it is called because of another one.
    """
    try:
        with anyio.move_on_after(_SECONDS):
            picture, html = await page.call(_look, site)
            return await to_thread.run_sync(_keep, picture, html, site)
    except (ProviderError, OSError):
        pass
    return None


async def _look(page: Page, site: Site) -> tuple[bytes, str]:
    covered = [page.locator(f"css={css}") for css in (_FIELDS, *_turns(site))]
    return await page.screenshot(mask=covered), await page.content()


def _turns(site: Site) -> tuple[str, ...]:
    return (*site.selectors.response_area, *site.selectors.user_turn)


def _keep(picture: bytes, html: str, site: Site) -> Path:
    folder = private_directory(private_directory(state_directory()) / "evidence")
    name = _NOT_IN_A_NAME.sub("-", site.name.lower()).strip("-")
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{name}.png"
    write_private(path, picture)
    write_private(path.with_suffix(".html"), bones(html, _turns(site)).encode())
    _forget_old(sorted(folder.iterdir()))
    return path


def _forget_old(files: list[Path]) -> None:
    for file in files[: -2 * _KEPT]:
        file.unlink(missing_ok=True)


def bones(html: str, turns: Iterable[str] = ()) -> str:
    """Return *html* without what was said or typed: tags, names and the words on buttons.

    Args:
        html: The page.
        turns: CSS of the turns, of which nothing but tags stays.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(_DROPPED):
        element.decompose()
    said = [turn for css in turns for turn in soup.select(css)]
    for element in [inner for turn in said for inner in (turn, *turn.find_all(True))]:
        element.attrs = {name: value for name, value in element.attrs.items() if name == "class"}
    for element in soup.find_all(True):
        element.attrs = {name: _cut(value) for name, value in element.attrs.items() if _may_stay(name)}
    for text in soup.find_all(string=True):
        if text.strip():
            text.replace_with(_words(text, said))
    return str(soup)[:_LARGEST]


def _may_stay(name: str) -> bool:
    return _ATTRIBUTES.fullmatch(name) is not None


def _cut(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST_ATTRIBUTE else f"… ({len(text)} characters)"


def _words(text: Any, said: list[Any]) -> str:
    inside = [id(parent) for parent in text.parents]
    is_label = text.find_parent(_LABELS) is not None and not any(id(turn) in inside for turn in said)
    return str(text) if is_label and len(text) <= _LONGEST_LABEL else f"… ({len(text.strip())} characters)"
