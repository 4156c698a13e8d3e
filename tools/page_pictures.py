"""Draw the pictures of docs/claude-web.md: the stand-in's pages, as a person sees them.

    python tools/page_pictures.py        # writes docs/pictures/claude-*.png

`nox -s pages` runs it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from jackfield_playground import ClaudePlayground, ClaudeSettings
from jackfield_web import find_browser

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = {"width": 960, "height": 600}
COMPOSER = '[data-testid="chat-input"]'


def draw(page: Page, claude: ClaudePlayground, folder: Path) -> None:
    """Walk through the stand-in and keep what is seen."""

    def keep(name: str) -> None:
        page.screenshot(path=folder / f"claude-{name}.png", animations="disabled", caret="hide")

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
    keep("models")
    claude.state.change(challenge=True)
    page.goto(f"{claude.base_url}/new")
    keep("challenge")


def main(folder: Path = PICTURES) -> None:
    """Draw them all into *folder*."""
    with (
        ClaudePlayground(ClaudeSettings(piece_seconds=0, upload_seconds=0)).running() as claude,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(find_browser().path), args=["--no-sandbox"])
        draw(browser.new_page(viewport=SIZE, color_scheme="light"), claude, folder)
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
