"""What tokens have spent, by the days on which they did: in the file beside the first one, or in memory.

Law: a file that fails while the door is open opens no purse: what is known in memory counts then.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import anyio
import attrs

from jackfield import ConfigError

from ._spent import Spent
from ._store import in_store, make_store

Days: TypeAlias = Mapping[tuple[str, str], Spent]
"""What was spent, by the token's name and the day of UTC's calendar."""

_FORGET: Final = "DELETE FROM spending WHERE day < date('now', '-62 days')"
_ADD: Final = """
    INSERT INTO spending VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET tokens = tokens + excluded.tokens, estimated = estimated + excluded.estimated
"""
_SUM: Final = "SELECT sum(tokens), sum(estimated) FROM spending WHERE token = ? AND day >= ?"


@attrs.define(eq=False)
class Spending:
    """The book of all tokens that have a budget.

    Args:
        file: Where it is kept, by another door with the same file, too; None keeps it in memory alone.

    Raises:
        ConfigError: The file cannot be used.
    """

    _file: Path | None = None
    _days: dict[tuple[str, str], Spent] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        if self._file is not None:
            make_store(self._file)
            self._days.update(read_spending(self._file))

    async def add(self, token: str, day: str, spent: Spent, *, since: str) -> Spent:
        """Write down what was spent on a day; return all that was from *since* on."""
        self._days[token, day] = self._days.get((token, day), Spent()) + spent
        found = None
        if self._file is not None:
            with anyio.CancelScope(shield=True):  # a write to a file, which waits for no remote
                found = await in_store(self._file, _add, token, day, spent, since)
        return found or spent_since(self._days, token, since)


def spent_since(days: Days, token: str, since: str) -> Spent:
    """Return what a token has spent from a day on."""
    return sum((spent for (name, day), spent in days.items() if name == token and day >= since), Spent())


def read_spending(file: Path) -> Days:
    """Return what is written down; nothing where there is no file. Changes nothing.

    Raises:
        ConfigError: It is no file of ours.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            rows = opened.execute("SELECT token, day, tokens, estimated FROM spending").fetchall()
    except sqlite3.Error as error:
        if not file.exists():
            return {}
        raise ConfigError(f"what was spent cannot be read in {str(file)!r}: {type(error).__name__}") from None
    return {(token, day): Spent(tokens, estimated) for token, day, tokens, estimated in rows}


def _add(opened: sqlite3.Connection, token: str, day: str, spent: Spent, since: str) -> Spent:
    opened.execute(_FORGET)
    opened.execute(_ADD, (token, day, spent.tokens, spent.estimated))
    return Spent(*opened.execute(_SUM, (token, since)).fetchone())
