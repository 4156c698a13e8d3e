"""The remote's answers: server-sent events with JSON in them.

TODO: say here where the facts about the wire are from, and when you saw them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from jackfield import FinishReason, StreamEvent, TextDelta
from jackfield_api import AnswerDecoder, UsageNames


class TernDecoder(AnswerDecoder):
    """Bytes in, events out, no I/O: its tests cut its input anywhere.

    An event `{"error": …}` is raised by the base class, with the class that its code means.

    Attributes:
        finish_reasons: The remote's words for why an answer ended; any other is `stop`.
        usage_names: Where it tells each of Jackfield's token counts.
    """

    finish_reasons: ClassVar[Mapping[str, FinishReason]] = {
        "done": "stop",
        "too_long": "length",
        "refused": "content_filter",
    }
    usage_names: ClassVar[UsageNames] = {"input_tokens": "read", "output_tokens": "written"}

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Say what one event of theirs means; what nobody knows is passed over."""
        del event  # this remote names its events inside
        match told.get("type"):
            case "begin":
                yield self.begun(told.get("model"), {}, handle=told.get("id"))
            case "text":
                yield TextDelta(told["text"])
            case "end":
                self.count(told.get("usage"))
                yield self.finished(str(told.get("reason", "")))
