"""The file beside the token: what must outlive the door, and no word of what was said.

Law: it is its owner's alone. A file that fails while the door is open costs a new conversation and no answer.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from jackfield import ConfigError, log_event

from ._token import check_own

T = TypeVar("T")
_PATIENCE_SECONDS: Final = 2.0
"""How long another program that has the file locked is waited for."""

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS threads
    (key BLOB PRIMARY KEY, connection TEXT NOT NULL, conversation TEXT NOT NULL, at REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS runs
    (key BLOB PRIMARY KEY, connection TEXT NOT NULL, handle TEXT NOT NULL, at REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS spending
    (token TEXT NOT NULL, day TEXT NOT NULL, tokens INTEGER NOT NULL, estimated INTEGER NOT NULL,
    PRIMARY KEY (token, day));
"""


def store_beside(token_file: Path) -> Path:
    """Return where the file of a door with this token is."""
    return token_file.with_name(f"{token_file.name}.threads")


def make_store(file: Path) -> None:
    """Make the file for its owner alone, and its tables.

    Raises:
        ConfigError: It is somebody else's, others may read it, or it is no file of ours.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            check_own(file, os.fstat(descriptor), "the file of conversations")
        finally:
            os.close(descriptor)
        with contextlib.closing(sqlite3.connect(file)) as opened, opened:
            opened.executescript(_TABLES)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(
            f"the file of conversations {str(file)!r} cannot be used: {type(error).__name__}",
            hint="Remove it, and a new one is made.",
        ) from None


async def in_store(file: Path, do: Callable[..., T], *args: object) -> T | None:
    """Do something in one transaction of the file; None where the file fails, which is logged.

    Args:
        file: The file.
        do: Called with the open file, in a thread of its own.
        args: Handed to *do* besides.
    """
    return await anyio.to_thread.run_sync(_done, file, do, *args)


def _done(file: Path, do: Callable[..., T], *args: object) -> T | None:
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=_PATIENCE_SECONDS)) as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            return do(opened, *args)
    except sqlite3.Error as error:
        log_event("gateway.store_failed", error=type(error).__name__)
        return None
