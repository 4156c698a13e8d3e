"""Where what outlasts a program is kept, so that a whole team can keep it in one place: files, or a database.

Law: an account is one program's at a time. Who has the lease of an account's name has it alone, on however
many machines the store is used, and only they save what is the account's. Who comes second waits their turn,
is told for whom, and for no longer than their own time allows.
"""

from __future__ import annotations

import asyncio
import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from logging import WARNING
from typing import Final, Literal, Protocol, Self, TypeAlias

import anyio

from jackfield import Certainty, ConfigError, if_cut_off, log_event

from ..errors import SessionLocked
from ..site import told_address

Kind: TypeAlias = Literal["session", "allowance", "delivery", "place"]
"""What is kept of an account: its login, the count of its messages, those on their way, its last browser."""

KINDS: Final[tuple[Kind, ...]] = ("session", "allowance", "delivery", "place")
_LONGEST_NAME: Final = 64
_NAME_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_RESERVED: Final = frozenset({"con", "prn", "aux", "nul"}) | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}
"""Names that Windows gives to devices, whatever directory they are in."""
_WAITED: Final = (
    "It was waited for. Close that program, allow more time (timeout, open_timeout, turn_timeout), or give "
    "this connection a session of its own."
)
FAILURES: Final = (Exception, asyncio.CancelledError)
"""What a store of somebody's own may raise: also what a task of its own was ended with."""

_STEP_SECONDS: Final = 0.25
_RELEASE_SECONDS: Final = 5.0
_TELLING_SECONDS: Final = 5.0
_TELLING_PART: Final = 0.2


class Lease(Protocol):
    """Something that a program has alone until it gives it back."""

    async def release(self) -> None:
        """Give it back. May be called twice."""


class Store(ABC):
    """Keeps what outlasts a program. `jackfield_web.testing.check_store` tries one's own.

    What is kept is as good as a password: a store shows it to nobody but its owner.
    """

    @abstractmethod
    async def load(self, kind: Kind, name: str) -> bytes | None:
        """Return what is kept of the account *name*; None if nothing is.

        Raises:
            SessionStoreError: It cannot be read, or somebody else could have written it.
        """

    @abstractmethod
    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        """Keep *content*, wholly or not at all, in the place of what was kept; None forgets it.

        A store whose leases can end by themselves refuses it to who has lost the account's: the count of a
        message is saved before it goes, so that nothing is sent then.

        Raises:
            SessionUnwritable: It cannot be kept; what was kept before is intact.
            SessionLocked: Another program has the account by now.
        """

    @abstractmethod
    async def lease(self, name: str) -> Lease:
        """Have *name* alone, at once or not at all. A call that is cancelled leaves nothing taken.

        Args:
            name: An account's name, or `browser.…` for a browser whose own cookies are used.

        Raises:
            SessionLocked: Another has it; it says who, as far as that is known.
            SessionStoreError: The store cannot be used.
        """

    async def set_aside(self, kind: Kind, name: str) -> str:
        """Put what makes no sense out of the way; return in words what became of it: forgotten here."""
        await self.save(kind, name, None)
        return "it was deleted"

    @classmethod
    def from_option(cls, text: str) -> Self:
        """Return the store that *text* names, `module:attribute`: a `Store`, or what makes one.

        Raises:
            ConfigError: There is none.
        """
        module, _, attribute = text.partition(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
            made = found if isinstance(found, cls) else found()
        except Exception as error:
            # Somebody else's words, in which a password may stand, are left to the cause.
            raise ConfigError(
                f"there is no store {told_address(text)}: to make it raises {type(error).__name__}",
                hint='Write store = "my_package.my_module:MY_STORE". That is a store, or makes one.',
            ) from error
        if not isinstance(made, cls):
            raise ConfigError(f"{text!r} is no store", hint="It is a `jackfield_web.Store`, or makes one.")
        return made


@asynccontextmanager
async def leased(store: Store, name: str, *, seconds: float = math.inf) -> AsyncIterator[None]:
    """Have *name* alone for the length of a block; wait for it as long as the caller has time.

    Args:
        store: Where it is leased.
        name: The account's name.
        seconds: How long to wait for another program, at most.

    Raises:
        SessionLocked: Another has it, and keeps it.
        SessionStoreError: The store cannot be used.
    """
    lease = await (_awaited(store, name, seconds) if seconds else store.lease(name))
    try:
        yield
    finally:
        await give_back(lease, name)


def raise_if_ours(error: BaseException) -> None:
    """Raise *error* again if it is what ends this very task."""
    if not isinstance(error, asyncio.CancelledError):
        return
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return  # no task of another event loop ends by it
    if task is not None and task.cancelling():
        raise error


async def give_back(lease: Lease, name: str) -> None:
    """Give *lease* back; a store that does not take it keeps nobody from going on."""
    why = f"within {_RELEASE_SECONDS:g} seconds"
    with anyio.move_on_after(_RELEASE_SECONDS, shield=True):
        try:
            await lease.release()
        except FAILURES as error:
            raise_if_ours(error)
            why = f"and raises {type(error).__name__}"
        else:
            return
    told = f"the store does not take the lease of {name!r} back {why}"
    log_event("session.not_released", level=WARNING, layer="web", why=told)


async def _awaited(store: Store, name: str, seconds: float) -> Lease:
    end, is_told = min(_end_of_time(), anyio.current_time() + seconds), False
    while True:
        try:
            return await store.lease(name)
        except SessionLocked as error:
            # What this program has itself nobody gives back while it waits.
            if error.is_own or anyio.current_time() >= end:
                error.hint = error.hint or _WAITED
                raise
            why = error.message
        if not is_told:
            log_event("session.waiting", level=WARNING, layer="web", why=why)
            is_told = True
        with if_cut_off(f"It waited: {why}.", Certainty.NOT_SENT):
            await anyio.sleep(min(_STEP_SECONDS, max(0.0, end - anyio.current_time())))


def _end_of_time() -> float:
    """Return until when to wait: a moment before the caller's time ends, to say what was waited for."""
    end, now = anyio.current_effective_deadline(), anyio.current_time()
    return end - min(_TELLING_SECONDS, max(0.0, end - now) * _TELLING_PART)


def checked_name(name: str) -> str:
    """Return *name* if it can be a session's: it becomes a file's name and must not leave the directory.

    Raises:
        ConfigError: It cannot.
    """
    fits = isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and set(name) <= _NAME_CHARACTERS
    if not fits or name in _RESERVED:
        shown = repr(name[:_LONGEST_NAME]) if isinstance(name, str) else type(name).__name__
        raise ConfigError(
            f"{shown} cannot be a session's name",
            hint=f"Use 1 to {_LONGEST_NAME} lower-case letters, digits, '_' and '-'.",
        )
    return name
