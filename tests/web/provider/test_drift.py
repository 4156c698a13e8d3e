"""A page that changed: looked at without sending, and told by the selector's name, its age, the command."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Finding, ProviderContext, Verdict
from jackfield_playground import WebChatPlayground
from jackfield_web import PageChanged

pytestmark = pytest.mark.anyio


async def examined(
    connected: Any, context: ProviderContext | None = None, **options: Any
) -> dict[str, Finding]:
    """Return what is found, by what was looked at."""
    async with connected(context, **options) as connection:
        return {finding.about: finding for finding in await connection.examine()}


async def test_a_page_as_it_was(connected: Any, chat: WebChatPlayground, password: ProviderContext) -> None:
    """Everything that can be seen without asking is found, signed in; nothing was sent, nothing is wrong."""
    chat.state.change(login=True, models=("Small", "Large"))
    found = await examined(connected, password)

    seen = {name for name, finding in found.items() if finding.verdict is Verdict.FINE}
    assert {finding.verdict for finding in found.values()} == {Verdict.FINE, Verdict.NOTE}
    assert {f"selectors.{name}" for name in ("chat_input", "send_button", "logged_in", "file_input")} <= seen
    assert {"models", "models.button", "models.current", "selectors.new_chat_button"} <= seen
    assert found["models"].told == "the list offers Small, Large; in use: Small"
    assert found["selectors.stop_button"].told.endswith("it is there while an answer is written")
    assert "only seen when something is asked" in next(
        finding.told for name, finding in found.items() if name.startswith("wire ")
    )
    assert chat.state.asked == ()


async def test_what_changed_is_wrong(connected: Any, chat: WebChatPlayground) -> None:
    """What is missing is wrong, with its age; a second CSS that helps is told."""
    changed = {
        "selectors": {
            "chat_input": ["#old-composer", "#composer"],
            "send_button": "#old-send",
        },
        "sources": {"send_button": "by hand, 2026-07-04"},
        "composer": {"enter_sends": True},
    }
    found = await examined(connected, site_overrides=changed)

    wrong = {name: finding.told for name, finding in found.items() if finding.verdict is Verdict.WRONG}
    assert found["selectors.chat_input"].told == "#composer, number 2 of 2, finds 1"
    assert wrong["selectors.send_button"].startswith("#old-send finds nothing; last seen 2026-07-04, ")
    assert set(wrong) == {"selectors.send_button"}


async def test_selectors_that_are_no_css_are_wrong(connected: Any, chat: WebChatPlayground) -> None:
    """Selectors that are no CSS are told together, as what is wrong with the page."""
    found = await examined(connected, site_overrides={"selectors": {"file_input": "((", "busy": "//a"}})

    assert found["page"].verdict is Verdict.WRONG
    assert "selectors that are no CSS: busy '//a', file_input '(('" in found["page"].told


async def test_a_page_that_cannot_be_looked_at(connected: Any, chat: WebChatPlayground) -> None:
    """A page of which nothing is left is a finding, not an error."""
    chat.state.change(renamed=True)
    found = await examined(connected, site_overrides={"timing": {"composer": 0.5}})

    assert found["page"].verdict is Verdict.WRONG
    assert "shows neither" in found["page"].told


async def test_the_error_names_the_command(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """PageChanged says which selector, how old it is, and with which command to look at the rest."""
    chat.state.change(login=True)
    moved = {"selectors": {"chat_input": "#old-composer"}, "timing": {"composer": 3}}
    async with connected(password, site_overrides=moved) as connection:
        with pytest.raises(PageChanged) as caught:
            await connection.send("Hello")

    told = str(caught.value)
    assert caught.value.selector == "chat_input"
    assert "selectors.chat_input was last seen 2026-11-23, " in told
    assert "`jackfield doctor --sites custom_web`" in told
