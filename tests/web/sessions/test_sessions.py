"""Saved sessions: one holder at a time, whole or set aside, and gone when they are forgotten."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop
from hypothesis import given
from hypothesis import strategies as st

from jackfield import AuthenticationRequired, ConfigError, Secret
from jackfield_web import (
    Cookie,
    SessionCorrupt,
    SessionLocked,
    SessionStore,
    SessionStoreError,
    StorageState,
)
from jackfield_web.accounts import state_directory
from jackfield_web.accounts._store import checked_name

pytestmark = pytest.mark.anyio
STATE = StorageState(
    (Cookie(name="sid", value=Secret("s3cret-value"), domain="example.org", expires=2e9, http_only=True),),
    ({"origin": "https://example.org", "localStorage": [{"name": "token", "value": "s3cret-token"}]},),
)
SECONDS = 5.0
HOLD = """
import sys, anyio
from jackfield_web import SessionStore
async def main():
    async with SessionStore(sys.argv[1]).hold("work"):
        print("held", flush=True)
        await anyio.sleep(60)
anyio.run(main)
"""


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    """Return an empty store."""
    return SessionStore(tmp_path / "state")


@pytest.fixture
def holder(store: SessionStore) -> Iterator[subprocess.Popen[str]]:
    """Let another program have the session `work`."""
    command = [sys.executable, "-c", HOLD, str(store.directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        yield program
        program.kill()


def files(store: SessionStore) -> dict[str, bytes]:
    found = (path for path in store.directory.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.name: path.read_bytes() for path in found}


async def loaded(store: SessionStore) -> StorageState | None:
    async with store.hold("work") as session:
        return await session.load()


async def test_what_is_saved_is_loaded(store: SessionStore) -> None:
    """A state comes back equal, from a file and in directories that only their owner can read."""
    async with store.hold("work") as session:
        assert await session.load() is None
        await session.save(STATE)
        profile = await session.profile()

    assert await loaded(store) == STATE
    assert await store.names() == ("work",)
    everything = await anyio.to_thread.run_sync(lambda: [*store.directory.rglob("*"), profile])
    assert {path.stat().st_mode & 0o077 for path in everything} == {0}


async def test_forgetting_deletes_everything(store: SessionStore) -> None:
    """State, what was set aside, half-written files and profile go; another session stays."""
    for name in ("work", "work-2"):
        async with store.hold(name) as session:
            await session.save(STATE)
            await (anyio.Path(await session.profile()) / "Cookies").write_text("x")
    for beside in ("work.json.corrupt-1", "work.json.tmp-1"):
        await (anyio.Path(store.directory) / "sessions" / beside).write_text("x")

    assert await store.forget("work") == (
        "the saved session",
        "what was set aside of it",
        "its browser profile",
    )
    assert await store.names() == ("work-2",)
    left = await anyio.to_thread.run_sync(lambda: [str(path) for path in store.directory.rglob("work[.]*")])
    assert left == []
    assert not await store.forget("work")


async def test_a_session_has_one_holder(store: SessionStore, holder: subprocess.Popen[str]) -> None:
    """Who comes second and has no more time is told who has it; a holder that died has nothing."""
    for attempt in (loaded(store), store.forget("work")):
        with (
            pytest.raises(SessionLocked, match=f"process {holder.pid}") as caught,
            anyio.move_on_after(SECONDS),
        ):
            await attempt
        assert caught.value.pid == holder.pid

    holder.kill()
    await anyio.to_thread.run_sync(holder.wait)
    assert await loaded(store) is None


async def test_two_blocks_of_one_program_are_two_holders(store: SessionStore) -> None:
    """The lock also counts within a process, and ends with the block, also when the block fails."""
    with pytest.raises(LookupError):
        async with store.hold("work"):
            with pytest.raises(SessionLocked):
                await loaded(store)
            async with store.hold("other"):
                raise LookupError

    assert await loaded(store) is None


async def test_two_hundred_damages_do_no_harm(store: SessionStore) -> None:
    """Whatever happened to the file, loading gives a state or SessionCorrupt, and tells no content."""
    random, told = Random(0), ""
    async with store.hold("work") as session:
        await session.save(STATE)
        file = anyio.Path(store.directory) / "sessions" / "work.json"
        whole = await file.read_bytes()
        for _ in range(200):
            await session.save(STATE)
            await file.write_bytes(damaged(whole, random))
            try:
                assert isinstance(await session.load(), StorageState)
            except SessionCorrupt as error:
                told += repr(error) + str(error) + str(error.__cause__)

    assert told
    assert "s3cret" not in told


def damaged(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content))
    match random.randrange(4):
        case 0:
            return content[:place]
        case 1:
            return content[:place] + random.randbytes(3) + content[place + 3 :]
        case 2:
            return content[place:]
        case _:
            return content[:place] + content[place + random.randrange(20) :]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'{"schema": 0, "storage_state": {}}',
        b'{"schema": "2"}',
        b'{"schema": 1}',
        b'{"schema": 1, "storage_state": []}',
        b'{"schema": 1, "storage_state": {"cookies": [{"name": "sid"}]}}',
        b'{"schema": 1, "storage_state": {"cookies": "s3cret"}}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
async def test_a_file_that_makes_no_sense_is_set_aside(store: SessionStore, content: bytes) -> None:
    """Corrupt, empty or of no schema that is known: kept under another name, and a login is asked for."""
    async with store.hold("work") as session:
        await session.save(STATE)
        await (anyio.Path(store.directory) / "sessions" / "work.json").write_bytes(content)
        with pytest.raises(AuthenticationRequired, match="jackfield login work"):
            await session.load()
        assert await session.load() is None

    ((name, kept),) = (await anyio.to_thread.run_sync(files, store)).items()
    assert name.startswith("work.json.corrupt-")
    assert kept == content


async def test_a_newer_version_s_session_stays(store: SessionStore) -> None:
    """What another version of this program uses is left to it, and the error says what to do."""
    newer = b'{"schema": 2, "storage_state": {}, "made_with": null, "more": 1}'
    async with store.hold("work") as session:
        await session.save(STATE)
        await (anyio.Path(store.directory) / "sessions" / "work.json").write_bytes(newer)
        for use in (session.load, partial(session.came_from, Secret("pw"))):
            with pytest.raises(SessionStoreError, match="newer version") as caught:
                await use()
            assert "Update jackfield-web" in str(caught.value)
            assert not isinstance(caught.value, SessionCorrupt)

    assert await anyio.to_thread.run_sync(files, store) == {"work.json": newer}


def linked(file: Path) -> None:
    file.rename(file.parent.parent / "elsewhere")
    file.symlink_to(file.parent.parent / "elsewhere")


@pytest.mark.parametrize("spoil", [lambda file: file.chmod(0o644), linked], ids=["open", "link"])
async def test_what_is_not_used_can_be_forgotten(store: SessionStore, spoil: Callable[[Path], None]) -> None:
    """A login that others can read, or a link in its place, is deleted on demand; what it leads to is not."""
    async with store.hold("work") as session:
        await session.save(STATE)
    await anyio.to_thread.run_sync(spoil, store.directory / "sessions" / "work.json")

    assert await store.forget("work") == ("the saved session",)
    assert await store.names() == ()
    assert not await store.forget("work")
    left = await anyio.to_thread.run_sync(files, store)
    assert list(left) == (["elsewhere"] if spoil is linked else [])


async def test_nothing_shows_a_secret(store: SessionStore) -> None:
    """The printed forms of state, cookie and session hold no value; the file holds it once."""
    async with store.hold("work") as session:
        await session.save(STATE)
        shown = repr(STATE) + str(STATE) + repr(session) + repr(STATE.cookies)

    assert "s3cret" not in shown
    saved: Any = json.loads((await anyio.to_thread.run_sync(files, store))["work.json"])
    assert saved["storage_state"] == STATE.as_playwright()


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "a\0b",
        "a.json",
        "con",
        "com1",
        "UPPER",
        "é",
        " ",
        "x" * 300,
    ],
)
async def test_a_name_cannot_leave_the_directory(store: SessionStore, name: str) -> None:
    """Names that are paths, reserved, or too long are refused before anything is made."""
    for attempt in (lambda: store.hold(name).__aenter__(), lambda: store.forget(name)):
        with pytest.raises(ConfigError, match="cannot be a session's name"):
            await attempt()

    assert not await anyio.Path(store.directory).exists()


@given(st.text())
def test_a_name_is_its_own_file_or_refused(name: str) -> None:
    """Whatever passes is one plain component of a path, the same on every system."""
    try:
        checked = checked_name(name)
    except ConfigError:
        return
    assert Path(checked).name == checked == checked.lower()
    assert Path("x", f"{checked}.json").parent == Path("x")


def test_the_directory_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG_STATE_HOME if it is set, else ~/.local/state."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_directory() == tmp_path / "jackfield"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_directory() == tmp_path / ".local" / "state" / "jackfield"
