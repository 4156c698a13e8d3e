"""What went wrong, in words that all wires share. A wire says what each is called there.

Law: a fault holds no text of a remote, no header, no path: the class, the connection and the request's id
are enough to find the rest in the log. What we found ourselves before anything was sent is told in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from jackfield import (
    AccountBusy,
    AuthenticationRequired,
    Certainty,
    CircuitOpen,
    ContentRefused,
    ContextTooLong,
    DeadlineExceeded,
    InvalidRequest,
    JackfieldError,
    ModelNotFound,
    PermissionDenied,
    ProviderClosed,
    ProviderError,
    QueueFull,
    QuotaExhausted,
    RateLimited,
    UnknownConnection,
    Unsupported,
)

Kind: TypeAlias = Literal[
    "invalid",
    "unsupported",
    "context",
    "refused",
    "token",
    "login",
    "permission",
    "quota",
    "rate",
    "model",
    "path",
    "method",
    "media_type",
    "too_large",
    "too_slow",
    "host",
    "origin",
    "busy",
    "uncertain",
    "timeout",
    "withdrawn",
    "internal",
]

STATUSES: Final[Mapping[Kind, int]] = {
    "invalid": 400,
    "unsupported": 400,
    "context": 400,
    "refused": 400,
    "token": 401,
    "login": 403,  # not 401: clients drop their own key then, and ask for another
    "permission": 403,
    "quota": 429,
    "rate": 429,
    "model": 404,
    "path": 404,
    "method": 405,
    "media_type": 415,
    "too_large": 413,
    "too_slow": 408,
    "host": 421,
    "origin": 403,
    "busy": 503,
    "uncertain": 502,
    "timeout": 504,
    "withdrawn": 502,
    "internal": 500,
}

_KINDS: Final[tuple[tuple[tuple[type[JackfieldError], ...], Kind], ...]] = (
    ((UnknownConnection, ModelNotFound), "model"),
    ((ContextTooLong,), "context"),
    ((ContentRefused,), "refused"),
    ((Unsupported,), "unsupported"),
    ((InvalidRequest,), "invalid"),
    ((AuthenticationRequired,), "login"),
    ((PermissionDenied,), "permission"),
    ((QuotaExhausted,), "quota"),
    ((RateLimited,), "rate"),
    ((DeadlineExceeded,), "timeout"),
    ((QueueFull, AccountBusy, CircuitOpen, ProviderClosed), "busy"),
)

_NOTHING_DONE: Final = frozenset({Certainty.NOT_SENT, Certainty.REJECTED})

_SENTENCES: Final[Mapping[Kind, str]] = {
    "invalid": "the provider refuses the request as it is",
    "unsupported": "the provider cannot do what was asked",
    "context": "the request is longer than the model takes",
    "refused": "the provider will not answer this",
    "login": "the connection's own account needs a login: see `jackfield auth` and `jackfield login`",
    "permission": "the connection's account may not do this",
    "quota": "the connection's quota is used up",
    "rate": "the provider is asked too fast",
    "model": "there is no such model",
    "busy": "the provider is not to be had now; nothing was sent",
    "uncertain": "the request failed after it may have been acted on; it was not sent again",
    "timeout": "the time limit ended the request",
    "internal": "the front door itself failed",
}


@attrs.frozen(kw_only=True)
class Fault:
    """One failure, as a client is told of it.

    Attributes:
        kind: What it is.
        message: A sentence for people.
        retry: Whether the client may send the request again by itself.
        retry_after: Seconds after which.
        param: The field of the request that is wrong, where it is one.
    """

    kind: Kind
    message: str
    retry: bool = False
    retry_after: float | None = None
    param: str | None = None

    @property
    def status(self) -> int:
        """The HTTP status; a wire may have another."""
        return STATUSES[self.kind]


class Refusal(Exception):
    """A request is refused by the front door itself; carries the fault that is told."""

    def __init__(self, kind: Kind, message: str, **details: Any) -> None:
        super().__init__(message)
        self.fault = Fault(kind=kind, message=message, **details)


def fault_of(error: BaseException, request_id: str) -> Fault:
    """Return what a client is told of *error*."""
    if isinstance(error, Refusal):
        return error.fault
    if not isinstance(error, JackfieldError):
        return Fault(kind="internal", message=_sentence("internal", "", request_id))
    kind = _kind(error)
    if _is_ours(error):
        message = f"{error} (request {request_id})"
    else:
        named = f"{type(error).__name__} at {getattr(error, 'connection', '') or 'the connection'}"
        message = _sentence(kind, f" ({named})", request_id)
    retry_after = getattr(error, "retry_after", None)
    return Fault(kind=kind, message=message, retry=_may_repeat(error, kind), retry_after=retry_after)


def _kind(error: JackfieldError) -> Kind:
    for classes, kind in _KINDS:
        if isinstance(error, classes):
            return kind
    if not isinstance(error, ProviderError):
        return "internal"
    return "busy" if surely_not_acted_on(error) else "uncertain"


def _may_repeat(error: JackfieldError, kind: Kind) -> bool:
    """Whether a client may repeat what failed. Both big vendors' clients obey it, and send again without."""
    if not isinstance(error, ProviderError):
        return False
    # What may have been acted on is never sent again by a machine that cannot know what it was.
    if error.certainty in {Certainty.UNKNOWN, Certainty.STARTED}:
        return False
    return kind in {"busy", "rate"} and not isinstance(error, ProviderClosed)


def surely_not_acted_on(error: BaseException | None) -> bool:
    """Whether an error tells for certain that the remote did nothing."""
    return isinstance(error, ProviderError) and error.certainty in _NOTHING_DONE


def _is_ours(error: JackfieldError) -> bool:
    """Whether the sentence is the core's own, made before anything was sent, with no word of a remote."""
    if isinstance(error, UnknownConnection):
        return True
    return (
        isinstance(error, InvalidRequest) and error.certainty is Certainty.NOT_SENT and error.status is None
    )


def _sentence(kind: Kind, named: str, request_id: str) -> str:
    told = _SENTENCES.get(kind, "the request failed")
    return f"{told}{named} (request {request_id})"
