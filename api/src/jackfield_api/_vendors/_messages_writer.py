"""Requests as Anthropic's Messages have them, and what becomes of them there.

Source: the vendor's reference of the Messages API and the types of its client `anthropic` 2.14 (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from jackfield import (
    Adaptation,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    Part,
    Plan,
    Reasoning,
    RefusalPart,
    TextPart,
    ToolCallPart,
)

from .._part_plan import plan_parts
from .._turns import filled, joined_turns, object_arguments, system_ahead
from ._messages_blocks import IMAGES, PDF, Block, blocks_of, id_of, is_words, words_of

_LEAST_BUDGET: Final = 1024
"""The least `budget_tokens` that the wire takes."""

_CHOICES: Final = {"auto": "auto", "none": "none", "required": "any"}
_ROLES: Final = {"assistant": "assistant", "system": "system", "user": "user", "tool": "user"}


def messages_body(
    request: ChatRequest,
    *,
    model: str | None,
    max_tokens: int,
    takes_later: bool = True,
    citations: bool = False,
    parallel_tools: bool | None = None,
    remote_tools: Iterable[Mapping[str, Any]] = (),
    **more: Any,
) -> dict[str, Any]:
    """Return the body of the message that *request* asks for; `stream` is not in it.

    Args:
        request: The request, as `messages_plan` let it through.
        model: The model, as the remote calls it.
        max_tokens: The longest answer of a request that says nothing of it, in tokens: the wire wants a
            number. A budget for thinking goes on top.
        takes_later: Whether a system message may come later in the conversation, which the version 2026-10-21
            of the vendor's API has a role for; otherwise all go ahead.
        citations: Whether the answer is to say what in files it rests on.
        parallel_tools: False for one tool call at most; None leaves it to the remote.
        remote_tools: Tools that the remote runs itself, as it describes them.
        **more: Further fields; those of None are left out.
    """
    ahead, messages = system_ahead(request.messages, takes_later=takes_later)
    system = [block for message in ahead for block in blocks_of(message.parts, citations=citations)]
    wishes = {
        "model": model,
        "system": system or None,
        "tools": [*_tools(request), *map(dict, remote_tools)] or None,
        "tool_choice": _tool_choice(request.tool_choice, few=parallel_tools is False),
        "thinking": _thinking(request.reasoning),
        "output_config": _output_config(request) or None,
        "stop_sequences": list(request.stop_sequences) or None,
        "temperature": request.temperature,
        "top_p": request.top_p,
        **more,
    }
    longest = max_tokens + _budget(request.reasoning) if request.max_tokens is None else request.max_tokens
    turns = joined_turns(_said(messages, citations=citations), "content")
    return {"max_tokens": longest, "messages": turns, **filled(wishes)}


def messages_plan(
    request: ChatRequest, *, remote: str = "the remote", told: Iterable[Adaptation] = ()
) -> Plan:
    """Return what becomes of *request*: what the wire has no words for is refused, left out, or told.

    Args:
        request: The request.
        remote: How the remote is called in what is told.
        told: What else is told, as for `plan_parts`.
    """
    return plan_parts(
        request,
        refused=lambda part: _refused(part, remote),
        lost=_lost,
        noted=lambda part: _notes(part, remote),
        told=chain(told, _of_fields(request, remote)),
    )


def _of_fields(request: ChatRequest, remote: str) -> Iterator[Adaptation]:
    """Yield what is told of the request besides its parts.

    Raises:
        InvalidRequest: Something cannot be sent.
    """
    reasoning, budget = request.reasoning, _budget(request.reasoning)
    if request.max_tokens is not None and request.max_tokens <= budget:
        raise InvalidRequest(
            f"max_tokens is {request.max_tokens}, and {budget} of them are for thinking",
            hint="max_tokens counts thinking too: make it larger, or the budget smaller.",
        )
    if reasoning and reasoning.budget and reasoning.budget < budget:
        yield Adaptation(
            "reasoning", f"the budget was raised to {_LEAST_BUDGET}, the least that {remote} takes"
        )
    if reasoning and reasoning.effort == "minimal":
        yield Adaptation("reasoning", f"the effort went as low, the least that {remote} has")
    if request.output and request.output.strict is False:
        yield Adaptation("output", f"the answer is held to the schema: {remote} has no looser way")


def _notes(part: Part, remote: str) -> Iterator[str]:
    """Yield what is told of a part that is sent, and not quite as it was said."""
    match part:
        case TextPart(state=None) if part.citations:
            yield f"went without its citations: {remote} takes its own alone"
        case ImagePart() if part.detail is not None:
            yield f"its detail was left out: {remote} looks as it does"
        case RefusalPart():
            yield f"went as text: {remote} has no part for a refusal"
        case ToolCallPart():
            if id_of(part.id) != part.id:
                yield f"its id went as {id_of(part.id)}: {remote} takes letters, digits, _ and -"
            if "INVALID_JSON" in object_arguments(part):
                yield "its arguments are no JSON object and went as the field INVALID_JSON of one"


def _lost(part: Part) -> str | None:
    is_strange = isinstance(part, ToolCallPart) and part.by == "remote" and part.state is None
    return "another remote called it" if is_strange else None


def _refused(part: Part, remote: str) -> str | None:
    """Return why a part cannot be sent, if it cannot.

    Raises:
        InvalidRequest: It is a text file that is no text.
    """
    if not isinstance(part, ImagePart | FilePart) or not isinstance(part.source, bytes):
        return None
    kind = part.media_type
    if isinstance(part, ImagePart):
        return None if kind in IMAGES else f"{remote} reads JPEG, PNG, GIF and WebP, and not {kind}"
    if is_words(kind):
        words_of(part)
    elif kind != PDF:
        return f"{remote} reads PDF, files sent as text/plain and those it keeps already, and not {kind}"
    return None


def _said(messages: Iterable[Message], *, citations: bool) -> Iterator[tuple[str, list[Block]]]:
    for message in messages:
        role = _ROLES[message.role]
        yield role, list(blocks_of(message.parts, citations=citations, is_answer=role == "assistant"))


def _tools(request: ChatRequest) -> list[Block]:
    return [
        {
            "name": tool.name,
            "description": tool.description,
            "input_schema": {"type": "object", **tool.schema},
            **({} if tool.strict is None else {"strict": tool.strict}),
        }
        for tool in request.tools
    ]


def _tool_choice(choice: str | None, *, few: bool) -> Block | None:
    if choice is None and not few:
        return None
    kind = _CHOICES.get(choice or "auto")
    named = {"type": kind} if kind else {"type": "tool", "name": choice}
    return {**named, "disable_parallel_tool_use": True} if few and kind != "none" else named


def _thinking(reasoning: Reasoning | None) -> Block | None:
    if reasoning is None:
        return None
    if reasoning.effort == "none" or reasoning.budget == 0:
        return {"type": "disabled"}
    told = {None: {}, True: {"display": "summarized"}, False: {"display": "omitted"}}[reasoning.summary]
    if reasoning.budget is None:
        return {"type": "adaptive", **told}
    return {"type": "enabled", "budget_tokens": _budget(reasoning), **told}


def _budget(reasoning: Reasoning | None) -> int:
    """Return how many tokens are for thinking alone; 0 where no number was said."""
    budget = reasoning.budget if reasoning and reasoning.effort != "none" else None
    return max(budget, _LEAST_BUDGET) if budget else 0


def _output_config(request: ChatRequest) -> Block:
    effort = request.reasoning.effort if request.reasoning else None
    config: Block = {}
    if effort not in (None, "none"):
        config["effort"] = "low" if effort == "minimal" else effort
    if request.output:
        config["format"] = {"type": "json_schema", "schema": request.output.schema}
    return config
