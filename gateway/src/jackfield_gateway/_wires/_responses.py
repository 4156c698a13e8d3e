"""OpenAI's Responses, as the vendor's clients send and take them.

Sources: openai-python 3.57, and what Codex sent on 2026-11-26;
platform.openai.com/docs/api-reference/responses. Nothing is kept between two requests, so that what names
an answer or a conversation of before is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield import ChatRequest, Tool
from jackfield_gateway._fault import Fault, Refusal
from jackfield_gateway._wire import Asked

from ._fields import Fields, any_object, judged_by_the_contract, read_effort, read_schema, read_tool
from ._openai_errors import error_body
from ._responses_encoder import ResponsesEncoder
from ._responses_input import read_input

_PATHS: Final = ("/v1/responses", "/responses")

_WOULD_HURT: Final[Mapping[str, tuple[Any, ...]]] = {
    "previous_response_id": (None, ""),
    "conversation": (None,),
    "prompt": (None,),
    "background": (None, False),
    "top_logprobs": (None, 0),
    "max_tool_calls": (None,),
    "include": (None, [], ["reasoning.encrypted_content"]),
}
"""What changes an answer so much that it cannot be left out, each with what asks for nothing."""

_TOLD_AGAIN: Final = ("tools", "tool_choice", "instructions", "include")
"""What an answer repeats of its request, or is told by."""
_KNOWN: Final = frozenset(
    {
        "input",
        "instructions",
        "model",
        "stream",
        "max_output_tokens",
        "temperature",
        "top_p",
        "tools",
        "tool_choice",
        "text",
        "reasoning",
        *_WOULD_HURT,
    }
)


@attrs.frozen
class OpenAIResponses:
    """The wire `POST /v1/responses`."""

    name: str = "openai_responses"

    def serves(self, path: str) -> bool:
        """Whether *path* is the wire's own."""
        return path in _PATHS

    def decode(self, body: Mapping[str, Any], path: str, query: Mapping[str, str]) -> Asked:  # noqa: ARG002
        """Read a request; see `Wire.decode`."""
        fields = Fields(body)
        fields.refuse(_WOULD_HURT)
        tools = [read_tool(Fields(one), nested=False) for one in fields.objects("tools")]
        with judged_by_the_contract():
            request = _request(fields, tools)
        return Asked(
            request=request,
            model=fields.required("model"),
            stream=body.get("stream") is True,
            ignored=_ignored(fields),
            details={name: body[name] for name in _TOLD_AGAIN if body.get(name)},
        )

    def encoder(self, asked: Asked, answer_id: str, created: int) -> ResponsesEncoder:
        """Return what writes the answer."""
        return ResponsesEncoder(
            answer_id=answer_id,
            created=created,
            model=asked.model,
            said=asked.details,
            seals=bool(asked.details.get("include")),
            tell=error_body,
        )

    def refusal(self, fault: Fault, request_id: str) -> tuple[int, Mapping[str, Any]]:  # noqa: ARG002
        """Return the vendor's shape of an error."""
        return fault.status, error_body(fault)


def _ignored(fields: Fields) -> tuple[str, ...]:
    # Nothing is kept here, which is all that `store: false` asks for.
    names = [
        name
        for name, value in fields.body.items()
        if name not in _KNOWN and value is not None and (name, value) != ("store", False)
    ]
    for outer, known in (("text", "format"), ("reasoning", "effort")):
        inner = fields.object(outer)
        names += [f"{outer}.{name}" for name in inner if name != known and inner[name] is not None]
    return tuple(sorted(names))


def _request(fields: Fields, tools: Sequence[Tool]) -> ChatRequest:
    body = fields.body
    return ChatRequest(
        messages=read_input(body.get("input"), fields.text("instructions")),
        tools=tools,
        tool_choice=_choice(body.get("tool_choice")) if tools else None,
        output=_output(Fields(Fields(fields.object("text")).object("format"))),
        reasoning=read_effort(Fields(fields.object("reasoning")).text("effort")),
        max_tokens=fields.number("max_output_tokens"),
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
    )


def _choice(said: Any) -> str | None:
    if said is None or isinstance(said, str):
        return said
    choice = Fields(said)
    if choice.body.get("type") != "function":
        raise Refusal("unsupported", "tool_choice names something that is no function", param="tool_choice")
    return choice.required("name")


def _output(said: Fields) -> Any:
    kind = said.body.get("type")
    if kind in {None, "text"}:
        return None
    if kind == "json_object":
        return any_object()
    if kind == "json_schema":
        return read_schema(said.body)
    raise Refusal("invalid", f"text.format has an unknown type {str(kind)[:80]!r}", param="text.format")
