"""Runs that go on when nobody waits for them, and how they are called, for whoever asks the same again.

While the door is open, its answers are in memory. A run outlives a door that is closed, and so does an answer
that came when its client had left: the next door takes it up for a client that repeats its request, and
begins no second one.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final

import anyio
import attrs

from ._store import in_store, make_store

_SECONDS: Final = 24 * 3600.0
"""How long a run whose answer nobody got is one that a repeat can mean."""


@attrs.frozen
class Run:
    """A run under way.

    Attributes:
        connection: The connection that began it.
        handle: Names it at the provider.
    """

    connection: str
    handle: str


@attrs.frozen
class Runs:
    """The runs whose answer nobody got yet; none are kept where there is no file for them."""

    _file: Path | None = None

    def __attrs_post_init__(self) -> None:
        if self._file is not None:
            make_store(self._file)

    async def find(self, key: bytes) -> Run | None:
        """Return the run that was begun for the same request."""
        if self._file is None:
            return None
        return await in_store(self._file, _found, key)

    async def keep(self, key: bytes, run: Run) -> None:
        """Write a run down, as soon as it has a name."""
        if self._file is not None:
            await in_store(self._file, _keep, key, run)

    async def forget(self, key: bytes) -> None:
        """Forget a run whose answer was told."""
        if self._file is not None:
            with anyio.CancelScope(shield=True):
                await in_store(self._file, _forget, key)


def _found(opened: sqlite3.Connection, key: bytes) -> Run | None:
    since = time.time() - _SECONDS
    asked = "SELECT connection, handle FROM runs WHERE key = ? AND at > ?"
    row = opened.execute(asked, (key, since)).fetchone()
    return Run(*row) if row else None


def _keep(opened: sqlite3.Connection, key: bytes, run: Run) -> None:
    opened.execute("DELETE FROM runs WHERE at < ?", (time.time() - _SECONDS,))
    row = (key, run.connection, run.handle, time.time())
    opened.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", row)


def _forget(opened: sqlite3.Connection, key: bytes) -> None:
    opened.execute("DELETE FROM runs WHERE key = ?", (key,))
