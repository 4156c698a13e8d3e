"""Chat completions: what is refused, and how an answer is written.

Sources: the vendor's reference of chat completions and its client's types (openai-python 3.57.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jackfield_playground._engines import Turn

from ._answers import Answer, Asked
from ._refusals import Refused, refuse
from ._settings import OpenAISettings

_FIELDS = frozenset(
    [
        "model",
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "stop",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "response_format",
        "reasoning_effort",
        "user",
        "metadata",
        "store",
        "seed",
        "n",
        "logprobs",
        "top_logprobs",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
        "service_tier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "safety_identifier",
        "verbosity",
        "modalities",
        "web_search_options",
    ]
)
_ROLES = ("developer", "system", "user", "assistant", "tool")
_CHUNKS = {
    "user": {"text", "image_url", "input_audio", "file"},
    "assistant": {"text", "refusal"},
    "system": {"text"},
    "developer": {"text"},
    "tool": {"text"},
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STOPS = 4
_HOTTEST = 2


def asked_of(body: Any, settings: OpenAISettings) -> Asked:
    """Return what a body asks.

    Raises:
        Refused: The vendor would not take it.
    """
    if not isinstance(body, dict):
        refuse("We could not parse the JSON body of your request.")
    for name in body:
        if name not in _FIELDS:
            refuse(f"Unrecognized request argument supplied: {name}")
    check_model(body.get("model"), settings)
    _check_numbers(body, settings)
    tools = _tools(body)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        refuse("Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages")
    for number, message in enumerate(messages):
        _check_message(message, f"messages[{number}]")
    _check_tool_turns(messages)
    most = body.get("max_completion_tokens", body.get("max_tokens"))
    return Asked(
        turns=_turns(messages),
        after_tools=messages[-1]["role"] == "tool",
        tools=tools,
        choice=_choice(body, tools),
        schema=_schema(body.get("response_format")),
        most=most,
    )


def check_model(model: Any, settings: OpenAISettings) -> None:
    """Refuse a model that is missing or not on offer.

    Raises:
        Refused: It is.
    """
    if not isinstance(model, str) or not model:
        refuse("you must provide a model parameter", "model")
    if model not in settings.models:
        raise Refused(
            f"The model `{model}` does not exist or you do not have access to it.",
            status=404,
            code="model_not_found",
            param="model",
        )


def _check_numbers(body: Mapping[str, Any], settings: OpenAISettings) -> None:
    if body.get("n", 1) != 1:
        refuse("This stand-in gives one answer: n must be 1.", "n")
    if body.get("stream_options") is not None and not body.get("stream"):
        refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    if body.get("max_tokens") is not None and body["model"] == settings.models[-1]:
        refuse(
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        )
    heat = body.get("temperature", 1)
    if not isinstance(heat, int | float) or not 0 <= heat <= _HOTTEST:
        refuse("Invalid 'temperature': expected a number between 0 and 2.", "temperature")
    stops = body.get("stop") or []
    if isinstance(stops, list) and len(stops) > _STOPS:
        refuse("Invalid 'stop': array too long. Expected an array with maximum length 4.", "stop")


def _check_message(message: Any, where: str) -> None:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in _ROLES:
        refuse(
            f"Invalid value: '{role}'. Supported values are: {', '.join(_ROLES)}.",
            f"{where}.role",
            "invalid_value",
        )
    content = message.get("content")
    if role == "assistant" and content is None and message.get("tool_calls"):
        return
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        refuse(f"Invalid value for 'content': expected a string, got {content!r}.", f"{where}.content")
    for place, chunk in enumerate(content):
        kind = chunk.get("type") if isinstance(chunk, dict) else None
        if kind not in _CHUNKS[role]:
            refuse(f"Invalid value: '{kind}'.", f"{where}.content[{place}].type", "invalid_value")
        _check_chunk(chunk, f"{where}.content[{place}]")


def _check_chunk(chunk: Mapping[str, Any], where: str) -> None:
    kind = chunk["type"]
    if kind == "image_url":
        url = chunk.get("image_url", {}).get("url", "")
        if not url.startswith(("data:image/", "https://", "http://")):
            refuse("Invalid 'image_url'.", f"{where}.image_url.url", "invalid_value")
    elif kind == "input_audio" and chunk.get("input_audio", {}).get("format") not in ("wav", "mp3"):
        refuse("Invalid value: 'format'.", f"{where}.input_audio.format", "invalid_value")
    elif kind == "file" and not {"file_id", "file_data"} & set(chunk.get("file", {})):
        refuse("Missing required parameter: 'file_id'.", f"{where}.file", "missing_required_parameter")
    elif kind in ("text", "refusal") and not isinstance(chunk.get(kind), str):
        refuse(f"Missing required parameter: '{kind}'.", where, "missing_required_parameter")


def _check_tool_turns(messages: Sequence[Mapping[str, Any]]) -> None:
    """Refuse results without a call, and calls without their results right behind."""
    open_calls: list[str] = []
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_calls:
                refuse(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
                    "with 'tool_calls'.",
                    f"messages[{number}].role",
                )
            open_calls.remove(message["tool_call_id"])
            continue
        _refuse_open(open_calls, number)
        open_calls = [call["id"] for call in message.get("tool_calls") or ()]
        for call in message.get("tool_calls") or ():
            if call.get("type") != "function" or not isinstance(call["function"].get("arguments"), str):
                refuse("Invalid tool call.", f"messages[{number}].tool_calls", "invalid_type")
    _refuse_open(open_calls, len(messages))


def _refuse_open(open_calls: Sequence[str], number: int) -> None:
    if open_calls:
        refuse(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(open_calls),
            f"messages[{number - 1}].tool_calls",
        )


def _tools(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        if not isinstance(function, dict):
            refuse("Invalid tool.", f"tools[{number}]", "invalid_value")
        if not _NAME.fullmatch(function.get("name", "")):
            refuse("Invalid 'name': string does not match pattern.", f"tools[{number}].function.name")
        found[function["name"]] = function.get("parameters", {"type": "object"})
    return found


def _choice(body: Mapping[str, Any], tools: Mapping[str, Any]) -> str:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if not tools and choice != "none":
        refuse("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")
    if isinstance(choice, dict):
        choice = choice.get("function", {}).get("name")
        if choice not in tools:
            refuse("Tool choice not found in 'tools' parameter.", "tool_choice")
    elif choice not in ("none", "auto", "required"):
        refuse("Invalid value for 'tool_choice'.", "tool_choice", "invalid_value")
    return str(choice)


def _schema(form: Any) -> Any:
    if form is None or form.get("type") == "text":
        return None
    described = form.get("json_schema")
    if form.get("type") != "json_schema" or not isinstance(described, dict) or "name" not in described:
        refuse("Missing required parameter: 'response_format.json_schema'.", "response_format.json_schema")
    return checked_schema(described, "response_format")


def checked_schema(described: Mapping[str, Any], where: str) -> Any:
    """Return the schema of a form; a strict one must say that there is nothing else.

    Raises:
        Refused: It does not.
    """
    schema = described.get("schema", {})
    if described.get("strict") and schema.get("type") == "object" and schema.get("additionalProperties"):
        refuse(
            f"Invalid schema for {where} '{described['name']}': 'additionalProperties' is required to be "
            "supplied and to be false.",
            where,
        )
    return schema


def _turns(messages: Sequence[Mapping[str, Any]]) -> tuple[Turn, ...]:
    turns = [_turn(message) for message in messages if message["role"] in ("user", "assistant")]
    while turns and turns[-1].role == "assistant":
        turns.pop()
    return tuple(turns) or (Turn("user", "nothing"),)


def _turn(message: Mapping[str, Any]) -> Turn:
    content = message.get("content") or ""
    chunks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    text = "".join(chunk.get("text", "") for chunk in chunks)
    return Turn(message["role"], text, sum(chunk["type"] == "image_url" for chunk in chunks))


def usage_of(answer: Answer) -> dict[str, Any]:
    """Return the token counts of an answer."""
    return {
        "prompt_tokens": answer.read,
        "completion_tokens": answer.written,
        "total_tokens": answer.read + answer.written,
        "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": len(answer.thoughts), "audio_tokens": 0},
    }


def completion(answer: Answer, about: Mapping[str, Any], field: str | None) -> dict[str, Any]:
    """Return an answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    message["refusal"] = answer.refusal or None
    if answer.calls:
        message["tool_calls"] = [
            {"id": call_id(about, number), "type": "function", "function": {"name": name, "arguments": said}}
            for number, (name, said) in enumerate(answer.calls)
        ]
    message["annotations"] = _annotations(answer)
    if field:
        message[field] = "".join(answer.thoughts)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.reason}
    return {**about, "object": "chat.completion", "choices": [choice], "usage": usage_of(answer)}


def chunks_of(
    answer: Answer, about: Mapping[str, Any], field: str | None, *, usage: bool
) -> Iterator[dict[str, Any]]:
    """Yield an answer in chunks, in the vendor's order."""
    unknown = {"usage": None} if usage else {}

    def chunk(delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**about, "object": "chat.completion.chunk", "choices": [choice], **unknown}

    yield chunk({"role": "assistant", "content": "" if not answer.calls else None, "refusal": None})
    for thought in answer.thoughts if field else ():
        yield chunk({str(field): thought})
    yield from (chunk({"content": piece}) for piece in answer.pieces)
    yield from (chunk({"refusal": word}) for word in re.findall(r"\S+\s*", answer.refusal))
    if answer.sources:
        yield chunk({"annotations": _annotations(answer)})
    yield from (chunk({"tool_calls": calls}) for calls in _pieces_of_calls(answer, about))
    yield chunk({}, answer.reason)
    if usage:
        yield {**about, "object": "chat.completion.chunk", "choices": [], "usage": usage_of(answer)}


def _pieces_of_calls(answer: Answer, about: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    for number, (name, _) in enumerate(answer.calls):
        function = {"name": name, "arguments": ""}
        call = {"index": number, "id": call_id(about, number), "type": "function", "function": function}
        yield [call]
    longest = max((len(said) for _, said in answer.calls), default=0)
    for start in range(0, longest, 5):
        for number, (_, said) in enumerate(answer.calls):
            if piece := said[start : start + 5]:
                yield [{"index": number, "function": {"arguments": piece}}]


def _annotations(answer: Answer) -> list[dict[str, Any]]:
    end = len(answer.text)
    return [
        {
            "type": "url_citation",
            "url_citation": {"url": url, "title": "The playground", "start_index": 0, "end_index": end},
        }
        for url in answer.sources
    ]


def call_id(about: Mapping[str, Any], number: int) -> str:
    """Return the id of a call: its own in all the world, as the vendor's are."""
    return f"call_{str(about['id'])[-8:]}{number}"
