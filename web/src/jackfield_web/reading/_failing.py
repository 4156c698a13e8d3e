"""What says that waiting for an answer is in vain: the page tells of a failure, or a limit passes. No I/O.

Law: the page's words say what kind of failure it is, and go no further: they may quote what was asked.
"""

from __future__ import annotations

from typing import Final

import attrs

from jackfield import (
    Certainty,
    ChallengeRequired,
    ProviderError,
    QuotaExhausted,
    RunFailed,
    RunTimeout,
    StreamInterrupted,
)

from ..site import Timing
from ..wire import failure_kind
from ._departures import Departures
from ._look import Look
from ._wire_source import WireSource

_SIGHTINGS: Final = 2
"""Once may be a part of the page that is being drawn."""
_REFUSAL_SIGHTINGS: Final = 3
_WRITTEN_ON: Final = 3
_UNSEEN_END: Final = (
    " If it stands whole on the page, the sign of its end that the Site names was not seen; "
    "`jackfield doctor` tells what of a Site is still there."
)
_OFFLINE_SECONDS: Final = 10.0
_STALLED_SECONDS: Final = 10.0
"""An answer that says nothing for so long while the page wants proof of a person waits for that person."""


def failure_of(words: str, certainty: Certainty, *, site: str) -> ProviderError:
    """Return the error for a page that says *words* of its failure.

    Args:
        words: What the page says.
        certainty: Whether its remote can have acted.
        site: What the page's Site is called.
    """
    if (kind := failure_kind(words)) is not None:
        said = f"the page says that it failed: {kind.what}"
        return kind.error(said, code=kind.code, certainty=certainty)
    return RunFailed(
        "the page says that it failed, in words that tell no kind of failure",
        hint=f"Open the page and read what it says where selectors.error of the Site {site!r} finds it.",
        code="page_failed",
        certainty=certainty,
    )


def loss_of(departures: Departures, look: Look) -> ProviderError | None:
    """Return the error for a message whose request broke off, where *look* saw nothing of an answer."""
    if look.count or not (why := departures.loss):
        return None
    return StreamInterrupted(
        f"the page's request broke off before anything of the answer was seen: {why}",
        certainty=Certainty.UNKNOWN,
    )


async def require_whole(departures: Departures, wire: WireSource) -> None:
    """See that nothing failed or broke off: a page may show half an answer as one.

    Args:
        departures: What was heard of it.
        wire: The page's traffic; of the request that it knows it tells more.

    Raises:
        ProviderError: The remote reported an error last.
        StreamInterrupted: What took the message along has broken off.
    """
    if wire.trouble is not None:
        raise wire.trouble
    if departures.interruption and not wire.knows_the_request:
        raise StreamInterrupted(
            f"the page's request broke off before the answer was complete: {departures.interruption}",
            hint="If what stands there is whole, name that traffic in the Site's wires, and what ends it.",
        )
    if not wire.records and (trouble := await departures.trouble()) is not None:
        raise trouble


@attrs.define(eq=False)
class Failing:
    """Watches for the page's note of its own failure.

    Attributes:
        words: What it says; empty while it says nothing.
    """

    words: str = attrs.field(default="", init=False, repr=False)
    _sightings: int = attrs.field(default=0, init=False)
    _refused_since: float | None = attrs.field(default=None, init=False)
    _changes: int = attrs.field(default=0, init=False)

    def see(self, words: str | None, *, grows: bool) -> bool:
        """Take in what the page says of a failure; tell whether to believe it.

        Args:
            words: Its words; None when it says nothing of the kind.
            grows: Whether the answer has grown meanwhile: a page that goes on writing has not failed.
        """
        self.words = words or ""
        self._sightings = self._sightings + 1 if words is not None and not grows else 0
        return self._sightings >= _SIGHTINGS

    def leaves_it(self, error: ProviderError, look: Look, now: float, grace: float) -> bool:
        """Tell whether the page leaves it at what became of the request that took the message along.

        Some try again: so it must have stood for *grace* seconds without work, and without asking anew. Where
        it broke off they wait longer for the network each time.
        """
        self._changes += bool(look.goes_on and look.count)
        if look.works or look.goes_on:
            self._refused_since = None
            return False
        self._refused_since = now if self._refused_since is None else self._refused_since
        least = max(grace, _OFFLINE_SECONDS) if isinstance(error, StreamInterrupted) else grace
        return now - self._refused_since >= least

    @property
    def is_outgrown(self) -> bool:
        """Whether what is drawn after a refusal is written on: a page draws the refusal's words at once."""
        return self._changes >= _WRITTEN_ON

    def is_undone(self) -> None:
        """Note that the page asked again after a refusal."""
        self._refused_since = None


class Patience:
    """Keeps the time of one answer.

    Args:
        timing: The limits.
        since: When the message was sent, in seconds of the loop's clock.
    """

    def __init__(self, timing: Timing, *, since: float) -> None:
        self._timing = timing
        self._since = since
        self._heard_at: float | None = None
        self._alive_at: float | None = None
        self._sightings = 0

    def hear(self, now: float) -> None:
        """Note that something of the answer was heard."""
        self._heard_at = self._alive_at = now

    def silence(self, now: float) -> float:
        """Return the seconds for which nothing was heard."""
        return now - (self._since if self._heard_at is None else self._heard_at)

    def see(
        self,
        look: Look,
        now: float,
        *,
        quiet: bool,
        told: ProviderError | None = None,
        departures: Departures | None = None,
    ) -> None:
        """Take a look in.

        Args:
            look: The look.
            now: The time, in seconds.
            quiet: Whether nothing of the answer was told yet.
            told: What the remote itself refused with, as far as that was heard; it says more than a banner,
                such as until when.
            departures: What was heard of the message leaving. While a request that holds it is under way it
                may be the last one before the limit; once one was answered the page's word rejects nothing.

        Raises:
            ProviderError: *told*, where the page said three times that the account's limit is reached.
            QuotaExhausted: It did so, and nothing was told.
            ChallengeRequired: It said three times that it wants proof of a person, before the answer or in a
                pause of it.
        """
        if look.goes_on or (self._heard_at is None and look.works):
            self.hear(now)
        elif look.is_drawn_anew:
            # A page that moves while it thinks says nothing, but is not idle.
            self._alive_at = now
        # Once may be a part of the page that is being drawn; and an answer may speak of limits itself.
        is_still = self.silence(now) >= _STALLED_SECONDS
        # What a page tells of its limits while it works may be that this is the last answer.
        at_work = look.works or (departures is not None and departures.is_asking)
        is_limited = look.limit and (is_still or not at_work)
        refused = (look.challenge and is_still) or (quiet and (look.challenge or is_limited))
        self._sightings = self._sightings + 1 if refused else 0
        if self._sightings < _REFUSAL_SIGHTINGS:
            return
        # Who knows the requests tells which of them counts.
        is_taken = told is None and departures is not None and departures.was_taken(())
        rejected = Certainty.REJECTED if told is None else told.certainty
        certainty = Certainty.UNKNOWN if look.works or is_taken else rejected
        if quiet and look.limit:
            raise told or QuotaExhausted(
                "the page says that the account's limit is reached", certainty=certainty
            )
        raise ChallengeRequired(
            "the page wants proof of a person",
            hint="Log in once in a visible window of the same profile.",
            certainty=certainty if quiet else Certainty.STARTED,
        )

    def check(self, now: float) -> None:
        """Look at the clock.

        Raises:
            RunTimeout: A limit has passed; *phase* is `first_token`, `idle` or `total`.
        """
        limits = self._timing
        if now - self._since > limits.total:
            raise _late("total", limits.total, "the answer was not complete")
        if self._alive_at is None and now - self._since > limits.first_token:
            raise _late("first_token", limits.first_token, "nothing of the answer was seen")
        if self._alive_at is not None and now - self._alive_at > limits.idle:
            what = "the answer was not complete, and nothing new came"
            raise _late("idle", limits.idle, what, more=_UNSEEN_END)


def _late(phase: str, seconds: float, what: str, *, more: str = "") -> RunTimeout:
    return RunTimeout(
        f"{what} in {seconds:g} seconds",
        phase=phase,
        hint=f"The Site's setting timing.{phase} is that limit.{more}",
    )
