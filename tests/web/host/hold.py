"""A program that opens a browser, says so, and waits in a call until a signal ends it.

Usage: hold.py BACKEND BROWSER PROFILE ("-" for none)
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import anyio

from jackfield_web import BrowserHost, BrowserSettings

if TYPE_CHECKING:
    from playwright.async_api import Page


async def hang(page: Page) -> None:
    await page.evaluate("new Promise(() => {})")


async def main(*arguments: str) -> None:
    browser, profile = arguments
    settings = BrowserSettings(
        browser=browser, profile=None if profile == "-" else profile, host_rules="MAP * ~NOTFOUND"
    )
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await page.call(hang)


if __name__ == "__main__":
    # A shell that starts the tests in the background has them, and all that they start, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    anyio.run(main, *sys.argv[2:], backend=sys.argv[1])
