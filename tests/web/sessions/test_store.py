"""A store keeps what outlasts a program: files, or what somebody writes; one program at a time."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import anyio
import attrs
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield import Certainty, ConfigError, ContractBroken
from jackfield_web import (
    SessionLocked,
    SessionStore,
    SessionStoreError,
    SessionUnwritable,
    StorageState,
    WebOptions,
)
from jackfield_web.accounts import FileStore, Kind, LastingStore, Lease, Store, leased
from jackfield_web.accounts._own_store import TimelyStore
from jackfield_web.provider._account import Account
from jackfield_web.testing import check_store

pytestmark = pytest.mark.anyio

SECOND = """
import logging, sys, anyio
logging.basicConfig()
from jackfield_web import SessionLocked, SessionStore
async def main():
    print("asks", flush=True)
    with anyio.fail_after(float(sys.argv[3])):
        async with SessionStore(sys.argv[1]).hold("work") as held:
            print("has it after", await held.load() is not None, flush=True)
try:
    anyio.run(main, backend=sys.argv[2])
except SessionLocked as error:
    print(error.pid, error.certainty.value, error)
"""
HALF_A_MINUTE: Final = 30.0


@attrs.define(eq=False)
class Table:
    """What a database would be: rows, and who has which name."""

    rows: dict[tuple[str, str], bytes] = attrs.field(factory=dict)
    held: dict[str, object] = attrs.field(factory=dict)


@attrs.define(eq=False)
class Row:
    """A lease in a table."""

    table: Table
    name: str

    async def release(self) -> None:
        if self.table.held.get(self.name) is self:
            del self.table.held[self.name]


@attrs.define(eq=False)
class TableStore(Store):
    """A store as somebody would write one over a database."""

    table: Table

    async def load(self, kind: Kind, name: str) -> bytes | None:
        await anyio.lowlevel.checkpoint()
        return self.table.rows.get((kind, name))

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        await anyio.lowlevel.checkpoint()
        self.table.rows.pop((kind, name), None)
        if content is not None:
            self.table.rows[kind, name] = content

    async def lease(self, name: str) -> Lease:
        await anyio.lowlevel.checkpoint()
        if name in self.table.held:
            raise SessionLocked(f"the session {name!r} is in use on machine b")
        self.table.held[name] = row = Row(self.table, name)
        return row


SHARED: Final = TableStore(Table())


async def test_files_keep_every_promise(tmp_path: Path) -> None:
    """The store in files is a store."""
    await check_store(FileStore(tmp_path), FileStore(tmp_path))


async def test_a_store_of_one_s_own_keeps_every_promise() -> None:
    """A class with three methods is a store; the kit takes it."""
    table = Table()
    await check_store(TableStore(table), TableStore(table))


async def test_the_kit_finds_what_is_broken(tmp_path: Path) -> None:
    """Two stores that do not keep in one place break the promise."""
    with pytest.raises(ContractBroken, match="each kind of each account"):
        await check_store(FileStore(tmp_path / "a"), FileStore(tmp_path / "b"))


async def test_sessions_live_in_any_store(tmp_path: Path) -> None:
    """What is saved in a store of one's own comes back, what makes no sense is forgotten, no file is made."""
    store, state = TableStore(Table()), StorageState()
    sessions = SessionStore(tmp_path, store)
    async with sessions.hold("work") as held:
        await held.save(state)
        assert await held.load() == state
        with pytest.raises(SessionLocked, match="machine b"):
            await sessions.forget("work")
    assert await sessions.forget("work")

    assert (store.table.rows, store.table.held) == ({}, {})
    assert await anyio.to_thread.run_sync(lambda: list(tmp_path.iterdir())) == []


@pytest.fixture
def second(tmp_path: Path, anyio_backend: str) -> Iterator[Any]:
    """Return what starts another program that wants the session, and has so many seconds for it."""
    with ExitStack() as stack:

        def start(seconds: float) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", SECOND, str(tmp_path), anyio_backend, str(seconds)]
            starting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            program = stack.enter_context(starting)
            stack.callback(program.kill)
            assert program.stdout is not None
            assert program.stdout.readline() == "asks\n"
            return program

        yield start


async def test_the_second_program_waits_its_turn(tmp_path: Path, second: Any) -> None:
    """It says for whom it waits, and has the session with what the first one saved when that is done."""
    async with SessionStore(tmp_path).hold("work") as held:
        program = await anyio.to_thread.run_sync(second, 4 * HALF_A_MINUTE)
        told = await anyio.to_thread.run_sync(program.stderr.readline)
        await held.save(StorageState())
    said = await anyio.to_thread.run_sync(program.stdout.read)

    assert "session.waiting" in told
    assert f"process {os.getpid()}" in told
    assert said == "has it after True\n"


async def test_the_wait_ends_with_the_caller_s_time(tmp_path: Path, second: Any) -> None:
    """Who has no more time is told whom it waited for, a moment before: nothing was sent."""
    async with SessionStore(tmp_path).hold("work"):
        program = await anyio.to_thread.run_sync(second, 4.0)
        said = await anyio.to_thread.run_sync(program.stdout.read)

    assert said.startswith(f"{os.getpid()} not_sent the session 'work' is in use by process {os.getpid()}")


async def test_a_wait_can_be_shorter_than_there_is_time(tmp_path: Path) -> None:
    """Who is to wait no second is told at once who has the account, and not that it was waited for."""
    store = TableStore(Table())
    sessions = SessionStore(tmp_path, store)
    async with sessions.hold("work"), sessions.hold("lab"):
        with pytest.raises(SessionLocked, match="machine b") as at_once:
            async with sessions.hold("work", seconds=0):
                pass
        with pytest.raises(SessionLocked, match="machine b") as waited:
            async with sessions.hold("lab", seconds=0.01):
                pass

    assert at_once.value.hint is None
    assert waited.value.hint is not None
    assert "turn_timeout" in waited.value.hint


async def test_what_one_has_oneself_is_not_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody would give it back meanwhile: the error comes at once, and says so."""
    caplog.set_level(logging.WARNING)
    async with SessionStore(tmp_path).hold("work"):
        with (
            anyio.fail_after(HALF_A_MINUTE),
            pytest.raises(SessionLocked, match="this program itself") as caught,
        ):
            await SessionStore(tmp_path).hold("work").__aenter__()

    assert caught.value.is_own
    assert caught.value.certainty is Certainty.NOT_SENT
    assert not caplog.records


def unreachable() -> Store:
    raise ConnectionError("postgres://jackfield:s3cret@db.test")


def test_a_store_is_named_in_the_configuration() -> None:
    """`module:attribute` names a store or what makes one; what is none is told."""
    assert Store.from_option(f"{__name__}:SHARED") is SHARED
    assert isinstance(Store.from_option("jackfield_web:FileStore"), FileStore)
    for text in ("nothing", f"{__name__}:NOTHING", f"{__name__}:Table", "no_such_module:x", "..a:x"):
        with pytest.raises(ConfigError, match="store"):
            Store.from_option(text)
    for name, kind in (
        ("TableStore", "TypeError"),
        ("unreachable", "ConnectionError"),
        ("HALF_A_MINUTE", "Type"),
    ):
        with pytest.raises(
            ConfigError, match=f"there is no store .*:{name}': to make it raises {kind}"
        ) as caught:
            Store.from_option(f"{__name__}:{name}")
        assert "s3cret" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"there is no store 'postgresql://db\.test'") as caught:
        Store.from_option("postgresql://jackfield:s3cret@db.test")
    assert "s3cret" not in f"{caught.value} {caught.value.__cause__}"
    assert WebOptions(store=SHARED).store is SHARED
    assert "TableStore" not in repr(WebOptions(store=SHARED))


async def test_what_cannot_be_deleted_is_told(tmp_path: Path) -> None:
    """A folder in the place of a file is an error with its path."""
    await anyio.Path(tmp_path / "sessions" / "work.json").mkdir(parents=True)

    with pytest.raises(SessionUnwritable, match=r"work\.json cannot be deleted"):
        await FileStore(tmp_path).save("session", "work", None)


async def test_a_lock_that_cannot_be_forgotten_is_told(tmp_path: Path) -> None:
    """The last thing that is deleted of a session is told like the others: where what is left lies."""
    await anyio.Path(tmp_path / "locks" / "work.lock").mkdir(parents=True)

    with pytest.raises(SessionUnwritable, match="'work' cannot be deleted wholly") as caught:
        await SessionStore(tmp_path, TableStore(Table())).forget("work")

    assert str(tmp_path) in str(caught.value)


@attrs.define(eq=False)
class SilentStore(TableStore):
    """A store over a database that cannot be reached any more, for what is named."""

    silent: str = ""

    async def load(self, kind: Kind, name: str) -> bytes | None:
        await self.answer("load")
        return await super().load(kind, name)

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        await self.answer("save")
        await super().save(kind, name, content)

    async def lease(self, name: str) -> Lease:
        await self.answer("lease")
        held = await super().lease(name)
        return SilentLease(self, held)

    async def answer(self, call: str) -> None:
        if call == self.silent:
            await anyio.sleep_forever()


@attrs.define(eq=False)
class SilentLease:
    """A lease of it."""

    store: SilentStore
    held: Lease

    async def release(self) -> None:
        await self.store.answer("release")
        await self.held.release()


@pytest.mark.parametrize("call", ["load", "save", "lease"])
async def test_a_store_that_does_not_answer_is_told(call: str) -> None:
    """Who opens a connection learns within its seconds which call of which store has no answer."""
    store = TimelyStore(SilentStore(Table(), call), seconds=0.1)
    with pytest.raises(SessionStoreError, match=rf"SilentStore did not answer {call}\('?.*work") as caught:
        async with SessionStore(store=store).hold("work") as held:
            await held.save(StorageState())
            await held.load()

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "`store`" in str(caught.value.hint)


async def test_who_gives_up_while_a_store_is_asked_is_told_nothing_of_it() -> None:
    """A caller's own cancellation is no failure of the store."""
    with anyio.move_on_after(0.05) as scope:
        await TimelyStore(SilentStore(Table(), "load")).load("session", "work")

    assert scope.cancelled_caught


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
async def test_a_task_that_is_cancelled_while_a_store_is_asked_ends() -> None:
    """Who cancels a task of their event loop's own while it asks a store ends it."""
    store = TimelyStore(SilentStore(Table(), "load"))
    asking = asyncio.create_task(store.load("session", "work"))
    await anyio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.timeout(90)
async def test_a_lease_that_is_not_taken_back_keeps_nobody(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A store that does not answer in closing is given up after some seconds, and that is logged."""
    store = SilentStore(Table(), "release")
    async with SessionStore(tmp_path, store).hold("work"):
        pass

    assert "does not take the lease of 'work' back" in caplog.text


@attrs.define(eq=False)
class OtherStore(TableStore):
    """A store whose database gives something else than was asked for, as drivers do."""

    given: Any = None

    async def load(self, kind: Kind, name: str) -> bytes | None:
        return self.given

    async def lease(self, name: str) -> Lease:
        return self.given


class SyncStore(TableStore):
    """A store that somebody wrote without `async`."""

    def load(self, kind: Kind, name: str) -> Any:  # type: ignore[override]  # what is tried here
        raise ConnectionError("postgres://jackfield:s3cret@db.test")


@pytest.mark.parametrize("given", [bytearray(b"s3cret"), "s3cret", {"s3cret": 1}, 7])
async def test_what_a_store_gives_is_what_was_asked_for(given: Any) -> None:
    """Of bytes in another form a saved login is not taken for nonsense, which would be deleted."""
    store = TimelyStore(OtherStore(Table(), given))
    kind = type(given).__name__
    with pytest.raises(
        SessionStoreError, match=rf"OtherStore gave {kind} for load\('session', 'work'"
    ) as loaded:
        await store.load("session", "work")
    with pytest.raises(SessionStoreError, match=rf"OtherStore gave {kind} for lease\('work'\)") as leased_:
        await store.lease("work")

    assert "bytes" in str(loaded.value)
    assert "release" in str(leased_.value)
    assert "s3cret" not in f"{loaded.value} {leased_.value}"


async def test_a_store_without_async_fails_as_a_store_may() -> None:
    """What it raises before anything can be awaited is one of our errors too."""
    with pytest.raises(SessionStoreError, match="SyncStore failed in load"):
        await TimelyStore(SyncStore(Table())).load("session", "work")


async def test_the_kit_wants_bytes() -> None:
    """Bytes in another form are equal to what was saved and are none."""
    table = Table()
    store = ViewingStore(table)
    with pytest.raises(ContractBroken, match="given as bytes"):
        await check_store(store, store)


class ViewingStore(TableStore):
    """A store over a driver that gives views."""

    async def load(self, kind: Kind, name: str) -> Any:
        found = await super().load(kind, name)
        return None if found is None else memoryview(found)


def test_an_account_asks_a_store_of_one_s_own_in_time() -> None:
    """Whatever store is given in the options is asked for no longer than a call may take."""
    store = Account(WebOptions(store=SilentStore(Table())))._sessions.store

    assert isinstance(store, LastingStore)
    assert isinstance(store._store, TimelyStore)


@attrs.define(eq=False)
class EndingStore(TableStore):
    """A store that saves only what the holder of the lease saves, and whose leases end in an outage."""

    mine: Lease | None = None

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        if self.mine is None or self.table.held.get(name) is not self.mine:
            raise SessionLocked(f"the lease of {name!r} has ended")
        await super().save(kind, name, content)

    async def lease(self, name: str) -> Lease:
        self.mine = await super().lease(name)
        return self.mine


async def test_a_lease_that_ended_is_had_anew() -> None:
    """Where nobody else has it and nothing has changed, what is saved at that moment is saved, also twice."""
    table = Table()
    store = LastingStore(EndingStore(table))
    async with leased(store, "work"):
        await store.save("allowance", "work", b"1")
        table.held.clear()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(store.save, "allowance", "work", b"2")
            tasks.start_soon(store.save, "delivery", "work", b"3")
        assert table.rows == {("allowance", "work"): b"2", ("delivery", "work"): b"3"}
        with pytest.raises(SessionLocked, match="machine b"):
            await TableStore(table).lease("work")

    assert not table.held


async def test_a_lease_that_another_has_is_not_had_anew() -> None:
    """The error says who has it; theirs stays theirs, also when ours is given back."""
    table = Table()
    store, theirs = LastingStore(EndingStore(table)), TableStore(table)
    async with leased(store, "work"):
        table.held.clear()
        async with leased(theirs, "work"):
            with pytest.raises(SessionLocked, match="machine b"):
                await store.save("allowance", "work", b"1")

    assert not table.rows


@pytest.mark.parametrize("kind", ["allowance", "session"])
async def test_what_another_did_meanwhile_is_not_overwritten(kind: Kind) -> None:
    """Who had the account while our lease was over has counted a message or renewed a login: it stays so."""
    table = Table()
    store, theirs = LastingStore(EndingStore(table)), TableStore(table)
    async with leased(store, "work"):
        await store.load("session", "work")
        await store.save("allowance", "work", b"1")
        table.held.clear()
        async with leased(theirs, "work"):
            await theirs.save(kind, "work", b"theirs")
        with pytest.raises(SessionLocked, match="has ended") as caught:
            await store.save("allowance", "work", b"2")
        assert not table.held

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "Open the connection anew" in str(caught.value)
    assert table.rows[kind, "work"] == b"theirs"
