"""A store of somebody's own, which may be slow, fail, or have leases that end by themselves.

Laws: none keeps anybody from going on: it is asked for no longer than a call may take, and whatever it raises
is one of our errors, so that who goes on without what it keeps can. Its own words are left to the error's
cause: in them stands with what name and password its database is reached. What it gives is what was asked
for: bytes in another form would be taken for nonsense, and deleted.

Nobody else's doing is overwritten. A lease that ended, as over a database that was away, is had anew only
while nobody has it, and while all that this program knows of the account is kept as it was; who had it
meanwhile has counted messages, or renewed a login.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from logging import WARNING
from typing import Any, TypeVar

import anyio
import attrs

from jackfield import JackfieldError, log_event

from ..errors import SessionLocked, SessionStoreError
from ._file_store import FileStore
from ._store import FAILURES, Kind, Lease, Store, give_back, raise_if_ours

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
        except FAILURES as error:
            raise_if_ours(error)
            raise SessionStoreError(
                f"{self._named} failed in {call} with {type(error).__name__}",
                hint="Its own error is the cause of this one. Can what it keeps things in be reached?",
            ) from error
        raise SessionStoreError(
            f"{self._named} did not answer {call} within {self.seconds:g} seconds",
            hint="See whether what it keeps things in can be reached, or leave the option `store` out.",
        )


def timely(own: Store | None) -> Store:
    """Return the store of an option: files where it names none, or *own*, whose calls come to an end."""
    return FileStore() if own is None else TimelyStore(own)


@attrs.define(eq=False)
class LastingStore(Store):
    """A store that has a lease anew where that has ended and nothing else has happened."""

    _store: Store
    _leases: dict[str, Lease] = attrs.field(factory=dict, init=False)
    _known: dict[tuple[Kind, str], bytes | None] = attrs.field(factory=dict, init=False, repr=False)
    _renewing: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    async def load(self, kind: Kind, name: str) -> bytes | None:
        """Load it."""
        found = self._known[kind, name] = await self._store.load(kind, name)
        return found

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        """Save it, under a new lease where the old one has ended."""
        lease = self._leases.get(name)
        try:
            await self._store.save(kind, name, content)
        except SessionLocked as lost:
            if lease is None:
                raise
            await self._renew(name, lease, lost)
            await self._store.save(kind, name, content)
        self._known[kind, name] = content

    async def lease(self, name: str) -> Lease:
        """Lease it, and anew where that ends."""
        self._leases[name] = await self._store.lease(name)
        return _LastingLease(self._leases, name)

    async def set_aside(self, kind: Kind, name: str) -> str:
        """Set it aside."""
        told = await self._store.set_aside(kind, name)
        self._known[kind, name] = None
        return told

    async def _renew(self, name: str, ended: Lease, lost: SessionLocked) -> None:
        async with self._renewing:
            if self._leases.get(name) is not ended:
                # It was renewed while this one waited, or given back.
                return
            lease = await self._store.lease(name)
            try:
                for (kind, account), known in tuple(self._known.items()):
                    if account == name and await self._store.load(kind, name) != known:
                        lost.hint = (
                            "Another program has used the account meanwhile. Open the connection anew."
                        )
                        raise lost
            except BaseException:
                await give_back(lease, name)
                raise
            # The one that ended is not given back: a store may know both by the name alone.
            self._leases[name] = lease
            log_event("session.leased_again", level=WARNING, layer="web", session=name)


@attrs.frozen(eq=False)
class _LastingLease:
    """A lease, or the one in its place."""

    _leases: dict[str, Lease]
    _name: str

    async def release(self) -> None:
        """Give it back."""
        if (lease := self._leases.pop(self._name, None)) is not None:
            await lease.release()
