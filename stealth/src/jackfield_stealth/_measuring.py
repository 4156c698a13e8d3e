"""Measuring: one browser driven by an engine and the same one undriven, asked the same by the same page."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from anyio import to_thread

from jackfield import ConfigError, near_names
from jackfield_web.browser import ENGINES, BrowserHost, BrowserSession, BrowserSettings, window_picture
from jackfield_web.hands import InputDriver, PlainInput
from jackfield_web.identity import Identity, Machine

from ._comparison import Comparison, Report
from ._hand import judge
from ._probe import Probe, serve_probe
from ._undriven import Undriven, dark_browser

if TYPE_CHECKING:
    from playwright.async_api import Page

REPORT_SECONDS: Final = 120.0
_TABS: Final = "two tabs"
_SAID: Final = "A jackfield joins any line to any other, since 1878."
_PLAIN: Final = PlainInput()
_SEED: Final = 1878


async def measure(
    engine: str = "playwright",
    *,
    headless: bool = True,
    profile: bool = True,
    browser: str | None = None,
    identity: Identity | None = None,
    hand: InputDriver = _PLAIN,
    host_rules: str | None = None,
    detectors: Mapping[str, bytes] | None = None,
) -> Comparison:
    """Compare a browser that *engine* drives with the same browser undriven, signal by signal.

    The undriven browser has a window wherever one can be shown: a person's has one. It is asked twice, and
    what it does not tell the same way twice is no signal. Both are of somebody who has pages dark and at
    rest, which engines would override; and the driven one is acted upon. Everything runs on this machine, on
    new profiles.

    Args:
        engine: `playwright`, `patchright`, or `attach`, for which a browser is started as a person would.
        headless: Whether the driven browser has no window.
        profile: Whether the driven browser keeps a profile; connections do not unless they are told to. A
            browser that is attached to has one.
        browser: The browser's path or name; None to look for one.
        identity: Who both are; by default what a new profile would be given.
        hand: What presses and writes on the page.
        host_rules: Chromium's `--host-resolver-rules`, for both.
        detectors: More to ask; see `serve_probe`.

    Raises:
        ConfigError: There is no such engine.
        LaunchFailed: No browser was found, or it did not start.
        DeadlineExceeded: A browser told nothing.
    """
    if engine not in ENGINES:
        raise ConfigError(f"engine is {engine!r}", hint=near_names(engine, ENGINES))
    who = await to_thread.run_sync(_anybody) if identity is None else identity
    kept = profile or engine == "attach"
    async with dark_browser(browser) as program:
        bench = _Bench(engine, headless, kept, program, who, hand, host_rules, detectors or {})
        controls = [await bench.control(), await bench.control()]
        told, seen = await bench.driven()
    configuration = f"{engine} {'headless' if headless else 'headed'}{'' if kept else ', no profile'}"
    return Comparison.of(configuration, controls, told, judge(seen))


def _anybody() -> Identity:
    return Identity.create(Machine.this(), seed=_SEED)


def has_display() -> bool:
    """Whether a window can be shown."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@attrs.frozen
class _Bench:
    """What a measurement is made with."""

    engine: str
    headless: bool
    profile: bool
    browser: str | None
    identity: Identity
    hand: InputDriver
    host_rules: str | None
    detectors: Mapping[str, bytes]

    async def control(self) -> Report:
        """Return what the undriven browser tells."""
        async with self._place() as (folder, probe):
            undriven = self._undriven(headless=not has_display())
            async with undriven.running(folder, probe.tab, probe.url):
                told = await probe.report(REPORT_SECONDS)
                return {**told, _TABS: await probe.tabs(REPORT_SECONDS)}

    async def driven(self) -> tuple[Report, dict[str, Any]]:
        """Return what the driven browser tells, and what the page saw of the hand."""
        async with self._place() as (folder, probe), self._session(folder) as session, session.page() as page:
            await page.call(_visit, self.hand, probe.url)
            told = await probe.report(REPORT_SECONDS)
            await page.call(_act, self.hand)
            seen = await probe.hand(REPORT_SECONDS)
            while seen["text"] != _SAID or seen["dialog"] is None:
                seen = await probe.hand(REPORT_SECONDS)
            async with session.page() as other:
                await other.call(_visit, self.hand, probe.tab)
                tabs = await probe.tabs(REPORT_SECONDS)
        return {**told, _TABS: tabs}, seen

    @asynccontextmanager
    async def _session(self, folder: Path) -> AsyncIterator[BrowserSession]:
        async with (
            self._settings(folder) as settings,
            BrowserHost(settings) as host,
            host.session() as session,
        ):
            yield session

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[tuple[Path, Probe]]:
        folder = anyio.TemporaryDirectory(prefix="jackfield-", ignore_cleanup_errors=True)
        async with folder as name, serve_probe(self.detectors) as probe:
            yield Path(name), probe

    @asynccontextmanager
    async def _settings(self, folder: Path) -> AsyncIterator[BrowserSettings]:
        if self.engine != "attach":
            yield BrowserSettings(
                engine=self.engine,
                browser=self.browser,
                headless=self.headless,
                profile=folder if self.profile else None,
                identity=self.identity,
                host_rules=self.host_rules,
                attended=False,
            )
            return
        async with self._undriven(headless=self.headless).listening(folder) as address:
            yield BrowserSettings(engine="attach", cdp_url=address, attended=False)

    def _undriven(self, *, headless: bool) -> Undriven:
        return Undriven(
            browser=self.browser, identity=self.identity, headless=headless, host_rules=self.host_rules
        )


async def _visit(page: Page, hand: InputDriver, url: str) -> None:
    await hand.navigate(page, url)


async def _act(page: Page, hand: InputDriver) -> None:
    """Do all that is done on pages: look and wait, press, write, take a picture, and meet a dialog."""
    await page.locator("#press").wait_for()
    await page.locator("#press").inner_text()
    await hand.click(page.locator("#press"))
    await hand.type_text(page.locator("#write"), _SAID)
    await window_picture(page)
    await hand.click(page.locator("#ask"))
