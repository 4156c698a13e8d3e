"""Token counts, as remotes word them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jackfield import Usage

_READ: Final = (
    "input_tokens",
    "prompt_tokens",
    "inputTokens",
    "promptTokens",
    "promptTokenCount",
)
_WRITTEN: Final = (
    "output_tokens",
    "completion_tokens",
    "outputTokens",
    "completionTokens",
    "candidatesTokenCount",
)


def usage_of(counts: Mapping[str, Any]) -> Usage:
    """Read token counts in the words of OpenAI, Anthropic, Vercel's AI SDK or Gemini."""
    read = _count(counts, *_READ)
    written = _count(counts, *_WRITTEN)
    details = counts.get("prompt_tokens_details")
    return Usage(
        input_tokens=read,
        output_tokens=written,
        cache_read_input_tokens=_count(details, "cached_tokens") if isinstance(details, Mapping) else None,
        input_source="reported" if read is not None else None,
        output_source="reported" if written is not None else None,
    )


def _count(counts: Mapping[str, Any], *names: str) -> int | None:
    found = (counts.get(name) for name in names)
    return next((count for count in found if type(count) is int and count >= 0), None)
