"""What a page looked like when something failed: a picture, and the page's bones.

Law: both are for the account's owner only, and neither tells what was said or typed, nor what about. They are
made of what is known to be harmless, for what a page does not mark as text nobody can find: the picture shows
the controls that the Site names and nothing else; of the page stay tags, identifiers, and words that either
stand on such a control or that every chat page has on its buttons.
"""

from __future__ import annotations

import contextlib
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

from ..accounts import private_directory, state_directory, write_private
from ..browser import PageHandle
from ..errors import PageChanged
from ..page import FIELDS, controls_of, take_picture, turns_of
from ..site import Site
from ._tabs import Tab

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from bs4.element import PageElement

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
_SIDES: Final = ("nav", "aside", "[role=navigation]", "[role=complementary]")
_DROPPED: Final = """
    script, style, link, meta, svg, noscript, template:not([shadowrootmode]), iframe > *, noembed, noframes,
    plaintext, xmp
"""
"""What shows no control. Some hold text that a browser writes as it is and that would be read as elements."""
_CODE: Final = ("pre", "code")
_ROUND_CODE: Final = ("[class*='lang-']", "[class*='language-']")
_NAME: Final = re.compile(r"[\w-]+")
_LABELS: Final = ("button", "label", "h1", "h2", "h3", "legend")
_WORDS: Final = """
    a accept again agree all an answer are ask attach back cancel chat close code confirm continue
    conversation copy delete dismiss done e edit email file files forgot generating google human i image
    in log login mail message model more name new next no not ok or out password please prompt question
    regenerate register reject remember retry save search send settings share sign skip start stop
    submit thinking to try up upload username verify welcome with write yes you your
"""
_LABEL_WORDS: Final = frozenset(_WORDS.split())
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][\w:.-]{0,39}")
_NAMED_BY_THEIR_TEXT: Final = frozenset({"a", "h1", "h2", "h3", "h4", "h5", "h6", "li"})
_FLAGS: Final = re.compile(
    r"disabled|hidden|readonly|contenteditable|aria-[a-z]+|data-(?:disabled|loading|state)"
)
_SET: Final = frozenset(
    {"", "true", "false", "on", "off", "open", "closed", "active", "inactive", "checked", "unchecked"}
)
_IDENTIFYING: Final = frozenset({"class", "data-testid", "id", "name", "role", "shadowrootmode", "type"})
_LONGEST_LABEL: Final = 80
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9]+")


@asynccontextmanager
async def evidence(tab: Tab, site: Site, connection: str) -> AsyncIterator[None]:
    """Add to an error of the block where the evidence lies, if the tab's page is still there.

    The connection's name is empty when nobody knows it.
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

    Never raises an error of the page's or the disk's: it is called because of another one. Of a page so large
    that its bones take longer than there is time, the picture alone is kept.
    """
    path = None
    with contextlib.suppress(ProviderError, OSError), anyio.move_on_after(_SECONDS):
        picture, documents = await page.call(take_picture, site)
        path = await to_thread.run_sync(_keep, picture, site)
        kept = await to_thread.run_sync(_bones_of, documents, site, abandon_on_cancel=True)
        await to_thread.run_sync(write_private, path.with_suffix(".html"), kept)
    return path


def _keep(picture: bytes, site: Site) -> Path:
    folder = private_directory(private_directory(state_directory()) / "evidence")
    name = _NOT_IN_A_NAME.sub("-", site.name.lower()).strip("-")
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{name}.png"
    write_private(path, picture)
    for old in sorted(folder.iterdir())[: -2 * _KEPT]:
        old.unlink(missing_ok=True)
    return path


def _bones_of(documents: list[str], site: Site) -> bytes:
    css = [one for found in site.named_selectors().values() for one in found]
    kept = [bones(html, turns_of(site), controls_of(site), css) for html in documents]
    return "\n<!-- A frame: -->\n".join(kept).encode()


def bones(html: str, turns: Iterable[str] = (), named: Iterable[str] = (), others: Iterable[str] = ()) -> str:
    """Return *html* without what was said or typed: tags, identifiers and the words on controls.

    Args:
        html: The page.
        turns: CSS of the turns, of which nothing but tags, and classes that some CSS names, stays.
        named: CSS of the controls whose own words stay.
        others: CSS of what else the Site names.
    """
    from bs4 import BeautifulSoup
    from bs4.element import PreformattedString

    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(_DROPPED):
        element.decompose()
    turns, named = tuple(turns), tuple(named)
    said = _found(soup, (*turns, *FIELDS))
    answers, code = _found(soup, (*turns, *_CODE)), _found(soup, _ROUND_CODE)
    known = frozenset(_NAME.findall(" ".join((*turns, *named, *others))))
    sides, controls = _found(soup, _SIDES), _found(soup, named)
    for text in soup.find_all(string=True):
        if isinstance(text, PreformattedString):
            # A comment or what is like one, which is no word of a control that it stands in.
            text.extract()
        elif text.strip():
            text.replace_with(_words(text, said, sides, controls))
    for element in soup.find_all(True):
        around = {id(element), *map(id, element.parents)}
        is_said = bool(around & sides) or bool(around & said and element.name not in FIELDS)
        if around & answers or id(element) in code:
            _forget_what_was_said(element, known)
        kept = {name: _attribute(element.name, name, value) for name, value in element.attrs.items()}
        element.attrs = {
            name: value
            for name, value in kept.items()
            if value is not None and (name == "class" or not is_said)
        }
    return str(soup)[:_LARGEST]


def _forget_what_was_said(element: Any, known: frozenset[str]) -> None:
    """Leave names that the Site has: others may be made of what was said, as the language of code is."""
    element["class"] = [name for name in element.get("class", ()) if name in known]
    if "-" in element.name and element.name not in known:
        element.name = "x-element"


def _found(soup: BeautifulSoup, selectors: Iterable[str]) -> set[int]:
    """Return the elements that are found by one of *selectors*; one that is no CSS here finds nothing."""
    from soupsieve import SelectorSyntaxError

    found: set[int] = set()
    for css in selectors:
        with contextlib.suppress(SelectorSyntaxError, NotImplementedError):
            found.update(map(id, soup.select(css)))
    return found


def _attribute(tag: str, name: str, value: Any) -> str | None:
    """Return what stays of an attribute's value; None when it goes."""
    if name in _IDENTIFYING and not (name == "id" and tag in _NAMED_BY_THEIR_TEXT):
        if name == "class":
            return " ".join(value) or None
        # Several words are a sentence, such as a conversation's title, and not a name.
        return str(value) if _IDENTIFIER.fullmatch(str(value)) else None
    return str(value) if _FLAGS.fullmatch(name) and value in _SET else None


def _words(text: PageElement, said: set[int], sides: set[int], controls: set[int]) -> str:
    """Return what stays of a text: all of a short one where it is known to be the page's own."""
    words = " ".join(str(text).split())
    around = set(map(id, text.parents))
    is_own = not around & said and len(words) <= _LONGEST_LABEL
    if is_own and (around & controls or (not around & sides and _is_label(text, words))):
        return words
    return f"… ({len(words)} characters)"


def _is_label(text: PageElement, words: str) -> bool:
    return text.find_parent(_LABELS) is not None and _LABEL_WORDS.issuperset(
        re.findall(r"[^\W_]+", words.lower())
    )
