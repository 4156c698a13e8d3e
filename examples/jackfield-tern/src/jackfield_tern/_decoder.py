"""The remote's answers: server-sent events with JSON in them.

TODO: say here where the facts about the wire are from, and when you saw them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
from jackfield import FinishReason, ResponseFinished, ResponseStarted, StreamEvent, TextDelta
from jackfield_api import JsonEventsDecoder, usage_of

_REASONS: Final[Mapping[str, FinishReason]] = {
    "done": "stop",
    "too_long": "length",
    "refused": "content_filter",
}
_USAGE: Final = {"input_tokens": "read", "output_tokens": "written"}


class TernDecoder(JsonEventsDecoder):
    """Bytes in, events out, no I/O: its tests cut its input anywhere.

    An event `{"error": …}` is raised by the base class, with the class that its code means.

    Args:
        started: What is known of the answer by its headers; the first event adds to it.
    """

    def __init__(self, started: ResponseStarted) -> None:
        super().__init__()
        self._started = started

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Say what one event of theirs means; what nobody knows is passed over."""
        del event  # this remote names its events inside
        match told.get("type"):
            case "begin":
                yield attrs.evolve(self._started, handle=told.get("id"), model=told.get("model"))
            case "text":
                yield TextDelta(told["text"])
            case "end":
                reason = str(told.get("reason"))
                yield ResponseFinished(
                    finish_reason=_REASONS.get(reason, "stop"),
                    provider_finish_reason=reason,
                    usage=usage_of(told.get("usage"), _USAGE),
                )
