"""Claude's completion stream, as events. No I/O.

Law: what is not known is passed over and counted, so that Claude may say more than we know of; what is known
and comes at the wrong time is an error, because then the text cannot be trusted.

There are two formats: content blocks by index, ended by `message_stop` (seen whole 2026-03 and 2026-08), and
completions one after the other, ended by a `stop_reason` (2023 and 2024). What is said to come besides (a
range of blocks that is withdrawn, a second message after a compaction, another model, notes, flags) is named
in Claude's app and in public clients of 2026-09 and was never seen whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeAlias

from jackfield import ActivityReported, Certainty, ContextTooLong, StreamEvent
from jackfield_web.site import WirePattern
from jackfield_web.wire import Ending, Record, Transcript

from ._blocks import DELTAS, KINDS, NOTES, SPOKEN, TOOLS, Block, Numbering
from ._fields import index_of, malformed, model_in, object_of, text_of
from ._limit import is_within, limit_error
from ._refusal import told_error

_Said: TypeAlias = Mapping[str, Any]

_SILENT: Final = frozenset(
    {
        "cache_performance",
        "compaction_status",
        "conversation_ready",
        "notice_poll_hint",
        "ping",
        "tool_approval",
    }
)
_TOO_LONG: Final = "conversation_length_limit"
_COMPACTED: Final = "compaction"


class ClaudeDecoder:
    """Turns the records of one completion into events.

    The answer's metadata carries what Claude told of the account's limit, as `message_limit`; of another
    model that took over, as `model_change`; of why it refused, as `refusal`; which flags it put up, as
    `flags`, and whom to call, as `helpline`; how often it compacted the conversation, as `compactions`; and
    how often it said what nobody here knows, by its name, as `ignored_events`.

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
        self._withdrawn: set[int] = set()
        self._numbering = Numbering()
        self._reached: _Said | None = None
        self._may_go_on = False
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
        """Say that the request ended. Only what Claude says ends an answer.

        Raises:
            QuotaExhausted: It ended with the answer not complete, after the account's limit was reached.
        """
        if self._reached is not None and not self._ending.is_over:
            raise limit_error(self._reached, Certainty.STARTED, self._clock())
        return [self._ending.finished()] if self._may_go_on else []

    def _start(self, said: _Said) -> list[StreamEvent]:
        if self._format == "completions":
            raise malformed("message_start comes when the answer has begun")
        if self._format:
            self._go_on()
        self._format = "blocks"
        self._ending.model = model_in(object_of(said, "message"))
        return []

    def _go_on(self) -> None:
        """Take in that another message goes on with the answer; what was said stays said."""
        compactions = self._ending.metadata.get("compactions", 0)
        self._ending.metadata["compactions"] = compactions + 1
        self._ending.reason, self._may_go_on = None, False
        self._open.clear()
        if self._known:
            self._numbering.restart(max(self._known) + 1)

    def _change_model(self, said: _Said) -> list[StreamEvent]:
        """Note which model answers from now on; a change that does not say to which leaves it unknown."""
        self._ending.model = model_in(said)
        self._ending.metadata["model_change"] = {name: said[name] for name in said if name != "type"}
        return []

    def _start_block(self, said: _Said) -> list[StreamEvent]:
        self._require_start(said)
        index, block = index_of(said), Block(object_of(said, "content_block"))
        if (index := self._numbering.begin(index)) in self._open:
            raise malformed(f"block {index} begins a second time")
        self._open[index] = block
        self._known.add(index)
        self._withdrawn.discard(index)
        if block.kind not in KINDS:
            self._ending.ignore(f"content_block {block.kind}")
        elif block.kind == "flag":
            self._flag(block.said)
        elif block.kind in SPOKEN:
            # The blocks of an answer stand in the order in which they begin, whichever has text first.
            self._transcript.append(str(block.said.get("text") or ""), str(index))
        return self._transcript.news()

    def _grow_block(self, said: _Said) -> list[StreamEvent]:
        index, delta = self._numbering.place(index_of(said)), object_of(said, "delta")
        if (block := self._block(index, "grows")) is None:
            return []
        kind = str(delta.get("type"))
        if kind == "text_delta" or kind in NOTES:
            return self._write(index, block, delta)
        if kind == "flag_delta":
            self._flag(delta)
            return []
        if (read := DELTAS.get(kind)) is not None:
            return read(block, delta)
        self._ending.ignore(kind)
        return []

    def _write(self, index: int, block: Block, delta: _Said) -> list[StreamEvent]:
        is_note = delta.get("type") in NOTES
        if not is_note and block.kind not in SPOKEN:
            raise malformed(f"block {index} is {block.kind} and grows by text")
        self._transcript.append(text_of(delta, "partial_text" if is_note else "text"), str(index))
        return self._transcript.news()

    def _flag(self, said: _Said) -> None:
        """Note a flag, and whom Claude says to call."""
        if isinstance(said.get("flag"), str):
            self._ending.metadata.setdefault("flags", []).append(said["flag"])
        if said.get("helpline"):
            self._ending.metadata["helpline"] = said["helpline"]

    def _stop_block(self, said: _Said) -> list[StreamEvent]:
        index = self._numbering.place(index_of(said))
        if (block := self._block(index, "ends")) is None:
            return []
        del self._open[index]
        block.buffer(said.get("buffered_input"))
        return [block.activity()] if block.kind in TOOLS else []

    def _block(self, index: int, what: str) -> Block | None:
        """Return an open block; None for one that was withdrawn while it was open."""
        if (block := self._open.get(index)) is None and index not in self._withdrawn:
            raise malformed(f"block {index} {what} and is not open")
        return block

    def _retract(self, said: _Said) -> list[StreamEvent]:
        """Withdraw all blocks from one on, or, as told until 2026-08, one block.

        A message that names none, which is allowed, withdraws none.
        """
        from_one_on = "index" not in said
        for index in sorted(self._range(said.get("from_index")) if from_one_on else {self._one_block(said)}):
            # What was thought aloud stays told: reasoning has no event that takes back.
            self._transcript.put("", str(index))
        return self._transcript.news()

    def _one_block(self, said: _Said) -> int:
        index = self._numbering.place(index_of(said))
        if index not in self._known:
            raise malformed(f"block {index} is withdrawn and never began")
        return index

    def _range(self, first: Any) -> set[int]:
        if first is None:
            return set()
        if type(first) is not int:
            raise malformed("content_block_retract has no from_index")
        place = self._numbering.place(first)
        withdrawn = {index for index in self._known if index >= place}
        self._known -= withdrawn
        self._withdrawn |= withdrawn
        for index in withdrawn:
            self._open.pop(index, None)
        return withdrawn

    def _want_login(self, said: _Said) -> list[StreamEvent]:
        """Tell that a connector wants its owner to log in with it: that is done on the page."""
        return [ActivityReported(kind="tool", title="a connector wants a login", data=said)]

    def _note_reason(self, said: _Said) -> list[StreamEvent]:
        self._require_start(said)
        delta = object_of(said, "delta")
        if isinstance(reason := delta.get("stop_reason"), str):
            self._ending.reason = reason
        if isinstance(details := delta.get("stop_details"), Mapping):
            self._ending.metadata["refusal"] = details
        return []

    def _note_limit(self, said: _Said) -> list[StreamEvent]:
        """Note the account's limit; one that is reached may be told in mid-answer, and takes none of it."""
        limit = self._ending.metadata["message_limit"] = object_of(said, "message_limit")
        self._reached = None if is_within(limit) else limit
        return []

    def _stop(self, said: _Said) -> list[StreamEvent]:
        self._require_start(said)
        if self._open:
            raise malformed(f"message_stop comes when block {min(self._open)} is open")
        if self._ending.reason == _TOO_LONG and not self._transcript.text:
            raise ContextTooLong(
                "the conversation at Claude has become too long to go on",
                hint="Begin a new conversation.",
                certainty=Certainty.STARTED,
            )
        # A message that ends to be compacted is followed by another, or by the end of the request.
        self._may_go_on = self._ending.reason == _COMPACTED
        return [] if self._may_go_on else [self._ending.finished()]

    def _complete(self, said: _Said) -> list[StreamEvent]:
        """Take in a message of the old format; in the new one it says nothing that is not said elsewhere."""
        if self._format == "blocks":
            return []
        if said.get("exception"):
            raise told_error(said["exception"], self._clock())
        if isinstance(said.get("completion"), str):
            self._format = "completions"
            self._transcript.append(said["completion"])
            self._ending.model = model_in(said)
        if isinstance(said.get("stop_reason"), str):
            self._ending.reason = said["stop_reason"]
        if isinstance(limit := said.get("messageLimit"), Mapping):
            self._ending.metadata["message_limit"] = limit
            # Whoever used the last of a limit still has the whole answer, once its end has a reason.
            if not is_within(limit) and self._ending.reason is None:
                raise limit_error(limit, Certainty.STARTED, self._clock())
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
        "content_block_retract": _retract,
        "content_block_start": _start_block,
        "content_block_stop": _stop_block,
        "error": _fail,
        "mcp_auth_required": _want_login,
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
