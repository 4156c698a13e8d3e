"""Where an account stands with a page: logged in, out, a guest, or asked to prove that it is a person.

Law: what is looked for stands in the Site, in the order in which it can be trusted: the address that we were
sent to, then the sign of somebody logged in, then a login form. A composer alone proves nothing where the
Site has a better sign: pages show one to guests. Whose token the page has outweighs what it shows: one whose
login has ended may go on as a guest, and look as before.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio

from ..browser import ask_aside
from ..hands import eventually
from ..site import Site, ended_at
from ._frames import conversation_frame, find_visible

if TYPE_CHECKING:
    from playwright.async_api import Page

Standing: TypeAlias = Literal["in", "out", "guest", "challenged", "unknown"]

_SURE_SECONDS: Final = 0.3
_SHOWING_SECONDS: Final = 3.0
_PASSWORD: Final = ("input[type=password]",)
_STATUS: Final = "performance.getEntriesByType('navigation')[0]?.responseStatus"
_DOCUMENT: Final = "document.documentElement.outerHTML.slice(0, 100000)"


async def standing(page: Page, site: Site, seconds: float, account: str = "") -> Standing:
    """Return where we stand; `unknown` when the page shows no sign within *seconds*.

    The account that its token must name is *account*; empty for any.
    """

    async def told() -> Standing | None:
        # Where guests are, the sign of one may come a moment after what everybody sees.
        if (seen := await _seen(page, site, account)) == "in" and not site.selectors.guest:
            return seen
        if seen == "unknown":
            return None
        # A page that is being drawn may show its form for a moment before it knows who we are.
        await anyio.sleep(_SURE_SECONDS)
        return seen if await _seen(page, site, account) == seen else None

    seen: Standing | Literal[False] = await eventually(told, seconds)
    return seen or ("out" if await _asks_for_a_password(page, site) else "unknown")


async def is_stranger(page: Page, site: Site, account: str = "") -> bool:
    """Whether the token that *page* has is a guest's, has ended by its own word, or names another account.

    The one that it must name is *account*; empty for any.
    """
    if not site.claims.is_known or not (token := await _token_of(page, site)):
        return False
    named = site.claims.account_of(token)
    is_another = bool(account and named) and named != account
    return is_another or site.claims.is_guest_s(token) or ended_at(token, time.time()) is not None


async def _token_of(page: Page, site: Site) -> str:
    """Return the `session_item` that *page* has now; empty where it has none, or is just being loaded."""
    value = await ask_aside(page, f"localStorage.getItem({json.dumps(site.session_item)})")
    # Where storage is refused to the document the answer is an error, which is no text.
    return value if isinstance(value, str) else ""


async def document_answer(page: Page) -> tuple[int, bytes]:
    """Return the HTTP status that *page*'s document was answered with, and the document as it is now.

    A status that is not known is 0.
    """
    status, document = await ask_aside(page, _STATUS), await ask_aside(page, _DOCUMENT)
    return status if isinstance(status, int) else 0, str(document).encode(errors="replace")


async def _seen(page: Page, site: Site, account: str) -> Standing:
    seen = await _shown(page, site)
    return "guest" if seen == "in" and await is_stranger(page, site, account) else seen


async def _shown(page: Page, site: Site) -> Standing:
    selectors, frame = site.selectors, page.main_frame
    if await find_visible(frame, selectors.challenge) is not None:
        return "challenged"
    if site.is_login_page(page.url):
        return "out"
    if await find_visible(frame, selectors.guest) is not None:
        return "guest"
    if selectors.logged_in:
        if await find_visible(frame, selectors.logged_in) is not None:
            return "in"
    elif await find_visible(await conversation_frame(page, site), site.composers) is not None:
        return "in"
    return "out" if await find_visible(frame, _login_form(site)) is not None else "unknown"


def _login_form(site: Site) -> tuple[str, ...]:
    named = site.selectors
    return (*named.login_username, *named.login_password, *named.login_button)


async def _asks_for_a_password(page: Page, site: Site) -> bool:
    """Whether the page asks for a password, where the Site names no login form: a named one may have changed.

    Only after all else: a page that is being drawn may have a field for a key before it has its composer.
    """
    return not _login_form(site) and await find_visible(page.main_frame, _PASSWORD) is not None


async def stops_asking(page: Page, site: Site, seconds: float) -> bool:
    """Return whether the page, asking for proof of a person now or in a moment, stops within *seconds*."""

    async def is_quiet() -> bool:
        return await find_visible(page.main_frame, site.selectors.challenge) is None

    await find_visible(page.main_frame, site.selectors.challenge, seconds=_SHOWING_SECONDS)
    return await eventually(is_quiet, seconds)
