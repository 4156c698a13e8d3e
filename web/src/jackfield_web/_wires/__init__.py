"""Wire decoders: what a page's traffic says, as events. No I/O.

A framing turns the bytes or frames of one request or socket into records; a decoder turns the records of one
answer, wherever they came from, into events. Both can be cut anywhere.
"""

from __future__ import annotations

from ._decoders import DecoderFactory, decoder_for
from ._framing import Framing, Record, framing_for
from ._gradio import GradioDecoder
from ._paths import pick
from ._rules import RulesDecoder
from ._transcript import Transcript, changes
from ._usage import usage_of

__all__ = [
    "DecoderFactory",
    "Framing",
    "GradioDecoder",
    "Record",
    "RulesDecoder",
    "Transcript",
    "changes",
    "decoder_for",
    "framing_for",
    "pick",
    "usage_of",
]
