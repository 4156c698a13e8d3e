"""From what a request of the page was answered with, to an error. No I/O.

Law: a status is not enough. 403 is a dead session, a page that wants proof of a person, or a plan that lacks
something; the headers and the body tell which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from jackfield import Certainty, ChallengeRequired, ProviderError, ProviderUnavailable
from jackfield_web import refusal

from ._faults import told_error

_INTERSTITIAL: Final = re.compile(rb"<title>\s*Just a moment", re.IGNORECASE)
_OVERLOADED: Final = 529


def refused(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error for an HTTP error.

    Args:
        status: The status.
        headers: The headers, by their names in small letters.
        body: The body.
    """
    if headers.get("cf-mitigated") == "challenge" or _INTERSTITIAL.search(body):
        return ChallengeRequired(
            "Claude's site wants proof of a person",
            hint="Open the site once in a window: jackfield login NAME.",
        )
    error = _told(status, body)
    if error.retry_after is None:
        error.retry_after = _seconds(headers.get("retry-after", ""))
    return error


def _told(status: int, body: bytes) -> ProviderError:
    plain = refusal(status, {}, body)
    if status == _OVERLOADED:
        plain = ProviderUnavailable("Claude is overloaded", certainty=Certainty.REJECTED)
    said = _json(body)
    if not isinstance(said, Mapping) or "error" not in said:
        return plain
    return told_error(said["error"], plain.certainty, otherwise=type(plain))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _seconds(told: str) -> float | None:
    return float(told) if told.isascii() and told.isdecimal() else None
