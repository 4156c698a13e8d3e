"""Wire decoders: what a page's traffic says, as events. No I/O.

A framing turns the bytes or frames of one request or socket into records; a decoder turns the records of one
answer, wherever they came from, into events. Both can be cut anywhere.
"""

from __future__ import annotations

from ._behind import error_at_end, error_left
from ._decoders import DecoderFactory, decoder_for, require_decoders
from ._ending import Ending
from ._framing import KINDS_BY_TYPE, Framing, Record, framing_for, json_or_text
from ._gradio import GradioDecoder
from ._paths import pick
from ._rules import RulesDecoder, Snapshots, increments
from ._transcript import Transcript, changes
from ._trouble import failure_kind, malformed, words_of
from ._usage import usage_of

__all__ = [
    "KINDS_BY_TYPE",
    "DecoderFactory",
    "Ending",
    "Framing",
    "GradioDecoder",
    "Record",
    "RulesDecoder",
    "Snapshots",
    "Transcript",
    "changes",
    "decoder_for",
    "error_at_end",
    "error_left",
    "failure_kind",
    "framing_for",
    "increments",
    "json_or_text",
    "malformed",
    "pick",
    "require_decoders",
    "usage_of",
    "words_of",
]
