"""The file beside the token: what must outlive the door, and no word of what was said.

Law: it is its owner's alone. A file that fails while the door is open costs a new conversation and no answer.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jackfield import ConfigError, log_event

from ._token import check_own

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS threads
    (key BLOB PRIMARY KEY, connection TEXT NOT NULL, conversation TEXT NOT NULL, at REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS runs
    (key BLOB PRIMARY KEY, connection TEXT NOT NULL, handle TEXT NOT NULL, at REAL NOT NULL);
"""


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


@contextlib.contextmanager
def store(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction; a fault of the file's own ends the block, and is logged."""
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=2)) as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            yield opened
    except sqlite3.Error as error:
        log_event("gateway.store_failed", error=type(error).__name__)
