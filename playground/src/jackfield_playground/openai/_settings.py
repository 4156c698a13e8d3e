"""How the stand-in behaves."""

from __future__ import annotations

import secrets

import attrs
from attrs.validators import ge, optional

from jackfield_playground._spoiling import EVERYWHERE, Fault

PLAYS = EVERYWHERE | {Fault.QUOTA, Fault.UNAVAILABLE, Fault.CONTEXT, Fault.FILTER}
"""What it can play."""


@attrs.frozen(kw_only=True)
class OpenAISettings:
    """Settings of the OpenAI stand-in; changed while it runs by `state.change(...)`."""

    key: str = attrs.field(factory=lambda: f"sk-playground-{secrets.token_hex(8)}", repr=False)
    """The one key that is accepted; invented for each instance unless given."""
    models: tuple[str, ...] = ("gpt-playground", "gpt-playground-thinker")
    """The models on offer; the last one takes no `max_tokens`, as the vendor's thinking models do not."""
    embedding_model: str = "embedding-playground"
    fault: Fault = attrs.field(default=Fault.NONE, converter=Fault)
    reasoning_field: str | None = None
    """Where a compatible server puts what its model thinks, such as `reasoning_content`. The vendor shows
    none of it in chat completions."""
    retry_after: float | None = attrs.field(default=None, validator=optional(ge(0)))
    """Seconds that a refusal asks to wait."""
    slow_seconds: float = attrs.field(default=0.02, validator=ge(0))
    requests_left: int = 99
    """What the headers say is left of the requests of this minute."""
