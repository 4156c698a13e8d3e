"""Conversations that the remote keeps no memory of: begun where the page says, and living in their tab."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ConfigError, InvalidRequest
from jackfield_playground import WebChatPlayground
from jackfield_web import PageChanged

pytestmark = pytest.mark.anyio


async def test_nothing_is_kept(connected: Any, chat: WebChatPlayground) -> None:
    """Every message goes to the private page; the thread goes on in its tab and nowhere else."""
    async with connected(incognito=True) as connection:
        first = await connection.send("One?")
        second = await connection.send("Two?", conversation_id=first.conversation_id)
    async with connected(incognito=True) as connection:
        with pytest.raises(InvalidRequest, match="its tab is gone"):
            await connection.send("Three?", conversation_id=first.conversation_id)

    assert [asked.private for asked in chat.state.asked] == [True, True]
    assert "Earlier questions in this thread: 1" in second.content
    assert first.metadata["conversation_kept_by"] == "tab"
    assert first.url is None


async def test_a_page_without_them(connected: Any, chat: WebChatPlayground) -> None:
    """Where the Site describes none, the option is a wrong setting before any page is opened."""
    with pytest.raises(ConfigError, match=r"addresses\.incognito"):
        async with connected(incognito=True, site_overrides={"addresses": {"incognito": ""}}):
            pass

    assert chat.state.pages == ()


async def test_a_page_that_leads_elsewhere(connected: Any, chat: WebChatPlayground) -> None:
    """A page that does not stay private gets no message."""
    chat.state.change(incognito=False)
    async with connected(incognito=True) as connection:
        with pytest.raises(PageChanged, match="does not stay in its incognito conversation"):
            await connection.send("One?")

    assert chat.state.asked == ()
