"""Choosing a model the way a person does: in the page's own list.

Law: the list that the page shows is the truth; a model is known by the first line of its item, to the letter.
In the browser's own list, a `<select>`, the choice is made by the engine, as no mouse reaches items that are
drawn outside the page: the page gets the events of a choice, and none of a pointer.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

from jackfield import ModelNotFound, near_names

from ..errors import ModelLocked, missing
from ..hands import InputDriver, eventually
from ..site import Site
from ._click import click
from ._frames import conversation_frame, find_visible, first_found

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page

_LIST_SECONDS: Final = 5.0
_MORE_SECONDS: Final = 2.0
_MOST_LISTS: Final = 4
_CLOSING_SECONDS: Final = 0.5
_READ: Final = """list => [...list.options].filter(
  option => !option.hidden && (option.value || !option.disabled)
).map(option => ({
  name: option.label.trim(),
  is_current: option.selected,
  is_locked: option.disabled || Boolean(option.parentElement.disabled),
}))"""


@attrs.frozen(kw_only=True)
class Offer:
    """What a page offers.

    Attributes:
        names: The models, in the page's order.
        current: The one in use, as far as the page shows it.
    """

    names: tuple[str, ...]
    current: str | None


@attrs.frozen
class Option:
    """One model in the browser's own list.

    Attributes:
        name: What it says.
        is_current: Whether it is chosen.
        is_locked: Whether it cannot be.
    """

    name: str
    is_current: bool
    is_locked: bool


async def _native_list(
    frame: Frame, site: Site, name: str | None = None
) -> tuple[Locator, dict[str, Option]]:
    """Return the `<select>` of models, and what it offers by its names.

    *name*, or anything where that is None, has a moment to come: pages fill it late.

    Raises:
        PageChanged: It is not where it was, or is no `<select>`.
    """
    element = await find_visible(frame, site.models.select, seconds=site.timing.composer)
    if element is None:
        raise missing(site, "models.select")
    if not await element.evaluate("element => element instanceof HTMLSelectElement"):
        raise missing(site, "models.select", "there is no <select> behind")

    async def is_offered() -> bool:
        offered = await _options(element)
        return any(name in {None, one.name} and not one.is_locked for one in offered.values())

    await eventually(is_offered, _LIST_SECONDS)
    return element, await _options(element)


async def _options(element: Locator) -> dict[str, Option]:
    """Return what a list offers, each name once; what only asks for a choice is no part of that."""
    told: list[dict[str, Any]] = await element.evaluate(_READ)
    by_name: dict[str, Option] = {}
    for one in filter(itemgetter("name"), told):
        by_name.setdefault(one["name"], Option(**one))
    return by_name


async def choose_model(page: Page, site: Site, name: str, hands: InputDriver) -> None:
    """See to it that the page uses the model *name*.

    Raises:
        ModelNotFound: The page offers none of that name; the error names those that it offers.
        ModelLocked: The account may not use it.
        PageChanged: The list is not where it was, or did not take the choice.
    """
    frame = await conversation_frame(page, site)
    if await _current(frame, site) == name:
        return
    if site.models.select:
        await _choose_natively(frame, site, name)
        return
    async with _opened_list(page, frame, site, hands) as known:
        item = known.get(name) or (await _look_further(frame, site, hands, known)).get(name)
        if item is None:
            raise _unknown(name, known)
        if await _is_locked(frame, site, item):
            raise _locked(name)
        await click(page, site, item, hands, name="models.item")
    if site.models.current:
        await _require_taken(frame, site, name, "models.current")


async def _choose_natively(frame: Frame, site: Site, name: str) -> None:
    element, options = await _native_list(frame, site, name)
    if name not in options:
        raise _unknown(name, options)
    if options[name].is_locked:
        raise _locked(name)
    await element.select_option(label=name, timeout=_LIST_SECONDS * 1000)
    await _require_taken(frame, site, name, "models.select")


def _unknown(name: str, known: Iterable[str]) -> ModelNotFound:
    return ModelNotFound(
        f"the page offers no model {name!r}",
        hint=f"{near_names(name, known)} Or lead the name to one of them in model_mapping.",
    )


def _locked(name: str) -> ModelLocked:
    return ModelLocked(
        f"the page shows the model {name!r} locked for this account",
        hint="Choose another one, or change the account's plan on the page.",
    )


async def read_models(page: Page, site: Site, hands: InputDriver) -> Offer:
    """Return what the page offers, without choosing.

    Raises:
        PageChanged: The list is not where it was.
    """
    frame = await conversation_frame(page, site)
    names: Iterable[str]
    if site.models.select:
        _, names = await _native_list(frame, site)
    else:
        async with _opened_list(page, frame, site, hands) as known:
            names = await _look_further(frame, site, hands, known)
    return Offer(names=tuple(names), current=await _current(frame, site))


@asynccontextmanager
async def _opened_list(
    page: Page, frame: Frame, site: Site, hands: InputDriver
) -> AsyncIterator[dict[str, Locator]]:
    """Open the list for the length of a block; give its items by their names."""
    button = await find_visible(frame, site.models.button, seconds=site.timing.composer)
    if button is None:
        raise missing(site, "models.button")
    await click(page, site, button, hands, name="models.button")
    try:
        if await find_visible(frame, site.models.item, seconds=_LIST_SECONDS) is None:
            raise missing(site, "models.item")
        yield await _items(frame, site)
    finally:
        with anyio.move_on_after(_LIST_SECONDS, shield=True):
            await _close_list(page, frame, site)


async def _close_list(page: Page, frame: Frame, site: Site) -> None:
    """Close the list and what it opened; a page that needs a moment after a choice gets it."""

    async def is_closed() -> bool:
        return await find_visible(frame, site.models.item) is None

    while not await eventually(is_closed, _CLOSING_SECONDS):
        await page.keyboard.press("Escape")


async def _look_further(
    frame: Frame, site: Site, hands: InputDriver, known: dict[str, Locator]
) -> dict[str, Locator]:
    """Show the rest of the list, if there is one, and return all its items, those before too.

    Several entries may open something, such as levels of effort; which of them has the models is told by
    what it opens, and opening the next closes the one before.
    """

    async def is_longer() -> bool:
        return not (await _items(frame, site)).keys() <= known.keys()

    for at in range(_MOST_LISTS):
        entries = await first_found(frame, site.models.more)
        if at >= len(entries):
            break
        await click(frame.page, site, entries[at], hands, name="models.more")
        if await eventually(is_longer, _MORE_SECONDS):
            break
    known |= await _items(frame, site)
    return known


async def _items(frame: Frame, site: Site) -> dict[str, Locator]:
    """Return the visible items by the first line of what they say."""
    found = await first_found(frame, site.models.item)
    return {first_line(await item.inner_text()): item for item in found}


async def _is_locked(frame: Frame, site: Site, item: Locator) -> bool:
    """Whether what says that a model is locked is its item, or in it."""
    marks = [frame.locator(f"css={css}") for css in site.models.locked]
    return any([await item.and_(mark).count() or await item.locator(mark).count() for mark in marks])


async def _current(frame: Frame, site: Site) -> str | None:
    if site.models.select and not site.models.current:
        _, options = await _native_list(frame, site)
        return next((one.name for one in options.values() if one.is_current), None)
    shown = await find_visible(frame, site.models.shown)
    return first_line(await shown.inner_text()) or None if shown is not None else None


async def _require_taken(frame: Frame, site: Site, name: str, shown_by: str) -> None:
    """Wait until the page shows the choice, by what the selector *shown_by* finds."""

    async def is_taken() -> bool:
        return await _current(frame, site) == name

    if not await eventually(is_taken, _LIST_SECONDS):
        raise missing(site, shown_by, f"choosing {name!r} changed nothing in")


def first_line(text: str) -> str:
    """Return the first line of *text* that says something."""
    return next(filter(None, map(str.strip, text.splitlines())), "")
