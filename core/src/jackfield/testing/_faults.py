"""What becomes of each fault: how it is told, how certain it is, and that the remote was asked once.

An honest provider fails here as the remote does. One that swallows a fault gives an answer where there is
none, or acts twice, and somebody pays for that.
"""

from __future__ import annotations

import contextlib
from typing import Final

import attrs

from .._capability import Capability
from .._exceptions import (
    Certainty,
    ConnectionLost,
    ContractBroken,
    DeadlineExceeded,
    MalformedResponse,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    StreamInterrupted,
    SubmissionUncertain,
)
from ._remote import RETRY_AFTER
from ._trial import Promise, Trial, expect

_BRIEFLY: Final = 0.3
_AT_LENGTH: Final = 5.0
"""How long a request may take that cannot end by itself: first briefly, and where a slow machine had not even
sent it by then, or had no text yet, for as long as any machine needs."""


@attrs.frozen
class Befallen(Promise):
    """What becomes of one fault.

    Attributes:
        plays: The fault.
        sentence: The promise.
        kinds: The errors that it may become.
        certainties: What the error may say of whether the remote acted.
        keeps_text: Whether text had arrived, which the error keeps.
        has_time: Whether the request has to end by its own time, for the fault does not end it.
        asks_to_wait: Whether the remote tells when to come back, which the error tells on.
        may_be_found: Whether a provider that can take up answers again may find the answer all the same.
    """

    plays: str
    sentence: str
    kinds: tuple[type[ProviderError], ...]
    certainties: frozenset[Certainty]
    keeps_text: bool = False
    has_time: bool = False
    asks_to_wait: bool = False
    may_be_found: bool = False

    @property
    def name(self) -> str:
        """The fault."""
        return self.plays

    async def try_it(self, trial: Trial) -> None:
        """Ask once while the fault is played; look at what comes, and how often the remote was asked."""
        if self.has_time:
            with contextlib.suppress(ContractBroken):
                await self._try(trial, timeout=_BRIEFLY)
                return
        await self._try(trial, **({"timeout": _AT_LENGTH} if self.has_time else {}))

    async def _try(self, trial: Trial, **wishes: float) -> None:
        async with trial.opened() as connection:
            before = trial.steered.posts()
            trial.steered.play(self.plays)
            try:
                response = await connection.answer(trial.message, **wishes)
            finally:
                trial.steered.play("none")
            asked = trial.steered.posts() - before
        expect(asked == 1, f"the remote was asked {asked} times")
        if response.success and self.may_be_found and Capability.ATTACH in trial.capabilities:
            return
        expect(not response.success, f"it was given as a whole answer: {response.content!r}")
        self._judge(trial, response.error)

    def _judge(self, trial: Trial, error: BaseException | None) -> None:
        if isinstance(error, ContractBroken) or not isinstance(error, ProviderError):
            raise ContractBroken(f"it became {type(error).__name__}: {error}")
        wanted = " or ".join(kind.__name__ for kind in self.kinds)
        expect(isinstance(error, self.kinds), f"it became {type(error).__name__}, not {wanted}: {error}")
        sure = " or ".join(sorted(one.value for one in self.certainties))
        expect(error.certainty in self.certainties, f"it says {error.certainty.value!r}, and {sure} is true")
        expect(not trial.told_in(f"{error!r} {error} {error.headers}"), "the error tells a credential")
        if self.asks_to_wait:
            told = error.retry_after
            expect(told == RETRY_AFTER, f"retry_after is {told}, and the remote said {RETRY_AFTER:g} s")
        # Who does not tell text as it comes has none before the end.
        if self.keeps_text and Capability.TEXT_DELTAS in trial.capabilities:
            expect(error.partial, "the text that had arrived is not on the error")
            known = trial.text is None or trial.text.startswith(error.partial)
            expect(known, f"the text that had arrived is told as {error.partial!r}")


_STARTED: Final = frozenset({Certainty.STARTED})
_MAYBE: Final = frozenset({Certainty.UNKNOWN, Certainty.STARTED})

FAULTS: Final[tuple[Promise, ...]] = (
    Befallen(
        "cut",
        "An answer that ends without its end is StreamInterrupted: the remote had begun, the text is kept.",
        (StreamInterrupted,),
        _STARTED,
        keeps_text=True,
    ),
    Befallen(
        "drop",
        "A connection dropped in the middle of an answer is told: the remote had begun, the text is kept.",
        (StreamInterrupted, ConnectionLost),
        _STARTED,
        keeps_text=True,
    ),
    Befallen(
        "error in stream",
        "An error in the middle of an answer is an error, and the remote had begun.",
        (ProviderError,),
        _STARTED,
    ),
    Befallen(
        "error with text",
        "An error that comes in one piece with text is an error, and the text is kept.",
        (ProviderError,),
        frozenset(Certainty),
        keeps_text=True,
    ),
    Befallen(
        "garbled",
        "A piece that makes no sense is MalformedResponse, and the remote had begun.",
        (MalformedResponse,),
        _STARTED,
    ),
    Befallen("empty", "An answer with nothing in it is an error.", (ProviderError,), _MAYBE),
    Befallen(
        "hang",
        "An answer that does not go on ends with the request's time.",
        (DeadlineExceeded,),
        _MAYBE,
        has_time=True,
    ),
    Befallen(
        "pings",
        "Signs of life do not keep an answer alive: it ends with the request's time.",
        (DeadlineExceeded,),
        _MAYBE,
        has_time=True,
    ),
    Befallen(
        "silent",
        "A remote that never answers is left when the request's time is over, and may have acted.",
        (DeadlineExceeded,),
        _MAYBE,
        has_time=True,
    ),
    Befallen(
        "500",
        "A remote that breaks is ProviderUnavailable, or SubmissionUncertain, and may have acted.",
        (ProviderUnavailable, SubmissionUncertain),
        frozenset({Certainty.UNKNOWN}),
        may_be_found=True,
    ),
    Befallen(
        "429",
        "A refusal for being too fast is RateLimited, and nothing was done.",
        (RateLimited,),
        frozenset({Certainty.REJECTED}),
    ),
    Befallen(
        "come back later",
        "When the remote wants to be asked again is on the error, in `retry_after`.",
        (RateLimited,),
        frozenset({Certainty.REJECTED}),
        asks_to_wait=True,
    ),
)
