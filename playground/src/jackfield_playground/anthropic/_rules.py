"""What the vendor refuses, beyond the shape of a request: in its types, and in words like its own."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ._shapes import SHAPES, Ask, Document, Text, Thinking, ThinkingOn, ToolResult, ToolUse
from ._signing import is_signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from ._settings import AnthropicSettings
    from ._shapes import LaterTurn


class Refused(Exception):  # an answer, not a fault of ours
    """The request is answered with an error of the API, which may ask to *wait* some seconds."""

    def __init__(
        self, status: int, kind: str, message: str, code: str | None = None, wait: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.code, self.wait = status, kind, message, code, wait


def check_caller(headers: Mapping[str, str], settings: AnthropicSettings) -> None:
    """Let the holder of the key pass; where both headers are there, `x-api-key` counts.

    Raises:
        Refused: It is somebody else, or nobody.
    """
    key, (scheme, _, bearer) = headers.get("x-api-key"), headers.get("authorization", "").partition(" ")
    if key is None and scheme.lower() != "bearer":
        raise Refused(401, "authentication_error", "x-api-key header is required")
    given = bearer if key is None else key
    if not secrets.compare_digest(given.encode(), settings.key.encode()):
        raise Refused(401, "authentication_error", "invalid x-api-key" if key else "Invalid bearer token")


def version_of(headers: Mapping[str, str]) -> str:
    """Return the version that a request names.

    Raises:
        Refused: It names none, or one that is not.
    """
    version = headers.get("anthropic-version")
    if version is None:
        raise Refused(400, "invalid_request_error", "anthropic-version: header is required")
    if version not in SHAPES:
        words = f'anthropic-version: "{version}" is not a valid version'
        raise Refused(400, "invalid_request_error", words)
    return version


def read(body: Any, version: str, settings: AnthropicSettings) -> Ask:
    """Return a request for an answer, checked.

    Raises:
        Refused: The vendor would not take it.
    """
    try:
        ask = SHAPES[version].model_validate(body)
    except ValidationError as wrong:
        # Of a content that is neither text nor fits as blocks, what is said about the blocks is meant.
        fault = max(wrong.errors(include_input=False, include_url=False), key=lambda one: len(one["loc"]))
        path = ".".join(str(step) for step in fault["loc"] if "[" not in str(step))
        raise Refused(400, "invalid_request_error", f"{path}: {fault['msg']}") from None
    offer = next((offer for offer in settings.models if offer.id == ask.model), None)
    if offer is None:
        raise Refused(404, "not_found_error", f"model: {ask.model}")
    if ask.max_tokens > offer.writes:
        raise _invalid(
            f"max_tokens: {ask.max_tokens} > {offer.writes}, which is the maximum allowed number of output "
            f"tokens for {ask.model}"
        )
    for message in (*_of_settings(ask), *_of_turns(ask, version)):
        raise _invalid(message)
    return ask


def _invalid(message: str) -> Refused:
    return Refused(400, "invalid_request_error", message)


def _of_settings(ask: Ask) -> Iterator[str]:
    if isinstance(ask.thinking, ThinkingOn) and ask.thinking.budget_tokens >= ask.max_tokens:
        yield "`max_tokens` must be greater than `thinking.budget_tokens`."
    forced = ask.tool_choice is not None and ask.tool_choice.type in {"any", "tool"}
    if ask.tool_choice is not None and not ask.tools:
        yield "tool_choice: may only be specified while providing tools."
    if forced and ask.thinking and ask.thinking.type != "disabled":
        yield "Thinking may not be enabled when tool_choice forces tool use."
    names = [tool.name for tool in ask.tools]
    if len(names) != len(set(names)):
        yield "tools: Tool names must be unique."


def _of_turns(ask: Ask, version: str) -> Iterator[str]:
    if not ask.messages:
        yield "messages: at least one message is required"
    elif ask.messages[0].role != "user":
        yield 'messages: first message must use the "user" role'
    for place, turn in enumerate(ask.messages):
        yield from _of_content(ask, place, turn, version)
    yield from _of_calls(ask.messages)


def _of_content(ask: Ask, place: int, turn: LaterTurn, version: str) -> Iterator[str]:
    is_last_answer = turn.role == "assistant" and place == len(ask.messages) - 1
    if not turn.content and not is_last_answer:
        yield (
            f"messages.{place}: all messages must have non-empty content except for the optional final "
            "assistant message"
        )
    for index, block in enumerate(turn.content if isinstance(turn.content, list) else ()):
        at = f"messages.{place}.content.{index}"
        if isinstance(block, Text):
            if not block.text.strip():
                yield "messages: text content blocks must contain non-whitespace text"
            if block.citations and turn.role != "assistant" and version != "2023-06-01":
                yield f"{at}.text.citations: citations are not permitted in {turn.role} messages"
        if isinstance(block, Document) and turn.role == "assistant" and version != "2023-06-01":
            yield f"{at}: `document` blocks are not permitted in assistant messages"
        if isinstance(block, Thinking) and not is_signed(block.thinking, block.signature, ask.model):
            yield f"{at}: Invalid `signature` in `thinking` block"


def _of_calls(turns: Sequence[LaterTurn]) -> Iterator[str]:
    """A call's result stands in the very next turn, and nothing is the result of nothing."""
    for place, turn in enumerate(turns):
        calls = [block.id for block in _blocks(turns, place - 1) if isinstance(block, ToolUse)]
        results = [block.tool_use_id for block in _blocks(turns, place) if isinstance(block, ToolResult)]
        if missing := [name for name in calls if name not in results]:
            yield (
                f"messages.{place - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
                f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` "
                "block in the next message."
            )
        if strange := [name for name in results if name not in calls or turn.role != "user"]:
            yield (
                f"messages.{place}: unexpected `tool_use_id` found in `tool_result` blocks: {strange[0]}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )


def _blocks(turns: Sequence[LaterTurn], place: int) -> Sequence[Any]:
    content = turns[place].content if place >= 0 else ()
    return content if isinstance(content, list) else ()
