"""One of the browsers that run elsewhere. Law: its path, its query and its headers are never shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import attrs

from jackfield import ConfigError, at_least

from ._reach import well_formed
from ._refused_remote import check_remote, shown_remote

_MARK_LETTERS: Final = 32


@attrs.frozen(kw_only=True)
class RemoteBrowser:
    """A running browser that accounts may be placed in, each with a context of its own.

    Attributes:
        cdp_url: Its DevTools address.
        server_url: A Playwright server's address, instead.
        headers: What is sent along when it is connected to, such as a key.
        slots: How many accounts of this program it takes at once.

    Raises:
        ConfigError: It has no address, or two, or one that is none; or a header that is none.
    """

    cdp_url: str | None = attrs.field(default=None, repr=False)
    server_url: str | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, converter=well_formed, repr=False)
    slots: int = attrs.field(default=4, validator=at_least(1))

    def __attrs_post_init__(self) -> None:
        if bool(self.cdp_url) == bool(self.server_url):
            raise ConfigError(
                "one of `browsers` has no address, or two of them",
                hint='Write browsers = [{cdp_url = "http://…"}, {server_url = "wss://…"}].',
            )
        check_remote("cdp_url", self.cdp_url)
        check_remote("server_url", self.server_url)

    @property
    def address(self) -> str:
        """Its address, which may hold its secret."""
        return self.cdp_url or self.server_url or ""

    @property
    def shown(self) -> str:
        """Its address as it may be shown."""
        return shown_remote(self.address)

    @property
    def mark(self) -> str:
        """By what it is known again, where its address must not stand."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:_MARK_LETTERS]

    @property
    def header_pairs(self) -> tuple[tuple[str, str], ...]:
        """Its headers as a value that can be compared and hashed."""
        return tuple(sorted(self.headers.items()))
