"""Conversations that the remote keeps no memory of: begun where the page says, and living in their tab."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Certainty, ConfigError, InvalidRequest
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


@pytest.mark.parametrize(
    ("address", "setup"),
    [
        ("{base_url}?private=a b", ""),
        ("{base_url}/?private", 'history.replaceState(0, "", "/?model=auto&private");'),
    ],
    ids=["as people write it", "the page adds to it"],
)
async def test_a_page_that_stays_where_it_is(small: Any, talking: Any, address: str, setup: str) -> None:
    """A message goes where the address is the described one, be it written otherwise or added to."""
    small.setup, small.script = setup, "add('bot', `About ${text}`);"
    async with talking(addresses={"incognito": address}, options={"incognito": True}) as connection:
        assert (await connection.send("the sea")).content == "About the sea"


async def test_a_page_that_leads_elsewhere_while_one_writes(small: Any, talking: Any) -> None:
    """A page that leaves its private address for its usual one before the press gets no message."""
    small.setup = 'field.oninput = () => history.replaceState(0, "", "/?model=auto");'
    addresses = {"incognito": "{base_url}/?private"}
    async with talking(addresses=addresses, options={"incognito": True}) as connection:
        with pytest.raises(PageChanged, match=r"incognito conversation: .*/ without its 'private'") as caught:
            await connection.send("the sea")

    assert caught.value.certainty is Certainty.NOT_SENT
