"""Gemini's `generateContent`, as the vendor's clients send and take it, in both versions of its paths.

Names are taken in both spellings, as the vendor takes them: `maxOutputTokens` and `max_output_tokens`.

Sources: google-genai 3.6.1 (whose `_api_client` has what it repeats) and what programs sent on 2026-11-26;
ai.google.dev/api/generate-content; google/rpc/code.proto.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import attrs

from jackfield import ChatRequest, JsonSchema, Reasoning, Tool
from jackfield_gateway._counting import estimated_tokens
from jackfield_gateway._fault import Fault, Refusal
from jackfield_gateway._wire import Asked, AskedVectors

from ._fields import Fields, any_object, judged_by_the_contract, read_effort
from ._gemini_contents import read_contents, spelled
from ._gemini_embedding import EMBEDDING_VERBS, read_embedding
from ._gemini_encoder import GeminiEncoder
from ._gemini_schema import json_schema

_HOME: Final = "/v1beta/"
_MODELS: Final = "/v1/models/"
_VERBS: Final = frozenset({"generateContent", "streamGenerateContent", "countTokens", *EMBEDDING_VERBS})
_WOULD_HURT: Final[Mapping[str, tuple[Any, ...]]] = {"cachedContent": (None, "")}
"""What changes an answer so much that it cannot be left out, each with what asks for nothing."""
_HURTS_INSIDE: Final[Mapping[str, tuple[Any, ...]]] = {
    "candidateCount": (None, 1),
    "responseModalities": (None, [], ["TEXT"]),
    "responseLogprobs": (None, False),
    "logprobs": (None, 0),
    "speechConfig": (None,),
    "imageConfig": (None,),
}
_KNOWN: Final = frozenset(
    {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", *_WOULD_HURT}
)
_KNOWN_INSIDE: Final = frozenset(
    {
        "maxOutputTokens",
        "temperature",
        "topP",
        "seed",
        "stopSequences",
        "responseMimeType",
        "responseSchema",
        "responseJsonSchema",
        "thinkingConfig",
        *_HURTS_INSIDE,
    }
)
_STATUSES: Final[Mapping[int, str]] = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}
_ALL_PARTS_OF_A_MODE: Final = {"AUTO": None, "VALIDATED": None, "NONE": "none", "ANY": "required"}
_LEVELS: Final = {"THINKING_LEVEL_UNSPECIFIED": None, "XHIGH": "max"}


@attrs.frozen
class GeminiContents:
    """The wire `POST /v1beta/models/MODEL:generateContent`, its stream, and the count of tokens beside it."""

    name: str = "gemini"

    def serves(self, path: str) -> bool:
        """Whether *path* is the wire's own. Under `/v1/models/` a verb tells it from OpenAI's."""
        return path.startswith(_HOME) or (path.startswith(_MODELS) and path.rpartition(":")[2] in _VERBS)

    def decode(self, body: Mapping[str, Any], path: str, query: Mapping[str, str]) -> Asked | AskedVectors:
        """Read a request; see `Wire.decode`."""
        model, verb = _model_and_verb(path)
        if "key" in query:
            raise Refusal("invalid", "a key in an address ends up in logs: send x-goog-api-key", param="key")
        if verb in EMBEDDING_VERBS:
            return read_embedding(body, model, verb)
        if verb == "countTokens" and isinstance(body.get("generateContentRequest"), Mapping):
            body = body["generateContentRequest"]
        fields = Fields(spelled(body))
        fields.refuse(_WOULD_HURT)
        config = Fields(spelled(fields.object("generationConfig")))
        config.refuse(_HURTS_INSIDE)
        with judged_by_the_contract():
            request = _request(fields, config)
        return Asked(
            request=request,
            model=model,
            stream=verb == "streamGenerateContent",
            ignored=_ignored(fields, config),
            estimate={"totalTokens": estimated_tokens(request)} if verb == "countTokens" else None,
            details={"sse": query.get("alt") == "sse"},
        )

    def encoder(self, asked: Asked, answer_id: str, created: int) -> GeminiEncoder:  # noqa: ARG002
        """Return what writes the answer."""
        return GeminiEncoder(
            answer_id=answer_id, model=asked.model, is_sse=bool(asked.details["sse"]), tell=error_body
        )

    def refusal(self, fault: Fault, request_id: str) -> tuple[int, Mapping[str, Any]]:  # noqa: ARG002
        """Return the vendor's shape of an error."""
        return _status(fault), error_body(fault)


def _status(fault: Fault) -> int:
    """Return the status, which alone decides whether this vendor's clients repeat a request by themselves.

    They know no `x-should-retry`, and once told to repeat at all (LangChain says six times) they repeat each
    500, 502, 503 and 504, and programs such as Gemini CLI whatever is above 499. ABORTED is google.rpc's own
    word for what whoever asks must look at first: "use ABORTED if the client should retry at a higher level".
    """
    is_final = fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not fault.retry
    return HTTPStatus.CONFLICT if is_final else fault.status


def error_body(fault: Fault) -> dict[str, Any]:
    """Return a fault as the vendor tells it, with our own word for it as the reason."""
    told = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": fault.kind.upper(),
        "domain": "jackfield",
    }
    code = _status(fault)
    status = _STATUSES.get(code, "INVALID_ARGUMENT")
    return {"error": {"code": code, "message": fault.message, "status": status, "details": [told]}}


def _model_and_verb(path: str) -> tuple[str, str]:
    """Return the model, which may hold `/` and `:`, and what is wanted of it."""
    _, _, named = path.partition("/models/")
    model, colon, verb = unquote(named).rpartition(":")
    if not (model and colon and verb in _VERBS):
        raise Refusal("path", f"this wire has {', '.join(sorted(_VERBS))}: /v1beta/models/MODEL:VERB")
    return model, verb


def _ignored(fields: Fields, config: Fields) -> tuple[str, ...]:
    names = [name for name, value in fields.body.items() if name not in _KNOWN and value not in (None, [])]
    inside = [name for name, value in config.body.items() if name not in _KNOWN_INSIDE and value is not None]
    return tuple(sorted([*names, *(f"generationConfig.{name}" for name in inside)]))


def _request(fields: Fields, config: Fields) -> ChatRequest:
    calling = Fields(spelled(Fields(spelled(fields.object("toolConfig"))).object("functionCallingConfig")))
    tools = _tools(fields, is_strict=calling.body.get("mode") == "VALIDATED")
    tools, choice = _chosen(tools, calling)
    return ChatRequest(
        messages=read_contents(fields.body.get("systemInstruction"), fields.body.get("contents")),
        tools=tools,
        tool_choice=choice if tools else None,
        output=_output(config),
        reasoning=_reasoning(Fields(spelled(config.object("thinkingConfig")))),
        max_tokens=config.number("maxOutputTokens"),
        temperature=config.body.get("temperature"),
        top_p=config.body.get("topP"),
        seed=config.body.get("seed"),
        stop_sequences=config.body.get("stopSequences") or (),
    )


def _tools(fields: Fields, *, is_strict: bool) -> list[Tool]:
    found = []
    for group in map(spelled, fields.objects("tools")):
        for kind in group:
            if kind != "functionDeclarations" and group[kind] is not None:
                raise Refusal("unsupported", f"a tool {kind[:80]!r} is not served here", param="tools")
        found += [
            _tool(Fields(spelled(one)), is_strict) for one in Fields(group).objects("functionDeclarations")
        ]
    return found


def _tool(said: Fields, is_strict: bool) -> Tool:
    schema = said.object("parametersJsonSchema") or json_schema(said.object("parameters"))
    return Tool(
        said.required("name"),
        said.text("description") or "",
        schema or {"type": "object", "properties": {}},
        True if is_strict else None,
    )


def _chosen(tools: Sequence[Tool], calling: Fields) -> tuple[list[Tool], str | None]:
    """Return the tools that may be called, and the choice."""
    mode, allowed = calling.text("mode"), calling.body.get("allowedFunctionNames") or []
    if mode in {None, "MODE_UNSPECIFIED"}:
        return list(tools), None
    if mode not in _ALL_PARTS_OF_A_MODE:
        raise Refusal("invalid", f"toolConfig has an unknown mode {str(mode)[:80]!r}", param="toolConfig")
    if not isinstance(allowed, list):
        raise Refusal("invalid", "allowedFunctionNames must be a list", param="toolConfig")
    may = [tool for tool in tools if not allowed or tool.name in allowed]
    if mode == "ANY" and allowed and len(may) == 1:
        return list(tools), may[0].name
    return may, _ALL_PARTS_OF_A_MODE[mode]


def _output(config: Fields) -> JsonSchema | None:
    schema = config.object("responseJsonSchema") or json_schema(config.object("responseSchema"))
    match config.text("responseMimeType"):
        case None | "" | "text/plain":
            return None
        case "application/json":
            return JsonSchema(schema) if schema else any_object()
        case kind:
            raise Refusal(
                "unsupported", f"an answer of type {kind[:80]!r} is not served here", param="responseMimeType"
            )


def _reasoning(said: Fields) -> Reasoning | None:
    level, budget = said.text("thinkingLevel"), said.number("thinkingBudget")
    summary = said.body.get("includeThoughts")
    effort = read_effort(_LEVELS.get(level, level.lower()) if level else None)
    if budget == 0:
        effort, budget = "none", None
    if budget is not None and budget < 0:
        budget = None  # the vendor's word for: as much as the model likes
    if effort is None and budget is None and summary is None:
        return None
    return Reasoning(effort, budget, summary)
