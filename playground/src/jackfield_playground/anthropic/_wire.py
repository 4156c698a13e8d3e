"""A message as the events of a stream, in the order in which the API sends them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_GROWS = {
    "text": ("text", "text_delta"),
    "thinking": ("thinking", "thinking_delta"),
}


def events_of(message: dict[str, Any], *, unknown: bool = False) -> Iterator[bytes]:
    """Yield the events of an answer.

    Args:
        message: The answer, whole.
        unknown: Whether an event comes that no client knows.
    """
    usage = message["usage"]
    begun = {name: message[name] for name in ("id", "type", "role", "model")}
    first = {**usage, "output_tokens": 1}
    yield event(
        "message_start",
        message={**begun, "content": [], "stop_reason": None, "stop_sequence": None, "usage": first},
    )
    yield event("ping")
    if unknown:
        yield event("weather_changed", sky="clear")
    for index, block in enumerate(message["content"]):
        yield from _block(index, block)
    ending = {name: message.get(name) for name in ("stop_reason", "stop_sequence", "stop_details")}
    counted = {name: usage[name] for name in ("output_tokens", "output_tokens_details")}
    yield event("message_delta", delta=ending, usage=counted)
    yield event("message_stop")


def event(kind: str, **fields: Any) -> bytes:
    """Return one event as it stands on the wire."""
    told = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {told}\n\n".encode()


def _block(index: int, block: dict[str, Any]) -> Iterator[bytes]:
    begun, deltas = _begun(block)
    yield event("content_block_start", index=index, content_block=begun)
    for delta in deltas:
        yield event("content_block_delta", index=index, delta=delta)
    yield event("content_block_stop", index=index)


def _begun(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a block as it begins, and what lets it grow."""
    kind = block["type"]
    if kind in _GROWS:
        field, delta = _GROWS[kind]
        grown = [{"type": delta, field: piece} for piece in re.findall(r"\S+\s*|\s+", block[field])]
        grown += [{"type": "citations_delta", "citation": one} for one in block.get("citations", ())]
        empty = {**block, field: ""} | ({"citations": None} if kind == "text" else {"signature": ""})
        if "signature" in block:
            grown.append({"type": "signature_delta", "signature": block["signature"]})
        return empty, grown
    if kind in {"tool_use", "server_tool_use"}:
        text = json.dumps(block["input"], ensure_ascii=False)
        pieces = ["", *(text[start : start + 7] for start in range(0, len(text), 7))]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": one} for one in pieces]
    return block, []
