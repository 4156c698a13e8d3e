"""Who was asked before, and did not answer."""

from __future__ import annotations

import attrs

from ._exceptions import JackfieldError


@attrs.frozen
class Miss:
    """A connection of a choice that did not answer, so that the next one was asked.

    Attributes:
        connection: Its name.
        error: Why it did not: with its certainty, and the id of the request that it was asked with.
        model: The model that the choice names for it; None where the request's own was asked for.
    """

    connection: str
    error: JackfieldError
    model: str | None = None
