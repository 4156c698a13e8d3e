"""A tab is opened with all that reads it, or not at all."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield_web import BrowserHost, WebOptions
from jackfield_web.browser._origins import reachable
from jackfield_web.errors._refusing import refusal
from jackfield_web.provider._account import Account
from jackfield_web.provider._tabs import Driving, Tab, Tabs
from jackfield_web.site import build_site

pytestmark = pytest.mark.anyio

_STEPS = 600  # many more than an opening takes, which depends on what else the loop has to do
_APART = 6


def driving_of(chat: Any) -> Driving:
    """Return what driving the chat page takes."""
    site = build_site(chat.site)
    account = Account(WebOptions(), reachable(site))
    return Driving(site=site, account=account, given=None, decoders={}, refused=refusal)


async def test_a_tab_whose_opening_was_given_up_is_closed(
    host: BrowserHost, chat: Any, host_steps: Any
) -> None:
    """Whenever the caller gives up, the tab has a page and a reader, or neither and no page is left open."""

    async def pages(context: Any) -> int:
        return len(context.pages)

    driving = driving_of(chat)
    async with host.session() as session:
        for step in range(0, _STEPS, _APART):
            tab = Tab()
            await host_steps.cancelled(step, lambda tab=tab: tab.open(session, driving))
            if tab.has_page:
                break
            assert await session.call(pages) == 0

        assert tab.page.is_open
        assert tab.reader is not None
        await tab.close()


async def test_tabs_are_closed_together(chat: Any) -> None:
    """No tab waits for another one's closing, so that all of them have the time of one."""
    driving, begun, closed = driving_of(chat), [], []
    together = anyio.Event()
    tabs = Tabs(driving.account, driving)

    async def close() -> None:
        begun.append(1)
        if len(begun) == 3:
            together.set()
        await together.wait()
        closed.append(1)

    for number in range(3):
        async with tabs.lend(f"{chat.base_url}/c/{number}") as tab:
            tab.turns = 1
            tab._opened.push_async_callback(close)
    await tabs.clear()

    assert len(closed) == 3
