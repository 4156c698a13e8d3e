"""Requests on wires of turns: where the system's words go, and what is said in one turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jackfield import Adaptation, MalformedResponse, Message, ToolCallPart


def system_ahead(
    messages: Sequence[Message], *, takes_later: bool = False
) -> tuple[list[Message], list[Message]]:
    """Return the system's messages that go ahead of the conversation, and the conversation.

    Args:
        messages: The messages.
        takes_later: Whether the wire has a place inside the conversation for those that come later.
    """
    first = _beginning(messages) if takes_later else len(messages)
    ahead = [message for message in messages[:first] if message.role == "system"]
    said = [message for message in messages[:first] if message.role != "system"]
    return ahead, [*said, *messages[first:]]


def moved_ahead(messages: Sequence[Message], why: str) -> Iterator[Adaptation]:
    """Tell of the system's messages that come later and go ahead all the same.

    Args:
        messages: The messages.
        why: What is wrong with the place where they stand: `Gemini has no place for it inside`.
    """
    for number in range(_beginning(messages), len(messages)):
        if messages[number].role == "system":
            yield Adaptation(f"messages[{number}]", f"went ahead of the conversation: {why}")


def _beginning(messages: Sequence[Message]) -> int:
    """Return the place of the first message that is not the system's."""
    return next((n for n, message in enumerate(messages) if message.role != "system"), len(messages))


def joined_turns(said: Iterable[tuple[str, list[Any]]], field: str) -> list[dict[str, Any]]:
    """Return what was said as turns: what one role says several times over is one, and nothing said is none.

    The results of calls that were made in parallel have to stand together in the one turn that follows.

    Args:
        said: Roles, and what each says.
        field: The turn's name for what is said.
    """
    turns: list[dict[str, Any]] = []
    for role, pieces in said:
        if pieces and turns and turns[-1]["role"] == role:
            turns[-1][field] += pieces
        elif pieces:
            turns.append({"role": role, field: [*pieces]})
    return turns


def object_arguments(call: ToolCallPart) -> Mapping[str, Any]:
    """Return the arguments of a call for a wire that takes an object alone: what is none goes inside one.

    Source of the name: Anthropic's page about fine-grained tool streaming, "Handling invalid JSON in tool
    responses".
    """
    try:
        return call.arguments
    except MalformedResponse:
        return {"INVALID_JSON": call.arguments_json}


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return *fields* without those that are None: what is not wished for is not said."""
    return {name: value for name, value in fields.items() if value is not None}
