"""The engine that drives the browser, chosen by name. Law: nothing else imports Playwright or its errors.

Patchright has the same interface and exception classes of its own; so they come from the module in use.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from anyio import to_thread

from jackfield import ConfigError, near_names

from ._errors import LaunchFailed, engine_text

if TYPE_CHECKING:
    from playwright.async_api import BrowserType, Playwright

ENGINES: Final = ("patchright", "playwright")
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0


@attrs.define(eq=False)
class Driver:
    """The engine's driver: a process that speaks with browsers. Belongs to one loop.

    Attributes:
        error: The class of the engine's errors.
    """

    error: type[Exception]
    _manager: Any
    _playwright: Playwright

    @classmethod
    async def start(cls, engine: str) -> Driver:
        """Start the driver of *engine*; call it shielded, a cancelled start leaves its process behind.

        Raises:
            ConfigError: There is no such engine.
            LaunchFailed: It is not installed or does not start.
        """
        module = await to_thread.run_sync(_import, engine)
        manager = module.async_playwright()
        try:
            with anyio.fail_after(START_SECONDS):
                playwright = await manager.start()
        except Exception as error:
            await _kill(manager)
            raise LaunchFailed(f"the driver of {engine} did not start: {engine_text(error)}") from error
        return cls(module.Error, manager, playwright)

    @property
    def chromium(self) -> BrowserType:
        """What starts browsers and connects to them."""
        return self._playwright.chromium

    async def answers(self) -> bool:
        """Whether the driver is alive. What it had to tell before has been told when this returns."""
        with anyio.move_on_after(STOP_SECONDS):
            try:
                probe = await self._playwright.request.new_context()
                await probe.dispose()
            except self.error:
                return False
            return True
        return False

    async def stop(self) -> None:
        """Stop the driver; the browsers that it started end with it."""
        with contextlib.suppress(Exception):
            await self._playwright.stop()

    async def kill(self) -> None:
        """End a driver that does not stop; its browsers notice and end."""
        await _kill(self._manager)


def _import(engine: str) -> Any:
    if engine not in ENGINES:
        raise ConfigError(f"engine is {engine!r}", hint=near_names(engine, ENGINES))
    try:
        return importlib.import_module(f"{engine}.async_api")
    except ImportError as error:
        raise LaunchFailed(
            f"the engine {engine!r} is not installed", hint=f"python -m pip install {engine}"
        ) from error


async def _kill(manager: Any) -> None:
    """End the driver's process. The engine has no door for that; its own attributes are asked."""
    client = getattr(manager, "_client", None)
    process = getattr(getattr(client, "_transport", None), "_proc", None)
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with anyio.move_on_after(STOP_SECONDS):
            await process.wait()
