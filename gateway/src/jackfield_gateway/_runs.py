"""Runs that go on when nobody waits for them, and how they are called, for whoever asks the same again.

While the door is open, its answers are in memory. A run outlives a door that is closed, and so does an answer
that came when its client had left: the next door takes it up for a client that repeats its request, and
begins no second one.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import attrs

from ._store import make_store, store

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
        found: Run | None = await anyio.to_thread.run_sync(_found, self._file, key)
        return found

    async def keep(self, key: bytes, run: Run) -> None:
        """Write a run down, as soon as it has a name."""
        if self._file is not None:
            await anyio.to_thread.run_sync(_keep, self._file, key, run)

    async def forget(self, key: bytes) -> None:
        """Forget a run whose answer was told."""
        if self._file is not None:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_forget, self._file, key)


def _found(file: Path, key: bytes) -> Run | None:
    since = time.time() - _SECONDS
    with store(file) as opened:
        asked = "SELECT connection, handle FROM runs WHERE key = ? AND at > ?"
        for row in opened.execute(asked, (key, since)):
            return Run(*row)
    return None


def _keep(file: Path, key: bytes, run: Run) -> None:
    with store(file) as opened:
        opened.execute("DELETE FROM runs WHERE at < ?", (time.time() - _SECONDS,))
        row = (key, run.connection, run.handle, time.time())
        opened.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", row)


def _forget(file: Path, key: bytes) -> None:
    with store(file) as opened:
        opened.execute("DELETE FROM runs WHERE key = ?", (key,))
