"""A completion: what the engine or a scenario says, as the messages of the completion stream."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, final

import attrs

from jackfield_playground._chat import Answer

from ._scenarios import AGAIN, CUT, block, scenario, stop, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from jackfield_playground._engines import Engine, Turn

    from ._scenarios import Said
    from ._state import ClaudeState

ROOT = "00000000-0000-4000-8000-000000000000"
_NEXT_SECONDS = 0.05
_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}


def new_id() -> str:
    """Return a new identifier."""
    return str(uuid.uuid4())


def _now() -> str:
    return datetime.now(UTC).isoformat()


@final
@attrs.define(eq=False)
class Completion(Answer):
    """One question and its answer. Its pieces are messages of the stream, less its beginning and its end.

    Attributes:
        uuid: The answer's name.
        human: The question's name.
        parent: The name of the message before the question.
        model: What answers.
        asked_with: The files of the question: their texts, and the names of those that were uploaded.
        created_at: When it was asked.
    """

    uuid: str = attrs.field(factory=new_id)
    human: str = attrs.field(factory=new_id)
    parent: str = ROOT
    model: str = ""
    asked_with: dict[str, Any] = attrs.field(factory=dict)
    created_at: str = attrs.field(factory=_now)

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The content so far, as the conversation is served."""
        blocks: dict[int, dict[str, Any]] = {}
        behind = 0
        for said in self.pieces:
            if said == AGAIN:
                behind = len(blocks)
            elif said["type"] == "content_block_start":
                blocks[behind + said["index"]] = dict(said["content_block"])
            elif said["type"] == "content_block_retract":
                _withdraw(blocks, said)
            elif said["type"] == "content_block_delta":
                _grow(blocks[behind + said["index"]], said["delta"])
        return list(blocks.values())

    @property
    def said(self) -> str:
        """The answer's text so far."""
        return "\n\n".join(part["text"] for part in self.blocks if part["type"] == "text")

    @property
    def stop_reason(self) -> str | None:
        """Why it ended; None while it is written, and when it broke off."""
        if not self.over or self.is_broken:
            return None
        ordered = (one["delta"]["stop_reason"] for one in self.pieces if one["type"] == "message_delta")
        return "user_canceled" if self.stopped else next(ordered, "end_turn")

    @property
    def is_broken(self) -> bool:
        """Whether an error, a limit or a break ended it."""
        last = self.pieces[-1]["type"] if self.pieces else ""
        return bool(self.failure) or last in {"error", "message_limit", CUT["type"]}

    def start(self) -> Said:
        """Return the message that the stream begins with."""
        message = {"id": f"chatcompl_{self.uuid}", "type": "message", "role": "assistant"}
        names = {"model": self.model, "parent_uuid": self.human, "uuid": self.uuid}
        more: Said = {
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "trace_id": "",
            "request_id": "",
        }
        return {"type": "message_start", "message": {**message, **names, **more}}

    def end(self, failure: str | None = None) -> None:
        """Say that nothing more will come; a block that is open is closed."""
        opened = [one["index"] for one in self.pieces if one["type"] == "content_block_start"]
        closed = [one["index"] for one in self.pieces if one["type"] == "content_block_stop"]
        if not self.over and not self.is_broken and len(opened) > len(closed):
            self.pieces.append(stop(opened[-1]))
        super().end(failure)

    async def messages(self, limit: dict[str, Any]) -> AsyncIterator[Said]:
        """Yield the stream, from its beginning, as it comes; *limit* is what it tells of the account's."""
        yield self.start()
        async for said in self.follow():
            if said == CUT:
                return
            if said["type"] != "message_delta":
                yield self.start() if said == AGAIN else said
        if self.failure:
            yield {"type": "error", "error": {"type": "api_error", "message": self.failure}}
        if not self.is_broken:
            yield {"type": "message_delta", "delta": {"stop_reason": self.stop_reason, "stop_sequence": None}}
            yield {"type": "message_limit", "message_limit": limit}
            yield {"type": "message_stop"}


def _withdraw(blocks: dict[int, dict[str, Any]], said: Said) -> None:
    if "index" in said:
        del blocks[said["index"]]
    elif said["from_index"] is not None:
        for index in [one for one in blocks if one >= said["from_index"]]:
            del blocks[index]


def _grow(part: dict[str, Any], change: dict[str, Any]) -> None:
    if (name := _GROWING.get(change["type"])) is not None:
        part[name] = part.get(name, "") + change[name]


@final
class ClaudeWriter:
    """Writes what the engine says, or what the message orders."""

    def __init__(self, engine: Engine, state: ClaudeState) -> None:
        self._engine = engine
        self._state = state

    @property
    def name(self) -> str:
        """Who writes."""
        return self._engine.name

    def answer(self, turns: Sequence[Turn], emit: Callable[[Said], bool]) -> None:
        """Write the answer to the last turn."""
        ordered = scenario(turns[-1].text)
        if ordered is None:
            emit(block(0, "text", text="", citations=[]))
            self._engine.answer(turns, lambda piece: emit(text(0, piece)))
            return
        for step in ordered(self._state.settings.scenario_seconds):
            if isinstance(step, float | int):
                time.sleep(step)
            elif not emit(step):
                return


def old_format(said: Said, model: str) -> Iterator[Said]:
    """Yield what the stream of 2023 and 2024 has for a message; it knows text, an error and an end."""
    told = {"stop_reason": None, "model": model, "truncated": False, "stop": None, "log_id": "playground"}
    more = {"exception": None, "messageLimit": {"type": "within_limit"}}
    change = said.get("delta", {})
    if said["type"] == "content_block_delta" and change["type"] == "text_delta":
        yield {"completion": change["text"], **told, **more}
    elif said["type"] == "message_delta":
        yield {"completion": "", **told, **more, "stop_reason": "stop_sequence"}
    elif said["type"] == "message_limit" and said["message_limit"]["type"] != "within_limit":
        yield {"completion": "", **told, **more, "messageLimit": said["message_limit"]}
    elif said["type"] == "error":
        yield {"error": said["error"]}
