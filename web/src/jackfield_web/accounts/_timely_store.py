"""A store of somebody's own, asked for no longer than a call may take: none keeps anybody from going on.

Law: whatever such a store raises is one of our errors, so that who goes on without what it keeps can. Its own
words are left to the error's cause: in them stands with what name and password its database is reached. What
it gives is what was asked for: bytes in another form would be taken for nonsense, and deleted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

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
        call, load = f"load({kind!r}, {name!r})", partial(self._store.load, kind, name)
        found: Any = await self._in_time(call, load)
        if found is None or isinstance(found, bytes):
            return found
        raise self._other(call, found, "It gives the bytes that were saved, or None.")

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        """Save it in time."""
        call = f"save({kind!r}, {name!r}, …)"
        await self._in_time(call, partial(self._store.save, kind, name, content))

    async def lease(self, name: str) -> Lease:
        """Lease it in time."""
        call = f"lease({name!r})"
        lease = await self._in_time(call, partial(self._store.lease, name))
        if callable(getattr(lease, "release", None)):
            return lease
        raise self._other(call, lease, "It gives a lease, which has `async def release(self)`, or raises.")

    async def set_aside(self, kind: Kind, name: str) -> str:
        """Set it aside in time."""
        call = f"set_aside({kind!r}, {name!r})"
        return await self._in_time(call, partial(self._store.set_aside, kind, name))

    @property
    def _named(self) -> str:
        return f"the store {type(self._store).__name__}"

    def _other(self, call: str, found: object, wanted: str) -> SessionStoreError:
        return SessionStoreError(f"{self._named} gave {type(found).__name__} for {call}", hint=wanted)

    async def _in_time(self, call: str, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            with anyio.move_on_after(self.seconds):
                return await ask()
        except JackfieldError:
            raise
        except Exception as error:
            raise SessionStoreError(
                f"{self._named} failed in {call} with {type(error).__name__}",
                hint="Its own error is the cause of this one. Can what it keeps things in be reached?",
            ) from error
        raise SessionStoreError(
            f"{self._named} did not answer {call} within {self.seconds:g} seconds",
            hint="See whether what it keeps things in can be reached, or leave the option `store` out.",
        )
