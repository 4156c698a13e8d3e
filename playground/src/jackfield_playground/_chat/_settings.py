"""How a chat page behaves: what all of them can be told."""

from __future__ import annotations

import attrs
from attrs.validators import ge, optional


@attrs.frozen(kw_only=True)
class ChatSettings:
    """Settings of a chat page; changed while it runs by `playground.state.change(...)`."""

    piece_seconds: float = attrs.field(default=0.02, validator=ge(0))
    """Seconds between two pieces of an answer."""
    first_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds more before the first piece."""
    pause_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds for which an answer stands still after its third piece."""
    hold_after: int | None = attrs.field(default=None, validator=optional(ge(0)))
    """Pieces after which an answer waits until `state.release()`; None: it does not wait."""
    goes_on: bool = False
    """Whether an answer is written on when the page that asked for it has left without stopping it."""
    login: bool = False
    """Whether one must log in."""
    challenge: bool = False
    """Whether a page asks first for proof of a person; pressing its button is proof enough."""
    renamed: bool = False
    """Whether the page's makers have renamed everything that a description looks for."""
    script: str = ""
    """A script that runs before the page's own: what a page does besides, such as trying again by itself."""
