"""How long a chat page may take, as data."""

from __future__ import annotations

from typing import Any

import attrs


def more_than_nothing(_: Any, attribute: attrs.Attribute[Any], value: float) -> None:
    """Validate a field: it is a number of seconds above 0."""
    if value <= 0:
        raise ValueError(f"{attribute.name} must be more than 0 seconds; found {value:g}")


@attrs.frozen(kw_only=True)
class Timing:
    """How long to wait, in seconds.

    Attributes:
        composer: For the composer and its button to be there, the composer enabled, and a conversation shown.
        upload: For files to be with the page's remote.
        submit: For a sign that the message was sent.
        first_token: For the first sign of an answer after sending.
        idle: For anything new while the remote works.
        total: For the whole answer.
        settle: For how long the text must stand still when the page says that it is complete.
        still: For how long it must stand still to be complete where nothing says that it is; None for never.
            A longer pause would end the answer, so any sign of its end is better.
        wire_grace: For the wire to show an answer that the page shows already.
        tick: Between two looks at the page when nothing tells that it changed; at least a second passes while
            the wire tells the answer or is to.
    """

    composer: float = attrs.field(default=15.0, validator=more_than_nothing)
    upload: float = attrs.field(default=60.0, validator=more_than_nothing)
    submit: float = attrs.field(default=10.0, validator=more_than_nothing)
    first_token: float = attrs.field(default=90.0, validator=more_than_nothing)
    idle: float = attrs.field(default=120.0, validator=more_than_nothing)
    total: float = attrs.field(default=600.0, validator=more_than_nothing)
    settle: float = attrs.field(default=1.2, validator=more_than_nothing)
    still: float | None = attrs.field(default=None, validator=attrs.validators.optional(more_than_nothing))
    wire_grace: float = attrs.field(default=1.5, validator=more_than_nothing)
    tick: float = attrs.field(default=0.25, validator=more_than_nothing)
