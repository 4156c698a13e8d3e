"""What Claude says when it does not answer, as errors. No I/O.

The same words come as the body of an HTTP error and in the middle of a stream: `error.type`,
`error.details.error_code` and `error.message`. Seen 2024-12 to 2026-09 in public clients.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ContextTooLong,
    InvalidRequest,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)
from jackfield_web import KnownRefusal, Refusals, error_in

from ._limit import limit_error, limit_in

_REFUSALS: Final = Refusals(
    site="Claude",
    words=("type", "details.error_code", "code", "message"),
    known=(
        KnownRefusal(
            AuthenticationRequired,
            "the session at Claude has ended",
            hint="Log in again, or give a newer cookie.",
            words="account_session_invalid",
        ),
        KnownRefusal(ProviderUnavailable, "Claude is overloaded", words=r"^\w*overloaded"),
        KnownRefusal(
            ContextTooLong, "Claude cannot read so much", words="(?i)^invalid_request_error .*too long"
        ),
        KnownRefusal(
            ContextTooLong,
            "the conversation at Claude has become too long to go on",
            hint="Begin a new conversation.",
            words="(?i)conversation_too_long|conversation_length_limit|maximum conversation",
        ),
        KnownRefusal(InvalidRequest, "Claude refuses", words="^(invalid_request|not_found)_error"),
        KnownRefusal(AuthenticationRequired, "Claude refuses", words="^authentication_error"),
        # What the page calls besides refuses accounts that it is not for: that says nothing of the session.
        KnownRefusal(PermissionDenied, "Claude refuses", words="^permission_(error|denied)"),
        KnownRefusal(RateLimited, "Claude is asked too often", words="^rate_limit_error"),
        KnownRefusal(ProviderUnavailable, "Claude failed", words="^api_error", certainty=Certainty.UNKNOWN),
    ),
)


def refused(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error for the HTTP error that a request of the page was answered with.

    Args:
        status: The status.
        headers: The headers, by their names in small letters.
        body: The body.
    """
    error = _REFUSALS.refused(status, headers, body)
    if (limit := limit_in(error_in(body))) is None:
        return error
    reached = limit_error(limit, error.certainty, time.time())
    if reached.retry_after is None:
        reached.retry_after = error.retry_after
    return reached


def told_error(error: Any, now: float) -> ProviderError:
    """Return the error for an `error` in the middle of a stream; *now* is the time, in seconds since 1970."""
    if (limit := limit_in(error)) is not None:
        return limit_error(limit, Certainty.STARTED, now)
    return _REFUSALS.told(error, Certainty.STARTED)
