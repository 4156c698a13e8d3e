"""The steps of logging in with a name and a password. Runs where the page lives, in the browser host's loop.

Law: a credential is typed on the Site's own origins and nowhere else, whatever the page was led to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from jackfield import Secret

from ._deadline import deadline
from ._drift import missing
from ._input import InputDriver
from ._origins import Origins
from ._reading._frames import find_visible
from ._site import LoginStep, Selectors, Site

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

_OPEN_SECONDS: Final = 30.0


async def take_login_steps(
    page: Page, site: Site, credentials: Mapping[str, Secret], hands: InputDriver
) -> None:
    """Open the login page and take the Site's steps.

    Raises:
        PageChanged: A step found nothing of what it needs.
        NavigationRefused: The page is not where credentials may be typed.
        DeadlineExceeded: A step took too long.
    """
    with deadline(_OPEN_SECONDS + hands.seconds_for(), "opening the login page"):
        await hands.navigate(page, site.addresses.login or site.addresses.start)
    for step in site.login:
        await _take(page, site, step, credentials, hands)


async def _take(
    page: Page, site: Site, step: LoginStep, credentials: Mapping[str, Secret], hands: InputDriver
) -> None:
    typed = credentials[step.value].reveal() if step.action == "fill" else ""
    with deadline(
        step.seconds + hands.seconds_for(typed), f"the login step {step.action!r} {step.selector}".rstrip()
    ):
        if step.action == "press":
            await page.keyboard.press(step.value)
        elif step.action == "goto":
            await hands.navigate(page, step.value)
        else:
            await _act(page, site, step, credentials, hands)


async def _act(
    page: Page, site: Site, step: LoginStep, credentials: Mapping[str, Secret], hands: InputDriver
) -> None:
    target = await _target(page, site, step)
    if step.action == "wait":
        return  # what it waited for in vain is seen by where we stand afterwards
    if target is None:
        raise missing(site, step.selector, "logging in, the page shows nothing that fits")
    if step.action == "click":
        await hands.click(target)
    else:
        await _fill(page, site, target, credentials[step.value], hands)


async def _target(page: Page, site: Site, step: LoginStep) -> Locator | None:
    is_name = step.selector in attrs.fields_dict(Selectors)
    selectors = getattr(site.selectors, step.selector) if is_name else (step.selector,)
    # A little less than the step has, so that what is missing is told and not that it took too long.
    return await find_visible(page.main_frame, selectors, seconds=0.9 * step.seconds)


async def _fill(page: Page, site: Site, target: Locator, secret: Secret, hands: InputDriver) -> None:
    own_origins(site).require(page.url)
    if await target.input_value():
        await hands.press(target, "ControlOrMeta+A")
        await hands.press(target, "Delete")
    await hands.type_text(target, secret.reveal())


def own_origins(site: Site) -> Origins:
    """Return where the Site lets credentials be typed: by default on the origin of its start."""
    start = urlsplit(site.addresses.start)
    return Origins(site.addresses.allowed_origins or (f"{start.scheme}://{start.netloc}",))
