"""How the stand-in behaves, and the words for what can go wrong."""

from __future__ import annotations

import secrets
from enum import StrEnum

import attrs
from attrs.validators import ge, optional


class Fault(StrEnum):
    """What befalls the requests that cost money, from `play` on until something else is played."""

    NONE = "none"
    CUT = "cut"
    """The stream ends in the middle of the answer, as if it were over: no reason, no `[DONE]`."""
    DROP = "drop"
    """The connection is dropped in the middle of the answer."""
    ERROR_IN_STREAM = "error in stream"
    """The answer begins with a good status, and an error comes in the middle of it."""
    SERVER_ERROR = "500"
    RATE_LIMIT = "429"
    QUOTA = "quota"
    """429 as well; only the code says that waiting does not help."""
    OVERLOADED = "503"
    CONTEXT = "context"
    """The request is refused as too long."""
    FILTER = "filter"
    """The request is refused for what it says."""
    HANG = "hang"
    """The answer begins and does not go on."""
    SILENT = "silent"
    """The request is taken and nothing ever comes."""
    SLOW = "slow"
    """There are 20 ms between two pieces."""
    FLAKY = "flaky"
    """Every other request gets a 500, the first one does."""
    GARBLED = "garbled"
    """A piece in the middle of the answer is no JSON."""


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
    requests_left: int = 99
    """What the headers say is left of the requests of this minute."""
