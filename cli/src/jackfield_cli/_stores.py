"""Where credentials are kept: the system's keyring, or a file that only its owner can read.

Law: a secret is kept in one place at a time, so it does not matter which place is looked into first; the
file is, because looking there costs nothing and cannot hang.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import quote, unquote

import attrs

from jackfield import ConfigError

from ._private import data_folder, files, read_private, write_private

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Result = TypeVar("Result")

KEYRING_SECONDS: Final = 5.0
_SERVICE: Final = "jackfield"


class StoreUnavailable(Exception):
    """The store cannot be used here; the text says why."""


class NoStore(StoreUnavailable):
    """There is no such store here, so nothing can be in it."""


class Store(Protocol):
    """Keeps one text for each connection."""

    title: str

    def load(self, connection: str) -> str | None:
        """Return what is kept for *connection*, or None."""

    def save(self, connection: str, text: str) -> None:
        """Keep *text* for *connection*."""

    def remove(self, connection: str) -> bool:
        """Forget what is kept for *connection*; return whether there was something."""


def _usual_folder() -> Path | None:
    """Return the folder; None for a user without a home, for whom nothing was ever kept."""
    try:
        return data_folder() / "credentials"
    except ConfigError:
        return None


@attrs.define(eq=False)
class FileStore:
    """A file for each connection: 0600 in a 0700 folder. Errors are `ConfigError`s."""

    folder: Path | None = attrs.field(factory=_usual_folder)
    title: str = "a private file"

    def path(self, connection: str) -> Path:
        """The file of *connection*; its name cannot lead out of the folder."""
        folder = self.folder or data_folder() / "credentials"
        return folder / f"{quote(connection, safe='')}.json"

    def load(self, connection: str) -> str | None:
        """Return what is kept for *connection*, or None."""
        return read_private(self.path(connection)) if self.folder else None

    def names(self) -> list[str]:
        """Return the connections that something is kept for, sorted."""
        found = files(self.folder, "*.json") if self.folder else ()
        return sorted(unquote(file.stem) for file in found)

    def save(self, connection: str, text: str) -> None:
        """Keep *text* for *connection*."""
        write_private(self.path(connection), text)

    def remove(self, connection: str) -> bool:
        """Forget what is kept for *connection*; return whether there was something."""
        try:
            if self.folder:
                self.path(connection).unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return self.folder is not None


@attrs.define(eq=False)
class KeyringStore:
    """The system's keyring, each call in a thread with a deadline: a locked one may wait for ever.

    Raises:
        StoreUnavailable: By every method: there is no keyring, it is locked, or it does not answer.
    """

    seconds: float = KEYRING_SECONDS
    title: str = "the keyring"

    def load(self, connection: str) -> str | None:
        """Return what is kept for *connection*, or None."""
        return self._call(lambda backend: backend.get_password(_SERVICE, connection))

    def save(self, connection: str, text: str) -> None:
        """Keep *text* for *connection*, and see that it is kept."""

        def keep(backend: KeyringBackend) -> bool:
            backend.set_password(_SERVICE, connection, text)
            return backend.get_password(_SERVICE, connection) == text

        if not self._call(keep):
            raise StoreUnavailable("the keyring does not keep what it is given")

    def remove(self, connection: str) -> bool:
        """Forget what is kept for *connection*; return whether there was something."""

        def forget(backend: KeyringBackend) -> bool:
            if backend.get_password(_SERVICE, connection) is None:
                return False
            backend.delete_password(_SERVICE, connection)
            return True

        return self._call(forget)

    def describe(self) -> str:
        """Return the keyring's name, once it has answered a question."""

        def ask(backend: KeyringBackend) -> str:
            backend.get_password(_SERVICE, "")
            return backend.name

        return self._call(ask)

    def _call(self, work: Callable[[KeyringBackend], Result]) -> Result:
        return within(self.seconds, lambda: work(_backend()))


def _backend() -> KeyringBackend:
    import keyring

    backend = keyring.get_keyring()
    if backend.priority < 1:
        raise NoStore("no keyring is installed or running")
    return backend


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what *work* gives, in a thread that is left to itself after so many seconds.

    Raises:
        StoreUnavailable: It took longer, or raised.
    """
    done: dict[str, Any] = {}

    def call() -> None:
        try:
            done["result"] = work()
        except BaseException as error:  # noqa: BLE001  a keyring backend may raise anything, a native panic too
            done["error"] = error

    thread = threading.Thread(target=call, name="jackfield-keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    if "result" in done:
        result: Result = done["result"]
        return result
    error = done.get("error")
    if isinstance(error, StoreUnavailable):
        raise error
    if error is not None:
        # Only the class: a backend's message may repeat what it was asked to keep.
        raise StoreUnavailable(f"the keyring failed: {type(error).__name__}")
    raise StoreUnavailable(f"the keyring did not answer within {seconds:g} s; it may be locked")
