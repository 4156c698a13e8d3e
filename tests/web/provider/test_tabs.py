"""A tab is opened with all that reads it, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield_web import BrowserHost, WebOptions
from jackfield_web.browser._origins import reachable
from jackfield_web.errors._refusing import refusal
from jackfield_web.provider._account import Account
from jackfield_web.provider._tabs import Driving, Tab
from jackfield_web.site import build_site

pytestmark = pytest.mark.anyio

_STEPS = 60
_APART = 6


async def test_a_tab_whose_opening_was_given_up_is_closed(
    host: BrowserHost, chat: Any, host_steps: Any
) -> None:
    """Whenever the caller gives up, the tab has a page and a reader, or neither and no page is left open."""

    async def pages(context: Any) -> int:
        return len(context.pages)

    site = build_site(chat.site)
    driving = Driving(
        site=site,
        account=Account(WebOptions(), reachable(site)),
        given=None,
        decoders={},
        refused=refusal,
    )
    opened = False
    async with host.session() as session:
        for step in range(0, _STEPS, _APART):
            tab = Tab()
            await host_steps.cancelled(step, lambda tab=tab: tab.open(session, driving))
            if tab.has_page:
                opened = True
                assert tab.page.is_open
                assert tab.reader is not None
            else:
                assert await session.call(pages) == 0
            await tab.close()

    assert opened
