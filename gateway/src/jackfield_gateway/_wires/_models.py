"""What can be asked for, in the shapes in which clients list models."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

Shape: TypeAlias = Literal["openai", "anthropic", "gemini", "ollama"]
_CREATED: Final = 1_700_000_000
_CREATED_AT: Final = "2023-11-14T22:13:20Z"
"""No provider tells since when it has a model; both wires require a time, so it is the same for all."""


def one_model(name: str, owner: str, shape: Shape) -> dict[str, Any]:
    """Return one model: Gemini's way, or with the fields of both the others."""
    if shape == "gemini":
        return _gemini_model(name)
    if shape == "ollama":
        return _ollama_model(name, owner)
    return {
        "id": name,
        "object": "model",
        "created": _CREATED,
        "owned_by": owner,
        "type": "model",
        "display_name": name,
        "created_at": _CREATED_AT,
    }


def _gemini_model(name: str) -> dict[str, Any]:
    """Return one model as Gemini's clients read it."""
    return {
        "name": f"models/{name}",
        "version": "1",
        "displayName": name,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def _ollama_model(name: str, owner: str) -> dict[str, Any]:
    # Its command cuts the digest without a look at how long it is.
    digest = hashlib.sha256(name.encode()).hexdigest()
    details = {"family": owner, "families": [owner]}
    return {"name": name, "model": name, "modified_at": _CREATED_AT, "digest": digest, "details": details}


def models_page(models: Sequence[Mapping[str, Any]], shape: Shape) -> dict[str, Any]:
    """Return the list in the shape that a client reads."""
    if shape in {"gemini", "ollama"}:
        return {"models": list(models)}
    if shape == "openai":
        return {"object": "list", "data": list(models)}
    ids = [model["id"] for model in models]
    first, last = (ids[0], ids[-1]) if ids else (None, None)
    return {"data": list(models), "has_more": False, "first_id": first, "last_id": last}
