"""Logins that outlast a program. Law: one holder at a time, nobody else can read them, none is half-written.

A session has a name, a file for its storage state and, when it is used with a persistent profile, a
directory.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
from anyio import to_thread

from jackfield import ConfigError, Secret

from ..errors import ProfileInUse, SessionCorrupt, SessionLocked, SessionStoreError, SessionUnwritable
from ._file_store import FileStore, state_directory
from ._locks import FileLock
from ._outbox import LeftMessage, left_messages
from ._secure_files import TEMPORARY, private_directory
from ._state import StorageState
from ._store import Store, checked_name, leased

_SCHEMA: Final = 1
_SALT_LETTERS: Final = 32


@attrs.frozen(kw_only=True)
class SavedSession:
    """What can be told of a saved session without telling what is in it.

    Attributes:
        name: Its name.
        file: Its file.
        saved_at: When it was saved, in seconds since 1970.
        is_understood: Whether what is saved makes sense.
        expiries: When each cookie expires, in seconds since 1970; None for the end of the browser's session.
        profile: The browser profile that is kept too; None without one.
        in_use_by: The process that uses it, 0 when that is unknown, None when nobody does.
    """

    name: str
    file: Path
    saved_at: float
    is_understood: bool
    expiries: tuple[float | None, ...]
    profile: Path | None
    in_use_by: int | None


@attrs.define(eq=False)
class HeldSession:
    """A session while this program has it; `SessionStore.hold` gives one.

    Attributes:
        name: Its name.
    """

    name: str
    _store: Store
    _profile: Path

    async def load(self) -> StorageState | None:
        """Return what was saved; None if nothing was.

        Raises:
            SessionCorrupt: It makes no sense; files are set aside as `….corrupt-<time>`. Log in again.
            SessionStoreError: Another account could have written it, or a newer Jackfield has.
        """
        if (content := await self._store.load("session", self.name)) is None:
            return None
        if (state := _understood(content, self.name)) is not None:
            return state
        told = await self._store.set_aside("session", self.name)
        raise SessionCorrupt(
            f"the saved session {self.name!r} makes no sense; {told}",
            hint=f"Log in again: jackfield login {self.name}",
        )

    async def save(self, state: StorageState, made_with: Secret | None = None) -> None:
        """Save *state*, wholly or not at all.

        Args:
            state: The login.
            made_with: The credentials that it came from, of which a hash is kept; None for a person's login.

        Raises:
            SessionUnwritable: The disk is full or the directory cannot be written; the old state is intact.
        """
        mark = None if made_with is None else await to_thread.run_sync(hashed, made_with)
        said = {"schema": _SCHEMA, "storage_state": state.as_playwright(), "made_with": mark}
        await self._store.save("session", self.name, json.dumps(said).encode())

    async def came_from(self, credentials: Secret) -> bool | None:
        """Whether the saved login was made with *credentials*; None where none is, or a person's.

        Raises:
            SessionStoreError: Another account could have written it.
        """
        content = await self._store.load("session", self.name)
        if content is None or _understood(content, self.name) is None or (mark := _mark(content)) is None:
            return None
        return await to_thread.run_sync(hashed, credentials, mark[:_SALT_LETTERS]) == mark

    async def profile(self) -> Path:
        """Return the directory for a browser's persistent profile, made with mode 0700 if it was missing."""
        return await to_thread.run_sync(private_directory, self._profile)


@attrs.define(eq=False)
class SessionStore:
    """The saved sessions of this person.

    Attributes:
        directory: Where they are, unless *store* has them; browsers' profiles are always there.
        store: What keeps them; by default files in *directory*.
    """

    directory: Path = attrs.field(factory=state_directory, converter=Path)
    store: Store = attrs.field(default=attrs.Factory(lambda self: FileStore(self.directory), takes_self=True))

    async def names(self) -> tuple[str, ...]:
        """Return the names of all sessions whose files or profiles are in the directory, sorted."""
        return await to_thread.run_sync(self._names)

    async def has_login_of_a_person(self, name: str) -> bool:
        """Whether a login of a person, and no credentials, is kept of *name*.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionStoreError: It cannot be read, or another account could have written it.
        """
        content = await self.store.load("session", checked_name(name))
        return content is not None and _understood(content, name) is not None and _mark(content) is None

    def look(self, name: str) -> SavedSession | None:
        """Return what can be told of the file of session *name*; None when there is none. Reads the disk.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionStoreError: Another account could have written it.
        """
        content = self._files.read("session", name)
        if content is None:
            return None
        file, state = self._files.file("session", name), _understood(content, name)
        return SavedSession(
            name=name,
            file=file,
            saved_at=file.stat().st_mtime,
            is_understood=state is not None,
            expiries=tuple(cookie.expires for cookie in state.cookies) if state else (),
            profile=profile if (profile := self._profile(name)).exists() else None,
            in_use_by=FileLock(self._files.lock_file(name)).user(),
        )

    @asynccontextmanager
    async def hold(self, name: str, *, seconds: float = math.inf) -> AsyncIterator[HeldSession]:
        """Have the session *name* alone for the length of a block; it need not exist yet.

        While another program has it, it is waited for, a moment less than the caller has time.

        Args:
            name: Its name.
            seconds: How long to wait for it, at most.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionLocked: Another program kept it, or this one has it itself.
            SessionStoreError: The directory is not safe or cannot be made.
        """
        profile = self._profile(name)
        async with leased(self.store, name, seconds=seconds):
            yield HeldSession(name, self.store, profile)

    @asynccontextmanager
    async def hold_browser(self, browser: str) -> AsyncIterator[None]:
        """Have a running *browser*'s own cookies alone for the length of a block.

        Args:
            browser: What the browser calls itself.

        Raises:
            ProfileInUse: Another account has them.
            SessionStoreError: The directory is not safe or cannot be made.
        """
        name = f"browser.{hashlib.sha256(browser.encode()).hexdigest()}"
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(leased(self.store, name, seconds=0))
            except SessionLocked as error:
                raise _browser_in_use(error.pid) from error
            yield

    async def left_messages(self, name: str) -> tuple[LeftMessage, ...]:
        """Return the messages of session *name* that were on their way when a program was killed.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionStoreError: They cannot be read.
        """
        return await left_messages(self.store, checked_name(name))

    async def forget(self, name: str) -> tuple[str, ...]:
        """Delete everything of the session *name*: its state, what was set aside, its profile.

        The count of its messages stays: a new login sends from the same account.

        Returns:
            What there was, in words; nothing where there was nothing.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionLocked: Somebody uses it just now.
        """
        checked_name(name)
        async with leased(self.store, name, seconds=0):
            found = ("the saved session",) if await self._has(name) else ()
            for kind in ("session", "delivery", "place"):
                await self.store.save(kind, name, None)
            left = await to_thread.run_sync(self._forget, name)
        return (*found, *left)

    async def _has(self, name: str) -> bool:
        try:
            return await self.store.load("session", name) is not None
        except SessionStoreError:
            # It is there: what nobody may use can be deleted all the more.
            return True

    def _forget(self, name: str) -> tuple[str, ...]:
        try:
            files, profile = self._beside(name), self._profile(name)
            for file in files:
                file.unlink(missing_ok=True)
            if has_profile := profile.exists():
                shutil.rmtree(profile)
            # While it is ours: a file that is removed under its holder would let another have it too.
            self._files.lock_file(name).unlink(missing_ok=True)
        except OSError as error:
            raise SessionUnwritable(
                f"the session {name!r} cannot be deleted wholly: {error.strerror}",
                hint=f"Delete what is left in {self.directory} by hand.",
            ) from error
        aside = ("what was set aside of it",) if files else ()
        return (*aside, "its browser profile") if has_profile else aside

    def _beside(self, name: str) -> list[Path]:
        """Return everything that was made beside the session's file."""
        file = self._files.file("session", name)
        beside = (f"{file.name}{TEMPORARY}", f"{file.name}.corrupt-")
        return [found for found in file.parent.glob("*") if found.name.startswith(beside)]

    def _names(self) -> tuple[str, ...]:
        files = (self.directory / "sessions").glob("*.json")
        profiles = (self.directory / "profiles").glob("*")
        return tuple(sorted({file.stem for file in files} | {folder.name for folder in profiles}))

    @property
    def _files(self) -> FileStore:
        return FileStore(self.directory)

    def _profile(self, name: str) -> Path:
        return self.directory / "profiles" / checked_name(name)


def _browser_in_use(pid: int | None) -> ProfileInUse:
    who = f", in process {pid}" if pid else ""
    return ProfileInUse(
        f"another account already uses the browser that this one would attach to{who}",
        pid=pid,
        hint="A browser's own cookies are one account's. Start another with a --user-data-dir and a "
        '--remote-debugging-port of its own, or leave engine = "attach" out: each account then has '
        "cookies of its own in the browser at cdp_url.",
    )


def hashed(credentials: Secret, salt: str = "") -> str:
    """Return a mark by which *credentials* are known again and that does not tell them (scrypt, RFC 7914)."""
    salt = salt or secrets.token_hex(_SALT_LETTERS // 2)
    digest = hashlib.scrypt(credentials.reveal().encode(), salt=salt.encode(), n=2**14, r=8, p=1)
    return salt + digest.hex()


def _mark(content: bytes) -> str | None:
    """Return the mark of the credentials that a saved login was made with; None for a person's."""
    mark = json.loads(content).get("made_with")
    return None if mark is None else str(mark)


def _understood(content: bytes, name: str) -> StorageState | None:
    """Return the login that is in *content*; None when that makes no sense.

    Raises:
        SessionStoreError: It makes sense to another version, which goes on using it.
    """
    try:
        said = json.loads(content)
        if said["schema"] > _SCHEMA:
            raise SessionStoreError(
                f"the saved session {name!r} was written by a newer version of Jackfield",
                hint="Update jackfield-web here, or give this connection a session of its own.",
            )
        if said["schema"] != _SCHEMA:
            return None
        state = StorageState.from_playwright(said["storage_state"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, ConfigError):
        return None
    return None if state.left_out and not state.cookies else state
