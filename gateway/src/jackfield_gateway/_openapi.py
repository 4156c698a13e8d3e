"""The door's own OpenAPI file, made of its routes, its wires and its kinds of faults.

Law: what is told of a wire's errors comes from the wire itself: its statuses are those that its `refusal`
gives to each kind of fault. What a body may hold besides is not told: it is named in `x-jackfield-ignored`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final, TypeAlias

import attrs

from ._fault import STATUSES, Fault
from ._openapi_bodies import BODIES, ERRORS, WHOLE
from ._wire import Wire
from ._wires import OLLAMA, WIRES

Json: TypeAlias = dict[str, Any]
_CHAT, _RESPONSES, _MESSAGES, _GEMINI = WIRES
_STREAMS: Final = "text/event-stream"
_LINES: Final = "application/x-ndjson"


@attrs.frozen(kw_only=True)
class _Route:
    """One thing that can be asked.

    Attributes:
        path: Where, with its parameters in braces.
        wire: Whose words it is answered in.
        body: The name of its body and its answer in `BODIES` and `WHOLE`; a GET has none.
        tells: The name of its answer, where it is another one.
        streams: The type of an answer that comes in pieces, if it can.
    """

    path: str
    wire: Wire
    body: str = ""
    tells: str = ""
    streams: str = ""


_ROUTES: Final = (
    _Route(path="/v1/chat/completions", wire=_CHAT, body="chat", streams=_STREAMS),
    _Route(path="/v1/embeddings", wire=_CHAT, body="embeddings"),
    _Route(path="/v1/models", wire=_CHAT, tells="models"),
    _Route(path="/v1/models/{model}", wire=_CHAT, tells="model"),
    _Route(path="/v1/responses", wire=_RESPONSES, body="responses", streams=_STREAMS),
    _Route(path="/v1/messages", wire=_MESSAGES, body="messages", streams=_STREAMS),
    _Route(path="/v1/messages/count_tokens", wire=_MESSAGES, body="messages", tells="message_count"),
    *(
        route
        for home in ("/v1beta", "/v1")
        for route in (
            _Route(path=f"{home}/models/{{model}}:generateContent", wire=_GEMINI, body="contents"),
            _Route(
                path=f"{home}/models/{{model}}:streamGenerateContent",
                wire=_GEMINI,
                body="contents",
                tells="contents_list",
                streams=_STREAMS,
            ),
            _Route(
                path=f"{home}/models/{{model}}:countTokens",
                wire=_GEMINI,
                body="contents",
                tells="contents_count",
            ),
            _Route(path=f"{home}/models/{{model}}:embedContent", wire=_GEMINI, body="embed_content"),
            _Route(path=f"{home}/models/{{model}}:batchEmbedContents", wire=_GEMINI, body="embed_contents"),
        )
    ),
    _Route(path="/v1beta/models", wire=_GEMINI, tells="gemini_models"),
    _Route(path="/v1beta/models/{model}", wire=_GEMINI, tells="gemini_model"),
)
_OLLAMA_ROUTES: Final = (
    _Route(path="/api/chat", wire=OLLAMA, body="ollama_chat", streams=_LINES),
    _Route(path="/api/generate", wire=OLLAMA, body="ollama_generate", streams=_LINES),
    _Route(path="/api/show", wire=OLLAMA, body="ollama_show"),
    _Route(path="/api/embed", wire=OLLAMA, body="ollama_embed"),
    _Route(path="/api/embeddings", wire=OLLAMA, body="ollama_embeddings"),
    _Route(path="/api/tags", wire=OLLAMA, tells="ollama_tags"),
    _Route(path="/api/version", wire=OLLAMA, tells="ollama_version"),
)


def openapi_document(*, ollama: bool) -> Json:
    """Return what the door serves, as OpenAPI 3.1.

    Args:
        ollama: Whether Ollama's wire is spoken.
    """
    routes = [*_ROUTES, *(_OLLAMA_ROUTES if ollama else ())]
    headers = ("x-api-key", "x-goog-api-key", "api-key")
    schemes: Json = {name: {"type": "apiKey", "in": "header", "name": name} for name in headers}
    schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jackfield serve",
            "version": version("jackfield-gateway"),
            "description": "Any installed AI provider behind the wires that programs already speak.",
        },
        "security": [{name: []} for name in schemes],
        "paths": {route.path: {"post" if route.body else "get": _operation(route)} for route in routes},
        "components": {"securitySchemes": schemes, "schemas": {**_schemas(routes)}},
    }


def _operation(route: _Route) -> Json:
    told: Json = {"responses": {"200": _good(route), **_faults(route.wire)}}
    if "{model}" in route.path:
        told["parameters"] = [_parameter("model", "path", {"type": "string", "minLength": 1}, required=True)]
    if route.path.endswith(":streamGenerateContent"):
        told["parameters"] += [_parameter("alt", "query", {"enum": ["sse"]}, required=False)]
    if route.body:
        told["requestBody"] = {"required": True, "content": _json(f"{route.body}_body")}
    return told


def _parameter(name: str, place: str, schema: Json, *, required: bool) -> Json:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _good(route: _Route) -> Json:
    content = _json(route.tells or route.body)
    if route.streams:
        content[route.streams] = {}
    return {"description": "The answer.", "content": content, "headers": _HEADERS}


_TEXT: Final[Json] = {"schema": {"type": "string"}}
_HEADERS: Final[Json] = {
    "x-jackfield-connection": {"description": "Which connection answered.", **_TEXT},
    "x-jackfield-ignored": {"description": "The fields that were not understood and left out.", **_TEXT},
}


def _faults(wire: Wire) -> Json:
    """Return what a wire answers to each kind of fault: every kind can meet every route."""
    statuses = {wire.refusal(Fault(kind=kind, message=""), "")[0] for kind in STATUSES}
    content = _json(f"{wire.name}_error")
    return {
        str(status): {"description": "A fault, in the wire's own shape.", "content": content}
        for status in sorted(statuses)
    }


def _json(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _schemas(routes: Sequence[_Route]) -> Mapping[str, Any]:
    bodies = {f"{route.body}_body": BODIES[route.body] for route in routes if route.body}
    whole = {name: WHOLE[name] for name in (route.tells or route.body for route in routes)}
    errors = {f"{route.wire.name}_error": ERRORS[route.wire.name] for route in routes}
    return {**bodies, **whole, **errors}
