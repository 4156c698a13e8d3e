"""Ollama's own wire, as its clients send and take it: lines of JSON, streamed unless they say otherwise.

Sources: ollama-python 0.6.3; docs.ollama.com/api.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import attrs

from jackfield import Capability, ChatRequest, Embeddings, EmbedRequest, JsonSchema
from jackfield_gateway._fault import Fault, Refusal
from jackfield_gateway._wire import Asked, AskedAbout, AskedVectors

from ._embeddings import read_texts
from ._fields import Fields, any_object, judged_by_the_contract, read_effort, read_tool, unknown_in
from ._ollama_encoder import OllamaEncoder
from ._ollama_messages import read_messages, read_prompt

_HOME: Final = "/api/"
_LATEST: Final = ":latest"
_KNOWN: Final = frozenset({"model", "stream", "messages", "tools", "format", "options", "think"})
_KNOWN_ALONE: Final = frozenset(
    {"model", "stream", "prompt", "system", "images", "format", "options", "think"}
)
_KNOWN_OPTIONS: Final = frozenset({"num_predict", "temperature", "top_p", "seed", "stop"})
_WOULD_HURT: Final[Mapping[str, tuple[Any, ...]]] = {
    "suffix": (None, ""),
    "template": (None, ""),
    "raw": (None, False),
    "context": (None, []),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
}
"""What changes an answer so much that it cannot be left out, each with what asks for nothing."""
_ABILITIES: Final[Mapping[Capability, str]] = {
    Capability.TOOLS: "tools",
    Capability.IMAGES: "vision",
    Capability.REASONING: "thinking",
    Capability.EMBEDDINGS: "embedding",
}


@attrs.frozen
class Ollama:
    """The wire `POST /api/chat`, `/api/generate`, `/api/show`, `/api/embed` and `/api/embeddings`."""

    name: str = "ollama"

    def serves(self, path: str) -> bool:
        """Whether *path* is the wire's own."""
        return path.startswith(_HOME)

    def decode(
        self,
        body: Mapping[str, Any],
        path: str,
        query: Mapping[str, str],  # noqa: ARG002
    ) -> Asked | AskedAbout | AskedVectors:
        """Read a request; see `Wire.decode`."""
        fields = Fields(body)
        model = (fields.text("model") or fields.required("name")).removesuffix(_LATEST)
        match path.removeprefix(_HOME):
            case "show":
                return AskedAbout(model=model, tell=_shown)
            case "embed":
                return _vectors(fields, body.get("input"), model, _embedded)
            case "embeddings":
                return _vectors(fields, body.get("prompt"), model, _embedded_alone)
            case "chat" | "generate" as verb:
                return _asked(fields, model, is_chat=verb == "chat")
        raise Refusal("path", "this wire has /api/chat, generate, show, embed, tags and version")

    def encoder(self, asked: Asked, answer_id: str, created: int) -> OllamaEncoder:  # noqa: ARG002
        """Return what writes the answer."""
        return OllamaEncoder(
            model=asked.model,
            created_at=datetime.fromtimestamp(created, UTC).isoformat().replace("+00:00", "Z"),
            is_chat=bool(asked.details["is_chat"]),
            tell=error_body,
        )

    def refusal(self, fault: Fault, request_id: str) -> tuple[int, Mapping[str, Any]]:  # noqa: ARG002
        """Return the wire's shape of an error."""
        return fault.status, error_body(fault)


def error_body(fault: Fault) -> dict[str, Any]:
    """Return a fault as the wire tells it."""
    return {"error": fault.message}


def _asked(fields: Fields, model: str, *, is_chat: bool) -> Asked | AskedAbout:
    fields.refuse(_WOULD_HURT)
    if not fields.body.get("messages" if is_chat else "prompt") and not fields.body.get("images"):
        # Its clients load a model so before they ask; here nothing is to be loaded.
        empty = {"message": {"role": "assistant", "content": ""}} if is_chat else {"response": ""}
        return AskedAbout(model=model, tell=lambda _: {**empty, "model": model, **_LOADED})
    options = Fields(fields.object("options"))
    with judged_by_the_contract():
        request = _request(fields, options, is_chat=is_chat)
    ignored = unknown_in(fields.body, (_KNOWN if is_chat else _KNOWN_ALONE) | _WOULD_HURT.keys())
    inside = (f"options.{name}" for name in unknown_in(options.body, _KNOWN_OPTIONS))
    return Asked(
        request=request,
        model=model,
        stream=fields.body.get("stream") is not False,
        ignored=(*ignored, *inside),
        details={"is_chat": is_chat},
    )


_LOADED: Final = {"created_at": "2023-11-14T22:13:20Z", "done": True, "done_reason": "load"}


def _request(fields: Fields, options: Fields, *, is_chat: bool) -> ChatRequest:
    most = options.number("num_predict")
    return ChatRequest(
        messages=read_messages(fields.objects("messages")) if is_chat else read_prompt(fields),
        tools=[read_tool(Fields(one), nested=True) for one in fields.objects("tools")] if is_chat else (),
        output=_output(fields.body.get("format")),
        reasoning=_reasoning(fields.body.get("think")),
        max_tokens=most if most is not None and most > 0 else None,  # less than 0 is: without end
        temperature=options.body.get("temperature"),
        top_p=options.body.get("top_p"),
        seed=options.body.get("seed"),
        stop_sequences=options.body.get("stop") or (),
    )


def _output(said: Any) -> JsonSchema | None:
    match said:
        case None | "":
            return None
        case "json":
            return any_object()
        case Mapping():
            return JsonSchema(said)
    raise Refusal("invalid", "format is neither json nor a schema", param="format")


def _reasoning(think: Any) -> Any:
    match think:
        case None:
            return None
        case bool():
            return "medium" if think else "none"
        case str():
            return read_effort(think)
    raise Refusal("invalid", "think is neither true, false nor an effort", param="think")


def _vectors(fields: Fields, said: Any, model: str, tell: Any) -> AskedVectors:
    known = {"model", "name", "input", "prompt", "dimensions"}
    with judged_by_the_contract():
        request = EmbedRequest(texts=read_texts(said), dimensions=fields.number("dimensions"))
    ignored = unknown_in(fields.body, known)
    return AskedVectors(request=request, model=model, ignored=ignored, tell=partial(tell, model))


def _embedded(model: str, found: Embeddings) -> Mapping[str, Any]:
    told: dict[str, Any] = {"model": model, "embeddings": [list(vector) for vector in found.vectors]}
    if found.usage and found.usage.input_tokens is not None:
        told["prompt_eval_count"] = found.usage.input_tokens
    return told


def _embedded_alone(_: str, found: Embeddings) -> Mapping[str, Any]:
    return {"embedding": list(found.vectors[0])}


def _shown(capabilities: frozenset[Capability]) -> Mapping[str, Any]:
    able = [word for capability, word in _ABILITIES.items() if capability in capabilities]
    return {"details": {}, "model_info": {}, "capabilities": ["completion", *able]}
