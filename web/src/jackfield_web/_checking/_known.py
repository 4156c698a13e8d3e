"""The Sites that are installed, whoever brings them, and which of them fits a page.

A distribution tells its Sites by an entry point of the group `jackfield.sites`: its name is the provider's,
its object the package in whose folder `sites` the descriptions lie.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

import attrs

from jackfield import ConfigError

from .._reading._frames import conversation_frame, holders
from .._site import Selectors, Site
from .._site_files import SiteFile, known_sites, newest_site

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

GROUP: Final = "jackfield.sites"
_ENOUGH: Final = 2
"""Different selectors that must find something: many pages have an element called `chat-input`."""
_FORM: Final = ("login_username", "login_password", "login_button")


@attrs.frozen
class KnownSite:
    """A Site that is installed, with the checked page's address in it.

    Attributes:
        provider: The provider that drives it.
        place: Where its description comes from, in words.
        site: The description.
    """

    provider: str
    place: str
    site: Site


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


def installed_sites(base_url: str) -> list[KnownSite]:
    """Return every sound Site that is installed, for a page at *base_url*. Reads folders."""
    found = []
    for provider, file in _files():
        try:
            found.append(KnownSite(provider, file.place, file.read({"base_url": base_url})))
        except ConfigError:
            continue  # `jackfield doctor` tells what is wrong with it
    return found


def _files() -> Iterator[tuple[str, SiteFile]]:
    seen = set()
    for entry in entry_points(group=GROUP):
        try:
            folder = importlib.resources.files(entry.load()) / "sites"
        except Exception:  # noqa: BLE001, S112  one broken distribution must not hide the others
            continue
        for name in known_sites(folder):
            # The user's own stand beside those of every distribution.
            if name not in seen:
                yield entry.name, newest_site(name, folder)
            seen.add(name)


async def matched(page: Page, site: Site, engine_error: type[Exception]) -> list[Matched]:
    """Return what every selector of *site* finds on *page*."""
    frame = await conversation_frame(page, site)
    named = ((name, css) for name in attrs.fields_dict(Selectors) for css in getattr(site.selectors, name))
    return [await _count(frame, name, css, engine_error) for name, css in named]


async def _count(frame: Frame, name: str, css: str, engine_error: type[Exception]) -> Matched:
    place = frame.parent_frame or frame if name == "frame" else frame
    found = place.locator(f"css={holders(css)[-1]}")
    try:
        return Matched(name, css, await found.count(), await found.filter(visible=True).count())
    except engine_error as error:
        return Matched(name, css, fault=str(error).splitlines()[0])


def fit(found: Iterable[Matched]) -> int:
    """Return how well a Site fits: how many different selectors of it see something; 0 for a misfit."""
    seen = {one.name: one.css for one in found if one.seen and one.name not in _FORM}
    count = len(set(seen.values()))
    return count if "chat_input" in seen and count >= _ENOUGH else 0


def best(candidates: Sequence[tuple[KnownSite, list[Matched]]]) -> tuple[KnownSite, list[Matched]] | None:
    """Return the Site that fits best, with what its selectors found; None when none fits."""
    fitting = [one for one in candidates if fit(one[1])]
    return max(fitting, key=lambda one: fit(one[1])) if fitting else None
