"""Which decoder reads which wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from jackfield import ConfigError, Decoder, near_names

from ..site import Site, WirePattern
from ._framing import Record
from ._gradio import GradioDecoder
from ._rules import RulesDecoder

DecoderFactory: TypeAlias = Callable[[WirePattern, Callable[[], str | None]], Decoder[Record]]
"""Makes the decoder of one answer, from its wire and from what tells the conversation's id."""

_KNOWN: Final[Mapping[str, DecoderFactory]] = {"rules": RulesDecoder, "gradio": GradioDecoder}


def require_decoders(site: Site, more: Mapping[str, DecoderFactory]) -> None:
    """Refuse a Site that names a decoder which nobody has: found later, a message would have been sent.

    Args:
        site: The Site, with its variants.
        more: Decoders that the provider brings, by name.

    Raises:
        ConfigError: It names one.
    """
    known = {**_KNOWN, **more}
    for field, name in _named(site):
        _require(name, known, f"{site.name}.{field}")


def _require(name: str, known: Mapping[str, DecoderFactory], whose: str) -> None:
    if name not in known:
        message = f"{whose} names the decoder {name!r}, which nobody has"
        raise ConfigError(message, hint=near_names(name, known))


def _named(site: Site) -> Iterator[tuple[str, str]]:
    """Yield where a Site names a decoder, and which."""
    for at, wire in enumerate(site.wires):
        yield f"wires[{at}].decoder", wire.decoder
    if site.reading.decoder:
        yield "reading.decoder", site.reading.decoder
    for at, variant in enumerate(site.variants):
        yield from ((f"variants[{at}].{field}", name) for field, name in _named(variant.site))


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
    _require(wire.decoder, decoders, f"the wire {wire.url!r}")
    return decoders[wire.decoder](wire, conversation_id)
