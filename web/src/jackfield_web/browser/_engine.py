"""The engines that drive a browser, chosen by name. Law: what differs between them is known here only.

`playwright` is the default. `patchright` is the same interface without `Runtime.enable`, which a page can
notice; it has exception classes of its own, and evaluates in an isolated world unless told otherwise.
`attach` drives a browser that a person started, with Patchright where that is installed.
None of them gets bindings or init scripts from us: those leave traces in a page's own world.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from anyio import to_thread

from jackfield import ConfigError, near_names

from ..accounts import private_directory
from ..errors import LaunchFailed, SessionStoreError, engine_text
from ..hands import devtools, isolated_world, value_of

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, JSHandle, Page, Playwright

_PATCHED: Final = "patchright"
_LIBRARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "attach": (_PATCHED, "playwright"),
    _PATCHED: (_PATCHED,),
    "playwright": ("playwright",),
}
"""The libraries that can be an engine, best first."""
_INSTALLS: Final = {_PATCHED: "'jackfield-web[patchright]'"}
ENGINES: Final = tuple(_LIBRARIES)
_COMPILED: Final = "NODE_COMPILE_CACHE"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0


def driver_environment() -> Mapping[str, str]:
    """Return what a driver is told besides the program's own environment. Makes a folder.

    A driver is a program of Node.js, which keeps there what it compiled, and starts faster the next time
    (https://nodejs.org/api/module.html#module-compile-cache). Whoever may write there says what is run,
    so it is the user's alone, or is not used.
    """
    if _COMPILED in os.environ:
        return {}
    with contextlib.suppress(RuntimeError, SessionStoreError):
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return {_COMPILED: str(private_directory(Path(root) / "jackfield" / "driver"))}
    return {}


def _require_home(engine: str) -> None:
    """Refuse to start a driver where it would die of it, with a trace of its own on standard error."""
    try:
        Path.home()
    except RuntimeError:
        raise LaunchFailed(
            f"the driver of {engine} needs a home directory, and this user has none",
            hint="Set HOME to a folder.",
        ) from None


@attrs.define(eq=False)
class Driver:
    """The engine's driver: a process that speaks with browsers. Belongs to one loop.

    Attributes:
        error: The class of the engine's errors.
        playwright: What starts browsers and connects to them.
    """

    error: type[Exception]
    playwright: Playwright
    _manager: Any

    @classmethod
    async def start(cls, engine: str) -> Driver:
        """Start the driver of *engine*; call it shielded, a cancelled start leaves its process behind.

        Raises:
            ConfigError: There is no such engine.
            LaunchFailed: It is not installed or does not start.
        """
        _require_home(engine)
        module = await to_thread.run_sync(_import, engine)
        manager = module.async_playwright()
        try:
            with anyio.fail_after(START_SECONDS):
                playwright = await manager.start()
        except Exception as error:
            await _kill(manager)
            raise LaunchFailed(f"the driver of {engine} did not start: {engine_text(error)}") from error
        return cls(module.Error, playwright, manager)

    async def answers(self) -> bool:
        """Whether the driver is alive. What it had to tell before has been told when this returns."""
        with anyio.move_on_after(STOP_SECONDS):
            try:
                probe = await self.playwright.request.new_context()
                await probe.dispose()
            except self.error:
                return False
            return True
        return False

    async def stop(self) -> None:
        """Stop the driver; the browsers that it started end with it."""
        with contextlib.suppress(Exception):
            await self.playwright.stop()

    async def kill(self) -> None:
        """End a driver that does not stop; its browsers notice and end."""
        await _kill(self._manager)


def require_init_scripts(engine: str, wanted_by: str) -> None:
    """See that *engine* can put a script into a page before the page's own.

    Patchright does it by rewriting the page on its way, and frames of other origins do not survive that.

    Raises:
        ConfigError: It cannot.
    """
    if engine != "playwright":
        raise ConfigError(
            f"{wanted_by} needs init scripts, which the engine {engine!r} has not",
            hint='Use engine = "playwright", or leave canvases unaltered.',
        )


def error_of(whose: BrowserContext | Page) -> type[Exception]:
    """Return the class of the errors of the engine that *whose* page or context it is."""
    found: type[Exception] = importlib.import_module(f"{_library_of(whose)}.async_api").Error
    return found


async def evaluate_in_page(page: Page, script: str) -> JSHandle:
    """Return what *script* gives in the page's own world, where its own objects are and it can notice us."""
    own: dict[str, Any] = {"isolated_context": False} if _library_of(page) == _PATCHED else {}
    return await page.evaluate_handle(script, **own)


async def ask_aside(page: Page, expression: str) -> Any:
    """Return what *expression* is worth in *page*'s document, or promises, asked from a world of its own.

    None is for nothing, or where nobody can tell.
    """
    async with devtools(page) as session:
        with contextlib.suppress(error_of(page)):
            world = await isolated_world(session)
            return await value_of(session, f"() => ({expression})", executionContextId=world)
    return None


def _library_of(whose: BrowserContext | Page) -> str:
    return type(whose).__module__.partition(".")[0]


def _import(engine: str) -> Any:
    """Return the module of the best library for *engine* that is installed."""
    libraries = _LIBRARIES.get(engine)
    if libraries is None:
        raise ConfigError(f"engine is {engine!r}", hint=near_names(engine, ENGINES))
    for library in libraries:
        with contextlib.suppress(ImportError):
            return importlib.import_module(f"{library}.async_api")
    raise LaunchFailed(
        f"the engine {engine!r} is not installed",
        hint=f"python -m pip install {_INSTALLS.get(engine, engine)}",
    )


async def _kill(manager: Any) -> None:
    """End the driver's process. The engines have no door for that; their own attributes are asked."""
    # The first is Playwright's (1.65), the second Patchright's (1.64).
    held = getattr(manager, "_client", None) or getattr(manager, "_connection", None)
    process = getattr(getattr(held, "_transport", None), "_proc", None)
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with anyio.move_on_after(STOP_SECONDS):
            await process.wait()
