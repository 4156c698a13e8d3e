"""How an answer ends, and what was told besides its text until then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import attrs

from jackfield import FinishReason, ResponseFinished, Usage

_FINISH_REASONS: Final[Mapping[str, FinishReason]] = {
    "length": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "conversation_length_limit": "length",
    "tool_use_limit": "length",
    "pause_turn": "length",
    "compaction": "length",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "prompt_injection_risk": "content_filter",
    "tool-calls": "tool_call",
    "content-filter": "content_filter",
    "tool_calls": "tool_call",
    "tool_use": "tool_call",
    "function_call": "tool_call",
    "error": "error",
}
_LONGEST_NAME: Final = 60


@attrs.define(eq=False)
class Ending:
    """What is known of an answer's end while the answer is written.

    Attributes:
        usage: The token counts, if the remote tells them.
        model: The model that answers, if the remote names it.
        reason: The remote's own word for why the answer ended.
        metadata: What else the answer's metadata will tell.
        is_over: Whether the answer has ended; what comes then is no part of it.
    """

    usage: Usage | None = None
    model: str | None = None
    reason: str | None = None
    metadata: dict[str, Any] = attrs.field(factory=dict)
    is_over: bool = False
    _ignored: Counter[str] = attrs.field(factory=Counter, init=False)

    def ignore(self, name: str) -> None:
        """Count something that nobody here knows; the metadata tells how often, as `ignored_events`."""
        self._ignored[name[:_LONGEST_NAME]] += 1

    def finished(self) -> ResponseFinished:
        """End the answer, and return its end."""
        self.is_over = True
        ignored = {"ignored_events": dict(self._ignored)} if self._ignored else {}
        return ResponseFinished(
            finish_reason=_FINISH_REASONS.get(self.reason or "", "stop"),
            provider_finish_reason=self.reason,
            usage=self.usage,
            model=self.model,
            metadata={**self.metadata, **ignored},
        )
