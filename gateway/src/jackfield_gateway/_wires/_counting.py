"""How many tokens a request is, about: nobody is asked, so nobody knows, and the answer is labelled so."""

from __future__ import annotations

import json
from typing import Any, Final

from jackfield import ChatRequest, ImagePart

_BYTES_A_TOKEN: Final = 4
_TOKENS_A_PICTURE: Final = 1600
"""What one of the largest that are not scaled down takes (platform.claude.com/docs, vision)."""


def estimated_tokens(request: ChatRequest, tools: Any) -> int:
    """Return about how many tokens a request is.

    Args:
        request: The request.
        tools: The tools as the wire has them.
    """
    parts = [part for message in request.messages for part in message.parts]
    pictures = sum(isinstance(part, ImagePart) for part in parts)
    said = sum(part.size for part in parts if not isinstance(part, ImagePart))
    described = len(json.dumps(tools or "", ensure_ascii=False).encode())
    return max(1, _TOKENS_A_PICTURE * pictures + -(-(said + described) // _BYTES_A_TOKEN))
