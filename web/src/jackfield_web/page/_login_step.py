"""The steps of logging in, as the Site tells them. Runs where the page lives, in the browser host's loop.

Law: a credential is typed on the Site's own origins and nowhere else, whatever the page was led to.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from jackfield import AuthenticationRequired, Certainty, Secret, log_event

from ..browser import error_of, kept_within, own_origins
from ..errors import missing, shown_line, shown_url
from ..hands import FieldCut, InputDriver, deadline, eventually, focused_field
from ..site import LoginStep, Selectors, Site, read_address
from ._frames import find_visible

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

_OPEN_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.1
_KEY_SECONDS: Final = 2.0
# A little less than all the step has, so that what is missing is told and not that it took too long.
_PATIENCE: Final = 0.9


async def open_login_page(page: Page, site: Site, hands: InputDriver) -> None:
    """Open the page with the login form.

    Raises:
        DeadlineExceeded: It took too long.
    """
    with deadline(_OPEN_SECONDS + hands.seconds_for(), "opening the login page"):
        await hands.navigate(page, site.addresses.login or site.addresses.start)


async def take_login_step(
    page: Page, site: Site, step: LoginStep, given: Secret | None, hands: InputDriver
) -> None:
    """Take one of the Site's steps; if something is *given*, that is written, or opened where it is a link.

    Raises:
        AuthenticationRequired: The field takes less than what it was to be given; it is left empty.
        PageChanged: The step found nothing of what it needs.
        NavigationRefused: The page is not where credentials may be typed, or the link leads elsewhere.
        DeadlineExceeded: It took too long.
    """
    log_event("login.step_begun", layer="web", action=step.action, selector=step.selector)
    if step.action == "wait":
        # What it waits for in vain is seen by where we stand afterwards.
        with anyio.move_on_after(step.seconds):
            await _target(page, site, step)
        return
    typed = given.reveal() if given is not None else ""
    seconds = step.seconds + hands.seconds_for(typed)
    with deadline(seconds, f"the login step {step.action!r} {step.selector}".rstrip()):
        if step.action == "press":
            await page.keyboard.press(step.value)
        elif step.action == "goto":
            await hands.navigate(page, step.value)
        elif step.action == "ask" and (link := mailed_link(typed)):
            await _open_link(page, site, link, hands)
        else:
            await _act(page, site, step, typed, hands)


def mailed_link(answer: str) -> str | None:
    """Return the link that an answer is, as the browser writes it; None for a code."""
    address = read_address(answer)
    return address.href if address is not None and address.is_web else None


def shown_link(url: str) -> str:
    """Return what may be shown of an address that a mailed link led to: its path is a password too."""
    address = read_address(url)
    return address.origin if address is not None and address.host else shown_url(url)


async def _open_link(page: Page, site: Site, link: str, hands: InputDriver) -> None:
    own_origins(site).require_own(link)
    try:
        await hands.navigate(page, link)
    except error_of(page) as error:
        # The engine's words for what went wrong stay, and who reads them finds no secret.
        type(error).__init__(error, shown_line(str(error), shown_link))
        raise


async def asks(page: Page, site: Site, step: LoginStep) -> bool:
    """Whether the page shows the field of *step*."""
    return await _target(page, site, attrs.evolve(step, seconds=_LOOK_SECONDS)) is not None


async def _act(page: Page, site: Site, step: LoginStep, typed: str, hands: InputDriver) -> None:
    target = await _target(page, site, step)
    if target is None:
        raise missing(site, step.selector, "logging in, the page shows nothing that fits")
    if step.action == "click":
        await hands.click(target)
        return
    # Kept where it is also where a person sees it, and the page may go anywhere otherwise.
    async with kept_within(page, own_origins(site)):
        is_filled = partial(_filled, page, site, step, typed, hands)
        if await eventually(is_filled, _PATIENCE * (step.seconds + hands.seconds_for(typed))):
            return
    raise missing(site, step.selector, "logging in, the page lets nothing be written into")


async def _target(page: Page, site: Site, step: LoginStep) -> Locator | None:
    is_name = step.selector in attrs.fields_dict(Selectors)
    selectors = getattr(site.selectors, step.selector) if is_name else (step.selector,)
    return await find_visible(page.main_frame, selectors, seconds=_PATIENCE * step.seconds)


async def _touch_a_key(page: Page) -> None:
    """Press a key that writes nothing: some forms let themselves be sent only after they heard one.

    It says nothing of what was written, wherever the focus has gone meanwhile.
    """
    with anyio.move_on_after(_KEY_SECONDS), contextlib.suppress(error_of(page)):
        await page.keyboard.press("Shift")


async def _filled(page: Page, site: Site, step: LoginStep, typed: str, hands: InputDriver) -> bool:
    """Fill the step's field at once, if it keeps the focus; else, or when the form is drawn anew, False."""
    try:
        if (target := await _target(page, site, step)) is None:
            return False
        await hands.focus(target)
        async with focused_field(page, target) as field:
            if field is None:
                return False
            own_origins(site).require_own(field.address)
            if not await field.write(typed):
                return False
    except FieldCut as cut:
        raise AuthenticationRequired(
            f"the field {step.selector!r} takes {cut.takes} characters, fewer than it was to be given; "
            "nothing was left in it",
            hint="See on the page whether the credential is right, and is meant for one field.",
            certainty=Certainty.NOT_SENT,
        ) from None
    except error_of(page):
        if page.is_closed():
            raise
        # The document went while it was looked at, and nothing was written: that is done in one step.
        return False
    await _touch_a_key(page)
    return True
