"""From settings to a running browser: started here, or somebody else's."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from anyio import to_thread

from jackfield import ProviderError, log_event

from ..accounts import FileLock, private_directory
from ..errors import BrowserCrashed, LaunchFailed, ProfileInUse, engine_text, scrubbed
from ..identity import Identity, Machine, browser_version, profile_identity, write_preferences
from ._dialogs import Dialogs
from ._engine import START_SECONDS, Driver, require_init_scripts
from ._executables import find_browser
from ._flags import OF_EVERY_CONTEXT
from ._listener import listener
from ._noise import add_noise_of
from ._remote import refused_remote, remote_text, shown_remote
from ._seeing import teach_seeing
from ._settings import BrowserSettings

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext

_LOCK_NAME: Final = "jackfield.lock"
_NOTES: Final = ("SingletonLock", "SingletonCookie", "SingletonSocket")
"""Where Chromium notes who has a profile: links, the first of which leads to `machine-process`."""
_SANDBOX: Final = ("No usable sandbox", "sandboxing failed", "without --no-sandbox")
_NO_WINDOW: Final = "Do without a window (`show`), run it on a desktop, or under `xvfb-run -a`."
_DIALOG: Final = "A dialog that is open in one of its tabs keeps it silent: answer it, or close that tab."
_LONG_PATH: Final = "Socket path too long"
_NO_DISPLAY: Final = ("Missing X server", "cannot open display", "Failed to connect to Wayland")


@attrs.define(eq=False)
class Life:
    """One browser from its start to its end.

    Attributes:
        browser: The engine's browser.
        own: The context that belongs to the browser itself: a persistent profile's, or that of the person who
            is attached to.
        identity: Who it is; None for a browser that somebody else started.
        dialogs: What meets the dialogs of its pages.
        ended: Whether it is gone.
        at_end: What is called when it is.
    """

    browser: Browser
    own: BrowserContext | None
    identity: Identity | None = None
    dialogs: Dialogs = attrs.field(factory=lambda: Dialogs(is_attended=False))
    ended: bool = attrs.field(default=False, init=False)
    at_end: set[Callable[[], object]] = attrs.field(factory=set, init=False)

    def end(self, *_: object) -> None:
        """Note that the browser is gone."""
        self.ended = True
        while self.at_end:
            self.at_end.pop()()

    def gone(self) -> BrowserCrashed | None:
        """Return the error for using it after its end; None while it lives."""
        if not self.ended:
            return None
        return BrowserCrashed("the browser ended", hint="Open a page: that starts a new one.")


def lock_profile(profile: Path) -> FileLock:
    """Return the lock on *profile*, which we have now; touches the disk.

    Raises:
        ProfileInUse: Another browser host has it.
        SessionStoreError: Another account could read or write the profile.
    """
    lock = FileLock(private_directory(profile) / _LOCK_NAME)
    if not lock.acquire():
        raise _in_use(profile, lock.holder())
    _forget_the_dead(profile)
    return lock


def _forget_the_dead(profile: Path) -> None:
    """Remove what a browser on another machine noted in *profile*, which is ours alone now.

    A browser refuses a profile whose note names another machine, and most often that is a container which was
    killed. It is safe to remove because our lock is held: the system keeps it among all containers that share
    the profile, so none of us runs there. A note of this machine stays: the browser knows whether it is true.
    """
    try:
        machine, _, _ = str((profile / _NOTES[0]).readlink()).rpartition("-")
    except OSError:
        return
    if machine == platform.node():
        return
    log_event("profile.note_removed", layer="web")
    for name in _NOTES:
        (profile / name).unlink(missing_ok=True)


async def launch(settings: BrowserSettings, driver: Driver) -> Life:
    """Return a browser as *settings* describe it; call it shielded where one is started here.

    Raises:
        LaunchFailed: No browser was found, it does not start, or none answers at the address.
        ProfileInUse: A browser that we did not start has the profile.
    """
    try:
        with anyio.fail_after(START_SECONDS):
            life = await _connect(settings, driver) if settings.is_remote else await _start(settings, driver)
            # Of a browser that somebody else started, what is open already would not learn it before.
            await teach_seeing(driver.playwright)
    except TimeoutError as error:
        if address := settings.cdp_url or settings.server_url:
            place = shown_remote(address)
            silent = f"no browser answers at {place} within {START_SECONDS:.0f} seconds"
            raise LaunchFailed(silent, hint=_DIALOG if settings.cdp_url else None) from error
        raise LaunchFailed(f"the browser did not start within {START_SECONDS:.0f} seconds") from error
    except driver.error as error:
        ours = _why(error, settings)
        if settings.is_remote:
            # As a cause it is printed in tracebacks.
            error.args = (remote_text(str(error)),)
        raise ours from scrubbed(error)
    life.browser.on("disconnected", listener(life.end))
    life.dialogs.is_attended = settings.is_attended
    if life.own is not None:
        life.dialogs.watch(life.own)
    log_event("browser.started", layer="web", headless=settings.headless, remote=settings.is_remote)
    return life


async def _start(settings: BrowserSettings, driver: Driver) -> Life:
    chromium = driver.playwright.chromium
    identity, options = await to_thread.run_sync(_prepared, settings, chromium.executable_path)
    if settings.profile is None:
        return Life(await chromium.launch(**options), None, identity)
    context = await chromium.launch_persistent_context(
        settings.profile, **OF_EVERY_CONTEXT, **options, **settings.reach.context_options()
    )
    assert context.browser is not None
    await add_noise_of(identity, context)
    return Life(context.browser, context, identity)


def _prepared(settings: BrowserSettings, own: str) -> tuple[Identity, dict[str, Any]]:
    """Return who the browser is, and what the engine is told on starting it."""
    browser = find_browser(settings.browser, own=own).path
    identity = _who(settings, browser)
    if identity.canvas == "noise":
        require_init_scripts(settings.engine, "canvas = 'noise'")
    environment = {**os.environ, **identity.environment()}
    return identity, {**settings.launch_options(identity), "executable_path": browser, "env": environment}


def _who(settings: BrowserSettings, browser: Path) -> Identity:
    """Return who the browser is; a profile's identity is kept in it, and told to its preferences."""
    if settings.profile is None:
        identity = settings.identity or Identity()
        identity.require(Machine.this())
        return identity
    identity = profile_identity(settings.profile, settings.identity, browser_version(browser))
    write_preferences(settings.profile, identity.preferences())
    return identity


async def _connect(settings: BrowserSettings, driver: Driver) -> Life:
    chromium = driver.playwright.chromium
    # Patchright writes no empty ones as the list that its driver expects.
    headers = dict(settings.headers) or None
    if settings.server_url:
        return Life(await chromium.connect(settings.server_url, headers=headers), None)
    assert settings.cdp_url is not None
    browser = await chromium.connect_over_cdp(settings.cdp_url, headers=headers)
    # Its own context is whoever's started it: two accounts in it would be one.
    return Life(browser, next(iter(browser.contexts), None) if settings.engine == "attach" else None)


def _why(error: Exception, settings: BrowserSettings) -> ProviderError:
    """Return our error for a launch that failed; the engine hides the reason in the browser's own log."""
    text = str(error)
    if address := settings.cdp_url or settings.server_url:
        return refused_remote(text, address)
    if settings.profile and "ProcessSingleton" in text:
        return _in_use(settings.profile, None)
    if any(word in text for word in _SANDBOX):
        hint = "This system does not let Chromium build its sandbox; `sandbox = false` does without."
        return LaunchFailed("the browser did not start: it has no sandbox", hint=hint)
    if _LONG_PATH in text:
        where = f"the folder for temporary files has too long a name for a socket: {tempfile.gettempdir()}"
        return LaunchFailed(where, hint="Set TMPDIR to a shorter one.")
    if not settings.headless and any(word in text for word in _NO_DISPLAY):
        return LaunchFailed("there is no display for a window", hint=_NO_WINDOW)
    return LaunchFailed(f"the browser did not start: {engine_text(error)}")


def _in_use(profile: Path, pid: int | None) -> ProfileInUse:
    who = f"process {pid}" if pid else "another browser"
    return ProfileInUse(
        f"the profile {profile} is in use by {who}", pid=pid, hint="Close that one, or use another profile."
    )
