"""Bodies and answers of the wires as JSON schemas: what is read of the first, what is sure of the second.

Only names, types and what must be there; `decode` of each wire is the law, and refuses by name what it does
not take. A test holds the two together: nothing that is told here is left out as not understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]
_TEXT: Final[Json] = {"type": "string"}
_SOME_TEXT: Final[Json] = {"type": "string", "minLength": 1}
_YES_OR_NO: Final[Json] = {"type": "boolean"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 1}
_SEED: Final[Json] = {"type": "integer", "minimum": 0}
_WARMTH: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
_SHARE: Final[Json] = {"type": "number", "minimum": 0.01, "maximum": 1}
_ANY: Final[Json] = {"type": "object"}


def _object(*required: str, **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


def _list(items: Json, *, least: int = 0) -> Json:
    return {"type": "array", "items": items, "minItems": least}


def _message(*roles: str) -> Json:
    return _object("role", "content", role={"enum": list(roles)}, content=_SOME_TEXT)


def _vectors(**more: Json) -> Json:
    return {**more, "input": {"anyOf": [_SOME_TEXT, _list(_SOME_TEXT, least=1)]}}


_FUNCTION: Final = _object("name", name=_SOME_TEXT, description=_TEXT, parameters=_ANY)
_OUTER_FUNCTION: Final = _object("type", "function", type={"const": "function"}, function=_FUNCTION)
_SAMPLING: Final[Json] = {"temperature": _WARMTH, "top_p": _SHARE}
_PART: Final = _object("text", text=_SOME_TEXT)
_CONTENT: Final = _object("parts", role={"enum": ["user", "model"]}, parts=_list(_PART, least=1))
_MODEL_AND_STREAM: Final[Json] = {"model": _SOME_TEXT, "stream": _YES_OR_NO}
_OPTIONS: Final = _object(num_predict=_COUNT, seed=_SEED, stop=_list(_SOME_TEXT), **_SAMPLING)

BODIES: Final[Mapping[str, Json]] = {
    "chat": _object(
        "model",
        "messages",
        messages=_list(_message("system", "developer", "user", "assistant"), least=1),
        max_tokens=_COUNT,
        max_completion_tokens=_COUNT,
        stop={"anyOf": [_SOME_TEXT, _list(_SOME_TEXT)]},
        seed=_SEED,
        tools=_list(_OUTER_FUNCTION),
        tool_choice={"enum": ["auto", "none", "required"]},
        response_format=_object("type", type={"enum": ["text", "json_object"]}),
        reasoning_effort={"enum": ["low", "medium", "high"]},
        stream_options=_object(include_usage=_YES_OR_NO),
        **_MODEL_AND_STREAM,
        **_SAMPLING,
    ),
    "embeddings": _object(
        "model",
        "input",
        **_vectors(model=_SOME_TEXT, dimensions=_COUNT, encoding_format={"enum": ["float", "base64"]}),
    ),
    "responses": _object(
        "model",
        "input",
        input={"anyOf": [_SOME_TEXT, _list(_message("system", "developer", "user"), least=1)]},
        instructions=_TEXT,
        max_output_tokens=_COUNT,
        tools=_list({**_FUNCTION, "required": ["type", "name"]}),
        tool_choice={"enum": ["auto", "none", "required"]},
        reasoning=_object(effort={"enum": ["low", "medium", "high"]}),
        **_MODEL_AND_STREAM,
        **_SAMPLING,
    ),
    "messages": _object(
        "model",
        "messages",
        "max_tokens",
        messages=_list(_message("user", "assistant"), least=1),
        system=_TEXT,
        max_tokens=_COUNT,
        stop_sequences=_list(_SOME_TEXT),
        tools=_list(_object("name", "input_schema", name=_SOME_TEXT, input_schema=_ANY)),
        **_MODEL_AND_STREAM,
        **_SAMPLING,
    ),
    "contents": _object(
        "contents",
        contents=_list(_CONTENT, least=1),
        systemInstruction=_CONTENT,
        tools=_list(_object(functionDeclarations=_list(_FUNCTION))),
        generationConfig=_object(
            maxOutputTokens=_COUNT,
            temperature=_WARMTH,
            topP=_SHARE,
            seed=_SEED,
            stopSequences=_list(_SOME_TEXT),
        ),
    ),
    "embed_content": _object("content", content=_CONTENT, outputDimensionality=_COUNT),
    "embed_contents": _object("requests", requests=_list(_object("content", content=_CONTENT), least=1)),
    "ollama_chat": _object(
        "model",
        "messages",
        messages=_list(_message("system", "user", "assistant"), least=1),
        tools=_list(_OUTER_FUNCTION),
        options=_OPTIONS,
        **_MODEL_AND_STREAM,
    ),
    "ollama_generate": _object(
        "model", "prompt", prompt=_SOME_TEXT, system=_TEXT, options=_OPTIONS, **_MODEL_AND_STREAM
    ),
    "ollama_show": _object("model", model=_SOME_TEXT),
    "ollama_embed": _object("model", "input", **_vectors(model=_SOME_TEXT)),
    "ollama_embeddings": _object("model", "prompt", model=_SOME_TEXT, prompt=_SOME_TEXT),
}
"""What is read of a body."""

_OPENAI_ERROR: Final = _object(
    "error",
    error=_object(
        "message",
        "type",
        "param",
        "code",
        message=_SOME_TEXT,
        type=_SOME_TEXT,
        param={"type": ["string", "null"]},
        code=_SOME_TEXT,
    ),
)
_OPENAI_MODEL: Final = _object("id", "object", "created", "owned_by", id=_SOME_TEXT)
_GEMINI_MODEL: Final = _object("name", name=_SOME_TEXT)
_PIECE: Final = _object("candidates", candidates=_list(_object("content"), least=1))
_WHOLE: Final = _object("candidates", candidates=_list(_object("content", "finishReason"), least=1))
_MADE_BY_OLLAMA: Final = ("model", "done")

ERRORS: Final[Mapping[str, Json]] = {
    "openai_chat": _OPENAI_ERROR,
    "openai_responses": _OPENAI_ERROR,
    "anthropic_messages": _object(
        "type",
        "error",
        "request_id",
        type={"const": "error"},
        error=_object("type", "message", type=_SOME_TEXT, message=_SOME_TEXT),
        request_id=_SOME_TEXT,
    ),
    "gemini": _object(
        "error",
        error=_object(
            "code", "message", "status", code={"type": "integer"}, message=_SOME_TEXT, status=_SOME_TEXT
        ),
    ),
    "ollama": _object("error", error=_SOME_TEXT),
}
"""The shape of a fault, by the name of a wire."""

WHOLE: Final[Mapping[str, Json]] = {
    "chat": _object("id", "object", "created", "model", "choices", choices=_list(_ANY, least=1)),
    "embeddings": _object("object", "data", "model", data=_list(_ANY, least=1)),
    "models": _object("data", data=_list(_OPENAI_MODEL, least=1)),
    "model": _OPENAI_MODEL,
    "responses": _object("id", "object", "created_at", "model", "output", "status"),
    "messages": _object("id", "type", "role", "model", "content", "stop_reason", "usage"),
    "message_count": _object("input_tokens", input_tokens=_COUNT),
    "contents": _WHOLE,
    "contents_list": _list(_PIECE, least=1),
    "contents_count": _object("totalTokens", totalTokens=_COUNT),
    "embed_content": _object("embedding"),
    "embed_contents": _object("embeddings", embeddings=_list(_ANY, least=1)),
    "gemini_models": _object("models", models=_list(_GEMINI_MODEL, least=1)),
    "gemini_model": _GEMINI_MODEL,
    "ollama_chat": _object("message", *_MADE_BY_OLLAMA),
    "ollama_generate": _object("response", *_MADE_BY_OLLAMA),
    "ollama_show": _object("capabilities"),
    "ollama_embed": _object("embeddings"),
    "ollama_embeddings": _object("embedding"),
    "ollama_tags": _object("models"),
    "ollama_version": _object("version"),
}
"""What is sure of an answer in one piece."""
