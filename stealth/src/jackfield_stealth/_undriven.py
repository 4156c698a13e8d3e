"""A browser as a person starts it: a plain process that nothing drives. A driven one is held to it."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio
import attrs
from anyio import to_thread
from anyio.abc import Process

from jackfield_web.browser import find_browser, is_root, no_window
from jackfield_web.errors import LaunchFailed
from jackfield_web.identity import Identity, write_preferences

_DARK: Final = "--force-dark-mode --force-prefers-reduced-motion"
_STEP_SECONDS: Final = 0.05
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0


@attrs.frozen(kw_only=True)
class Undriven:
    """How a person starts a browser.

    Attributes:
        browser: Its path or name; None to look for one.
        identity: Who it is.
        headless: Whether there is no window.
        host_rules: Chromium's `--host-resolver-rules`.
    """

    browser: str | None
    identity: Identity
    headless: bool
    host_rules: str | None

    @asynccontextmanager
    async def running(self, folder: Path, url: str, *more: str) -> AsyncIterator[Process]:
        """Run it for the length of a block.

        Args:
            folder: The directory of its profile.
            url: The page that it opens.
            more: More arguments.
        """
        command = await to_thread.run_sync(self._command, folder, (*more, url))
        environment = {**os.environ, **self.identity.environment()}
        null = subprocess.DEVNULL
        process = await anyio.open_process(command, stdin=null, stdout=null, stderr=null, env=environment)
        try:
            yield process
        finally:
            with anyio.CancelScope(shield=True):
                await _end(process)

    @asynccontextmanager
    async def listening(self, folder: Path) -> AsyncIterator[str]:
        """Run it with a DevTools port for the length of a block; yield the port's address.

        Raises:
            LaunchFailed: It ended instead.
        """
        # Not port 0: a browser that chooses its port itself tells pages that it is a robot's.
        port = await to_thread.run_sync(_free_port)
        async with self.running(folder, "about:blank", f"--remote-debugging-port={port}") as process:
            await _opened(process, port)
            yield f"http://127.0.0.1:{port}"

    def _command(self, folder: Path, more: Sequence[str]) -> list[str]:
        write_preferences(folder, self.identity.preferences())
        said = self.identity.arguments(headless=self.headless, profile=True)
        rules = [f"--host-resolver-rules={self.host_rules}"] if self.host_rules else []
        # Root's browser complains of its missing sandbox in a bar above the first page, but not in this.
        root = ["--no-sandbox", "--test-type"] if is_root() else []
        window = no_window() if self.headless else []
        first = ["--no-first-run", "--no-default-browser-check", "--password-store=basic"]
        path = str(find_browser(self.browser).path)
        return [path, f"--user-data-dir={folder}", *first, *window, *root, *said, *rules, *more]


@asynccontextmanager
async def dark_browser(browser: str | None) -> AsyncIterator[str]:
    """Give a program, for the length of a block, that starts a browser for who has pages dark and at rest.

    Args:
        browser: The browser's path or name; None to look for one.
    """
    path = await to_thread.run_sync(find_browser, browser)
    async with anyio.TemporaryDirectory(prefix="jackfield-") as folder:
        yield await to_thread.run_sync(_dark_program, Path(folder), path.path)


def _dark_program(folder: Path, browser: Path) -> str:
    if sys.platform == "win32":
        return str(browser)
    program = folder / "browser"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(str(browser))} {_DARK} "$@"\n', "utf-8")
    program.chmod(0o700)
    return str(program)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


async def _opened(process: Process, port: int) -> None:
    with anyio.move_on_after(_START_SECONDS):
        while process.returncode is None:
            with contextlib.suppress(OSError):
                await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
                return
            await anyio.sleep(_STEP_SECONDS)
    raise LaunchFailed("the browser that was to be attached to opened no DevTools port")


async def _end(process: Process) -> None:
    for end in (process.terminate, process.kill):
        if process.returncode is None:
            end()
        with anyio.move_on_after(_STOP_SECONDS):
            await process.wait()
            return
