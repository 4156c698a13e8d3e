"""Choosing a model the way a person does: in the page's own list.

Law: the list that the page shows is the truth; a model is known by the first line of its item, to the letter.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from jackfield import ModelNotFound, near_names

from ..errors import ModelLocked, missing
from ..hands import InputDriver, eventually
from ..site import Site
from ._click import click
from ._frames import conversation_frame, find_visible
from ._native_models import NativeList

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page

_LIST_SECONDS: Final = 5.0
_MORE_SECONDS: Final = 2.0
_CLOSING_SECONDS: Final = 0.5


@attrs.frozen(kw_only=True)
class Offer:
    """What a page offers.

    Attributes:
        names: The models, in the page's order.
        current: The one in use, as far as the page shows it.
    """

    names: tuple[str, ...]
    current: str | None


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
        if await _has(item, site.models.locked):
            raise _locked(name)
        await click(page, site, item, hands, name="models.item")
    await _require_taken(frame, site, name)


async def _choose_natively(frame: Frame, site: Site, name: str) -> None:
    models = await NativeList.find(frame, site)
    option = models.option(name)
    if option is None:
        raise _unknown(name, models.names)
    if option.is_locked:
        raise _locked(name)
    await models.choose(name)

    async def is_taken() -> bool:
        return await _current(frame, site) == name

    if not await eventually(is_taken, _LIST_SECONDS):
        raise missing(site, "models.select", f"choosing {name!r} changed nothing in")


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
    if site.models.select:
        models = await NativeList.find(frame, site)
        return Offer(names=models.names, current=await _current(frame, site))
    async with _opened_list(page, frame, site, hands) as known:
        names = tuple(await _look_further(frame, site, hands, known))
    return Offer(names=names, current=await _current(frame, site))


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
    """Show the rest of the list, if there is one, and return all its items, those before too."""
    if (more := await find_visible(frame, site.models.more)) is None:
        return known
    await click(frame.page, site, more, hands, name="models.more")

    async def is_longer() -> bool:
        return not (await _items(frame, site)).keys() <= known.keys()

    await eventually(is_longer, _MORE_SECONDS)
    known |= await _items(frame, site)
    return known


async def _items(frame: Frame, site: Site) -> dict[str, Locator]:
    """Return the visible items by the first line of what they say."""
    for css in site.models.item:
        found = await frame.locator(f"css={css}").filter(visible=True).all()
        if found:
            return {first_line(await item.inner_text()): item for item in found}
    return {}


async def _has(item: Locator, selectors: Iterable[str]) -> bool:
    return any([await item.locator(f"css={css}").count() for css in selectors])


async def _current(frame: Frame, site: Site) -> str | None:
    if site.models.select and not site.models.current:
        return (await NativeList.find(frame, site)).current
    shown = await find_visible(frame, site.models.shown)
    return first_line(await shown.inner_text()) or None if shown is not None else None


async def _require_taken(frame: Frame, site: Site, name: str) -> None:
    """Wait until the page shows the choice, where the Site says what shows it."""

    async def is_taken() -> bool:
        return await _current(frame, site) == name

    if site.models.current and not await eventually(is_taken, _LIST_SECONDS):
        raise missing(site, "models.current", f"choosing {name!r} changed nothing in")


def first_line(text: str) -> str:
    """Return the first line of *text* that says something."""
    return next(filter(None, map(str.strip, text.splitlines())), "")
