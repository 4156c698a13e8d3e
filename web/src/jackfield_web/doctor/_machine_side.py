"""What `jackfield doctor` is told about a connection that drives a page, and what logging out deletes.

Law: nothing is opened and nothing is changed. What cannot be looked at is a finding, not an error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import anyio
from anyio import from_thread, to_thread

from jackfield import Finding, JackfieldError, Verdict, redact

from ..accounts import LeftMessage, SavedSession, SessionStore, timely
from ..browser import Bridge, Driver, choice_is_made, find_browser, shown_remote
from ..errors import shown_url
from ..identity import moved, said_version
from ..provider import WebOptions
from ..site import Site

_LONGEST_VERSION: Final = 100
_DAY: Final = 86400.0
_AGES: Final = ((2 * _DAY, _DAY, "days"), (7200.0, 3600.0, "hours"), (0.0, 60.0, "minutes"))
"""From how many seconds on a time is told in which unit."""


async def examine_web(
    options: Any,
    connection: str,
    read_site: Callable[[Any], Site],
    *,
    where: str | Callable[[Any], str] = "shipped with its plugin",
) -> list[Finding]:
    """Look at what a web connection needs on this machine; for `ProviderSpec.examine`.

    Args:
        options: The connection's settings, which are `WebOptions`.
        connection: Its name.
        read_site: Reads the description of its page, given the options.
        where: Where that description comes from, in words, or what tells that, given the options.
    """
    name = options.session or connection
    looks: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
        "browser": partial(_browser, options),
        "site": partial(to_thread.run_sync, _site, options, read_site, where),
        "session": partial(_sessions, options, name),
        "message": partial(_messages, options, name),
    }
    findings: list[Finding] = []
    for about, look in looks.items():
        try:
            findings += await look()
        except JackfieldError as error:
            findings.append(Finding(about, Verdict.WRONG, _told(error)))
    return findings


def forget_login(options: WebOptions, connection: str) -> list[str]:
    """Delete the saved login of a web connection, with its profile; for `jackfield_forget_context`.

    Call it in a worker thread, as hooks are. Return what was deleted, in words.

    Raises:
        SessionLocked: Somebody uses it just now.
        SessionStoreError: It is not safe to touch, or cannot be deleted.
    """
    name = options.session or connection
    found = from_thread.run(SessionStore(store=timely(options.store)).forget, name)
    return [f"{what} ({name})" for what in found]


async def _browser(options: WebOptions) -> list[Finding]:
    if options.browsers:
        places = ", ".join(browser.shown for browser in options.browsers)
        return [Finding("browser", Verdict.FINE, f"one of those that run at {places}; not looked at")]
    if remote := options.cdp_url or options.server_url:
        return [Finding("browser", Verdict.FINE, f"a running one, at {shown_remote(remote)}; not looked at")]
    own = None if choice_is_made(options.browser) else await _own_browser(options.engine)
    found = await to_thread.run_sync(lambda: find_browser(options.browser, own=own))
    version = (await to_thread.run_sync(said_version, found.path))[:_LONGEST_VERSION]
    verdict = Verdict.FINE if version else Verdict.WRONG
    told = f"{version or 'does not say its version'}, {found.path}, {found.source}; engine {options.engine}"
    return [Finding("browser", verdict, told)]


async def _own_browser(engine: str) -> str:
    """Return where the engine keeps the browser that it downloads, there or not."""
    bridge = Bridge()
    try:
        await bridge.start()
        return await bridge.call(_ask_driver, engine)
    finally:
        await bridge.stop()


async def _ask_driver(engine: str) -> str:
    with anyio.CancelScope(shield=True):
        driver = await Driver.start(engine)
        path = driver.playwright.chromium.executable_path
        await driver.stop()
    return path


def _site(
    options: WebOptions, read_site: Callable[[Any], Site], where: str | Callable[[Any], str]
) -> list[Finding]:
    site = read_site(options)
    place = where if isinstance(where, str) else where(options)
    found = Finding("site", Verdict.FINE, f"{site.name}, {place}, valid; {site.dated}")
    return [found, Finding("terms", Verdict.NOTE, site.terms)] if site.terms else [found]


async def _sessions(options: WebOptions, name: str) -> list[Finding]:
    if options.store is None:
        return await to_thread.run_sync(_session, name)
    content = await timely(options.store).load("session", name)
    said = "none is saved" if content is None else f"{name!r} is saved"
    return [Finding("session", Verdict.FINE, f"{said} in a store of your own")]


async def _messages(options: WebOptions, name: str) -> list[Finding]:
    """Tell of messages whose program ended before anybody knew what became of them."""
    left = await SessionStore(store=timely(options.store)).left_messages(name)
    now = datetime.now(UTC).timestamp()
    return [
        Finding(
            "message",
            Verdict.NOTE,
            f"sent {_span(now - each.sent_at)} ago, and its program ended before its answer: "
            f"{each.certainty.value}, {_place(each)}",
        )
        for each in left
    ]


def _place(left: LeftMessage) -> str:
    return f"in {shown_url(left.conversation)}" if left.conversation else "its conversation is not known"


def _session(name: str) -> list[Finding]:
    found = SessionStore().look(name)
    if found is None:
        return [Finding("session", Verdict.FINE, "none is saved")]
    findings = [Finding("session", *_judged(found)), *_profile(found)]
    if found.in_use_by is not None:
        who = f"process {found.in_use_by}" if found.in_use_by else "another process"
        findings.append(Finding("session", Verdict.NOTE, f"{name!r} is in use by {who}"))
    return findings


def _profile(found: SavedSession) -> list[Finding]:
    if found.profile is None:
        return []
    try:
        differences = moved(found.profile)
    except JackfieldError as error:
        return [Finding("profile", Verdict.WRONG, _told(error))]
    told = f"made on another machine, or this one was changed: {'; '.join(differences)}"
    return [Finding("profile", Verdict.NOTE, told)] if differences else []


def _judged(found: SavedSession) -> tuple[Verdict, str]:
    """Return what to think of a saved session, and what is to be known of it."""
    now = datetime.now(UTC).timestamp()
    profile = ", with a browser profile" if found.profile else ""
    told = f"{found.file}, saved {_span(now - found.saved_at)} ago, only you can read it{profile}"
    if not found.is_understood:
        return Verdict.WRONG, f"{found.file} makes no sense; log in again: jackfield login {found.name}"
    lasting = [when for when in found.expiries if when is not None]
    gone = sum(when <= now for when in lasting)
    if not lasting:
        return Verdict.FINE, told
    if gone == len(found.expiries):
        return Verdict.NOTE, f"{told}; all its cookies have expired: jackfield login {found.name}"
    left = [when - now for when in lasting if when > now]
    ends = f"; the next of {len(found.expiries)} cookies expires in {_span(min(left))}" if left else ""
    return Verdict.FINE, f"{told}{ends}"


def _span(seconds: float) -> str:
    unit, name = next((unit, name) for least, unit, name in _AGES if seconds >= least or not least)
    return f"{max(seconds, 0.0) / unit:.0f} {name}"


def _told(error: JackfieldError) -> str:
    return redact(f"{error.message}. {error.hint}" if error.hint else error.message)
