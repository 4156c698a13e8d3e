"""How the stand-in behaves, and what can go wrong with an answer."""

from __future__ import annotations

import secrets
from enum import StrEnum

import attrs
from attrs.validators import ge


class Fault(StrEnum):
    """What befalls a request for an answer."""

    CUT = "cut"
    """The connection is dropped in the middle of the stream."""
    ERROR = "error in stream"
    """An `overloaded_error` comes in the middle of a stream that began with 200."""
    MALFORMED = "malformed"
    """Half an event comes for a whole one."""
    STALL = "stall"
    """The stream begins, and nothing more comes."""
    HANG = "hang"
    """Nothing comes at all."""
    SLOW = "slow"
    """Each event waits for `slow_seconds`."""
    SERVER_ERROR = "500"
    RATE_LIMIT = "429"
    OVERLOADED = "529"
    NO_MONEY = "402"
    FLAKY = "flaky"
    """Every other request gets a 500."""


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

    token: str = attrs.field(factory=lambda: f"sk-ant-playground-{secrets.token_hex(8)}", repr=False)
    """The one key that is accepted; invented for each instance unless given."""
    models: tuple[Offer, ...] = OFFERS
    most_bytes: int = attrs.field(default=32_000_000, validator=ge(0))
    """The largest request that is taken."""
    retry_after: float = attrs.field(default=1.0, validator=ge(0))
    """Seconds that a 429 and a 529 ask to wait."""
    slow_seconds: float = attrs.field(default=0.05, validator=ge(0))
    events_before: int = attrs.field(default=4, validator=ge(0))
    """Events that come before a fault in the middle of a stream."""
    batch_reads: int = attrs.field(default=1, validator=ge(0))
    """Reads of a batch that still find it at work."""
