"""The settings that every web provider has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from jackfield import ConfigError, ProviderOptions, Secret, at_least

from ..accounts import Store
from ..browser import BrowserSettings, HttpCredentials, Reach, RemoteBrowser, WebProxy, checked_headers
from ..hands import Pace


@attrs.frozen(kw_only=True)
class WebOptions(ProviderOptions):
    """Settings of a connection that drives a page, besides those that every connection has.

    Attributes:
        open_timeout: As for every connection, but long enough for a person who has to log in.
        turn_timeout: Seconds to wait for the account while another program has it; 0 for not at all, None for
            as long as the request, or opening the connection, may take.
        max_concurrency: Requests on the wire at once; each conversation has a tab of its own.
        max_tabs: Tabs that are open at once; the one that is missed least makes room for another. Browsers
            open six connections to a host, and many pages keep one each.
        min_interval: Seconds between two messages of the account, at least: a person's pace.
        daily_cap: Messages a day, in UTC, that the account may send; None for any number.
        incognito: Whether the remote is to keep no memory of conversations, where the page offers that. A
            conversation then lives as long as its tab.
        show: Whether the browser has a window.
        headless: The same, the other way round, by the name that browsers give it; None leaves it to *show*.
        login_required: True for a page that is of no use without a login: the connection then waits for
            credentials, and a page that does not show what it should wants a login. False for one that is
            used as it is, though it may offer a login. None leaves it to what the page shows.
        session_timeout: Seconds without a message after which a conversation's page is loaded anew before the
            next one, so that a login that ended meanwhile is seen, and renewed where that is possible. None
            trusts the page as it stands. A conversation that lives in its tab alone is left alone.
        attended: Whether somebody sees the browser and can act in it; None for whenever it has a window or is
            one that `attach` drives.
        human_seconds: How long to wait for that person.
        page_seconds: How long a page may take to open.
        pace: How the page is clicked and typed on: `person` as people do, `quick` as fast as people get,
            `off` at once, as no person does. See docs/human-input.md.
        session: The name under which the login is kept; the connection's own name by default.
        store: Where what outlasts the program is kept: a `Store`, or `module:attribute` where one is; by
            default files of this machine. With one that machines share, one of them has an account at a time.
        profile: Whether a whole browser profile is kept, instead of cookies and storage only. The browser is
            then the connection's own; otherwise connections with equal settings share one.
        site_overrides: What is different on the page, in the form of its description.
        proxy: What the account's pages go through: `http://user:password@host:port`, `https://…` or
            `socks5://…`. None leaves it to the browser, which asks its system.
        http_credentials: `user:password` for a remote that asks for them by HTTP; told to the Site's own
            origins only.
        extra_headers: Headers that the Site's own origins are told with every request of a page.
        ca_file: A file with certificates, in PEM, of authorities that vouch for the Site's own origins.
        engine: See `BrowserSettings`, as for all that follow.
        browser: A path or a name.
        cdp_url: A running browser's DevTools address.
        server_url: A Playwright server's address.
        browsers: Running browsers, of which the account gets one: where it was, or else where the fewest are;
            when that one dies, another. A list of `{cdp_url | server_url, headers, slots}`.
        sandbox: Whether Chromium's sandbox is on.
        host_rules: Chromium's `--host-resolver-rules`.
    """

    open_timeout: float | None = attrs.field(default=600.0, validator=at_least(0.001))
    turn_timeout: float | None = attrs.field(default=None, validator=at_least(0))
    max_concurrency: int = attrs.field(default=1, validator=at_least(1))
    max_tabs: int = attrs.field(default=4, validator=at_least(1))
    min_interval: float = attrs.field(default=2.0, validator=at_least(0))
    daily_cap: int | None = attrs.field(default=200, validator=at_least(1))
    incognito: bool = False
    show: bool = False
    headless: bool | None = None
    login_required: bool | None = None
    session_timeout: float | None = attrs.field(default=None, validator=at_least(0.001))
    attended: bool | None = None
    human_seconds: float = attrs.field(default=300.0, validator=at_least(0.001))
    page_seconds: float = attrs.field(default=30.0, validator=at_least(0.001))
    pace: Pace = attrs.field(default="off", validator=attrs.validators.in_(("person", "quick", "off")))
    session: str | None = None
    store: Store | None = attrs.field(default=None, repr=False)
    profile: bool = False
    site_overrides: Mapping[str, Any] = attrs.field(factory=dict)
    proxy: WebProxy | None = None
    http_credentials: HttpCredentials | None = attrs.field(default=None, repr=False)
    extra_headers: Mapping[str, str] = attrs.field(factory=dict, converter=checked_headers, repr=False)
    ca_file: str | None = None
    engine: str = "playwright"
    browser: str | None = None
    cdp_url: str | None = attrs.field(default=None, repr=False)
    server_url: str | None = attrs.field(default=None, repr=False)
    browsers: tuple[RemoteBrowser, ...] | None = None
    sandbox: bool | None = None
    host_rules: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.show and self.headless:
            raise ConfigError("options 'show' and 'headless' contradict each other; leave one of them out")
        own = ("proxy", "http_credentials", "extra_headers")
        if self.engine == "attach" and (given := [name for name in own if getattr(self, name)]):
            raise ConfigError(
                f"{' and '.join(given)} cannot be given to a person's own browser",
                hint="What `attach` drives is set up by its owner; set it there.",
            )
        if self.ca_file and (self.cdp_url or self.server_url or self.browsers):
            raise ConfigError(
                "ca_file is for a browser that is started here",
                hint="Have the system of the browser that you connect to trust the authority.",
            )
        if self.browsers is not None and not self.browsers:
            raise ConfigError(
                "option 'browsers' is an empty list: there is no browser for the account",
                hint='Write browsers = [{cdp_url = "http://…"}], or leave it out for one that starts here.',
            )
        asked = [(browser.address, browser.header_pairs) for browser in self.browsers or ()]
        if len(set(asked)) < len(asked):
            raise ConfigError(
                "two of `browsers` have the same address",
                hint="Write it once, with as many slots as that browser has room for.",
            )
        others = [name for name in ("profile", "cdp_url", "server_url") if getattr(self, name)]
        others += ["engine = 'attach'"] if self.engine == "attach" else []
        if self.browsers and others:
            raise ConfigError(
                f"browsers and {' and '.join(others)} exclude each other",
                hint="One of a list of browsers is used with a context of the account's own.",
            )

    @property
    def has_window(self) -> bool:
        """Whether the browser has a window."""
        return self.show or self.headless is False

    @property
    def needs_login(self) -> bool:
        """Whether the page is of no use without a login."""
        return self.login_required is True

    @property
    def is_attended(self) -> bool:
        """Whether a person can act in the browser."""
        return self.browser_settings().is_attended

    @property
    def keeps_its_own(self) -> bool:
        """Whether the browser keeps the login itself, in a profile: its own, or that of a person."""
        return self.profile or self.engine == "attach"

    def reach(self, origins: tuple[str, ...]) -> Reach:
        """Return how the account's pages reach their remote, whose own *origins* these are."""
        headers = {name: Secret(value) for name, value in self.extra_headers.items()}
        return Reach(self.proxy, self.http_credentials, headers, origins)

    def browser_settings(self) -> BrowserSettings:
        """Return the settings of the browser, without a profile.

        Raises:
            ConfigError: Settings exclude each other.
        """
        names = ("engine", "browser", "cdp_url", "server_url", "attended", "sandbox", "host_rules")
        return BrowserSettings(headless=not self.has_window, **{name: getattr(self, name) for name in names})
