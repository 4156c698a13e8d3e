"""What a body ends with that no rule reads: an error that the remote left it at, or else."""

from __future__ import annotations

import pytest

from jackfield_web.wire import error_at_end

ERROR = '{"error": "overloaded"}'


@pytest.mark.parametrize(
    ("mime_type", "body"),
    [
        ("application/json", ERROR),
        ("application/x-ndjson", f'{{"text": "Half of"}}\n{ERROR}\n{{"type": "done"}}\n'),
        ("text/event-stream", f"data: {ERROR}\n\ndata: [DONE]\n\n"),
        ("application/connect+json", f"\x02\0\0\0{chr(len(ERROR))}{ERROR}"),
        ("text/plain", '0:"Half of"\n3:"overloaded"\nd:{"finishReason":"error"}\n'),
    ],
)
def test_an_error_at_the_end_is_found(mime_type: str, body: str) -> None:
    """Behind it stand a message without words and a bare last word at most."""
    assert error_at_end(body.encode(), mime_type) is not None


@pytest.mark.parametrize(
    ("mime_type", "body"),
    [
        ("application/json", '{"text": "Half of", "error": null}'),
        ("application/x-ndjson", f'{ERROR}\n{{"text": "And yet it is"}}\n'),
        ("text/event-stream", f"data: {ERROR}\n\ndata: {{}}\n\ndata: {{}}\n\n"),
        ("text/event-stream", 'data: {"type": "tool-result", "error": "not found"}\n\n'),
        ("text/plain", ERROR),
        ("text/plain", '1: do this\n3: "then that"\n'),
        ("text/plain", "0:\n3:overloaded\n"),
        ("text/html", ERROR),
    ],
)
def test_what_is_no_error_is_none(mime_type: str, body: str) -> None:
    """A remote that goes on has got over its error, a tool's is the tool's, and plain words are answers."""
    assert error_at_end(body.encode(), mime_type) is None
