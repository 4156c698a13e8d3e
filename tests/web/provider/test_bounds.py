"""Bounds of what is done in somebody's name: how much, how fast, and where to."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ProviderContext, QuotaExhausted
from jackfield_playground import WebChatPlayground
from jackfield_web import NavigationRefused, WebOptions

pytestmark = pytest.mark.anyio


def test_a_person_s_pace_is_the_default() -> None:
    """Without a word about it, an account has some seconds between messages and a number of them a day."""
    assert WebOptions().min_interval >= 1
    assert WebOptions().daily_cap is not None


async def test_the_day_s_messages(connected: Any, chat: WebChatPlayground, password: ProviderContext) -> None:
    """An account sends so many messages a day, also when the program begins anew; the rest is not sent."""
    chat.state.change(login=True)
    for question in ("One?", "Two?"):
        async with connected(password, daily_cap=2) as connection:
            await connection.send(question)
    async with connected(password, daily_cap=2) as connection:
        with pytest.raises(QuotaExhausted, match="daily_cap"):
            await connection.send("Three?")

    assert [asked.text for asked in chat.state.asked] == ["One?", "Two?"]


async def test_a_page_stays_on_its_site(connected: Any, chat: WebChatPlayground) -> None:
    """A page that leads to an origin that its Site does not name is not followed; one that it names is."""
    elsewhere = chat.base_url.replace("127.0.0.1", "localhost")
    leads_away = {"base_url": chat.base_url, "addresses": {"start": f"{chat.base_url}/away?to={elsewhere}"}}
    async with connected(site_overrides=leads_away) as connection:
        with pytest.raises(NavigationRefused, match=r"localhost.* outside .*127\.0\.0\.1.*other_origins"):
            await connection.send("Hello")
    before = chat.state.asked
    leads_away["addresses"]["other_origins"] = [elsewhere]  # type: ignore[index]
    async with connected(site_overrides=leads_away) as connection:
        await connection.check_health()

    assert before == ()
