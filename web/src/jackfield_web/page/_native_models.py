"""Choosing a model in the browser's own list, a `<select>`, which draws its items outside the page.

Law: as in the page's own list, a model is known by its item's words, to the letter. The choice is made by the
engine, as no mouse reaches those items: the page gets the events of a choice, and none of a pointer.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import attrs

from ..errors import missing
from ..hands import eventually
from ..site import Site
from ._frames import find_visible

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator

_SECONDS: Final = 5.0
_READ: Final = """list => [...list.options].filter(
  option => !option.hidden && (option.value || !option.disabled)
).map(option => ({
  name: option.label.trim(),
  is_current: option.selected,
  is_locked: option.disabled || Boolean(option.parentElement.disabled),
}))"""


@attrs.frozen
class Option:
    """One model in the list.

    Attributes:
        name: What it says.
        is_current: Whether it is chosen.
        is_locked: Whether it cannot be.
    """

    name: str
    is_current: bool
    is_locked: bool


@attrs.frozen
class NativeList:
    """A `<select>` of models.

    Attributes:
        options: What it offers, in its order; the first of those that say the same.
    """

    _element: Locator
    options: tuple[Option, ...]

    @classmethod
    async def find(cls, frame: Frame, site: Site, name: str | None = None) -> NativeList:
        """Return the list; *name*, or anything where that is None, has a moment to come: pages fill it late.

        Raises:
            PageChanged: It is not where it was, or is no `<select>`.
        """
        element = await find_visible(frame, site.models.select, seconds=site.timing.composer)
        if element is None:
            raise missing(site, "models.select")
        if not await element.evaluate("element => element instanceof HTMLSelectElement"):
            raise missing(site, "models.select", "there is no <select> behind")

        async def is_offered() -> bool:
            return any(name in {None, one.name} and not one.is_locked for one in await _options(element))

        await eventually(is_offered, _SECONDS)
        return cls(element, await _options(element))

    @property
    def names(self) -> tuple[str, ...]:
        """What the models are called."""
        return tuple(one.name for one in self.options)

    @property
    def current(self) -> str | None:
        """The one in use."""
        return next((one.name for one in self.options if one.is_current), None)

    def option(self, name: str) -> Option | None:
        """Return the model that is called *name*."""
        return next((one for one in self.options if one.name == name), None)

    async def choose(self, name: str) -> None:
        """Choose the model that is called *name*."""
        await self._element.select_option(label=name, timeout=_SECONDS * 1000)


async def _options(element: Locator) -> tuple[Option, ...]:
    """Return what the list offers: what only asks for a choice is no part of that."""
    told: list[dict[str, Any]] = await element.evaluate(_READ)
    by_name: dict[str, Option] = {}
    for one in filter(itemgetter("name"), told):
        by_name.setdefault(one["name"], Option(**one))
    return tuple(by_name.values())
