"""Claude's completion stream, as events. No I/O.

Law: what is not known is passed over and counted, so that Claude may say more than we know of; what is known
and comes at the wrong time is an error, because then the text cannot be trusted.

There are two formats: content blocks by index, ended by `message_stop` (seen whole 2026-03 and 2026-08), and
completions one after the other, ended by a `stop_reason` (2023 and 2024).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeAlias

from jackfield import Certainty, StreamEvent
from jackfield_web.site import WirePattern
from jackfield_web.wire import Ending, Record, Transcript

from ._blocks import DELTAS, KINDS, TOOLS, Block
from ._fields import index_of, malformed, object_of, text_of
from ._limit import is_within, limit_error
from ._refusal import told_error

_Said: TypeAlias = Mapping[str, Any]

_SILENT: Final = frozenset(
    {"ping", "compaction_status", "conversation_ready", "cache_performance", "tool_approval"}
)


class ClaudeDecoder:
    """Turns the records of one completion into events.

    The answer's metadata carries what Claude told of the account's limit, as `message_limit`, and how often
    it said what nobody here knows, by its name, as `ignored_events`.

    Args:
        wire: The wire, for what stands between the blocks of an answer.
        conversation_id: Not needed: a request carries one answer.
        clock: Tells the time, in seconds since 1970, for the seconds until a limit is reset.
    """

    def __init__(
        self,
        wire: WirePattern,
        conversation_id: Callable[[], str | None],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        del conversation_id
        self._clock = clock
        self._transcript = Transcript(wire.joined_by)
        self._format = ""
        self._open: dict[int, Block] = {}
        self._known: set[int] = set()
        self._ending = Ending()

    def feed(self, record: Record) -> list[StreamEvent]:
        """Take a record in.

        Raises:
            MalformedResponse: It is no object, lacks what its type needs, or comes at the wrong time.
            QuotaExhausted: The account's limit is reached, and the answer is not complete.
            ProviderError: Claude reports an error; its class tells which.
        """
        if self._ending.is_over:
            return []
        said = record.data
        if not isinstance(said, dict):
            raise malformed("a message is no JSON object")
        kind = _kind(said, record.event)
        if (take := self._MESSAGES.get(kind)) is not None:
            return take(self, said)
        if kind not in _SILENT:
            self._ending.ignore(kind)
        return []

    def finish(self) -> list[StreamEvent]:
        """Say that the request ended. Only what Claude says ends an answer."""
        return []

    def _start(self, said: _Said) -> list[StreamEvent]:
        if self._format:
            raise malformed("message_start comes when the answer has begun")
        self._format = "blocks"
        return self._change_model(object_of(said, "message"))

    def _change_model(self, said: _Said) -> list[StreamEvent]:
        """Note which model answers from now on; a change that does not say to which leaves it unknown."""
        model = said.get("model")
        self._ending.model = model if isinstance(model, str) and model else None
        return []

    def _start_block(self, said: _Said) -> list[StreamEvent]:
        self._require_start(said)
        index = index_of(said)
        if index in self._open:
            raise malformed(f"block {index} begins a second time")
        block = self._open[index] = Block(object_of(said, "content_block"))
        self._known.add(index)
        if block.kind not in KINDS:
            self._ending.ignore(f"content_block {block.kind}")
        elif block.kind == "text":
            # The blocks of an answer stand in the order in which they begin, whichever has text first.
            self._transcript.append(str(block.said.get("text") or ""), str(index))
        return self._transcript.news()

    def _grow_block(self, said: _Said) -> list[StreamEvent]:
        index, delta = index_of(said), object_of(said, "delta")
        block = self._block(index, "grows")
        kind = str(delta.get("type"))
        if kind == "text_delta":
            if block.kind != "text":
                raise malformed(f"block {index} is {block.kind} and grows by text")
            self._transcript.append(text_of(delta, "text"), str(index))
            return self._transcript.news()
        if (read := DELTAS.get(kind)) is not None:
            return read(block, delta)
        self._ending.ignore(kind)
        return []

    def _stop_block(self, said: _Said) -> list[StreamEvent]:
        index = index_of(said)
        block = self._block(index, "ends")
        del self._open[index]
        return [block.activity()] if block.kind in TOOLS else []

    def _block(self, index: int, what: str) -> Block:
        if (block := self._open.get(index)) is None:
            raise malformed(f"block {index} {what} and is not open")
        return block

    def _retract_block(self, said: _Said) -> list[StreamEvent]:
        index = index_of(said)
        if index not in self._known:
            raise malformed(f"block {index} is withdrawn and never began")
        # What was thought aloud stays told: reasoning has no event that takes back.
        self._transcript.put("", str(index))
        return self._transcript.news()

    def _note_reason(self, said: _Said) -> list[StreamEvent]:
        self._require_start(said)
        reason = object_of(said, "delta").get("stop_reason")
        if isinstance(reason, str):
            self._ending.reason = reason
        return []

    def _note_limit(self, said: _Said) -> list[StreamEvent]:
        self._check_limit(object_of(said, "message_limit"))
        return []

    def _check_limit(self, limit: _Said) -> None:
        self._ending.metadata["message_limit"] = limit
        # Whoever used the last of a limit still has the whole answer, once a reason for its end was given.
        if not is_within(limit) and self._ending.reason is None:
            raise limit_error(limit, Certainty.STARTED, self._clock())

    def _stop(self, said: _Said) -> list[StreamEvent]:
        self._require_start(said)
        if self._open:
            raise malformed(f"message_stop comes when block {min(self._open)} is open")
        return [self._ending.finished()]

    def _complete(self, said: _Said) -> list[StreamEvent]:
        """Take in a message of the old format; in the new one it says nothing that is not said elsewhere."""
        if self._format == "blocks":
            return []
        if said.get("exception"):
            raise told_error(said["exception"], self._clock())
        if isinstance(said.get("completion"), str):
            self._format = "completions"
            self._transcript.append(said["completion"])
            self._change_model(said)
        if isinstance(said.get("stop_reason"), str):
            self._ending.reason = said["stop_reason"]
        if isinstance(said.get("messageLimit"), Mapping):
            self._check_limit(said["messageLimit"])
        done = [self._ending.finished()] if self._ending.reason is not None else []
        return [*self._transcript.news(), *done]

    def _fail(self, said: _Said) -> list[StreamEvent]:
        raise told_error(said.get("error"), self._clock())

    def _require_start(self, said: _Said) -> None:
        if self._format != "blocks":
            raise malformed(f"{said.get('type')} comes before message_start")

    _MESSAGES: ClassVar[Mapping[str, Callable[[ClaudeDecoder, _Said], list[StreamEvent]]]] = {
        "completion": _complete,
        "content_block_delta": _grow_block,
        "content_block_retract": _retract_block,
        "content_block_start": _start_block,
        "content_block_stop": _stop_block,
        "error": _fail,
        "message_delta": _note_reason,
        "message_limit": _note_limit,
        "message_start": _start,
        "message_stop": _stop,
        "model_fallback": _change_model,
        "model_update": _change_model,
    }


def _kind(said: _Said, event: str) -> str:
    """Return a message's type; the old format has none, and is known by what it carries."""
    if isinstance(said.get("type"), str):
        return str(said["type"])
    return next((name for name in ("completion", "error") if name in said), event)
