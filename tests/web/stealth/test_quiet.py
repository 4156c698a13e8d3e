"""A browser that we start speaks with the page's own server, and with nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import attrs
import pytest

from jackfield_web import BrowserHost, BrowserSettings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
NOTES = "requests.json"
QUIET_SECONDS = 15.0
OURS = {"127.0.0.1", "localhost"}


@pytest.fixture
def noting(browser_settings: BrowserSettings, tmp_path: Path) -> BrowserSettings:
    """Return the settings of a browser on a new profile, in which it notes its requests."""
    program, profile = tmp_path / "browser", tmp_path / "profile"
    profile.mkdir(mode=0o700)
    notes = f"--log-net-log={profile / NOTES} --net-log-capture-mode=Everything"
    program.write_text(f'#!/bin/sh\nexec {browser_settings.browser} "$@" {notes}\n')
    program.chmod(0o755)
    return attrs.evolve(browser_settings, browser=str(program), profile=profile)


def spoken_to(notes: Path) -> set[str]:
    """Return the hosts that the browser asked for anything, or looked up."""
    text = notes.read_text("utf-8", errors="replace")
    found = {urlsplit(url).hostname or "" for url in re.findall(r'"url":"((?:https?|wss?)://[^"]+)"', text)}
    return found | set(re.findall(r'"host":"(?:https?://)?([^":/~]+)', text))


async def goto(page: Any, url: str) -> None:
    await page.goto(url)


@pytest.mark.parametrize("headless", [True, False])
@pytest.mark.parametrize("engine", ["playwright", "patchright"])
async def test_nobody_but_the_page_s_server_is_spoken_to(
    engine: str, headless: bool, noting: BrowserSettings, pages: Any, windowed: Callable[[], None]
) -> None:
    """From its start on a new profile the browser asks and looks up nothing outside of this machine."""
    if not headless:
        windowed()
    settings = attrs.evolve(noting, engine=engine, headless=headless)
    assert settings.profile is not None
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        await page.call(goto, pages.url)
        await anyio.sleep(QUIET_SECONDS)

    hosts = await anyio.to_thread.run_sync(spoken_to, settings.profile / NOTES)
    assert "127.0.0.1" in hosts
    assert hosts - OURS == set()
