"""Files that are as good as a password. Law: only their owner can read them, and none is ever half-written.

A directory is 0700, a file 0600. A file is written beside the old one under a name that nobody can guess,
flushed to the disk and put in its place in one step. What another account could have written is refused.
On Windows the rights of the person's own folders protect instead of modes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..errors import SessionStoreError, SessionUnwritable

_DIRECTORY_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_OTHERS: Final = 0o077
_PLAIN: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Follow no link, wait for no pipe, translate no line end."""
TEMPORARY: Final = ".tmp-"
"""What stands between a file's name and a random word while the file is written."""


def private_directory(path: Path) -> Path:
    """Return *path*, made with mode 0700, like every parent that was missing too.

    Raises:
        SessionStoreError: It is a link, no directory, another account's, or open to others.
        SessionUnwritable: It cannot be made.
    """
    try:
        _make(path)
    except OSError as error:
        raise SessionUnwritable(f"the directory {path} cannot be made: {error.strerror}") from error
    _refuse_foreign(path, os.lstat(path), stat.S_ISDIR, "directory", "700")
    return path


def read_private(path: Path, *, most: int) -> bytes | None:
    """Return what *path* holds; None if there is no such file.

    Args:
        path: The file.
        most: How many bytes it may have.

    Raises:
        SessionStoreError: It is a link, another account's, open to others, too large or unreadable.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _PLAIN)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = "it is a link" if path.is_symlink() else error.strerror
        raise SessionStoreError(f"{path} cannot be opened: {reason}") from error
    try:
        _refuse_foreign(path, os.fstat(descriptor), stat.S_ISREG, "file", "600")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise SessionStoreError(f"{path} is larger than {most} bytes", hint="It is no session of ours.")
    return content


def write_private(path: Path, content: bytes) -> None:
    """Put *content* in *path*, wholly or not at all; whatever was there stays until the new file is complete.

    Raises:
        SessionUnwritable: The disk is full or the directory cannot be written.
    """
    temporary = path.with_name(f"{path.name}{TEMPORARY}{secrets.token_hex(8)}")
    try:
        _write_new(temporary, content)
        temporary.replace(path)
        _flush_directory(path.parent)
    except OSError as error:
        raise SessionUnwritable(
            f"{path} cannot be written: {error.strerror}", hint="What was stored before is intact."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _make(path: Path) -> None:
    # Not `parents=True`, which gives the parents the mode of every other directory.
    if not path.exists():
        _make(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=_DIRECTORY_MODE)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, _FILE_MODE)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _flush_directory(path: Path) -> None:
    """Make the new name outlast a loss of power, where a directory can be flushed."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_foreign(
    path: Path, found: os.stat_result, is_kind: Callable[[int], bool], kind: str, mode: str
) -> None:
    if not is_kind(found.st_mode):
        raise SessionStoreError(f"{path} is no {kind}", hint="A link in its place is refused too; remove it.")
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise SessionStoreError(
            f"the {kind} {path} belongs to user {found.st_uid}, not to user {os.geteuid()}",
            hint="Another account could have written it, so it is not used.",
        )
    if found.st_mode & _OTHERS:
        raise SessionStoreError(
            f"the {kind} {path} has mode {stat.S_IMODE(found.st_mode):04o}, which others can use",
            hint=f"If you trust what is in it: chmod {mode} {path}",
        )
