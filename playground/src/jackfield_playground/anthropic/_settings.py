"""How the stand-in behaves."""

from __future__ import annotations

import secrets

import attrs
from attrs.validators import ge, optional

from jackfield_playground._spoiling import EVERYWHERE, Fault

PLAYS = EVERYWHERE | {Fault.SPENT, Fault.NO_MONEY, Fault.OVERLOADED}
"""What it can play."""


@attrs.frozen(kw_only=True)
class Offer:
    """A model on offer, and how much it reads and writes in tokens."""

    id: str
    name: str
    reads: int = 200_000
    writes: int = 64_000


OFFERS = (
    Offer(id="claude-playground-1", name="Claude of the playground"),
    Offer(id="claude-playground-mini-20261001", name="A small Claude of the playground", writes=8_192),
)


@attrs.frozen(kw_only=True)
class AnthropicSettings:
    """Settings of the stand-in; changed while it runs by `playground.state.change(...)`."""

    key: str = attrs.field(factory=lambda: f"sk-ant-playground-{secrets.token_hex(8)}", repr=False)
    """The one key that is accepted; invented for each instance unless given."""
    models: tuple[Offer, ...] = OFFERS
    fault: Fault = attrs.field(default=Fault.NONE, converter=Fault)
    lists: bool = True
    """Whether there is a list of models. What only speaks the Messages API often has none."""
    streams: bool = True
    """Whether it streams where that is asked for; otherwise the answer comes in one piece."""
    most_bytes: int = attrs.field(default=32_000_000, validator=ge(0))
    """The largest request that is taken."""
    retry_after: float | None = attrs.field(default=None, validator=optional(ge(0)))
    """Seconds that a 429 and a 529 ask to wait."""
    slow_seconds: float = attrs.field(default=0.02, validator=ge(0))
    events_before: int = attrs.field(default=4, validator=ge(0))
    """Events that come before a fault in the middle of a stream."""
    batch_reads: int = attrs.field(default=1, validator=ge(0))
    """Reads of a batch that still find it at work."""
