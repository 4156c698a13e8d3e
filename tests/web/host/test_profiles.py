"""Persistent profiles: kept, private, and used by one browser at a time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from jackfield import ConfigError
from jackfield_web import BrowserHost, BrowserSettings, ProfileInUse, SessionStoreError, StorageState

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio
NOTES = {
    "SingletonLock": "f408c5e12926-32",
    "SingletonCookie": "123456789",
    "SingletonSocket": "/nowhere/SingletonSocket",
}
PROGRAM = Path(__file__).with_name("hold.py")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """Return where a profile will be."""
    return tmp_path / "profile"


@pytest.fixture
def held_by(profile: Path, browser: str) -> Iterator[int]:
    """Let another program have the profile; return its process."""
    command = [sys.executable, str(PROGRAM), "asyncio", browser, str(profile)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        yield program.pid
        program.kill()


@pytest.fixture
def browser_on(profile: Path, browser: str) -> Iterator[None]:
    """Let a browser that nobody of us started have the profile."""
    flags = ["--headless", "--no-sandbox", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND"]
    profile.mkdir(mode=0o700)
    with subprocess.Popen(
        [browser, *flags, f"--user-data-dir={profile}", "about:blank"], stderr=subprocess.DEVNULL
    ) as program:
        while not (profile / "SingletonLock").is_symlink():
            assert program.poll() is None
            time.sleep(0.05)
        yield
        program.terminate()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def read(page: Page, url: str) -> str:
    await page.goto(url)
    return await page.inner_text("body")


async def opened(settings: BrowserSettings, url: str) -> str:
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        return await page.call(read, url)


async def test_a_profile_keeps_its_login(
    browser_settings: BrowserSettings, profile: Path, pages: Any
) -> None:
    """A cookie that one browser got is sent by the next on the same profile, whose directory is private."""
    settings = attrs.evolve(browser_settings, profile=profile)

    assert await opened(settings, pages.url + "login") == "in"
    assert mode(profile) == 0o700
    assert await opened(settings, pages.url + "cookies") == "sid=s3cret-s3ssion"


async def test_a_profile_in_another_program_is_in_use(
    browser_settings: BrowserSettings, profile: Path, held_by: int
) -> None:
    """The second program is told at once, with the process that has the profile."""
    with pytest.raises(ProfileInUse, match=f"process {held_by}") as caught:
        await opened(attrs.evolve(browser_settings, profile=profile), "about:blank")

    assert caught.value.pid == held_by


async def test_a_profile_in_a_foreign_browser_is_in_use(
    browser_settings: BrowserSettings, profile: Path, browser_on: None
) -> None:
    """A browser that we did not start holds no lock of ours; its own is understood."""
    with pytest.raises(ProfileInUse, match="another browser"):
        await opened(attrs.evolve(browser_settings, profile=profile), "about:blank")


async def test_a_profile_of_a_container_that_was_killed(
    browser_settings: BrowserSettings, profile: Path, pages: Any
) -> None:
    """What a browser on a machine that is gone left in the profile does not keep the next one from it."""
    settings = attrs.evolve(browser_settings, profile=profile)
    assert await opened(settings, pages.url + "login") == "in"
    for name, to in NOTES.items():
        await anyio.Path(profile / name).unlink(missing_ok=True)
        await anyio.Path(profile / name).symlink_to(to)

    assert await opened(settings, pages.url + "cookies") == "sid=s3cret-s3ssion"


async def test_a_profile_that_others_can_read_is_refused(
    browser_settings: BrowserSettings, profile: Path
) -> None:
    """A directory with mode 0755 is not used, and the error says what to do."""
    await anyio.Path(profile).mkdir()
    await anyio.Path(profile).chmod(0o755)

    with pytest.raises(SessionStoreError, match="chmod 700"):
        await opened(attrs.evolve(browser_settings, profile=profile), "about:blank")


async def test_a_profile_keeps_its_own_state(browser_settings: BrowserSettings, profile: Path) -> None:
    """A storage state beside a profile is a mistake, told with the way out."""
    host = BrowserHost(attrs.evolve(browser_settings, profile=profile))

    with pytest.raises(ConfigError, match="add_cookies"):
        async with host.session(StorageState()):
            pass


def test_settings_that_exclude_each_other_are_refused(profile: Path) -> None:
    """A profile and a running browser's address cannot both be meant."""
    with pytest.raises(ConfigError, match="profile and cdp_url exclude each other"):
        BrowserSettings(profile=profile, cdp_url="http://127.0.0.1:9222")
