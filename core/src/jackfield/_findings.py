"""What an examination finds: the lines of `jackfield doctor`, whoever looked."""

from __future__ import annotations

import enum

import attrs


class Verdict(enum.Enum):
    """What to think of a finding."""

    FINE = "ok"
    NOTE = "note"
    """Worth knowing: nothing has to be done."""
    WRONG = "wrong"
    """Something does not work until it is put right."""


@attrs.frozen
class Finding:
    """One thing that was looked at. Holds no secret and nothing of a conversation: it goes into bug reports.

    Attributes:
        about: What was looked at, in a word or two: `browser`, `session`.
        verdict: What to think of it.
        told: What was found, and what to do about it where something is to be done.
    """

    about: str
    verdict: Verdict
    told: str
