"""What a page tells of its own failure, as an error. No I/O.

Law: the page's words say what kind of failure it is, and go no further: they may quote what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConnectionLost,
    ContentRefused,
    ContextTooLong,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RunFailed,
    StreamInterrupted,
)

from ._departures import Departures
from ._look import Look
from ._wire_source import WireSource

_KINDS: Final[Mapping[str, tuple[type[ProviderError], str, str]]] = {
    "too_long": (
        ContextTooLong,
        "the conversation or the message is too long for it",
        r"too long|too large|context (?:length|window)|(?:maximum|token) (?:length|limit)|exceeds",
    ),
    "rate_limited": (
        RateLimited,
        "it was asked too often",
        r"rate.?limit|too (?:many|fast)|slow down|\b429\b",
    ),
    "quota": (
        QuotaExhausted,
        "the account's limit is reached",
        r"quota|limit (?:reached|exceeded)|(?:usage|message|daily|monthly) limit|out of credits?|no credits?",
    ),
    "login": (
        AuthenticationRequired,
        "the login has ended",
        r"(?:log|sign)(?:ged)?[ -]?(?:in|out)|session (?:has )?(?:expired|ended)|unauthori[sz]ed|\b401\b",
    ),
    "refused": (
        ContentRefused,
        "it does not answer this",
        r"content polic|moderat|violat|flagged|safety|guideline",
    ),
    "overloaded": (
        ProviderUnavailable,
        "its remote is down or overloaded",
        r"overload|unavailable|capacity|high demand|busy|maintenance|server error|bad gateway|\b5\d\d\b",
    ),
    "network": (
        ConnectionLost,
        "it lost its own connection",
        r"network|connection|offline|disconnect|failed to fetch|timed? ?out",
    ),
}
_SIGHTINGS: Final = 2
"""Once may be a part of the page that is being drawn."""


def failure_of(words: str, certainty: Certainty, *, site: str) -> ProviderError:
    """Return the error for a page that says *words* of its failure.

    Args:
        words: What the page says.
        certainty: Whether its remote can have acted.
        site: What the page's Site is called.
    """
    for code, (kind, what, said) in _KINDS.items():
        if re.search(said, words, re.IGNORECASE):
            return kind(f"the page says that it failed: {what}", code=code, certainty=certainty)
    return RunFailed(
        "the page says that it failed, in words that tell no kind of failure",
        hint=f"Open the page and read what it says where selectors.error of the Site {site!r} finds it.",
        code="page_failed",
        certainty=certainty,
    )


def require_whole(departures: Departures | None, wire: WireSource | None) -> None:
    """See that what took the message along has not broken off: a page may show half an answer as one.

    Args:
        departures: What was heard of it; None where nothing can be.
        wire: The page's traffic, where its Site names some; of the request that it knows it tells more.

    Raises:
        StreamInterrupted: It has.
    """
    is_known = wire is not None and wire.knows_the_request
    if departures is not None and departures.interruption and not is_known:
        raise StreamInterrupted(
            f"the page's request broke off before the answer was complete: {departures.interruption}",
            hint="If what stands there is whole, name that traffic in the Site's wires, and what ends it.",
        )


@attrs.define(eq=False)
class Failing:
    """Watches for the page's note of its own failure.

    Attributes:
        words: What it says; empty while it says nothing.
    """

    words: str = attrs.field(default="", init=False, repr=False)
    _sightings: int = attrs.field(default=0, init=False)
    _refused_since: float | None = attrs.field(default=None, init=False)

    def see(self, words: str | None, *, grows: bool) -> bool:
        """Take in what the page says of a failure; tell whether to believe it.

        Args:
            words: Its words; None when it says nothing of the kind.
            grows: Whether the answer has grown meanwhile: a page that goes on writing has not failed.
        """
        self.words = words or ""
        self._sightings = self._sightings + 1 if words is not None and not grows else 0
        return self._sightings >= _SIGHTINGS

    def leaves_it(self, look: Look, now: float, grace: float) -> bool:
        """Tell whether the page leaves it at a refusal of the request that took the message along.

        Some try again: so it must have stood for *grace* seconds without work, and without asking anew.
        """
        if look.works or look.turns is not None:
            self._refused_since = None
            return False
        self._refused_since = now if self._refused_since is None else self._refused_since
        return now - self._refused_since >= grace

    def is_undone(self) -> None:
        """Note that the page asked again after a refusal."""
        self._refused_since = None
