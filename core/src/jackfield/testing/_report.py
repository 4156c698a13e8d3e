"""What the kit found: each promise that was tried, and each that was not, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import attrs


@attrs.frozen
class Outcome:
    """What became of one promise.

    Attributes:
        promise: The promise, as a sentence.
        passed: Whether it was kept.
        detail: What happened instead.
        name: Its short name: `check_provider(…, only=[name])` tries it alone.
    """

    promise: str
    passed: bool
    detail: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"{'kept  ' if self.passed else 'BROKEN'} {self.promise}{_after(self.detail)}"


@attrs.frozen
class LeftOut:
    """A promise that was not tried.

    Attributes:
        promise: The promise, as a sentence.
        reason: Why: what the provider does not claim, or what the remote cannot play or show.
        name: Its short name.
    """

    promise: str
    reason: str
    name: str = ""

    def __str__(self) -> str:
        return f"-      {self.promise}{_after(self.reason)}"


def _after(words: str) -> str:
    return "\n         ".join(["", *words.splitlines()])


@attrs.frozen(repr=False)
class Report(Sequence[Outcome]):
    """The outcomes of all promises that were tried, in order. Its text is a table for people.

    Attributes:
        provider: The provider's name.
        outcomes: What became of each promise that was tried.
        left_out: What was not tried, and why.
    """

    provider: str
    outcomes: tuple[Outcome, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def broken(self) -> tuple[Outcome, ...]:
        """The promises that were not kept."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, index: int | slice) -> Outcome | tuple[Outcome, ...]:
        return self.outcomes[index]

    def __len__(self) -> int:
        return len(self.outcomes)

    def __str__(self) -> str:
        kept = len(self.outcomes) - len(self.broken)
        told = f"{self.provider}: {kept} kept, {len(self.broken)} broken, {len(self.left_out)} not tried"
        return "\n".join([told, *map(str, self.outcomes), *map(str, self.left_out)])

    def __repr__(self) -> str:
        return f"<Report {str(self).splitlines()[0]}>"
