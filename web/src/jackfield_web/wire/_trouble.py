"""What a remote says of its troubles: which kind of error it is, as it may be shown, and what makes no sense.

Law: a message is an error by its own keys and its event's name. What stands deeper in it, or in its text, may
be a tool's or the answer's own, and a message that calls itself something else tells of that.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConnectionLost,
    ContentRefused,
    ContextTooLong,
    MalformedResponse,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RunFailed,
    redact,
)

from ._framing import Record
from ._paths import pick

_LONGEST: Final = 300
_SPACE: Final = re.compile(r"\s+")
_LOGS_IN: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=token=)[^&\s\"']+", re.IGNORECASE)
"""JSON Web Tokens, and tokens in addresses."""
_WORDS: Final = ("message", "detail", "errorText", "msg", "reason", "code")
_CODES: Final = ("code", "type", "error_code", "status", "status_code", "statusCode")
_CODE: Final = re.compile(r"[\w.#:/-]{1,60}", re.ASCII)
_NAMES: Final = ("type", "event", "kind", "target")
_FAILED: Final = re.compile(
    r"(?:(?:.*[._:/-])?(?:api|chat|completion|generation|message|model|response|run|server|stream)[._-]?)?"
    r"(?:error|exception|failed|failure)",
    re.IGNORECASE,
)
"""What an event of an error is called, such as `error`, `response.failed` or `RUN_ERROR`; a tool's is not."""
_STATES: Final = ("status", "state", "code", "status_code", "statusCode")
_TRUTHS: Final = ("success", "ok")
_SIGNS: Final = frozenset({"error", "detail", *_STATES, *_TRUTHS})
"""Without any of these keys a message is an error by its name alone."""
_ERROR_STATUS: Final = range(400, 600)
_PROBLEM: Final = frozenset({"detail", "title", "status", "code", "instance"})
"""The keys of an error of FastAPI, or of RFC 9457."""


class FailureKind(NamedTuple):
    """A kind of failure that remotes and their pages tell of.

    Attributes:
        code: Its name.
        error: The class of its error.
        what: What it means.
        said: A regular expression, found in what tells it: words, or a code.
    """

    code: str
    error: type[ProviderError]
    what: str
    said: str


_KINDS: Final = (
    FailureKind(
        "too_long",
        ContextTooLong,
        "the conversation or the message is too long for it",
        r"too.?(?:long|large)|context.?(?:length|window)|(?:maximum|token).(?:length|limit)|exceeds",
    ),
    FailureKind(
        "rate_limited",
        RateLimited,
        "it was asked too often",
        r"rate.?limit|too.?(?:many|fast)|slow.?down|\b429\b",
    ),
    FailureKind(
        "quota",
        QuotaExhausted,
        "the account's limit is reached",
        r"quota|limit.(?:reached|exceeded)|(?:usage|message|daily|monthly).limit"
        r"|(?:out of|no|insufficient).credits?",
    ),
    FailureKind(
        "login",
        AuthenticationRequired,
        "the login has ended",
        r"(?:log|sign)(?:ged)?[ -]?(?:in|out)|session.(?:has )?(?:expired|ended)|unauthori[sz]ed"
        r"|authenticat|\b401\b",
    ),
    FailureKind(
        "refused",
        ContentRefused,
        "it does not answer this",
        r"content.?(?:polic|filter)|moderat|violat|flagged|safety|guideline",
    ),
    FailureKind(
        "overloaded",
        ProviderUnavailable,
        "its remote is down or overloaded",
        r"overload|unavailable|capacity|high demand|busy|maintenance|server.?error|bad.gateway|\b5\d\d\b",
    ),
    FailureKind(
        "network",
        ConnectionLost,
        "it lost its own connection",
        r"network|connection|offline|disconnect|failed to fetch|timed? ?out",
    ),
)


def failure_kind(words: str) -> FailureKind | None:
    """Return which kind of failure *words* tell; None where they tell none."""
    return next((one for one in _KINDS if re.search(one.said, words, re.IGNORECASE)), None)


def failed(told: Any, message: Any = None) -> ProviderError:
    """Return the error for a failure that a remote reports in the midst of an answer.

    Args:
        told: What it says of it, in whichever shape; a list has it in its first place.
        message: The message in which that stands. Its codes count too.
    """
    told = told[0] if isinstance(told, list) and told else told
    words = words_of(told, *_WORDS)
    codes = sorted(dict.fromkeys(_codes(told, message)), key=str.isdecimal)
    telling = [*(code for code in codes if not code.isdecimal()), words, *codes]
    kind = next(filter(None, map(failure_kind, telling)), None)
    return (kind.error if kind else RunFailed)(
        f"the page's remote failed: {words or 'it does not say why'}",
        code=codes[0] if codes else kind and kind.code,
        certainty=Certainty.STARTED,
    )


def _codes(told: Any, message: Any) -> Iterator[str]:
    """Yield what tells the kind of an error in a word or a number."""
    inner = message.get("error") if isinstance(message, Mapping) else None
    for place in (told, inner, message):
        found = [place.get(name) for name in _CODES] if isinstance(place, Mapping) else []
        for code in (str(one) for one in found if isinstance(one, str) or type(one) is int):
            if _CODE.fullmatch(code) and not _is_failure(code):
                yield words_of(code)


def error_in(record: Record, *, is_ours: bool) -> ProviderError | None:
    """Return the error that a message is, though nothing says so but the message; None where it is none.

    Args:
        record: The message. A list of one object is that object.
        is_ours: Whether it is known as the answer's, whatever it calls itself.
    """
    data = record.data
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    told = data if isinstance(data, dict) else {}
    names = [name for name in (record.event, *map(told.get, _NAMES)) if name and isinstance(name, str)]
    error = told.get("error")
    if any(map(_is_failure, names)):
        return failed(error or data, data)
    if _SIGNS.isdisjoint(told) or not (is_ours or set(names) <= {"message"}):
        return None
    if error and not isinstance(error, float):
        return failed(data if error is True else error, data)
    return failed(data, data) if _says_failure(told) else None


@functools.lru_cache(maxsize=256)
def _is_failure(name: str) -> bool:
    return _FAILED.fullmatch(name) is not None


def _says_failure(told: Mapping[str, Any]) -> bool:
    states = [told.get(name) for name in _STATES]
    return (
        any(told.get(name) is False for name in _TRUTHS)
        or any(isinstance(one, str) and _is_failure(one) for one in states)
        or any(type(one) is int and one in _ERROR_STATUS for one in states)
        or ("detail" in told and _PROBLEM.issuperset(told))
    )


def words_of(told: Any, *paths: str) -> str:
    """Return a remote's words as they may be shown: one short line, without anything that logs in.

    Args:
        told: What it says: text, or an object. A page of HTML has no words for anybody.
        paths: Where in an object the words stand, in the order in which they are wanted; where none of them
            holds any, the whole object is shown.
    """
    if isinstance(told, Mapping):
        found = [pick(Record(told), path) for path in paths]
        told = (
            " ".join(dict.fromkeys(str(one) for one in found if one and isinstance(one, str | int))) or told
        )
    text = _SPACE.sub(" ", _LOGS_IN.sub("…", redact(str(told or "")))).strip()
    return "" if text.startswith("<") else text[:_LONGEST]


def malformed(whose: str, what: str) -> MalformedResponse:
    """Return the error for a stream that makes no sense.

    Args:
        whose: The remote's name.
        what: What there was of it, and cannot be.
    """
    return MalformedResponse(
        f"{whose}'s stream makes no sense: {what}",
        hint="Its format may have changed; a newer version of the provider may know it.",
        certainty=Certainty.STARTED,
    )
