"""From what a page's remote refuses with, to an error. No I/O.

Law: a status is not enough. 403 is a login that has ended, a firewall, a plan that lacks something, or a page
that wants proof of a person; headers and body tell which. And the same refusals come inside a stream that was
answered with 200.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ContextTooLong,
    InvalidRequest,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RunFailed,
)

from ..wire import Record, json_or_text, pick, words_of

Refusal: TypeAlias = Callable[[int, Mapping[str, str], bytes], ProviderError]
"""Makes an error of an HTTP status, of headers by their names in small letters, and of a body."""

_BY_STATUS: Final[Mapping[int, type[ProviderError]]] = {
    401: AuthenticationRequired,
    402: QuotaExhausted,
    403: PermissionDenied,
    408: ProviderUnavailable,
    409: ProviderUnavailable,
    413: ContextTooLong,
    425: ProviderUnavailable,
    429: RateLimited,
}
_MAY_HAVE_ACTED: Final = frozenset({408, 409})
"""Of those below 500: what took too long, and what was in conflict, perhaps with itself, asked before."""
_ANY_STATUS: Final = range(1000)
FIRST_ERROR_STATUS: Final = 400
_FIRST_SERVER_ERROR: Final = 500
_OVERLOADED: Final = 529
"""What sites behind a load balancer answer with before anybody has looked at the request."""
# Its title is of the browser's language; what its script is given has the same name in each.
_INTERSTITIAL: Final = re.compile(rb"<title>\s*Just a moment|window\._cf_chl_opt\b", re.IGNORECASE)
_STATUS: Final = re.compile(r"[1-5]\d\d", re.ASCII)


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error for an HTTP status that the page's request was answered with.

    Of the body only Cloudflare's interstitial is known (seen 2026-06); the rest is not read.
    """
    return _challenge(headers, body) or _plain(status, headers)


@attrs.frozen
class KnownRefusal:
    """A refusal that a site is known for.

    Attributes:
        error: The class of its error.
        said: What it means, in one sentence; the site's own words follow it.
        hint: What to do.
        words: A regular expression, found in the site's words.
        statuses: The HTTP statuses; inside a stream, the number that stands for one, or 0.
        certainty: Whether the site can have acted when it answers with this.
    """

    error: type[ProviderError]
    said: str
    hint: str | None = attrs.field(default=None, kw_only=True)
    words: str = attrs.field(default="", kw_only=True)
    statuses: Container[int] = attrs.field(default=_ANY_STATUS, kw_only=True)
    certainty: Certainty = attrs.field(default=Certainty.REJECTED, kw_only=True)


@attrs.frozen(kw_only=True)
class Refusals:
    """What a site refuses with.

    Attributes:
        site: The site's name, for people.
        words: Paths into an error of the site's, where its words stand.
        known: Its refusals; the first that fits counts.
        codes: Paths where, inside a stream, the number of a status may stand; the first that has one counts.
    """

    site: str
    words: Sequence[str]
    known: Sequence[KnownRefusal]
    codes: Sequence[str] = ("code",)

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Return the error for an HTTP error; a `Refusal`."""
        words = words_of(error_in(body), *self.words)
        if (challenge := _challenge(headers, body)) is not None:
            return challenge
        if (known := self._known(status, words)) is None:
            return _plain(status, headers, words)
        return _error(known, words, known.certainty, _seconds(headers))

    def told(self, error: Any, certainty: Certainty) -> ProviderError:
        """Return the error for an `error` inside a stream.

        Args:
            error: What stands there, whatever it is.
            certainty: Whether the site had begun to answer.
        """
        words = words_of(error, *self.words)
        told = [str(pick(Record(error), path) or "") for path in self.codes]
        code = next(filter(_STATUS.fullmatch, told), "") or next(filter(None, told), "")
        known = self._known(int(code) if _STATUS.fullmatch(code) else 0, words)
        if known is None:
            return RunFailed(f"{self.site} failed: {words or 'it does not say why'}", status=code or None)
        return _error(known, words, certainty, None)

    def _known(self, status: int, words: str) -> KnownRefusal | None:
        fitting = (one for one in self.known if status in one.statuses and re.search(one.words, words))
        return next(fitting, None)


def error_in(body: bytes) -> Any:
    """Return the `error` of a body that is JSON, the whole of one that has none, or a text."""
    told = json_or_text(body.decode(errors="replace"))
    return (told.get("error") or told) if isinstance(told, Mapping) else told


def _challenge(headers: Mapping[str, str], body: bytes) -> ChallengeRequired | None:
    """Return the error for Cloudflare's interstitial, if it stands in the answer's place."""
    if headers.get("cf-mitigated") != "challenge" and not _INTERSTITIAL.search(body):
        return None
    return ChallengeRequired(
        "the page's remote wants proof of a person",
        hint="Open the site once in a window: jackfield login NAME.",
        certainty=Certainty.REJECTED,
    )


def _plain(status: int, headers: Mapping[str, str], words: str = "") -> ProviderError:
    """Return the error of a status that says no more than itself."""
    is_server_s = status >= _FIRST_SERVER_ERROR
    is_open = status in _MAY_HAVE_ACTED or (is_server_s and status != _OVERLOADED)
    kind = ProviderUnavailable if is_server_s else _BY_STATUS.get(status, InvalidRequest)
    said = f"the page's remote answered its request with the HTTP status {status}"
    return kind(
        f"{said}: {words}" if words else said,
        certainty=Certainty.UNKNOWN if is_open else Certainty.REJECTED,
        retry_after=_seconds(headers),
    )


def _error(known: KnownRefusal, words: str, certainty: Certainty, retry_after: float | None) -> ProviderError:
    said = f"{known.said}: {words}" if words else known.said
    return known.error(said, hint=known.hint, certainty=certainty, retry_after=retry_after)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait that a remote tells; pages' remotes tell no dates."""
    told = headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdecimal() else None
