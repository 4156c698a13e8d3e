"""What the core tells, in the words of the GenAI conventions. No word of what was said is in any of it.

Names that begin with `gen_ai.`, `server.`, `error.` and `http.` are those of the conventions, as
`opentelemetry-util-genai` 1.3b0 has them; names that begin with `jackfield.` are ours.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from jackfield import (
    AttachRequest,
    BatchRequest,
    ChatRequest,
    ChatResponse,
    Embeddings,
    EmbedRequest,
    JackfieldError,
    ModelsRequest,
    ReadBatchRequest,
    Request,
    Usage,
    redact,
)

Value: TypeAlias = str | bool | int | float | tuple[str, ...]
Attributes: TypeAlias = dict[str, Value]

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
KIND_OF_TOKENS: Final = "gen_ai.token.type"
ERROR_TYPE: Final = "error.type"

_OPERATIONS: Final[Mapping[type[Any], str]] = MappingProxyType(
    {
        ChatRequest: "chat",
        AttachRequest: "fetch_response",
        EmbedRequest: "embeddings",
        # The conventions have no word for these.
        ModelsRequest: "list_models",
        BatchRequest: "submit_batch",
        ReadBatchRequest: "read_batch",
    }
)
_SETTINGS: Final = {
    "max_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "seed": "gen_ai.request.seed",
    "stop_sequences": "gen_ai.request.stop_sequences",
    "conversation_id": "gen_ai.conversation.id",
    "dimensions": "gen_ai.embeddings.dimension.count",
    "id": "jackfield.request.id",
}
_COUNTS: Final = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_input_tokens": "gen_ai.usage.cache_write.input_tokens",
    "reasoning_output_tokens": "gen_ai.usage.reasoning.output_tokens",
}
_SECURE_PORTS: Final = {"https": 443, "wss": 443}


def known(attributes: Mapping[str, Any]) -> Attributes:
    """Return those attributes that have a value, with secrets masked."""
    return {
        name: _masked(value)
        for name, value in attributes.items()
        if value is not None and value not in ("", ())
    }


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    return tuple(map(redact, value)) if isinstance(value, tuple) else value


def operation_of(request: Request) -> str:
    """Return the word for what is asked."""
    return _OPERATIONS.get(type(request), type(request).__name__)


def of_request(request: Request) -> Attributes:
    """Return the settings of a request."""
    settings = {name: getattr(request, field, None) for field, name in _SETTINGS.items()}
    if isinstance(request, ChatRequest):
        settings["gen_ai.request.reasoning.level"] = request.reasoning.effort if request.reasoning else None
        settings["gen_ai.output.type"] = "json" if request.output else None
    if isinstance(request, AttachRequest):
        settings["gen_ai.response.id"] = request.handle
    if isinstance(request, BatchRequest):
        settings["jackfield.batch.size"] = len(request.requests)
    return known(settings)


def of_server(options: object) -> Attributes:
    """Return where the remote of a connection with those *options* is, if they tell."""
    address = getattr(options, "base_url", None)
    return _of_address(address) if isinstance(address, str) else {}


@functools.lru_cache(maxsize=256)
def _of_address(address: str) -> Attributes:
    # Nothing but the host and the port: a user's name or a key may stand in an address, too.
    try:
        parts = urlsplit(address)
        port = parts.port or _SECURE_PORTS.get(parts.scheme, 80)
    except ValueError:
        return {}
    return known({"server.address": parts.hostname, "server.port": port}) if parts.hostname else {}


def of_answer(answer: object) -> Attributes:
    """Return what is known of an answer, but for its words and its counts."""
    if isinstance(answer, Embeddings):
        return known({RESPONSE_MODEL: answer.model})
    if not isinstance(answer, ChatResponse):
        return {}
    return known(
        {
            REQUEST_MODEL: answer.requested_model,
            RESPONSE_MODEL: answer.model,
            "gen_ai.response.id": answer.handle,
            "gen_ai.response.finish_reasons": (answer.finish_reason,) if answer.finish_reason else None,
            "gen_ai.conversation.id": answer.conversation_id,
            "jackfield.attempts": answer.attempts,
            "jackfield.adaptations": tuple(adaptation.field for adaptation in answer.adaptations),
            "jackfield.remote_request_id": answer.remote_request_id,
        }
    )


def usage_of(request: Request, answer: object) -> Usage:
    """Return what an answer used: nothing, where it is taken up again. It was counted when it was asked."""
    usage = None if isinstance(request, AttachRequest) else getattr(answer, "usage", None)
    return usage if isinstance(usage, Usage) else Usage()


def of_usage(usage: Usage) -> Attributes:
    """Return the token counts, and which of them nobody counted who knows."""
    counts = {name: getattr(usage, field) for field, name in _COUNTS.items()}
    sources = {"input_tokens": usage.input_source, "output_tokens": usage.output_source}
    estimated = tuple(field for field, source in sources.items() if source == "estimated")
    return known({**counts, "jackfield.usage.estimated": estimated})


def tokens_of(usage: Usage) -> dict[str, int]:
    """Return the counts to be measured, by token type: an estimate is none."""
    found = {
        "input": (usage.input_tokens, usage.input_source),
        "output": (usage.output_tokens, usage.output_source),
    }
    return {
        kind: count for kind, (count, source) in found.items() if count is not None and source != "estimated"
    }


def of_error(error: BaseException) -> Attributes:
    """Return what kind of error it is, and whether the remote can have acted. Not its message.

    A message often repeats what the remote said, and that may be what it was asked.
    """
    certainty, status = getattr(error, "certainty", None), getattr(error, "status", None)
    return known(
        {
            ERROR_TYPE: error_type(error),
            "jackfield.certainty": certainty.value if certainty else None,
            "http.response.status_code": status if isinstance(status, int) else None,
        }
    )


def error_type(error: BaseException) -> str:
    """Return the name by which a program imports the class of an error."""
    module, name = type(error).__module__, type(error).__qualname__
    if isinstance(error, JackfieldError) and module.startswith("jackfield._"):
        return f"jackfield.{name}"
    return name if module == "builtins" else f"{module}.{name}"
