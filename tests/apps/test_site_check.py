"""`jackfield site check` on applications that we did not write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jackfield import connect
from jackfield_web import BrowserSettings
from jackfield_web.drafting import check_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.fixture
def settings(options: Mapping[str, Any]) -> BrowserSettings:
    """Return a browser that reaches loopback only."""
    return BrowserSettings(browser=options["browser"], host_rules=options["host_rules"])


def letters(text: str) -> str:
    """Return what is left of a text however a page draws it."""
    return "".join(letter for letter in text if letter.isalnum())


async def test_the_shipped_site_is_told(application: Any, settings: BrowserSettings) -> None:
    """An application without a login is known by its Site; one behind a login shows its form, and no chat."""
    checked = await check_site(application.open_url or application.url, settings)

    if application.open_url is None:
        assert checked.wants_login
        assert checked.known is None
    else:
        assert checked.known is not None
        assert (checked.known.provider, checked.known.site.name) == ("custom_web", application.site)
        seen = {one.name for one in checked.matched if one.seen}
        assert {"chat_input", "send_button"} <= seen


async def test_a_draft_works(application: Any, settings: BrowserSettings, options: Mapping[str, Any]) -> None:
    """A Site drafted from one answer, as if none were shipped, reads the next answers whole, and in order."""
    application.require("draft")
    asked = application.ask("at once")
    checked = await check_site(application.open_url, settings, message=asked.text, always_draft=True)
    assert await asked.ended() == "complete"
    assert checked.lacks == ""
    assert checked.answer > 100

    async with connect("custom_web", {"site": checked.drafted, **options}) as connection:
        conversation = connection.conversation()
        for before in range(2):
            asked = application.ask("at once")
            response = await conversation.send(asked.text)
            assert letters(asked.key) in letters(response.content)
            assert letters(response.content).endswith(letters(f"Before: {before}"))
