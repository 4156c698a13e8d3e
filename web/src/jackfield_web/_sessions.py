"""Logins that outlast a program. Law: one holder at a time, nobody else can read them, none is half-written.

A session has a name, a file for its storage state and, when it is used with a persistent profile, a
directory. They live in `jackfield` in `XDG_STATE_HOME`, which is `~/.local/state` by default.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import attrs
from anyio import to_thread

from jackfield import ConfigError, Secret

from ._errors import ProfileInUse, SessionCorrupt, SessionLocked, SessionUnwritable
from ._locks import FileLock
from ._saved_session import SavedSession
from ._secure_files import TEMPORARY, private_directory, read_private, write_private
from ._storage_state import StorageState

_SCHEMA: Final = 1
_LARGEST: Final = 64 * 1024 * 1024
_LONGEST_NAME: Final = 64
_SALT_LETTERS: Final = 32
_NAME_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_RESERVED: Final = frozenset({"con", "prn", "aux", "nul"}) | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}
"""Names that Windows gives to devices, whatever directory they are in."""


def state_directory() -> Path:
    """Return the directory of everything that outlasts a program: `jackfield` in `XDG_STATE_HOME`."""
    root = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(root) / "jackfield"


@attrs.define(eq=False)
class HeldSession:
    """A session while this program has it; `SessionStore.hold` gives one.

    Attributes:
        name: Its name.
    """

    name: str
    _file: Path
    _profile: Path

    async def load(self) -> StorageState | None:
        """Return what was saved; None if nothing was.

        Raises:
            SessionCorrupt: It makes no sense; it was set aside as `….corrupt-<time>`. Log in again.
            SessionStoreError: Another account could have written it.
        """
        return await to_thread.run_sync(self._load)

    async def save(self, state: StorageState, made_with: Secret | None = None) -> None:
        """Save *state*, wholly or not at all.

        Args:
            state: The login.
            made_with: The credentials that it came from, of which a hash is kept; None for a person's login.

        Raises:
            SessionUnwritable: The disk is full or the directory cannot be written; the old state is intact.
        """
        await to_thread.run_sync(self._save, state, made_with)

    async def belongs_to(self, credentials: Secret) -> bool:
        """Whether the saved login may be used for *credentials*: made with them, or by a person.

        Raises:
            SessionStoreError: Another account could have written it.
        """
        return await to_thread.run_sync(self._belongs_to, credentials)

    async def profile(self) -> Path:
        """Return the directory for a browser's persistent profile, made with mode 0700 if it was missing."""
        return await to_thread.run_sync(private_directory, self._profile)

    def _save(self, state: StorageState, made_with: Secret | None) -> None:
        mark = None if made_with is None else hashed(made_with)
        said = {"schema": _SCHEMA, "storage_state": state.as_playwright(), "made_with": mark}
        write_private(self._file, json.dumps(said).encode())

    def _belongs_to(self, credentials: Secret) -> bool:
        content = read_private(self._file, most=_LARGEST)
        if content is None or _understood(content) is None:
            return True
        mark = _mark(content)
        return mark is None or hashed(credentials, mark[:_SALT_LETTERS]) == mark

    def _load(self) -> StorageState | None:
        content = read_private(self._file, most=_LARGEST)
        if content is None:
            return None
        if (state := _understood(content)) is not None:
            return state
        aside = self._file.with_name(f"{self._file.name}.corrupt-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        try:
            self._file.rename(aside)
        except OSError as error:
            raise SessionUnwritable(f"{self._file} makes no sense and cannot be set aside") from error
        raise SessionCorrupt(
            f"the saved session {self.name!r} makes no sense; it was set aside as {aside}",
            hint=f"Log in again: jackfield login {self.name}",
        )


@attrs.define(eq=False)
class SessionStore:
    """The saved sessions of this person.

    Attributes:
        directory: Where they are.
    """

    directory: Path = attrs.field(factory=state_directory, converter=Path)

    async def names(self) -> tuple[str, ...]:
        """Return the names of all sessions, sorted."""
        return await to_thread.run_sync(self._names)

    def has_login_of_a_person(self, name: str) -> bool:
        """Whether a login is saved under *name* that a person made, and no credentials. Reads the disk.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionStoreError: Another account could have written it.
        """
        content = read_private(self._session_file(name), most=_LARGEST)
        return content is not None and _understood(content) is not None and _mark(content) is None

    def look(self, name: str) -> SavedSession | None:
        """Return what can be told of the session *name*; None when none is saved. Reads the disk.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionStoreError: Another account could have written it.
        """
        file = self._session_file(name)
        content = read_private(file, most=_LARGEST)
        if content is None:
            return None
        state = _understood(content)
        return SavedSession(
            name=name,
            file=file,
            saved_at=file.stat().st_mtime,
            is_understood=state is not None,
            expiries=tuple(cookie.expires for cookie in state.cookies) if state else (),
            profile=profile if (profile := self._profile(name)).exists() else None,
            in_use_by=FileLock(self._lock_file(name)).user(),
        )

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[HeldSession]:
        """Have the session *name* alone for the length of a block; it need not exist yet.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionLocked: Another process, or another block, has it.
            SessionStoreError: The directory is not safe or cannot be made.
        """
        lock = FileLock(self._lock_file(name))
        try:
            await to_thread.run_sync(self._acquire, lock, name)
            yield HeldSession(name, self._session_file(name), self._profile(name))
        finally:
            lock.release()

    @asynccontextmanager
    async def hold_browser(self, browser: str) -> AsyncIterator[None]:
        """Have a running *browser*'s own cookies alone for the length of a block.

        Args:
            browser: What the browser calls itself.

        Raises:
            ProfileInUse: Another account has them.
            SessionStoreError: The directory is not safe or cannot be made.
        """
        # A session's name has no dot, so that this file is no session's.
        lock = FileLock(self.directory / "locks" / f"browser.{hashlib.sha256(browser.encode()).hexdigest()}")
        try:
            await to_thread.run_sync(self._acquire_browser, lock)
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(partial(lock.release, remove=True))

    async def forget(self, name: str) -> bool:
        """Delete everything of the session *name*: its state, what was set aside, its profile.

        Returns:
            Whether there was anything.

        Raises:
            ConfigError: *name* cannot be a session's name.
            SessionLocked: Somebody uses it just now.
        """
        lock = FileLock(self._lock_file(name))
        return await to_thread.run_sync(self._forget, lock, name)

    def _acquire(self, lock: FileLock, name: str) -> None:
        for folder in (self.directory, lock.path.parent, self._session_file(name).parent):
            private_directory(folder)
        if not lock.acquire():
            pid = lock.holder()
            who = f"process {pid}" if pid else "another process"
            raise SessionLocked(f"the session {name!r} is in use by {who}", pid=pid)

    def _acquire_browser(self, lock: FileLock) -> None:
        for folder in (self.directory, lock.path.parent):
            private_directory(folder)
        if not lock.acquire():
            pid = lock.holder()
            who = f", in process {pid}" if pid else ""
            raise ProfileInUse(
                f"another account already uses the browser that this one would attach to{who}",
                pid=pid,
                hint="A browser's own cookies are one account's. Start another with a --user-data-dir and a "
                '--remote-debugging-port of its own, or leave engine = "attach" out: each account then has '
                "cookies of its own in the browser at cdp_url.",
            )

    def _forget(self, lock: FileLock, name: str) -> bool:
        self._acquire(lock, name)
        try:
            files = list(self._files(name))
            profile = self._profile(name)
            found = bool(files) or profile.exists()
            for file in files:
                file.unlink(missing_ok=True)
            if profile.exists():
                shutil.rmtree(profile)
        except OSError as error:
            raise SessionUnwritable(
                f"the session {name!r} cannot be deleted wholly: {error.strerror}",
                hint=f"Delete what is left in {self.directory} by hand.",
            ) from error
        finally:
            lock.release(remove=True)
        return found

    def _files(self, name: str) -> list[Path]:
        """Return the session's file and everything that was made beside it."""
        file = self._session_file(name)
        beside = (f"{file.name}{TEMPORARY}", f"{file.name}.corrupt-")
        return [found for found in file.parent.iterdir() if found == file or found.name.startswith(beside)]

    def _names(self) -> tuple[str, ...]:
        files = (self.directory / "sessions").glob("*.json")
        profiles = (self.directory / "profiles").glob("*")
        return tuple(sorted({file.stem for file in files} | {folder.name for folder in profiles}))

    def _session_file(self, name: str) -> Path:
        return self.directory / "sessions" / f"{checked_name(name)}.json"

    def _lock_file(self, name: str) -> Path:
        return self.directory / "locks" / f"{checked_name(name)}.lock"

    def _profile(self, name: str) -> Path:
        return self.directory / "profiles" / checked_name(name)


def checked_name(name: str) -> str:
    """Return *name* if it can be a session's: it becomes a file's name and must not leave the directory.

    Raises:
        ConfigError: It cannot.
    """
    fits = isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and set(name) <= _NAME_CHARACTERS
    if not fits or name in _RESERVED:
        shown = repr(name[:_LONGEST_NAME]) if isinstance(name, str) else type(name).__name__
        raise ConfigError(
            f"{shown} cannot be a session's name",
            hint=f"Use 1 to {_LONGEST_NAME} lower-case letters, digits, '_' and '-'.",
        )
    return name


def hashed(credentials: Secret, salt: str = "") -> str:
    """Return a mark by which *credentials* are known again and that does not tell them (scrypt, RFC 7914)."""
    salt = salt or secrets.token_hex(_SALT_LETTERS // 2)
    digest = hashlib.scrypt(credentials.reveal().encode(), salt=salt.encode(), n=2**14, r=8, p=1)
    return salt + digest.hex()


def _mark(content: bytes) -> str | None:
    """Return the mark of the credentials that a saved login was made with; None for a person's."""
    mark = json.loads(content).get("made_with")
    return None if mark is None else str(mark)


def _understood(content: bytes) -> StorageState | None:
    try:
        said = json.loads(content)
        if said["schema"] != _SCHEMA:
            return None
        return StorageState.from_playwright(said["storage_state"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, ConfigError):
        return None
