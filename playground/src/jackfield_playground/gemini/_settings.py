"""How the stand-in behaves."""

from __future__ import annotations

import secrets

import attrs
from attrs.validators import ge, optional

from jackfield_playground._spoiling import EVERYWHERE, Fault

PLAYS = EVERYWHERE | {Fault.QUOTA, Fault.UNAVAILABLE, Fault.CONTEXT}
"""What it can play."""


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
