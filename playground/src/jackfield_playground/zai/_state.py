"""The control room of the z.ai room: tokens, sliders and what arrived, besides what every page has."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import attrs

from jackfield_playground._chat import ChatState

from ._settings import ZaiSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

FaultForm: TypeAlias = Literal["frame", "event", "json"]


@attrs.frozen(kw_only=True)
class Visitor:
    """Who a token belongs to.

    Attributes:
        id: Their id.
        role: `guest` or `user`.
        name: What the page calls them.
        email: Their address.
    """

    id: str
    role: str
    name: str
    email: str


@attrs.frozen(kw_only=True)
class Completion:
    """A request for an answer as it arrived, refused or not.

    Attributes:
        path: Its path.
        query: The fields of its query.
        headers: Its headers, by their names in small letters.
        body: Its body.
    """

    path: str
    query: Mapping[str, str] = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: Mapping[str, Any] = attrs.field(repr=False)


@final
class ZaiState(ChatState[ZaiSettings]):
    """Settings, failures, conversations and tokens of the z.ai room; safe from any thread, never blocking."""

    def __init__(self, settings: ZaiSettings) -> None:
        super().__init__(settings)
        self._visitors: dict[str, Visitor] = {}
        self._owners: dict[str, str] = {}
        self._faults: deque[tuple[dict[str, Any], FaultForm]] = deque()
        self._completions: list[Completion] = []
        self._known_tokens: list[str] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        """Names and contents of what was uploaded, by id."""

    def fault_next(self, code: int | str, detail: Any = "", *, form: FaultForm = "frame") -> None:
        """Answer the next message with an error though the status is 200; it is not counted as asked.

        Args:
            code: Its code.
            detail: Words, or an object with a code of its own.
            form: Whether it comes in a frame, as an event `error`, or as JSON in a stream's place.
        """
        self._faults.append(({"code": code, "detail": detail}, form))

    def log_everyone_out(self) -> None:
        """Forget every token, as a remote does whose sessions have expired."""
        self._visitors.clear()

    @property
    def completions(self) -> tuple[Completion, ...]:
        """Every request for an answer so far, oldest first."""
        return tuple(self._completions)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every token that was handed out since the start, good or not."""
        return tuple(self._known_tokens)

    @property
    def logins(self) -> int:
        """How many tokens of somebody who signed in are good now."""
        return sum(visitor.role == "user" for visitor in tuple(self._visitors.values()))

    def new_token(self, *, email: str = "") -> str:
        """Return a token for the account, or for a new guest without *email*."""
        name = email.partition("@")[0] or f"Guest-{time.time_ns() // 1_000_000}"
        id_ = email or secrets.token_hex(8)
        role = "user" if email else "guest"
        email = email or f"{name}@guest.com"
        payload: dict[str, Any] = {"id": id_, "email": email, "nonce": secrets.token_hex(8)}
        if (seconds := self.settings.token_seconds) is not None:
            payload["exp"] = int(time.time()) + seconds
        token = f"{_base64({'alg': 'ES256', 'typ': 'JWT'})}.{_base64(payload)}.{secrets.token_urlsafe(32)}"
        self._visitors[token] = Visitor(id=id_, role=role, name=name, email=email)
        self._known_tokens.append(token)
        return token

    def visitor(self, token: str | None) -> Visitor | None:
        """Return whose a token is, or None when it is nobody's. For the server's thread."""
        return self._visitors.get(token or "")

    def own(self, conversation: str, visitor: Visitor) -> None:
        """Begin a conversation of a visitor's. For the server's thread."""
        self._owners[conversation] = visitor.id
        self.thread(conversation)

    def owns(self, conversation: str, visitor: Visitor) -> bool:
        """Whether a conversation is a visitor's. For the server's thread."""
        return self._owners.get(conversation) == visitor.id

    def conversations(self, visitor: Visitor) -> list[str]:
        """Return a visitor's conversations, newest first. For the server's thread."""
        return [one for one, owner in reversed(self._owners.items()) if owner == visitor.id]

    def at_work(self, visitor: Visitor) -> int:
        """How many answers are written for a visitor now. For the server's thread."""
        return sum(not answer.over for one in self.conversations(visitor) for answer in self.thread(one))

    def arrived(self, completion: Completion) -> None:
        """Note a request for an answer. For the server's thread."""
        self._completions.append(completion)

    def next_fault(self) -> tuple[dict[str, Any], FaultForm] | None:
        """Take the error that the next answer consists of, and its form. For the server's thread."""
        return self._faults.popleft() if self._faults else None

    def use_proof(self, proof: str | None) -> bool:
        """Take a slider's proof; it is good once. For the server's thread."""
        if proof not in self._people:
            return False
        self._people.discard(proof)
        return True


def _base64(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
