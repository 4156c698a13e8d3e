"""Draw the pictures of docs/claude-web.md and docs/zai-web.md: the stand-ins' pages, as a person sees them.

    python tools/page_pictures.py        # writes docs/pictures/claude-*.png and zai-*.png

`nox -s pages` runs it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from playwright.sync_api import Browser, Page, sync_playwright

from jackfield_playground import ClaudePlayground, ClaudeSettings, ZaiPlayground, ZaiSettings
from jackfield_web import find_browser

Keep: TypeAlias = Callable[[str], None]

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = {"width": 960, "height": 600}
COMPOSER = '[data-testid="chat-input"]'


def draw_claude(page: Page, keep: Keep) -> None:
    """Walk through the stand-in of Claude's site and keep what is seen."""
    with ClaudePlayground(ClaudeSettings(piece_seconds=0, upload_seconds=0)).running() as claude:
        page.goto(f"{claude.base_url}/login")
        page.fill('input[type="email"]', claude.state.settings.email)
        keep("login")
        page.click("#by-mail button")
        page.locator("#code").fill(claude.state.mails[-1].code)
        keep("code")
        page.click("#by-code button")
        page.locator(COMPOSER).click()
        page.keyboard.type("What is a jackfield? [tools]")
        page.keyboard.press("Enter")
        page.get_by_label("Copy").wait_for()
        page.locator("#recents a").wait_for()
        keep("answer")
        page.locator('[data-testid="model-selector-dropdown"]').click()
        page.get_by_role("menuitem", name="More models").hover()
        keep("models")
        claude.state.change(merged=True)
        page.goto(f"{claude.base_url}/new")
        page.locator(COMPOSER).click()
        page.keyboard.type("And on the second transport?")
        page.keyboard.press("Enter")
        page.locator('[data-is-streaming="false"]').wait_for()
        keep("merged")
        claude.state.change(challenge=True)
        page.goto(f"{claude.base_url}/new")
        keep("challenge")


def draw_zai(page: Page, keep: Keep) -> None:
    """Walk through the stand-in of Z.ai's site and keep what is seen."""
    with ZaiPlayground(ZaiSettings(piece_seconds=0, tools=True)).running() as zai:
        page.goto(f"{zai.base_url}/auth")
        page.click("#ways .primary")
        page.fill('input[type="email"]', zai.state.settings.email)
        keep("login")
        page.goto(zai.base_url)
        page.fill("#chat-input", "Write a function that greets.")
        page.click("#send-message-button")
        page.locator(".cm-line").last.wait_for()
        page.locator("#chats a").wait_for()
        page.click(".thinking-chain-container button")
        keep("answer")
        page.click(".modelSelectorButton")
        page.click("#models .more")
        page.mouse.move(0, 0)
        keep("models")
        page.keyboard.press("Escape")
        zai.state.change(enable_captcha=True)
        page.fill("#chat-input", "And another one?")
        page.click("#send-message-button")
        page.locator("#aliyunCaptcha-sliding-slider").wait_for()
        keep("slider")


def draw(browser: Browser, name: str, walk: Callable[[Page, Keep], None], folder: Path) -> None:
    """Draw the pictures of one walk."""
    page = browser.new_page(viewport=SIZE, color_scheme="light")

    def keep(what: str) -> None:
        page.screenshot(path=folder / f"{name}-{what}.png", animations="disabled", caret="hide")

    walk(page, keep)
    page.close()


def main(folder: Path = PICTURES) -> None:
    """Draw them all into *folder*."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser().path), args=["--no-sandbox"])
        for name, walk in {"claude": draw_claude, "zai": draw_zai}.items():
            draw(browser, name, walk, folder)
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
