"""OpenAI's chat completions, as the vendor's clients send and take them.

Sources: openai-python 3.57 and what programs sent on 2026-11-26; platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield import ChatRequest, Tool
from jackfield_gateway._fault import Fault, Refusal
from jackfield_gateway._wire import Asked, AskedVectors

from ._chat_encoder import ChatEncoder
from ._chat_messages import read_messages
from ._embeddings import EMBEDDINGS, read_embeddings
from ._fields import (
    Fields,
    any_object,
    judged_by_the_contract,
    read_effort,
    read_schema,
    read_tool,
    unknown_in,
)
from ._openai_errors import error_body
from ._responses import OpenAIResponses

_PATHS: Final = ("/v1/chat/completions", "/chat/completions")
"""Some programs leave the version out."""

_WOULD_HURT: Final[Mapping[str, tuple[Any, ...]]] = {
    "n": (None, 1),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "logit_bias": (None, {}),
    "functions": (None, []),
    "function_call": (None, "none", "auto"),
    "modalities": (None, ["text"]),
    "audio": (None,),
    "web_search_options": (None,),
}
"""What changes an answer so much that it cannot be left out, each with what asks for nothing."""

_KNOWN: Final = frozenset(
    {
        "messages",
        "model",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "stop",
        "tools",
        "tool_choice",
        "response_format",
        "reasoning_effort",
        "seed",
        *_WOULD_HURT,
    }
)


@attrs.frozen
class OpenAIChat:
    """The wire `POST /v1/chat/completions`, and the vendor's embeddings beside it."""

    name: str = "openai_chat"

    def serves(self, path: str) -> bool:
        """Whether *path* is the wire's own."""
        return path in {*_PATHS, *EMBEDDINGS}

    def decode(
        self,
        body: Mapping[str, Any],
        path: str,
        query: Mapping[str, str],
    ) -> Asked | AskedVectors:
        """Read a request; see `Wire.decode`."""
        fields = Fields(body)
        if path in EMBEDDINGS:
            return read_embeddings(fields)
        if "input" in body and "messages" not in body:
            # There are programs that post Responses here, and read the answer as chunks of a chat.
            asked = OpenAIResponses().decode(body, path, query)
            return attrs.evolve(asked, details={"include_usage": False})
        fields.refuse(_WOULD_HURT)
        options = Fields(fields.object("stream_options"))
        tools = [read_tool(Fields(one), nested=True) for one in fields.objects("tools")]
        with judged_by_the_contract():
            request = _request(fields, tools)
        return Asked(
            request=request,
            model=fields.required("model"),
            stream=body.get("stream") is True,
            ignored=unknown_in(body, _KNOWN),
            details={"include_usage": options.body.get("include_usage") is True},
        )

    def encoder(self, asked: Asked, answer_id: str, created: int) -> ChatEncoder:
        """Return what writes the answer."""
        return ChatEncoder(
            answer_id=f"chatcmpl-{answer_id}",
            created=created,
            model=asked.model,
            include_usage=bool(asked.details["include_usage"]),
            tell=error_body,
        )

    def refusal(self, fault: Fault, request_id: str) -> tuple[int, Mapping[str, Any]]:  # noqa: ARG002
        """Return the vendor's shape of an error."""
        return fault.status, error_body(fault)


def _request(fields: Fields, tools: Sequence[Tool]) -> ChatRequest:
    body = fields.body
    return ChatRequest(
        messages=read_messages(fields.objects("messages")),
        tools=tools,
        tool_choice=_choice(body.get("tool_choice")) if tools else None,
        output=_output(Fields(fields.object("response_format"))),
        reasoning=read_effort(fields.text("reasoning_effort")),
        max_tokens=fields.number("max_completion_tokens") or fields.number("max_tokens"),
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        seed=body.get("seed"),
        stop_sequences=body.get("stop") or (),
    )


def _choice(said: Any) -> str | None:
    if isinstance(said, Mapping):
        return Fields(Fields(said).object("function")).required("name")
    if said is None or isinstance(said, str):
        return said
    raise Refusal("invalid", "tool_choice is neither a word nor an object", param="tool_choice")


def _output(said: Fields) -> Any:
    kind = said.body.get("type")
    if kind in {None, "text"}:
        return None
    if kind == "json_object":
        return any_object()
    if kind == "json_schema":
        return read_schema(said.object("json_schema"))
    raise Refusal("invalid", f"response_format has an unknown type {kind!r}", param="response_format")
