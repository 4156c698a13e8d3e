"""The page at `/`: what it needs, what it shows, and that it works by keyboard and on a narrow screen."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import anyio
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from jackfield import ProviderManager
from jackfield_gateway import Budget, Token
from jackfield_playground import OpenAIPlayground
from jackfield_web import find_browser

from .conftest import TOKEN, Door, Opener, connect

pytestmark = pytest.mark.anyio
GUEST = "a-token-of-somebody-else-0123456"
OWN = {"authorization": f"Bearer {TOKEN}"}
CANARY = "canary-of-what-was-said"


async def test_its_files_tell_nothing_and_load_nothing_from_elsewhere(front: Opener) -> None:
    """The page needs no token and holds no name; it may ask this door alone, and nobody frames it."""
    async with front() as door:
        for path in ("/", "/door.js", "/door.css"):
            file = await door.get(path)
            assert file.status_code == 200
            assert "default-src 'none'" in file.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in file.headers["content-security-policy"]
            assert "work" not in file.text.split()
            assert "http" not in file.text.replace("http-equiv", "")
        assert (await door.get("/status")).status_code == 401


async def test_what_is_told_is_the_owners_and_holds_no_word(front: Opener) -> None:
    """Connections and requests are told to the first token; what was said is in neither."""
    guest = Token(GUEST, name="guest", connections=["work"])
    body = {"model": "gpt-4", "messages": [{"role": "user", "content": CANARY}]}
    async with front(guests=[guest]) as door:
        refused = await door.get("/status", headers={"x-api-key": GUEST})
        assert refused.status_code == 404
        await door.get("/v1/chat/completions", method="POST", json=body, headers=OWN)
        told = await door.get("/status", headers=OWN)
    assert CANARY not in told.text
    (connection,), (request,) = told.json()["connections"], told.json()["requests"]
    assert (connection["name"], connection["state"], connection["requests"]) == ("work", "ready", 1)
    assert (request["connection"], request["outcome"]) == ("work", "answered")


@pytest.mark.browser
async def test_two_are_asked_side_by_side(front: Opener, remote: OpenAIPlayground) -> None:
    """By keyboard: enter, choose two, ask, read both answers and the table, on a narrow screen too."""

    async def add(manager: ProviderManager) -> None:
        await connect(manager, remote, "home")

    guest = Token(GUEST, name="guest", budget=Budget(1000))
    async with front(add, guests=[guest]) as door:
        await anyio.to_thread.run_sync(_walk_through, door)
    assert remote.posts() == 2


def _walk_through(door: Door) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser().path), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1100, "height": 900})
            troubles: list[Any] = []
            page.on("pageerror", lambda error: troubles.append(error))  # noqa: PLW0108  it marks its handlers
            page.goto(door.address)
            page.get_by_label("Token").press_sequentially(TOKEN)
            page.keyboard.press("Enter")
            _ask(page)
            _take_pictures(page)
            page.set_viewport_size({"width": 360, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert not troubles
        finally:
            browser.close()


def _ask(page: Page) -> None:
    for name in ("work", "home"):
        page.get_by_role("checkbox", name=name, exact=True).press("Space")
    page.get_by_label("Message").press_sequentially("hello")
    page.keyboard.press("Control+Enter")
    for name in ("work", "home"):
        answer = page.get_by_role("article").filter(has=page.get_by_role("heading", name=name, exact=True))
        expect(answer).to_contain_text("scripted responder", timeout=20_000)
        expect(answer).to_contain_text(" s", timeout=20_000)
    rows = page.locator("#requests tbody tr")
    expect(rows).to_have_count(2, timeout=20_000)
    expect(rows.first).to_contain_text("answered")
    expect(rows.first.get_by_role("cell").nth(1)).to_have_text("own")
    expect(rows.first.get_by_role("cell").last).to_have_text(re.compile(r"\d+"))
    expect(page.locator("#budgets tbody tr")).to_contain_text("0 of 1000 tokens a day")


def _take_pictures(page: Page) -> None:
    if folder := os.environ.get("JACKFIELD_TEST_PICTURES"):
        page.screenshot(path=Path(folder, "door.png"), full_page=True)
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=Path(folder, "door-narrow.png"), full_page=True)
