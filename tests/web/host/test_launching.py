"""A browser that does not start says why, and what to do."""

from __future__ import annotations

import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from jackfield import ConfigError, JackfieldError
from jackfield_web import BrowserHost, BrowserSettings, Identity, LaunchFailed
from jackfield_web.browser._engine import driver_environment
from jackfield_web.browser._executables import is_root

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio


async def refusal(settings: BrowserSettings) -> str:
    with pytest.raises(JackfieldError) as caught:
        async with BrowserHost(settings):
            pass
    assert isinstance(caught.value, LaunchFailed | ConfigError)
    return str(caught.value)


async def test_a_program_that_is_no_browser() -> None:
    """A program that ends at once did not start as a browser."""
    assert "the browser did not start" in await refusal(BrowserSettings(browser=shutil.which("true")))


async def test_a_path_that_is_nothing(tmp_path: Path) -> None:
    """A wrong path is told before anything is started."""
    assert "is no program" in await refusal(BrowserSettings(browser=str(tmp_path / "browser")))


async def test_a_window_without_a_display(
    browser_settings: BrowserSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window needs a display; without one the way out is told."""
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)

    assert "no display" in await refusal(attrs.evolve(browser_settings, headless=False))


async def test_a_long_path_for_temporary_files(
    browser_settings: BrowserSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser's socket lies in that folder, and a socket's path is short; so that is told."""
    folder = tmp_path / ("f" * 100)
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    assert "Set TMPDIR to a shorter one" in await refusal(browser_settings)


async def test_an_engine_that_is_none() -> None:
    """A misspelt engine is a wrong setting, with a near name."""
    assert "Did you mean 'playwright'?" in await refusal(BrowserSettings(engine="playwrite"))


async def test_an_engine_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known engine that is not installed says how to install it."""
    monkeypatch.setitem(sys.modules, "patchright", None)
    monkeypatch.setitem(sys.modules, "patchright.async_api", None)

    assert "python -m pip install 'jackfield-web[patchright]'" in await refusal(
        BrowserSettings(engine="patchright")
    )


@pytest.mark.parametrize(
    ("root", "said", "on"),
    [(True, None, False), (False, None, True), (False, False, False), (True, True, True)],
)
def test_the_sandbox_is_on_unless_it_cannot_be(
    root: bool, said: bool | None, on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root has no sandbox, everybody else does; what was said is done."""
    monkeypatch.setattr("jackfield_web.browser._settings.is_root", lambda: root)

    assert BrowserSettings(sandbox=said).launch_options(Identity())["chromium_sandbox"] is on


@pytest.mark.skipif(not is_root(), reason="only root is always refused a sandbox")
async def test_a_sandbox_that_the_system_refuses(browser_settings: BrowserSettings) -> None:
    """Where Chromium cannot build its sandbox, the error names the setting that does without."""
    told = await refusal(attrs.evolve(browser_settings, sandbox=True))

    assert "sandbox = false" in told


async def test_no_pages_of_the_browser_s_own_come_with_a_window(browser_settings: BrowserSettings) -> None:
    """What our browsers draw around a page is no page: each such would be a process more for each window."""

    async def targets(page: Page) -> set[str]:
        assert page.context.browser is not None
        devtools = await page.context.browser.new_browser_cdp_session()
        await page.wait_for_timeout(1000)
        told = await devtools.send("Target.getTargets", {"filter": [{}]})
        return {one["type"] for one in told["targetInfos"]}

    async with BrowserHost(browser_settings) as host, host.session() as session, session.page() as page:
        assert await page.call(targets) == {"page", "tab"}


async def test_a_driver_keeps_what_was_compiled_of_it(
    browser_settings: BrowserSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Node.js keeps it in a folder of the user's alone; a folder that the user names is used in its place."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    own, named = tmp_path / "jackfield" / "driver", tmp_path / "named"
    async with BrowserHost(browser_settings):
        pass
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (own, own.parent)] == [0o700, 0o700]
    assert any(file.is_file() for file in own.rglob("*"))

    monkeypatch.setenv("NODE_COMPILE_CACHE", str(named))
    async with BrowserHost(browser_settings):
        pass
    assert named.is_dir()


def test_what_others_could_write_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver's code is taken from no folder that others can write to, that is a link, or that is none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = Path(driver_environment()["NODE_COMPILE_CACHE"])
    folder.chmod(0o777)
    assert driver_environment() == {}

    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert driver_environment() == {}

    folder.unlink()
    folder.write_text("a file")
    assert driver_environment() == {}
