"""A place for accounts of which another machine has every one."""

from __future__ import annotations

from jackfield_web import SessionLocked
from jackfield_web.accounts import FileStore, Lease


class Taken(FileStore):
    """Files of this machine, and never a lease."""

    async def lease(self, name: str) -> Lease:
        """Refuse it."""
        raise SessionLocked(f"the session {name!r} is in use on another machine")
