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
    """The stream ends in the middle of the answer, as if it were over: no `finishReason`."""
    DROP = "drop"
    """The connection is dropped in the middle of the answer."""
    ERROR_IN_STREAM = "error in stream"
    """The answer begins with a good status, and an error comes in the middle of it."""
    GARBLED = "garbled"
    """A piece in the middle of the answer is no JSON."""
    HANG = "hang"
    """The answer begins and does not go on."""
    SILENT = "silent"
    """The request is taken and nothing ever comes."""
    SLOW = "slow"
    """Each piece waits for `slow_seconds`."""
    SERVER_ERROR = "500"
    RATE_LIMIT = "429"
    """A minute's requests are spent; the details say when to come back."""
    QUOTA = "quota"
    """429 as well: the day's are spent. Only the id of the quota says so."""
    OVERLOADED = "503"
    CONTEXT = "context"
    """The request is refused as too long."""
    FLAKY = "flaky"
    """Every other request gets a 500, the first one does."""


@attrs.frozen(kw_only=True)
class Offer:
    """A model on offer, and how much it reads and writes in tokens."""

    id: str
    name: str
    reads: int = 1_048_576
    writes: int = 65_536
    verbs: tuple[str, ...] = ("generateContent", "countTokens", "batchGenerateContent")

    @property
    def signs(self) -> bool:
        """Whether it signs what it says, names its calls and wants signatures back: so since Gemini 3."""
        return not self.id.startswith(("gemini-1", "gemini-2"))


OFFERS = (
    Offer(id="gemini-3-playground", name="Gemini of the playground"),
    Offer(id="gemini-2.5-playground-001", name="An earlier Gemini of the playground", writes=8_192),
    Offer(
        id="gemini-embedding-playground",
        name="Vectors of the playground",
        reads=2_048,
        writes=1,
        verbs=("embedContent", "countTextTokens"),
    ),
)


@attrs.frozen(kw_only=True)
class GeminiSettings:
    """Settings of the stand-in; changed while it runs by `playground.state.change(...)`."""

    key: str = attrs.field(factory=lambda: f"AIza-playground-{secrets.token_hex(8)}", repr=False)
    """The one key that is accepted; invented for each instance unless given."""
    models: tuple[Offer, ...] = OFFERS
    fault: Fault = attrs.field(default=Fault.NONE, converter=Fault)
    lists: bool = True
    """Whether there is a list of models. What only speaks the same wire often has none."""
    page: int = attrs.field(default=1000, validator=ge(1))
    """The most models that are told at once."""
    retry_after: float | None = attrs.field(default=None, validator=optional(ge(0)))
    """Seconds that the details of a 429 ask to wait; None for no such detail."""
    slow_seconds: float = attrs.field(default=0.02, validator=ge(0))
    pieces_before: int = attrs.field(default=3, validator=ge(0))
    """Pieces that come before a fault in the middle of a stream."""
    batch_reads: int = attrs.field(default=1, validator=ge(0))
    """Reads of a batch that still find it at work."""
