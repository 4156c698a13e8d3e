"""What every encoder does alike: JSON without blanks, events of a stream, text that is taken back."""

from __future__ import annotations

import json
from typing import Any

from jackfield import JackfieldError, TextReplaced, ToolCallPart
from jackfield_gateway._fault import Refusal


def as_json(value: Any) -> bytes:
    """Return a value as JSON in one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict).encode()


def sse(value: Any) -> bytes:
    """Return an event of a stream that has data alone."""
    return b"data: " + as_json(value) + b"\n\n"


def added_by(event: TextReplaced, written: int) -> str:
    """Return what an event adds behind the *written* characters that a client has already.

    Raises:
        Refusal: The remote took back what was sent already, which no wire can.
    """
    if event.keep < written:
        raise Refusal("withdrawn", "the remote took back a part of what was sent already")
    return event.text


def arguments_of(call: ToolCallPart) -> dict[str, Any]:
    """Return the arguments of a call, for a wire that takes an object alone: what is none goes inside one."""
    try:
        return dict(call.arguments)
    except JackfieldError:
        return {"INVALID_JSON": call.arguments_json}
