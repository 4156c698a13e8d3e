"""The Sites that are installed, whoever brings them, and which of them fits a page.

A distribution tells its Sites by an entry point of the group `jackfield.sites`: its name is the provider's,
its object the package in whose folder `sites` the descriptions lie. Law: a stranger's page is driven as a
known one only for what no other page has; so a Site with an address of its own fits nowhere else.
"""

from __future__ import annotations

import contextlib
import importlib.resources
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Final

import attrs

from jackfield import ConfigError

from ..page import Matched
from ..site import Site, SiteFile, known_sites, newest_site

GROUP: Final = "jackfield.sites"
_ENOUGH: Final = 2
"""Different selectors that must find something: many pages have an element called `chat-input`."""
_ANYBODYS: Final = ("dismiss", "ignore", "login_username", "login_password", "login_button")
"""Selectors that may well find something on any page."""


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

    def base_of(self, url: str) -> str:
        """Return what `base_url` is where the page is at *url*, which may be below a path of a server's."""
        if self.site.conversation_address(url) or self.site.is_login_page(url):
            return self.site.base_url
        return url.removesuffix(self.site.addresses.start.removeprefix(self.site.base_url))


def installed_sites(base_url: str) -> list[KnownSite]:
    """Return every sound Site that is installed and may be at *base_url*. Reads folders."""
    found = []
    for provider, file in _files():
        # What is wrong with one that is not sound, `jackfield doctor` tells.
        with contextlib.suppress(ConfigError):
            site = file.read({"base_url": base_url})
            if file.base_url in {"", base_url}:
                found.append(KnownSite(provider, file.place, site))
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


def fit(found: Iterable[Matched]) -> int:
    """Return how well a Site fits: how many different selectors of it see something; 0 for a misfit."""
    seen = {one.name: one.css for one in found if one.seen and one.name not in _ANYBODYS}
    count = len(set(seen.values()))
    return count if "chat_input" in seen and count >= _ENOUGH else 0


def best(candidates: Sequence[tuple[KnownSite, list[Matched]]]) -> KnownSite | None:
    """Return the Site that fits best by what its selectors found; None when none fits."""
    fitting = [(fit(found), one) for one, found in candidates if fit(found)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
