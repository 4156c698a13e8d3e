"""Files that nobody else may read or have made: 0600 in a 0700 directory.

Law: a file that somebody else could have written or read is refused, not repaired; a link is never followed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from jackfield import ConfigError

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
_OTHERS: Final = 0o077


def private_folder(folder: Path) -> Path:
    """Return *folder*, made if it is missing.

    Raises:
        ConfigError: It cannot be made, or others own it or may enter it.
    """
    try:
        # Those above it, too: one that is made on the way to a folder in it is to be private itself later.
        for missing in [one for one in (*reversed(folder.parents), folder) if not one.exists()]:
            with contextlib.suppress(FileExistsError):
                missing.mkdir(mode=FOLDER_MODE)
        _check(folder, os.lstat(folder), stat.S_ISDIR, FOLDER_MODE)
    except OSError as error:
        raise ConfigError(f"the directory {str(folder)!r} cannot be used: {error.strerror}") from None
    return folder


def write_private(file: Path, text: str) -> None:
    """Write *file* whole or not at all, in a private folder; what was there is replaced.

    Raises:
        ConfigError: The folder is not private, or the file cannot be written.
    """
    folder = private_folder(file.parent)
    try:
        replace(folder / file.name, text, FILE_MODE)
    except OSError as error:
        raise ConfigError(f"the file {str(file)!r} cannot be written: {error.strerror}") from None


def replace(file: Path, text: str, mode: int) -> None:
    """Write *text* beside *file*, have it on the disk, then put it in the place of *file*."""
    beside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(os.open(beside, flags, mode), "w", encoding="utf-8") as opened:  # noqa: PTH123  a descriptor
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def read_private(file: Path) -> str | None:
    """Return what *file* holds, or None when there is none.

    Raises:
        ConfigError: It is a link, others own it or may read it, or it cannot be read.
    """
    try:
        _check(file.parent, os.lstat(file.parent), stat.S_ISDIR, FOLDER_MODE)
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as opened:  # noqa: PTH123  a descriptor
            _check(file, os.fstat(descriptor), stat.S_ISREG, FILE_MODE)
            return opened.read().decode(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        why = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise ConfigError(f"the file {str(file)!r} is refused: {why}") from None


def is_there(file: Path) -> bool:
    """Whether there is such a file.

    Raises:
        OSError: Nobody can tell; `Path.exists` says no then, since Python 3.14.
    """
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def files(folder: Path, pattern: str) -> list[Path]:
    """Return the files in *folder* whose names match *pattern*; none where there is no such folder.

    Raises:
        OSError: It cannot be looked into, which `Path.glob` takes for an empty one.
    """
    try:
        return [file for file in folder.iterdir() if file.match(pattern)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def append_private(file: Path, line: str) -> None:
    """Add one line to *file*, in a private folder; errors as for `write_private`.

    A last line that was torn, by a power cut or a full disk, is ended first: it must not take this one along.
    """
    private_folder(file.parent)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(file, flags, FILE_MODE)
        with open(descriptor, "a+b", buffering=0) as opened:  # noqa: PTH123  a descriptor
            _check(file, os.fstat(descriptor), stat.S_ISREG, FILE_MODE)
            size = os.fstat(descriptor).st_size
            is_torn = bool(line) and size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            opened.write(("\n" + line if is_torn else line).encode())
    except OSError as error:
        raise ConfigError(f"the file {str(file)!r} cannot be written: {error.strerror}") from None


def _check(path: Path, found: os.stat_result, is_kind: Callable[[int], bool], mode: int) -> None:
    if not is_kind(found.st_mode):
        what = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "of another kind"
        raise ConfigError(f"{str(path)!r} is refused: it is {what}")
    if found.st_uid != os.geteuid():
        raise ConfigError(f"{str(path)!r} is refused: it belongs to another user")
    if found.st_mode & _OTHERS:
        raise ConfigError(
            f"{str(path)!r} is refused: others may read or write it (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"If what it holds is yours: chmod {mode:o} {str(path)!r}.",
        )


def state_folder() -> Path:
    """Return the folder for what may be lost: `jackfield` in `XDG_STATE_HOME` (`~/.local/state`)."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def data_folder() -> Path:
    """Return the folder for what must last: `jackfield` in `XDG_DATA_HOME` (`~/.local/share`)."""
    return _xdg("XDG_DATA_HOME", ".local/share")


def _xdg(variable: str, usual: str) -> Path:
    try:
        return Path(os.environ.get(variable) or Path.home() / usual) / "jackfield"
    except RuntimeError:
        raise ConfigError(
            "there is no place for the command's own files: this user has no home directory",
            hint=f"Set HOME, or {variable} to a folder.",
        ) from None
