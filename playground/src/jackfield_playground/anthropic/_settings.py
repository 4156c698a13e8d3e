"""How the stand-in behaves, and what can go wrong with an answer."""

from __future__ import annotations

import secrets
from enum import StrEnum

import attrs
from attrs.validators import ge, optional


class Fault(StrEnum):
    """What befalls the requests for an answer, from `play` on until something else is played."""

    NONE = "none"
    CUT = "cut"
    """The stream ends in the middle of the answer, as if it were over: no `message_stop`."""
    DROP = "drop"
    """The connection is dropped in the middle of the answer."""
    ERROR_IN_STREAM = "error in stream"
    """The answer begins with a good status, and an `overloaded_error` comes in the middle of it."""
    GARBLED = "garbled"
    """A piece in the middle of the answer is no JSON."""
    HANG = "hang"
    """The answer begins and does not go on."""
    SILENT = "silent"
    """The request is taken and nothing ever comes."""
    SLOW = "slow"
    """Each event waits for `slow_seconds`."""
    SERVER_ERROR = "500"
    RATE_LIMIT = "429"
    OVERLOADED = "529"
    NO_MONEY = "402"
    SPENT = "spent"
    """429 as well; only the code says that waiting does not help."""
    FLAKY = "flaky"
    """Every other request gets a 500, the first one does."""


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
