"""What can be asked for, in the shapes in which clients list models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_CREATED: Final = 1_700_000_000
_CREATED_AT: Final = "2023-11-14T22:13:20Z"
"""No provider tells since when it has a model; both wires require a time, so it is the same for all."""


def one_model(name: str, owner: str) -> dict[str, Any]:
    """Return one model with the fields of both wires: openai's four and Anthropic's four."""
    return {
        "id": name,
        "object": "model",
        "created": _CREATED,
        "owned_by": owner,
        "type": "model",
        "display_name": name,
        "created_at": _CREATED_AT,
    }


def models_page(models: Sequence[Mapping[str, Any]], *, anthropic: bool) -> dict[str, Any]:
    """Return the list: Anthropic's where the client says that it speaks that, else OpenAI's."""
    if not anthropic:
        return {"object": "list", "data": list(models)}
    ids = [model["id"] for model in models]
    first, last = (ids[0], ids[-1]) if ids else (None, None)
    return {"data": list(models), "has_more": False, "first_id": first, "last_id": last}
