"""The control room of Claude's stand-in: besides what every chat page has, its mail, files and requests."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any, final

import attrs

from jackfield_playground._chat import ChatState

from ._completion import new_id
from ._settings import ClaudeSettings


@attrs.frozen
class Mail:
    """A mail with a code and a link to log in with."""

    to: str
    code: str
    link: str


@final
class ClaudeState(ChatState[ClaudeSettings]):
    """Settings, failures, conversations, logins, mail and files; safe from any thread, never blocking."""

    def __init__(self, settings: ClaudeSettings) -> None:
        super().__init__(settings)
        self.organization = new_id()
        self.identity_url = ""
        self.names: dict[str, str] = {}
        self.temporary: set[str] = set()
        self.files: dict[str, tuple[str, bytes]] = {}
        """Names and contents of what was uploaded, by id."""
        self.bodies: list[dict[str, Any]] = []
        self._mails: list[Mail] = []
        self._pending: dict[str, Mail] = {}
        self._logins.add(settings.session_key)

    @property
    def mails(self) -> tuple[Mail, ...]:
        """Every mail so far, oldest first."""
        return tuple(self._mails)

    @property
    def conversations(self) -> tuple[str, ...]:
        """The conversations that are kept, oldest first."""
        return tuple(one for one in self._threads if self._threads[one] and one not in self.temporary)

    def forget(self, conversation: str) -> None:
        """Delete a conversation. For the server's thread."""
        self._threads.pop(conversation, None)

    def resets_at(self) -> int:
        """Return when the usage limit is reset, in seconds since 1970."""
        return int(time.time() + (self.settings.limited_seconds or 0))

    def send_mail(self, to: str) -> str:
        """Send a code and a link; return the cookie of the browser that asked. For the server's thread."""
        asker = secrets.token_hex(8)
        mail = Mail(to, f"{secrets.randbelow(10**6):06}", self._link(to))
        self._mails.append(mail)
        self._pending[asker] = mail
        return asker

    def _link(self, to: str) -> str:
        """Return a mail's link: what it proves is in its fragment."""
        return f"{self.base_url}/magic-link#{secrets.token_hex(16)}:{base64.b64encode(to.encode()).decode()}"

    def pending(self, asker: str | None) -> Mail | None:
        """Return the mail that a browser waits for. For the server's thread."""
        return self._pending.get(asker or "")

    def new_login(self) -> str:
        """Return the cookie of a new session. For the server's thread."""
        key = f"sk-ant-sid01-{secrets.token_urlsafe(64)}"
        self._logins.add(key)
        return key

    def end_login(self, key: str | None) -> None:
        """End a session. For the server's thread."""
        self._logins.discard(key or "")
