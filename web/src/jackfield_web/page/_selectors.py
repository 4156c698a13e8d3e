"""Whether a Site's selectors are CSS, and what they find, asked of the browser that is to use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from jackfield import ConfigError

from ..browser import error_of, seen_in
from ..site import Selectors, Site
from ._frames import conversation_frame, holders
from ._worlds import PROBED

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

_BY_THE_PAGE: Final = frozenset({*PROBED, "frame"})
"""What is looked for by the page's own parser of CSS: then what the engine takes besides is none."""
_NOT_TAKEN: Final = """every => every.filter(css => {
  try { document.createDocumentFragment().querySelector(css); return false; } catch { return true; }
})"""


@attrs.frozen
class _Named:
    """A selector.

    Attributes:
        name: Where it stands.
        css: What it is.
        is_probed: Whether the page itself must take it.
    """

    name: str
    css: str
    is_probed: bool = False


async def require_css(page: Page, site: Site) -> None:
    """Refuse a Site with selectors that are no CSS, those of its variants too.

    It is seen on a *page* that was not opened yet, so that nothing is asked of the remote.

    Raises:
        ConfigError: One is none; all are told by their names.
    """
    every = list(_every(site))
    # The engine is asked only of the few that the browser does not take: that is one question each.
    not_taken = set(await page.evaluate(_NOT_TAKEN, [one.css for one in every]))
    doubtful = [one for one in every if one.css in not_taken]
    wrong = [
        f"{one.name} {one.css!r}" for one in doubtful if one.is_probed or not await _is_taken(page, one.css)
    ]
    if wrong:
        raise ConfigError(
            f"the Site {site.name!r} has selectors that are no CSS: {', '.join(wrong)}",
            hint="Write each as `document.querySelector` takes it, such as `button[aria-label='Send']`.",
        )


async def _is_taken(page: Page, css: str) -> bool:
    try:
        await page.locator(f"css={css}").count()
    except error_of(page):
        return False
    return True


def _every(site: Site) -> Iterator[_Named]:
    own = list(_own(site))
    yield from own
    for at, variant in enumerate(site.variants):
        others = (one for one in _own(variant.site) if one not in own)
        shows = (_Named("shows", css) for css in variant.shows)
        yield from (attrs.evolve(one, name=f"variants[{at}].{one.name}") for one in (*shows, *others))


def _own(site: Site) -> Iterator[_Named]:
    for name, selectors in site.named_selectors().items():
        parts = [part for css in selectors for part in (holders(css) if name == "frame" else [css])]
        yield from (_Named(name, css, name in _BY_THE_PAGE) for css in parts)
    for at, step in enumerate(site.login):
        if step.selector and step.selector not in attrs.fields_dict(Selectors):
            yield _Named(f"login[{at}].selector", step.selector)


@attrs.frozen
class Matched:
    """What one CSS selector of a Site finds on a page.

    Attributes:
        name: The selector's name in the Site.
        css: The selector.
        found: How many elements it finds.
        seen: How many of those can be seen.
        fault: What is wrong with the selector itself; empty when nothing is.
    """

    name: str
    css: str
    found: int = 0
    seen: int = 0
    fault: str = ""


async def matched(page: Page, site: Site) -> list[Matched]:
    """Return what every selector of *site* finds on *page*."""
    frame = await conversation_frame(page, site)
    named = ((name, css) for name in attrs.fields_dict(Selectors) for css in getattr(site.selectors, name))
    return [await counted(frame, name, css, error_of(page)) for name, css in named]


async def counted(frame: Frame, name: str, css: str, engine_error: type[Exception]) -> Matched:
    """Return what the selector *css* called *name* finds in the *frame* of the conversation, or above it."""
    place = frame.parent_frame or frame if name == "frame" else frame
    css_there = holders(css)[-1]
    try:
        found = await place.locator(f"css={css_there}").count()
        return Matched(name, css, found, await seen_in(place, css_there).count())
    except engine_error as error:
        return Matched(name, css, fault=str(error).splitlines()[0])
