"""A request as the body of `POST /v1/messages`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from jackfield import ChatRequest, Message, Reasoning
from jackfield_api import filled, joined_turns, system_ahead

from ._blocks import Block, blocks_of
from ._options import AnthropicOptions, AnthropicRequestOptions

LEAST_BUDGET: Final = 1024
"""The least `budget_tokens` that the API takes."""

_CHOICES: Final = {"auto": "auto", "none": "none", "required": "any"}
_ROLES: Final = {"assistant": "assistant", "system": "system", "user": "user", "tool": "user"}


def body_of(request: ChatRequest, options: AnthropicOptions) -> dict[str, Any]:
    """Return what *request* is on the wire; `_plan` has refused what cannot be."""
    own = request.options_as(AnthropicRequestOptions)
    # Since the second version of the API, a system message that comes later has a role of its own.
    ahead, messages = system_ahead(request.messages, takes_later=not options.samples)
    system = [block for message in ahead for block in blocks_of(message.parts, own)]
    wishes = {
        "system": system or None,
        "tools": [*_tools(request), *map(dict, own.server_tools)] or None,
        "tool_choice": _tool_choice(request, own),
        "thinking": _thinking(request.reasoning),
        "output_config": _output_config(request) or None,
        "stop_sequences": list(request.stop_sequences) or None,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": own.top_k,
        "cache_control": {"type": "ephemeral", "ttl": own.cache} if own.cache else None,
        "metadata": {"user_id": own.user_id} if own.user_id else None,
        "service_tier": own.service_tier,
    }
    return {
        "model": options.model_for(request.model),
        "max_tokens": most_tokens(request, options),
        "messages": joined_turns(_said(messages, own), "content"),
        **filled(wishes),
        **own.extra,
    }


def _said(messages: Iterable[Message], own: AnthropicRequestOptions) -> Iterator[tuple[str, list[Block]]]:
    for message in messages:
        role = _ROLES[message.role]
        yield role, list(blocks_of(message.parts, own, is_answer=role == "assistant"))


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


def _tool_choice(request: ChatRequest, own: AnthropicRequestOptions) -> Block | None:
    choice, few = request.tool_choice, own.parallel_tools is False
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
    return {"type": "enabled", "budget_tokens": budget_of(reasoning), **told}


def budget_of(reasoning: Reasoning | None) -> int:
    """Return how many tokens are for thinking alone; 0 where no number was said."""
    budget = reasoning.budget if reasoning and reasoning.effort != "none" else None
    return max(budget, LEAST_BUDGET) if budget else 0


def most_tokens(request: ChatRequest, options: AnthropicOptions) -> int:
    """Return the longest answer, thinking included: a budget for thinking goes on top of the usual."""
    if request.max_tokens is not None:
        return request.max_tokens
    return options.max_tokens + budget_of(request.reasoning)


def _output_config(request: ChatRequest) -> Block:
    effort = request.reasoning.effort if request.reasoning else None
    config: Block = {}
    if effort not in (None, "none"):
        config["effort"] = "low" if effort == "minimal" else effort
    if request.output:
        config["format"] = {"type": "json_schema", "schema": request.output.schema}
    return config
