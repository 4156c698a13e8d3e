"""NiceGUI's own example of a chat, which has no shipped Site: described in ten lines, or drafted."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from jackfield import connect
from jackfield_web import BrowserSettings
from jackfield_web.drafting import check_site

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(280, func_only=True),
    pytest.mark.skipif(find_spec("nicegui") is None, reason="`nox -s chat-apps` installs NiceGUI"),
]

APPLICATIONS = Path(__file__).parent / "applications"
SITE = APPLICATIONS / "nicegui.toml"
ANSWERS = runpy.run_path(str(APPLICATIONS / "nicegui_answers.py"))["ANSWERS"]


async def test_three_turns_to_the_byte(nicegui: str, options: Mapping[str, Any]) -> None:
    """Read by the Site that a person wrote, each answer is the application's markdown."""
    site = {"site": str(SITE), "base_url": nicegui}
    async with connect("custom_web", {**options, **site}) as connection:
        conversation = connection.conversation()
        told = [(await conversation.send(f"Number {number}")).content for number in range(3)]

    assert told == ANSWERS


async def test_a_draft_is_tried(nicegui: str, options: Mapping[str, Any]) -> None:
    """What the check drafts from one question has read two more, and reads the next ones whole."""
    settings = BrowserSettings(browser=options["browser"], host_rules=options["host_rules"])
    checked = await check_site(nicegui, settings, message="What is a jackfield?", always_draft=True)

    assert checked.lacks == ""
    async with connect("custom_web", {**options, "site": checked.drafted}) as connection:
        conversation = connection.conversation()
        told = [(await conversation.send(f"Number {number}")).content for number in range(2)]
    assert told == ANSWERS[:2]
