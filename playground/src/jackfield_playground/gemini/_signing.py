"""Signatures of what the stand-in says: of one part, by one family of models, and of nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

PASSES = {"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"}
"""What the vendor lets pass in a signature's place, for calls that another model made."""

_DATED = re.compile(r"-[0-9]{3}$")
_URLS = str.maketrans("-_", "+/")


def signed(part: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return a part with its signature."""
    return {**part, "thoughtSignature": _signature_of(part, model)}


def is_signed(part: Mapping[str, Any], model: str) -> bool:
    """Whether the signature of a part is one that the model gave it, or one that is let pass."""
    said = part["thoughtSignature"]
    # The vendor's client writes base64 as URLs have it: to the API both are the same bytes.
    bare = {name: value for name, value in part.items() if name != "thoughtSignature"}
    return said.rstrip("=") in PASSES or said.translate(_URLS) == _signature_of(bare, model)


def _signature_of(part: Mapping[str, Any], model: str) -> str:
    told = json.dumps([_DATED.sub("", model), part], sort_keys=True)
    return base64.b64encode(hashlib.sha256(told.encode()).digest()).decode()
