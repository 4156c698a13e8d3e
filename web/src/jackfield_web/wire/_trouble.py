"""What a remote says of its troubles, as it may be shown, and what makes no sense of what it sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from jackfield import Certainty, MalformedResponse, redact

from ._framing import Record
from ._paths import pick

_LONGEST: Final = 300
_SPACE: Final = re.compile(r"\s+")
_LOGS_IN: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=token=)[^&\s\"']+", re.IGNORECASE)
"""JSON Web Tokens, and tokens in addresses."""


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
