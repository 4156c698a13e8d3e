"""A store of somebody's own, asked for no longer than a call may take: none keeps anybody from going on.

Law: whatever such a store raises is one of our errors, so that who goes on without what it keeps can. Its own
words are left to the error's cause: in them stands with what name and password its database is reached.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import anyio
import attrs

from jackfield import JackfieldError

from ..errors import SessionStoreError
from ._store import Kind, Lease, Store

T = TypeVar("T")


@attrs.frozen(eq=False)
class TimelyStore(Store):
    """A store whose every call comes to an end, and fails as a store may.

    Attributes:
        seconds: How long a call may take. Nothing is waited for in a store: a lease is had at once or not.
    """

    _store: Store
    seconds: float = 30.0

    async def load(self, kind: Kind, name: str) -> bytes | None:
        """Load it in time."""
        return await self._in_time(f"load({kind!r}, {name!r})", self._store.load(kind, name))

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        """Save it in time."""
        await self._in_time(f"save({kind!r}, {name!r}, …)", self._store.save(kind, name, content))

    async def lease(self, name: str) -> Lease:
        """Lease it in time."""
        return await self._in_time(f"lease({name!r})", self._store.lease(name))

    async def set_aside(self, kind: Kind, name: str) -> str:
        """Set it aside in time."""
        return await self._in_time(f"set_aside({kind!r}, {name!r})", self._store.set_aside(kind, name))

    async def _in_time(self, call: str, answer: Awaitable[T]) -> T:
        store = f"the store {type(self._store).__name__}"
        try:
            with anyio.move_on_after(self.seconds):
                return await answer
        except JackfieldError:
            raise
        except Exception as error:
            raise SessionStoreError(
                f"{store} failed in {call} with {type(error).__name__}",
                hint="Its own error is the cause of this one. Can what it keeps things in be reached?",
            ) from error
        raise SessionStoreError(
            f"{store} did not answer {call} within {self.seconds:g} seconds",
            hint="See whether what it keeps things in can be reached, or leave the option `store` out.",
        )
