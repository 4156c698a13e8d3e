"""Anthropic's Messages, as the vendor's clients send and take them, in both versions that are alive.

The version `2026-10-21` refuses more than `2023-06-01` did; here both are taken alike, and a newer one too.

Sources: anthropic-python 2.14 and what programs sent on 2026-11-26; platform.claude.com/docs/en/api.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from jackfield import ChatRequest
from jackfield_gateway._counting import estimated_tokens
from jackfield_gateway._fault import Fault, Kind, Refusal
from jackfield_gateway._wire import Asked

from ._anthropic_encoder import AnthropicEncoder
from ._anthropic_messages import read_messages
from ._fields import Fields, judged_by_the_contract, read_effort, read_schema, read_tool, unknown_in

_PATH: Final = "/v1/messages"
_COUNT: Final = "/v1/messages/count_tokens"
_WOULD_HURT: Final[Mapping[str, tuple[Any, ...]]] = {
    "mcp_servers": (None, []),
    "container": (None,),
}
"""What changes an answer so much that it cannot be left out, each with what asks for nothing."""
_KNOWN: Final = frozenset(
    {
        "messages",
        "model",
        "stream",
        "system",
        "max_tokens",
        "temperature",
        "top_p",
        "stop_sequences",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        *_WOULD_HURT,
    }
)
_WORDS: Final[Mapping[Kind, tuple[int, str]]] = {
    "token": (401, "authentication_error"),
    "login": (403, "permission_error"),
    "permission": (403, "permission_error"),
    "origin": (403, "permission_error"),
    "quota": (402, "billing_error"),
    "rate": (429, "rate_limit_error"),
    "model": (404, "not_found_error"),
    "path": (404, "not_found_error"),
    "busy": (529, "overloaded_error"),
    "uncertain": (500, "api_error"),
    "withdrawn": (500, "api_error"),
    "internal": (500, "api_error"),
    "timeout": (504, "timeout_error"),
}
_CHOICES: Final = {"auto": "auto", "none": "none", "any": "required"}


@attrs.frozen
class AnthropicMessages:
    """The wire `POST /v1/messages`, and the count of tokens beside it."""

    name: str = "anthropic_messages"

    def serves(self, path: str) -> bool:
        """Whether *path* is the wire's own."""
        return path in {_PATH, _COUNT}

    def decode(self, body: Mapping[str, Any], path: str, query: Mapping[str, str]) -> Asked:  # noqa: ARG002
        """Read a request; see `Wire.decode`."""
        fields = Fields(body)
        fields.refuse(_WOULD_HURT)
        tools = [_tool(one) for one in fields.objects("tools")]
        config = Fields(fields.object("output_config"))
        with judged_by_the_contract():
            request = ChatRequest(
                messages=read_messages(body.get("system"), fields.objects("messages")),
                tools=tools,
                tool_choice=_choice(Fields(fields.object("tool_choice"))) if tools else None,
                output=_output(Fields(config.object("format"))),
                reasoning=_reasoning(Fields(fields.object("thinking")), config),
                max_tokens=fields.number("max_tokens"),
                temperature=body.get("temperature"),
                top_p=body.get("top_p"),
                stop_sequences=body.get("stop_sequences") or (),
            )
        return Asked(
            request=request,
            model=fields.required("model"),
            stream=path == _PATH and body.get("stream") is True,
            ignored=unknown_in(body, _KNOWN),
            has_formal_limit=True,
            estimate={"input_tokens": estimated_tokens(request)} if path == _COUNT else None,
        )

    def encoder(self, asked: Asked, answer_id: str, created: int) -> AnthropicEncoder:  # noqa: ARG002
        """Return what writes the answer."""
        return AnthropicEncoder(
            answer_id=f"msg_{answer_id}",
            model=asked.model,
            tell=lambda fault: error_body(fault, answer_id),
        )

    def refusal(self, fault: Fault, request_id: str) -> tuple[int, Mapping[str, Any]]:
        """Return the vendor's shape of an error."""
        status = _WORDS[fault.kind][0] if fault.kind in _WORDS else fault.status
        return status, error_body(fault, request_id)


def error_body(fault: Fault, request_id: str) -> dict[str, Any]:
    """Return a fault as the vendor tells it; programs read the words about a long prompt."""
    kind = _WORDS[fault.kind][1] if fault.kind in _WORDS else "invalid_request_error"
    message = fault.message
    if fault.kind == "context":
        message = f"capability_rejected: prompt_too_long: {message}"
    error = {"type": kind, "message": message, "details": {"error_code": fault.kind}}
    return {"type": "error", "error": error, "request_id": request_id}


def _tool(said: Mapping[str, Any]) -> Any:
    kind = said.get("type") or "custom"
    return read_tool(
        Fields(
            {**said, "type": "function" if kind == "custom" else kind, "parameters": said.get("input_schema")}
        ),
        nested=False,
    )


def _choice(said: Fields) -> str | None:
    kind = said.text("type")
    if kind is None:
        return None
    if kind == "tool":
        return said.required("name")
    if kind not in _CHOICES:
        raise Refusal("invalid", f"tool_choice has an unknown type {kind[:80]!r}", param="tool_choice")
    return _CHOICES[kind]


def _output(said: Fields) -> Any:
    kind = said.body.get("type")
    if kind is None:
        return None
    if kind == "json_schema":
        return read_schema(said.body)
    raise Refusal("invalid", "output_config.format has an unknown type", param="output_config")


def _reasoning(thinking: Fields, config: Fields) -> Any:
    kind, effort = thinking.text("type"), read_effort(config.text("effort"))
    match kind:
        case None:
            return None
        case "disabled":
            return "none"
        case "adaptive":
            return effort or "high"  # the vendor's own, where nothing is said
        case "enabled":
            return effort or thinking.number("budget_tokens")
    raise Refusal("invalid", f"thinking has an unknown type {kind[:80]!r}", param="thinking")
