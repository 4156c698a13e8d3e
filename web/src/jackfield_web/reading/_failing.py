"""What a page tells of its own failure, as an error. No I/O.

Law: the page's words say what kind of failure it is, and go no further: they may quote what was asked.
"""

from __future__ import annotations

from typing import Final

import attrs

from jackfield import Certainty, ProviderError, RunFailed, StreamInterrupted

from ..wire import failure_kind
from ._departures import Departures
from ._look import Look
from ._wire_source import WireSource

_SIGHTINGS: Final = 2
"""Once may be a part of the page that is being drawn."""


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


def require_whole(departures: Departures | None, wire: WireSource | None) -> None:
    """See that nothing failed or broke off: a page may show half an answer as one.

    Args:
        departures: What was heard of it; None where nothing can be.
        wire: The page's traffic, where its Site names some; of the request that it knows it tells more.

    Raises:
        ProviderError: The remote reported an error last.
        StreamInterrupted: What took the message along has broken off.
    """
    if wire is not None and wire.trouble is not None:
        raise wire.trouble
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
