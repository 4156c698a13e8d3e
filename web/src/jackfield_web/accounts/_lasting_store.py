"""A store whose leases can end by themselves, as over a database that was away: one that ended is had anew.

Law: nobody else's doing is overwritten. A lease is had anew only while nobody has it, and while all that this
program knows of the account is kept as it was; who had it meanwhile has counted messages, or renewed a login.
"""

from __future__ import annotations

from logging import WARNING

import anyio
import attrs

from jackfield import log_event

from ..errors import SessionLocked
from ._store import Kind, Lease, Store, give_back


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
