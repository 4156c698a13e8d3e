"""The store in files of one machine: `jackfield` in `XDG_STATE_HOME`, which is `~/.local/state` by default.

Law: only their owner can read them, none is half-written, and the operating system holds the leases, so that
the dead hold none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import attrs
from anyio import to_thread

from jackfield import ConfigError

from ..errors import SessionLocked, SessionUnwritable
from ._locks import FileLock
from ._secure_files import private_directory, read_private, write_private
from ._store import Kind, Store, checked_name

_LARGEST: Final = 64 * 1024 * 1024
_FOLDERS: Final[Mapping[Kind, str]] = {
    "session": "sessions",
    "allowance": "allowance",
    "delivery": "deliveries",
    "place": "places",
}
_BROWSER: Final = "browser."
"""What the name of a browser's lease begins with. An account's name has no dot."""


def state_directory() -> Path:
    """Return the directory of everything that outlasts a program: `jackfield` in `XDG_STATE_HOME`.

    Raises:
        ConfigError: This user has no home, as in a container that runs as nobody.
    """
    try:
        root = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError:
        raise ConfigError(
            "there is no place for logins and sessions: this user has no home directory",
            hint="Set HOME, or XDG_STATE_HOME to a folder.",
        ) from None
    return Path(root) / "jackfield"


@attrs.frozen(eq=False)
class FileLease:
    """A lease that is a lock on a file."""

    _lock: FileLock
    _is_removed: bool

    async def release(self) -> None:
        """Give the lock back."""
        await to_thread.run_sync(partial(self._lock.release, remove=self._is_removed))


@attrs.frozen
class FileStore(Store):
    """Keeps everything in files that only their owner can read.

    Attributes:
        directory: Where they are.
    """

    directory: Path = attrs.field(factory=state_directory, converter=Path)

    async def load(self, kind: Kind, name: str) -> bytes | None:
        """Return what the account's file holds."""
        return await to_thread.run_sync(self.read, kind, name)

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        """Write the account's file in one step, or remove it."""
        await to_thread.run_sync(self._save, kind, name, content)

    async def lease(self, name: str) -> FileLease:
        """Lock the account's file."""
        lock = FileLock(self.lock_file(name))
        try:
            await to_thread.run_sync(self.acquire, lock, name)
        except BaseException:
            lock.release()
            raise
        return FileLease(lock, name.startswith(_BROWSER))

    async def set_aside(self, kind: Kind, name: str) -> str:
        """Give the account's file another name."""
        aside = await to_thread.run_sync(self._set_aside, self.file(kind, name))
        return f"it was set aside as {aside}"

    def read(self, kind: Kind, name: str) -> bytes | None:
        """Return what the account's file holds; reads the disk."""
        return read_private(self.file(kind, name), most=_LARGEST)

    def file(self, kind: Kind, name: str) -> Path:
        """Return the account's file; it need not be there."""
        return self.directory / _FOLDERS[kind] / f"{checked_name(name)}.json"

    def lock_file(self, name: str) -> Path:
        """Return the file that is locked for the lease of *name*."""
        checked_name(name.removeprefix(_BROWSER))
        return self.directory / "locks" / f"{name}.lock"

    def acquire(self, lock: FileLock, name: str) -> None:
        """Take *lock*, the one of *name*; touches the disk.

        Raises:
            SessionLocked: Another process, or another connection of this one, has it.
        """
        for folder in (self.directory, lock.path.parent):
            private_directory(folder)
        if not lock.acquire():
            raise _in_use(name, lock)

    def _save(self, kind: Kind, name: str, content: bytes | None) -> None:
        file = self.file(kind, name)
        if content is not None:
            for folder in (self.directory, file.parent):
                private_directory(folder)
            write_private(file, content)
            return
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise SessionUnwritable(f"{file} cannot be deleted: {error.strerror}") from error

    def _set_aside(self, file: Path) -> Path:
        aside = file.with_name(f"{file.name}.corrupt-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        try:
            file.rename(aside)
        except OSError as error:
            raise SessionUnwritable(f"{file} makes no sense and cannot be set aside") from error
        return aside


def _in_use(name: str, lock: FileLock) -> SessionLocked:
    if lock.is_own:
        return SessionLocked(
            f"the session {name!r} is in use by process {os.getpid()}, which is this program itself",
            pid=os.getpid(),
            is_own=True,
            hint="Close the other connection, or give each a session of its own.",
        )
    pid = lock.holder()
    who = f"process {pid}" if pid else "another process"
    return SessionLocked(f"the session {name!r} is in use by {who}", pid=pid)
