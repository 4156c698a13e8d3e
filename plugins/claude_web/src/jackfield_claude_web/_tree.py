"""A conversation as Claude's site keeps it: a tree of messages, whose newest leaf is the answer. No I/O.

`GET …/chat_conversations/{id}?tree=True&rendering_mode=messages` tells it in exact markdown, of accounts on
either of the site's transports (measured in public clients, 2026-10-09). Of a message `content` counts and
not `text`, which is empty; what an answer answers is its parent, whatever the list's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jackfield import ResponseFinished, StreamEvent, TextDelta
from jackfield_web.site import WirePattern
from jackfield_web.wire import Ending, Record

from ._blocks import SPOKEN


class ClaudeTree:
    """Turns a conversation into the events of its last answer; of one that has none yet, into no events.

    Args:
        wire: Tells what stands between the blocks of an answer.
        conversation_id: Tells the id of our conversation, or None while it has none.
    """

    def __init__(self, wire: WirePattern, conversation_id: Callable[[], str | None]) -> None:
        self._joined_by = wire.joined_by
        self._conversation_id = conversation_id

    def feed(self, record: Record) -> list[StreamEvent]:
        """Take the conversation in."""
        said = record.data
        if not isinstance(said, Mapping) or said.get("uuid") != self._conversation_id():
            return []
        messages = _by_name(said.get("chat_messages"))
        answer = messages.get(str(said.get("current_leaf_message_uuid")), {})
        if answer.get("sender") != "assistant":
            return []
        asked = messages.get(str(answer.get("parent_message_uuid")), {})
        return [TextDelta(self._text(answer)), self._end(answer, self._text(asked))]

    def finish(self) -> list[StreamEvent]:
        """Say that there is no more of it."""
        return []

    def _end(self, answer: Mapping[str, Any], asked: str) -> ResponseFinished:
        reason, model = answer.get("stop_reason"), answer.get("model")
        ending = Ending(
            reason=reason if isinstance(reason, str) else None,
            model=model if isinstance(model, str) and model else None,
            metadata={"asked": asked},
        )
        return ending.finished()

    def _text(self, message: Mapping[str, Any]) -> str:
        content = message.get("content")
        blocks = [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []
        texts = [one.get("text") for one in blocks if one.get("type") in SPOKEN] or [message.get("text")]
        return self._joined_by.join(one for one in texts if isinstance(one, str) and one)


def _by_name(messages: Any) -> dict[str, Mapping[str, Any]]:
    found = messages if isinstance(messages, list) else []
    return {str(one.get("uuid")): one for one in found if isinstance(one, Mapping)}
