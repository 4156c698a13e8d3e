"""How long to wait for an answer, and what on the page says that waiting is in vain. No I/O."""

from __future__ import annotations

from typing import Final

from jackfield import Certainty, ChallengeRequired, ProviderError, QuotaExhausted, RunTimeout

from ..site import Timing
from ._look import Look

_SIGHTINGS: Final = 3
_UNSEEN_END: Final = (
    " If it stands whole on the page, the sign of its end that the Site names was not seen; "
    "`jackfield doctor` tells what of a Site is still there."
)
_STALLED_SECONDS: Final = 10.0
"""An answer that says nothing for so long while the page wants proof of a person waits for that person."""


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
        self._sightings = 0

    def hear(self, now: float) -> None:
        """Note that something of the answer was heard."""
        self._heard_at = now

    def silence(self, now: float) -> float:
        """Return the seconds for which nothing was heard."""
        return now - (self._since if self._heard_at is None else self._heard_at)

    def see(self, look: Look, now: float, *, quiet: bool, told: ProviderError | None = None) -> None:
        """Take a look in.

        Args:
            look: The look.
            now: The time, in seconds.
            quiet: Whether nothing of the answer was told yet.
            told: What the remote itself refused with, as far as that was heard; it says more than a banner,
                such as until when.

        Raises:
            ProviderError: *told*, where the page said three times that the account's limit is reached.
            QuotaExhausted: It did so, and nothing was told.
            ChallengeRequired: It said three times that it wants proof of a person, before the answer or in a
                pause of it.
        """
        if look.turns is not None or look.thoughts is not None or (self._heard_at is None and look.works):
            self.hear(now)
        # Once may be a part of the page that is being drawn; and an answer may speak of limits itself.
        has_stalled = look.challenge and self.silence(now) >= _STALLED_SECONDS
        refused = has_stalled or (quiet and (look.limit or look.challenge))
        self._sightings = self._sightings + 1 if refused else 0
        if self._sightings < _SIGHTINGS:
            return
        if quiet and look.limit:
            raise told or QuotaExhausted("the page says that the account's limit is reached")
        raise ChallengeRequired(
            "the page wants proof of a person",
            hint="Log in once in a visible window of the same profile.",
            certainty=Certainty.REJECTED if quiet else Certainty.STARTED,
        )

    def check(self, now: float) -> None:
        """Look at the clock.

        Raises:
            RunTimeout: A limit has passed; *phase* is `first_token`, `idle` or `total`.
        """
        limits = self._timing
        if now - self._since > limits.total:
            raise _late("total", limits.total, "the answer was not complete")
        if self._heard_at is None and now - self._since > limits.first_token:
            raise _late("first_token", limits.first_token, "nothing of the answer was seen")
        if self._heard_at is not None and now - self._heard_at > limits.idle:
            what = "the answer was not complete, and nothing new came"
            raise _late("idle", limits.idle, what, more=_UNSEEN_END)


def _late(phase: str, seconds: float, what: str, *, more: str = "") -> RunTimeout:
    return RunTimeout(
        f"{what} in {seconds:g} seconds",
        phase=phase,
        hint=f"The Site's setting timing.{phase} is that limit.{more}",
    )
