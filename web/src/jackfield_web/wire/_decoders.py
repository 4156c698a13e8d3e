"""Which decoder reads which wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from jackfield import ConfigError, Decoder, near_names

from ..site import WirePattern
from ._framing import Record
from ._gradio import GradioDecoder
from ._rules import RulesDecoder

DecoderFactory: TypeAlias = Callable[[WirePattern, Callable[[], str | None]], Decoder[Record]]
"""Makes the decoder of one answer, from its wire and from what tells the conversation's id."""

_KNOWN: Final[Mapping[str, DecoderFactory]] = {"rules": RulesDecoder, "gradio": GradioDecoder}


def decoder_for(
    wire: WirePattern,
    conversation_id: Callable[[], str | None],
    more: Mapping[str, DecoderFactory] | None = None,
) -> Decoder[Record]:
    """Return a new decoder for a wire.

    Args:
        wire: The wire.
        conversation_id: Tells the id of our conversation, or None while it has none.
        more: Decoders that the provider brings, by name.

    Raises:
        ConfigError: Nobody has a decoder of that name.
    """
    decoders = {**_KNOWN, **(more or {})}
    if wire.decoder not in decoders:
        raise ConfigError(
            f"the wire {wire.url!r} names the decoder {wire.decoder!r}, which nobody has",
            hint=near_names(wire.decoder, decoders),
        )
    return decoders[wire.decoder](wire, conversation_id)
