"""The login of a context as it is now. Law: nothing that a page stores ends the browser's driver.

The driver (Playwright 1.65) writes what it found as JSON, and dies of an object in a database that holds
itself. It looks at each origin on which a page or a frame of the context ever was. So all of them are looked
at here first, and where one has such an object the databases are collected here: those that JSON can say as
they are, as Firebase's with its login.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

from ..accounts import StorageState
from ..site import read_address
from ._engine import ask_aside, error_of
from ._listener import listener
from ._own_login import empty_page

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, Page

_SCRIPT: Final = importlib.resources.files(__package__).joinpath("databases.js").read_text("utf-8")
_TRIES: Final = 3
_ARRIVING_SECONDS: Final = 0.2
_UNKNOWN: Final[Mapping[str, Any]] = {"origin": "", "endless": True, "databases": []}


@attrs.define(eq=False)
class LoginState:
    """Reads the login of one context; lives on the host's loop."""

    _unread: set[str] = attrs.field(factory=set, init=False)
    """Origins on which somebody was since they were last read; on one that nobody is on nothing changes."""
    _read: dict[str, Mapping[str, Any]] = attrs.field(factory=dict, init=False)

    def watch(self, context: BrowserContext, state: StorageState | None) -> None:
        """Note from now on where the pages of *context* go, which began with *state*."""
        self._unread, self._read = {one["origin"] for one in state.origins} if state else set(), {}
        context.on("framenavigated", listener(self._note))

    def _note(self, frame: Frame) -> None:
        address = read_address(frame.url)
        if address is not None and address.is_web:
            self._unread.add(address.origin)

    async def read(self, context: BrowserContext) -> tuple[Any, bool]:
        """Return the login in Playwright's form, and whether all databases are in it that can be saved."""
        shown = {one["origin"]: one for one in [await _databases(page) for page in context.pages]}
        left = self._unread - shown.keys()
        found = await _databases_on(context, left) if left else {}
        self._unread -= left & found.keys()
        self._read.pop(_UNKNOWN["origin"], None)
        self._read |= shown | found
        if not any(one["endless"] for one in self._read.values()):
            return await context.storage_state(indexed_db=True), True
        state: Any = await context.storage_state()
        origins = {one["origin"]: one for one in state["origins"]}
        for one in self._read.values():
            if one["databases"]:
                origin = origins.setdefault(one["origin"], {"origin": one["origin"], "localStorage": []})
                origin["indexedDB"] = one["databases"]
        return {**state, "origins": list(origins.values())}, False


async def _databases_on(context: BrowserContext, origins: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Return what there is on each of *origins*, on which no page is."""
    found: dict[str, Mapping[str, Any]] = {}
    async with empty_page(context) as page:
        for origin in origins:
            try:
                await page.goto(origin)
            except error_of(page):
                one = _UNKNOWN
            else:
                one = await _databases(page)
            found[one["origin"]] = one
    return found


async def _databases(page: Page) -> Mapping[str, Any]:
    """Return what *page* says of its databases; one that is on its way elsewhere has its moment to arrive."""
    for _ in range(_TRIES):
        told: Mapping[str, Any] | None = await ask_aside(page, f"({_SCRIPT})()")
        if told:
            return told
        await anyio.sleep(_ARRIVING_SECONDS)
    # It is gone, or its values are too deep to be looked at.
    return _UNKNOWN
