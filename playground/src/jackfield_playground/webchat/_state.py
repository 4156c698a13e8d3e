"""The control room of the chat page."""

from __future__ import annotations

import secrets
from typing import final

import attrs

from jackfield_playground._chat import ChatState

from ._settings import WebChatSettings


@attrs.frozen
class Mail:
    """What was mailed to somebody who wants to log in.

    Attributes:
        code: What they type.
        link: What they open instead, in the same browser; its fragment is the code.
    """

    code: str
    link: str


@final
class WebChatState(ChatState[WebChatSettings]):
    """Settings, failures, conversations and logins of the chat page; safe from any thread, never blocking."""

    def __init__(self, settings: WebChatSettings) -> None:
        super().__init__(settings)
        self._mails: dict[str, Mail] = {}
        self._files: dict[str, tuple[str, bytes]] = {}

    @property
    def mail(self) -> Mail | None:
        """The last mail; None before the first."""
        return next(reversed(self._mails.values()), None)

    @property
    def mails(self) -> int:
        """How many mails were sent."""
        return len(self._mails)

    def send_mail(self) -> str:
        """Mail a code; return the cookie of the browser that asked for it. For the server's thread."""
        cookie, code = secrets.token_hex(16), f"{secrets.randbelow(10**6):06}"
        self._mails[cookie] = Mail(code, f"{self.base_url}/link#{code}")
        return cookie

    def is_mailed(self, cookie: str | None, code: str) -> bool:
        """Whether *code* was mailed for the browser with that cookie. For the server's thread."""
        mail = self._mails.get(cookie or "")
        return mail is not None and mail.code == code

    def keep_file(self, name: str, content: bytes) -> str:
        """Keep a file until its message comes; return its id. For the server's thread."""
        known = secrets.token_hex(8)
        self._files[known] = (name, content)
        return known

    def take_files(self, ids: list[str]) -> dict[str, bytes]:
        """Return files of a message by their names. For the server's thread."""
        return dict(self._files[known] for known in ids if known in self._files)
