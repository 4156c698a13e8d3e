"""Which decoder reads which wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import attrs

from jackfield import ConfigError, Decoder, near_names

from .._site_wires import Rule, WirePattern
from ._framing import Record
from ._gradio import GradioDecoder
from ._rules import RulesDecoder

DecoderFactory: TypeAlias = Callable[[WirePattern, Callable[[], str | None]], Decoder[Record]]
"""Makes the decoder of one answer, from its wire and from what tells the conversation's id."""

_UI_MESSAGES: Final = (
    Rule(when={"type": "text-delta"}, text="delta", part="id"),
    Rule(when={"type": "reasoning-delta"}, reasoning="delta"),
    Rule(when={"type": "error"}, error="errorText"),
    Rule(when={"type": "finish"}, finish_reason="finishReason", done=True),
)
"""Vercel's AI SDK, version 5 and later: server-sent events (`ai`, ui-message-chunks.ts, 2026-11)."""
_DATA_STREAM: Final = (
    Rule(when={"$event": "0"}, text="$"),
    Rule(when={"$event": "g"}, reasoning="$"),
    Rule(when={"$event": "3"}, error="$"),
    Rule(when={"$event": "d"}, finish_reason="finishReason", done=True),
)
"""The same in version 4: lines with a prefix (`@ai-sdk/ui-utils`, data-stream-parts.ts)."""


def _ruled(rules: tuple[Rule, ...]) -> DecoderFactory:
    def decoder(wire: WirePattern, conversation_id: Callable[[], str | None]) -> RulesDecoder:
        return RulesDecoder(attrs.evolve(wire, rules=(*rules, *wire.rules)), conversation_id)

    return decoder


_KNOWN: Final[Mapping[str, DecoderFactory]] = {
    "data-stream": _ruled(_DATA_STREAM),
    "gradio": GradioDecoder,
    "rules": RulesDecoder,
    "ui-messages": _ruled(_UI_MESSAGES),
}


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
