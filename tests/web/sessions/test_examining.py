"""What `jackfield doctor` is told of a web connection, and what logging out deletes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest
from anyio import to_thread

from jackfield import ConfigError, Finding, Secret, Verdict
from jackfield_custom_web import SPEC
from jackfield_web import (
    Cookie,
    SessionLocked,
    SessionStore,
    SessionStoreError,
    StorageState,
    WebOptions,
    WebPlugin,
    examine_web,
)
from jackfield_web.accounts import FileStore, Kind
from jackfield_web.accounts._file_store import FileLease
from jackfield_web.identity._kept import profile_identity
from jackfield_web.identity._machine import Machine
from jackfield_web.site import Site, build_site

pytestmark = pytest.mark.anyio

SITE = {
    "name": "page",
    "version": "2026-11-23",
    "base_url": "http://127.0.0.1:1",
    "selectors": {"chat_input": "#in", "response_area": ".out", "busy": ".busy"},
}
DAY = 86400.0
PLUGIN = WebPlugin(SPEC)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty place for sessions, and a browser that says its version."""
    browser = tmp_path / "a-browser"
    browser.write_text("#!/bin/sh\necho Chromium 1.2.3\n")
    browser.chmod(0o755)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("JACKFIELD_BROWSER", str(browser))
    return tmp_path / "state" / "jackfield"


def read_site(_: Any) -> Site:
    """Return the description of a page."""
    return build_site(SITE)


async def examined(about: str, read: Callable[[Any], Site] = read_site, **options: Any) -> list[Finding]:
    """Return what is found about one thing."""
    found = await examine_web(WebOptions(**options), "work", read, where="in a file")
    return [finding for finding in found if finding.about == about]


async def save(*expiries: float | None, name: str = "work") -> None:
    """Save a login whose cookies expire so many seconds from now."""
    now = time.time()
    cookies = tuple(
        Cookie(
            name=f"c{number}",
            value=Secret("hush"),
            domain="a.b",
            expires=None if when is None else now + when,
        )
        for number, when in enumerate(expiries)
    )
    async with SessionStore().hold(name) as held:
        await held.save(StorageState(cookies), None)


async def test_all_is_well() -> None:
    """A browser, a valid Site and no session are told, each in a line."""
    found = await examine_web(WebOptions(), "work", read_site, where="in a file")

    assert [(one.about, one.verdict) for one in found] == [
        ("browser", Verdict.FINE),
        ("site", Verdict.FINE),
        ("session", Verdict.FINE),
    ]
    browser, site, session = (one.told for one in found)
    assert "Chromium 1.2.3" in browser
    assert "path by JACKFIELD_BROWSER" in browser
    assert "page, in a file, valid; last compared with the page on 2026-11-23" in site
    assert session == "none is saved"


async def test_a_site_that_nobody_compared() -> None:
    """A Site that is made of reports says so, with its terms beside it; it claims no look at the page."""
    said = {"evidence": "newest evidence of October; not compared", "terms": "Read the terms."}
    found = await examine_web(WebOptions(), "work", lambda _: build_site({**SITE, **said}), where="shipped")

    told = {one.about: (one.verdict, one.told) for one in found}
    assert told["site"] == (Verdict.FINE, "page, shipped, valid; newest evidence of October; not compared")
    assert told["terms"] == (Verdict.NOTE, "Read the terms.")


def test_nothing_is_changed(state: Path) -> None:
    """Looking makes nothing on the disk."""
    anyio.run(examined, "session")

    assert not state.exists()


async def test_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a browser the finding says what was looked for and the command that installs one."""
    monkeypatch.delenv("JACKFIELD_BROWSER")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "/nowhere")
    monkeypatch.setattr("jackfield_web.browser._executables.CHANNELS", {})
    (found,) = await examined("browser")

    assert found.verdict is Verdict.WRONG
    assert "the engine's own (/nowhere/chromium-" in found.told
    assert "Install one: " in found.told


async def test_a_browser_that_does_not_run(tmp_path: Path) -> None:
    """A program that does not say a version is no browser that can be used."""
    (found,) = await examined("browser", browser="/bin/false")

    assert found.verdict is Verdict.WRONG
    assert "does not say its version, /bin/false" in found.told


async def test_a_remote_browser() -> None:
    """A running browser is not reached for; its address is told without its secrets."""
    (found,) = await examined("browser", cdp_url="http://127.0.0.1:9222/x?token=hush")

    assert found.verdict is Verdict.FINE
    assert "127.0.0.1:9222" in found.told
    assert "hush" not in found.told


async def test_a_wrong_site() -> None:
    """A Site that cannot be read is a finding with its reason, and the rest is looked at all the same."""

    def read(_: Any) -> Site:
        raise ConfigError("site.selectors has no field 'chat_imput'", hint="Did you mean 'chat_input'?")

    (found,) = await examined("site", read)
    assert (found.verdict, found.told) == (
        Verdict.WRONG,
        "site.selectors has no field 'chat_imput'. Did you mean 'chat_input'?",
    )
    assert len(await examined("session", read)) == 1


async def test_a_saved_session(state: Path) -> None:
    """A session's file, age and next expiry are told; no value of a cookie is."""
    await save(3 * DAY + 60, 30 * DAY, None)
    file = state / "sessions" / "work.json"
    os.utime(file, (time.time() - 5 * DAY, time.time() - 5 * DAY))
    (found,) = await examined("session")

    assert found.verdict is Verdict.FINE
    assert str(file) in found.told
    assert "saved 5 days ago" in found.told
    assert "the next of 3 cookies expires in 3 days" in found.told
    assert "hush" not in found.told


async def test_a_session_of_another_name(state: Path) -> None:
    """The session that the options name is looked at, not the connection's own."""
    await save(DAY, name="shared")

    assert "shared.json" in (await examined("session", session="shared"))[0].told


async def test_an_expired_session() -> None:
    """A session whose cookies are all over is told, with the way to a new one; one that lasts is enough."""
    await save(-DAY, -60.0)
    (found,) = await examined("session")
    assert found.verdict is Verdict.NOTE
    assert "jackfield login work" in found.told

    await save(-DAY, None)
    assert (await examined("session"))[0].verdict is Verdict.FINE


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda file: file.chmod(0o644), "chmod 600"),
        (lambda file: file.write_text("{"), "makes no sense; log in again: jackfield login work"),
    ],
    ids=["open", "corrupt"],
)
async def test_a_session_that_cannot_be_used(
    state: Path, spoil: Callable[[Path], Any], expected: str
) -> None:
    """A session that others can read, or that makes no sense, is wrong, and stays where it is."""
    await save(DAY)
    file = state / "sessions" / "work.json"
    spoil(file)
    (found,) = await examined("session")

    assert found.verdict is Verdict.WRONG
    assert expected in found.told
    assert list(file.parent.iterdir()) == [file]


async def test_a_profile_of_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that was made where there were more cores is a note, with both numbers."""
    await save(DAY)
    async with SessionStore().hold("work") as held:
        profile = await held.profile()
    await to_thread.run_sync(profile_identity, profile, None, None)
    assert await examined("profile") == []

    cores = Machine.this().cores
    monkeypatch.setattr(os, "cpu_count", lambda: cores + 2)
    (found,) = await examined("profile")

    assert found.verdict is Verdict.NOTE
    assert f"cores is {cores} and this machine's is {cores + 2}" in found.told


async def test_a_session_in_use() -> None:
    """Who has a session just now is told, and keeps it; afterwards nobody is told to have it."""
    await save(DAY)
    async with SessionStore().hold("work"):
        _, found = await examined("session")
        assert found == Finding("session", Verdict.NOTE, f"'work' is in use by process {os.getpid()}")
        with pytest.raises(SessionLocked):
            await SessionStore().forget("work")

    assert len(await examined("session")) == 1


async def test_forgetting(state: Path) -> None:
    """Logging out deletes the saved session and its profile, tells so once, and has nothing to tell again."""
    await save(DAY)
    async with SessionStore().hold("work") as held:
        await (anyio.Path(await held.profile()) / "Cookies").write_text("hush")
    forget = partial(PLUGIN.jackfield_forget_context, SPEC, "work", WebOptions())

    assert await to_thread.run_sync(forget) == ["the saved session (work)", "its browser profile (work)"]
    assert not [files for _, _, files in os.walk(state) if files]
    assert await to_thread.run_sync(forget) == []
    await save(DAY)
    assert await to_thread.run_sync(forget) == ["the saved session (work)"]


async def test_forgetting_another_providers_login() -> None:
    """A plugin deletes nothing of a connection to a provider that is not its own."""
    await save(DAY)

    other = attrs.evolve(SPEC, name="other_web")
    assert await to_thread.run_sync(PLUGIN.jackfield_forget_context, other, "work", WebOptions()) == ()

    assert len(await examined("session")) == 1


async def test_forgetting_what_is_in_use() -> None:
    """A session that somebody uses is not taken from them: logging out says who has it."""
    await save(DAY)
    async with SessionStore().hold("work"):
        with pytest.raises(SessionLocked, match="is in use by process"):
            await to_thread.run_sync(PLUGIN.jackfield_forget_context, SPEC, "work", WebOptions())


class LostStore(FileStore):
    """A store over a database to which the connection is lost."""

    async def load(self, kind: Kind, name: str) -> bytes | None:
        raise ConnectionError("postgres://jackfield:s3cret@db.test: the connection is lost")

    async def lease(self, name: str) -> FileLease:
        raise ConnectionError("postgres://jackfield:s3cret@db.test: the connection is lost")


async def test_a_store_of_one_s_own_that_fails_is_a_finding() -> None:
    """What it says itself, where secrets stand, is told by nobody; who logs out gets an error of ours."""
    for about in ("session", "message"):
        (finding,) = await examined(about, store=LostStore())
        assert finding.verdict is Verdict.WRONG
        assert "LostStore failed in load(" in finding.told
        assert "s3cret" not in finding.told
    with pytest.raises(SessionStoreError, match=r"LostStore failed in lease\('work'\)") as caught:
        await to_thread.run_sync(PLUGIN.jackfield_forget_context, SPEC, "work", WebOptions(store=LostStore()))

    assert "s3cret" not in str(caught.value)
