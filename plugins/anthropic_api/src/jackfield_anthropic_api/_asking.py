"""A request as the body of `POST /v1/messages`, and what becomes of it, by the connection's options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jackfield import Adaptation, ChatRequest, InvalidRequest, Plan
from jackfield_api import messages_body, messages_plan, moved_ahead

from ._options import SECOND, AnthropicOptions, AnthropicRequestOptions


def body_of(request: ChatRequest, options: AnthropicOptions) -> dict[str, Any]:
    """Return what *request* is on the wire; `plan_of` has refused what cannot be."""
    own = request.options_as(AnthropicRequestOptions)
    body = messages_body(
        request,
        model=options.model_for(request.model),
        max_tokens=options.max_tokens,
        takes_later=not options.samples,
        citations=own.citations,
        parallel_tools=own.parallel_tools,
        remote_tools=own.server_tools,
        top_k=own.top_k,
        cache_control={"type": "ephemeral", "ttl": own.cache} if own.cache else None,
        metadata={"user_id": own.user_id} if own.user_id else None,
        service_tier=own.service_tier,
    )
    return {**body, **own.extra}


def plan_of(request: ChatRequest, options: AnthropicOptions) -> Plan:
    """Return what becomes of *request* beyond what the capabilities say."""
    return messages_plan(request, remote="Anthropic", told=_of_version(request, options))


def _of_version(request: ChatRequest, options: AnthropicOptions) -> Iterator[Adaptation]:
    """Yield what is told of a request because of the connection's options.

    Raises:
        InvalidRequest: Something cannot be sent.
    """
    options.needed_model(request.model, "Anthropic")
    if request.options_as(AnthropicRequestOptions).top_k is not None and not options.samples:
        raise InvalidRequest(
            f"top_k cannot be set in the version {options.version} of the API",
            hint=f"Leave it out, or set the option version to one before {SECOND}.",
        )
    if options.samples:
        yield from moved_ahead(request.messages, f"before {SECOND} it has no place inside")
