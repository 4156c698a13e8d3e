"""A request as the body of `generateContent`, and what becomes of it, by the connection's options."""

from __future__ import annotations

from typing import Any

from jackfield import ChatRequest, InvalidRequest, Plan
from jackfield_api import generate_content_body, generate_content_plan

from ._options import GeminiOptions, GeminiRequestOptions, resource_of


def body_of(request: ChatRequest, options: GeminiOptions) -> dict[str, Any]:
    """Return what *request* is on the wire; `plan_of` has refused what cannot be."""
    own = request.options_as(GeminiRequestOptions)
    resolution = own.media_resolution
    blocked = [{"category": kind, "threshold": limit} for kind, limit in own.safety_settings.items()]
    body = generate_content_body(
        request,
        model=options.model_for(request.model) or "",
        files=f"{options.base_url.rstrip('/')}/{options.version}",
        remote_tools=own.remote_tools,
        generation={
            "topK": own.top_k,
            "responseModalities": list(own.response_modalities) or None,
            "mediaResolution": f"MEDIA_RESOLUTION_{resolution.upper()}" if resolution else None,
            **own.generation,
        },
        safetySettings=blocked or None,
        cachedContent=own.cached_content,
    )
    return {**body, **own.extra}


def plan_of(request: ChatRequest, options: GeminiOptions) -> Plan:
    """Return what becomes of *request* beyond what the capabilities say."""
    try:
        model = options.needed_model(request.model, "Gemini")
        resource_of(model)
    except InvalidRequest as refusal:
        return Plan(request, refusals=(refusal,))
    return generate_content_plan(request, model=model, remote="Gemini")
