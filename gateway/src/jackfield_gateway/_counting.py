"""How many tokens something is, about: nobody is asked, so nobody knows, and the answer is labelled so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from jackfield import ChatRequest, ImagePart, Part

_BYTES_A_TOKEN: Final = 4
_TOKENS_A_PICTURE: Final = 1600
"""What one of the largest that are not scaled down takes (platform.claude.com/docs, vision)."""


def estimated_tokens(request: ChatRequest) -> int:
    """Return about how many tokens a request is, with the tools that it offers."""
    parts = (part for message in request.messages for part in message.parts)
    schemas = (json.dumps(dict(tool.schema), ensure_ascii=False) for tool in request.tools)
    described = "".join(f"{tool.name}{tool.description}" for tool in request.tools)
    return max(1, estimated_of_parts(parts) + estimated_of_texts([described, *schemas]))


def estimated_of_parts(parts: Iterable[Part]) -> int:
    """Return about how many tokens parts of a message are."""
    kept = list(parts)
    pictures = sum(isinstance(part, ImagePart) for part in kept)
    said = sum(part.size for part in kept if not isinstance(part, ImagePart))
    return _TOKENS_A_PICTURE * pictures + _of_bytes(said)


def estimated_of_texts(texts: Iterable[str]) -> int:
    """Return about how many tokens texts are."""
    return _of_bytes(sum(len(text.encode(errors="surrogatepass")) for text in texts))


def _of_bytes(count: int) -> int:
    return -(-count // _BYTES_A_TOKEN)
