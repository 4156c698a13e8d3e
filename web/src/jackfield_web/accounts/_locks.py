"""One process per profile and per session. Law: the operating system holds the lock, so the dead hold none.

A process that is forked from the one that has a lock has no part in it, so that it keeps none locked either.
The file's text is only a note for people: the process that wrote it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import attrs

from ..errors import SessionUnwritable

_NOTE_BYTES: Final = 32
_LOCKED_BYTE: Final = 1 << 30
"""Windows forbids reading what is locked, so the locked byte lies far behind the note."""
_OWN: Final[dict[FileLock, tuple[int, int]]] = {}
"""The files that this process has locked; a note may mean a process on another machine."""


@attrs.define(eq=False)
class FileLock:
    """An exclusive lock on a file beside what it protects; every `FileLock` counts, also in one process.

    Attributes:
        path: The lock's own file; its directory must exist.
    """

    path: Path
    _descriptor: int | None = attrs.field(default=None, init=False)

    def acquire(self) -> bool:
        """Take the lock without waiting; return whether it is ours now.

        Raises:
            SessionUnwritable: The lock's file cannot be made, or is a link.
        """
        try:
            return self._acquire()
        except OSError as error:
            # On a full disk the file is locked before its note cannot be written.
            self.let_go()
            raise SessionUnwritable(f"the lock {self.path} cannot be made: {error.strerror}") from error

    def _acquire(self) -> bool:
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            if not _try_lock(descriptor):
                os.close(descriptor)
                return False
            if _is_still_at(descriptor, self.path):
                break
            # The holder before us removed the file between our opening and our locking it.
            os.close(descriptor)
        self._descriptor = descriptor
        _OWN[self] = _number(os.fstat(descriptor))
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        return True

    @property
    def is_own(self) -> bool:
        """Whether this process has it, by this lock or another on the same file."""
        try:
            return _number(self.path.stat()) in list(_OWN.values())
        except OSError:
            return False

    def holder(self) -> int | None:
        """Return the process that has the lock, as far as its note tells."""
        try:
            with self.path.open("rb") as file:
                note = file.read(_NOTE_BYTES)
        except OSError:
            return None
        return int(note) if note.isdigit() else None

    def user(self) -> int | None:
        """Return the process that has the lock now, 0 when its note does not tell; None when nobody does."""
        if not self.path.exists():
            return None
        if self.acquire():
            self.release()
            return None
        return self.holder() or 0

    def release(self, *, remove: bool = False) -> None:
        """Give the lock back, and remove its file if asked; nothing happens when it is not ours."""
        if self._descriptor is None:
            return
        try:
            if remove:
                self.path.unlink(missing_ok=True)
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Have no part in it any more; it is given back when nobody has one."""
        descriptor, self._descriptor = self._descriptor, None
        _OWN.pop(self, None)
        if descriptor is not None:
            os.close(descriptor)


def _number(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _is_still_at(descriptor: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), found)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go_of_a_parent_s() -> None:
        for lock in tuple(_OWN):
            lock.let_go()

    # A forked process has a part in each.
    os.register_at_fork(after_in_child=_let_go_of_a_parent_s)
