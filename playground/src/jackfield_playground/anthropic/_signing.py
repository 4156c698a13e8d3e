"""Signatures of what the stand-in thought: of one text, by one family of models, and of nothing else."""

from __future__ import annotations

import hashlib
import re

_DATED = re.compile(r"-[0-9]{8}$")


def signature_of(thinking: str, model: str) -> str:
    """Return the signature of a thought."""
    return hashlib.sha256(f"{_DATED.sub('', model)}\0{thinking}".encode()).hexdigest()


def is_signed(thinking: str, signature: str, model: str) -> bool:
    """Whether a thought is one that the model had, as it had it."""
    return signature == signature_of(thinking, model)
