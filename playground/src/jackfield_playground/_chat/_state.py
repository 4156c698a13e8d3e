"""The control room of a chat page: what a test may change, order and read while it runs.

Law: as in the Codegen room, the server's thread alone writes; other threads swap the settings whole, set an
event, order the next failures, and read copies.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from ._settings import ChatSettings

if TYPE_CHECKING:
    from ._answers import Answer, Asked

S = TypeVar("S", bound=ChatSettings)


class ChatState(Generic[S]):
    """Settings, failures, conversations and logins of a chat page; safe from any thread, never blocking."""

    def __init__(self, settings: S) -> None:
        self.settings = settings
        self.base_url = ""
        self.released = threading.Event()
        self._changing = threading.Lock()
        self._failures: deque[int] = deque()
        self._cuts: deque[int] = deque()
        self._threads: dict[str, list[Any]] = {}
        self._asked: list[Answer] = []
        self._logins: set[str] = set()
        self._people: set[str] = set()
        self._pages: list[str] = []

    def change(self, **changes: Any) -> None:  # attrs checks the names
        """Change settings, by their names; the next page and the next piece see them.

        Raises:
            TypeError: for a name that the settings do not have.
            ValueError: for a value out of its range.
        """
        with self._changing:
            self.settings = attrs.evolve(self.settings, **changes)

    def release(self) -> None:
        """Let held answers go on, now and from now on."""
        self.released.set()

    def fail_next(self, status: int, count: int = 1) -> None:
        """Refuse the next `count` messages with an HTTP status; they are not counted as asked."""
        self._failures.extend([status] * count)

    def cut_next(self, pieces: int) -> None:
        """Let the next answer's connection break off after so many pieces; the answer is written on."""
        self._cuts.append(pieces)

    def log_everyone_out(self) -> None:
        """Forget every login, as a remote does whose sessions have expired."""
        self._logins.clear()

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every message so far, oldest first: one that was sent twice is there twice."""
        return tuple(answer.record() for answer in tuple(self._asked))

    @property
    def pages(self) -> tuple[str, ...]:
        """The path of every page that was opened, in order."""
        return tuple(self._pages)

    @property
    def logins(self) -> int:
        """How many logins are good now."""
        return len(self._logins)

    def thread(self, conversation: str) -> list[Any]:  # the page's own answers
        """Return a conversation, begun if it was not. For the server's thread."""
        return self._threads.setdefault(conversation, [])

    def threads(self) -> list[tuple[str, list[Any]]]:  # the page's own answers
        """Return every conversation with its id, oldest first. For the server's thread."""
        return list(self._threads.items())

    def knows(self, conversation: str) -> bool:
        """Whether there is such a conversation. For the server's thread."""
        return conversation in self._threads

    def note(self, answer: Answer) -> None:
        """Note a message. For the server's thread."""
        self._asked.append(answer)

    def opened(self, path: str) -> None:
        """Note a page. For the server's thread."""
        self._pages.append(path)

    def end_all(self) -> None:
        """End every answer. For the server's thread."""
        for answer in self._asked:
            if not answer.over:
                answer.end()

    def next_failure(self) -> int | None:
        """Take the status that the next message is refused with. For the server's thread."""
        return self._failures.popleft() if self._failures else None

    def next_cut(self) -> int | None:
        """Take the number of pieces after which the next answer breaks off. For the server's thread."""
        return self._cuts.popleft() if self._cuts else None

    def new_login(self) -> str:
        """Return the cookie of a new login. For the server's thread."""
        cookie = secrets.token_hex(16)
        self._logins.add(cookie)
        return cookie

    def is_logged_in(self, cookie: str | None) -> bool:
        """Whether a cookie is a login's, or none is needed. For the server's thread."""
        return not self.settings.login or cookie in self._logins

    def new_person(self) -> str:
        """Return the cookie of somebody who gave proof of being a person. For the server's thread."""
        cookie = secrets.token_hex(16)
        self._people.add(cookie)
        return cookie

    def is_person(self, cookie: str | None) -> bool:
        """Whether no proof of a person is needed. For the server's thread."""
        return not self.settings.challenge or cookie in self._people
