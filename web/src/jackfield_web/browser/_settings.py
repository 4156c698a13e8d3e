"""How a browser is started, or which running one is used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs

from jackfield import ConfigError

from ..identity import Identity
from ._executables import is_root
from ._flags import NOT_FOR_TESTS, own_flags
from ._reach import Reach
from ._remote import a_remote


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(os.path.expanduser(given))  # noqa: PTH111  a Path's raises for no user


@attrs.frozen(kw_only=True)
class BrowserSettings:
    """Everything a browser host needs to know. Two hosts with equal settings can be one.

    Attributes:
        engine: `playwright`, `patchright`, or `attach` for the browser at *cdp_url*, which a person started.
        browser: A path, or `chrome`, `chromium`, `msedge`, `brave`; None to look for one.
        headless: Whether there is no window.
        profile: The directory of a persistent profile; None for one that is forgotten.
        identity: What the browser tells pages about itself; None for what the profile keeps.
        cdp_url: A running browser's DevTools address, used instead of starting one. A session has
            cookies of its own there; `attach` alone uses the browser's, for one account.
        server_url: A Playwright server's address, used instead of starting one.
        attended: Whether a person sees the browser and can act in it, who then answers the dialogs of pages;
            None for whenever it has a window or is attached to.
        headers: What is sent along when a running browser is connected to, by name.
        sandbox: Whether Chromium's sandbox is on; None for whenever we are not root, where it cannot be.
        host_rules: Chromium's `--host-resolver-rules`, to keep a test's browser off the network.
        trusted_keys: Keys of servers that are trusted whatever their certificate says; see `_vouching`.
        reach: How the pages of a profile reach their remote. Without a profile that is a session's own.

    Raises:
        ConfigError: Settings exclude each other, or an address is none.
    """

    engine: str = "playwright"
    browser: str | None = None
    headless: bool = True
    profile: Path | None = attrs.field(default=None, converter=_path)
    identity: Identity | None = None
    cdp_url: str | None = attrs.field(default=None, repr=False, validator=a_remote)
    server_url: str | None = attrs.field(default=None, repr=False, validator=a_remote)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    attended: bool | None = None
    sandbox: bool | None = None
    host_rules: str | None = None
    trusted_keys: tuple[str, ...] = ()
    # Not compared: it holds secrets, and a profile is one account's, whatever way that takes.
    reach: Reach = attrs.field(factory=Reach, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.engine == "attach" and not self.cdp_url:
            raise ConfigError(
                "engine is 'attach' and there is no cdp_url",
                hint="Start your browser with --remote-debugging-port=9222 and a --user-data-dir of its own, "
                'and give cdp_url = "http://127.0.0.1:9222".',
            )
        ways = [name for name in ("profile", "cdp_url", "server_url") if getattr(self, name)]
        if len(ways) > 1:
            raise ConfigError(
                f"{' and '.join(ways)} exclude each other",
                hint="A running browser keeps its own profile; give one of them.",
            )
        if self.trusted_keys and self.is_remote:
            raise ConfigError(
                "a running browser trusts what it was started to trust; found ca_file",
                hint="Have the system of that browser trust the authority.",
            )

    @property
    def keeps_its_own(self) -> bool:
        """Whether the browser's own context is used, which has one set of cookies and keeps it."""
        return self.profile is not None or self.engine == "attach"

    @property
    def is_attended(self) -> bool:
        """Whether a person can act in the browser."""
        if self.attended is not None:
            return self.attended
        return not self.headless or self.engine == "attach"

    @property
    def is_remote(self) -> bool:
        """Whether a browser is used that somebody else started."""
        return bool(self.cdp_url or self.server_url)

    def launch_options(self, identity: Identity) -> dict[str, Any]:
        """Return what the engine is told on starting a browser that is *identity*."""
        rules = [f"--host-resolver-rules={self.host_rules}"] if self.host_rules else []
        if self.trusted_keys:
            rules.append(f"--ignore-certificate-errors-spki-list={','.join(self.trusted_keys)}")
        said = identity.arguments(headless=self.headless, profile=self.profile is not None)
        # Signals are the program's business: it unwinds, and that closes the browser.
        options: dict[str, Any] = dict.fromkeys(("handle_sigint", "handle_sigterm", "handle_sighup"), False)
        # Whether there is a window is said in the arguments: the engines say it in a way that pages see.
        options["headless"] = False
        options["chromium_sandbox"] = not is_root() if self.sandbox is None else self.sandbox
        options["args"] = [*own_flags(headless=self.headless), *said, *rules]
        options["ignore_default_args"] = NOT_FOR_TESTS
        return options
