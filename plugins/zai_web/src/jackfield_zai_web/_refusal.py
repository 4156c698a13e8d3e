"""What z.ai says when it does not answer, as errors. No I/O.

The same refusals come as an HTTP status and inside a stream that was answered with 200, as `error` with a
`code` and a `detail`. Seen 2025-10 to 2026-10 in public clients and on the wire.

* ProviderError
  * AuthenticationRequired    401: the token has ended
    * ChallengeRequired       FRONTEND_CAPTCHA_REQUIRED: the page must show a captcha, and a person pass it
  * PermissionDenied
    * FirewallBlocked         405: the firewall in front of the site
  * RateLimited               429
    * TooManyAtOnce           the account's limit of answers that are written at once
  * PageOutdated              426: the page that is open is older than the site takes
  * ProviderUnavailable       5xx
  * RunFailed                 anything else
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RunFailed,
    redact,
)
from jackfield_web import PageOutdated, refusal

_CAPTCHA: Final = "FRONTEND_CAPTCHA_REQUIRED"
_AT_ONCE: Final = re.compile(r"concurren|并发", re.IGNORECASE)
_UNAUTHORIZED, _BLOCKED, _OUTDATED, _TOO_MANY, _SERVER_ERROR = 401, 405, 426, 429, 500
_SECRETS: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=token=)[^&\s\"']+", re.IGNORECASE)
_LONGEST: Final = 300
_SPACE: Final = re.compile(r"\s+")


class FirewallBlocked(PermissionDenied):
    """The firewall in front of the site blocks this browser or its network; the site did not see it."""


class TooManyAtOnce(RateLimited):
    """The account has as many answers under way as z.ai writes for it at once."""


def refused(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error for what a request of the page was refused with."""
    said = body.decode(errors="replace")
    known = _known(status, _words(_error_in(said) or said), Certainty.REJECTED)
    if known is None:
        return refusal(status, headers, body)
    seconds = headers.get("retry-after", "")
    known.retry_after = float(seconds) if seconds.isdecimal() else None
    return known


def told_in_stream(error: Any, *, begun: bool) -> ProviderError:
    """Return the error for an `error` in a stream.

    Args:
        error: What the frame has in its place.
        begun: Whether something of the answer was told before.
    """
    certainty = Certainty.STARTED if begun else Certainty.REJECTED
    code = str(error.get("code") or "") if isinstance(error, dict) else ""
    words = _words(error)
    known = _known(int(code) if code.isdecimal() else 0, words, certainty)
    return known or RunFailed(f"z.ai failed: {words or 'it does not say why'}", status=code or None)


def _known(status: int, words: str, certainty: Certainty) -> ProviderError | None:
    """Return the error for a refusal that has a name here."""
    if _CAPTCHA in words:
        return ChallengeRequired(
            f"z.ai wants a captcha to be solved before it answers: {words}",
            hint="Solve it in a window of the same login; with show = true the window waits for you.",
            certainty=certainty,
        )
    if _AT_ONCE.search(words) and status < _SERVER_ERROR:
        return TooManyAtOnce(
            f"z.ai writes no more answers at once for this account: {words}",
            hint="Wait for the others to end, or set max_concurrency to 1.",
            certainty=certainty,
        )
    kind, said, hint = _BY_STATUS.get(status, (None, "", None))
    return kind(f"{said}: {words}" if words else said, hint=hint, certainty=certainty) if kind else None


_BY_STATUS: Final[Mapping[int, tuple[type[ProviderError], str, str | None]]] = {
    _UNAUTHORIZED: (AuthenticationRequired, "z.ai does not know the login any more", "Log in again."),
    _BLOCKED: (
        FirewallBlocked,
        "the firewall in front of z.ai blocks this browser or its network (HTTP 405)",
        "Open the site in a browser of your own on the same network, and slow down.",
    ),
    _OUTDATED: (
        PageOutdated,
        "the page that is open is an older version than z.ai takes (426)",
        "The next request opens it anew.",
    ),
    _TOO_MANY: (RateLimited, "z.ai is asked too often", None),
    503: (ProviderUnavailable, "z.ai is overloaded", None),
}


def _error_in(text: str) -> Any:
    """Return the error that a body of JSON tells of; None when it is none."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told.get("error") or told if isinstance(told, dict) else None


def _words(said: Any) -> str:
    """Return a remote's words as they may be shown: one short line, without anything that logs in."""
    if isinstance(said, dict):
        told = ("code", "detail", "message", "captcha_error_type")
        said = " ".join(dict.fromkeys(str(said[name]) for name in told if said.get(name)))
    text = _SPACE.sub(" ", _SECRETS.sub("…", redact(str(said)))).strip()
    return "" if text.startswith("<") else text[:_LONGEST]
