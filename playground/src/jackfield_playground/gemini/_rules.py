"""What the vendor refuses, beyond the shape of a request: by its statuses, in words like its own."""

from __future__ import annotations

import secrets
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from ._shapes import DATA, Ask, Content, Part
from ._signing import is_signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ._settings import GeminiSettings, Offer

_TYPE = "type.googleapis.com/google.rpc."
_LOOKED_AT = {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"}
_M = TypeVar("_M", bound=BaseModel)


class Refused(Exception):  # an answer, not a fault of ours
    """The request is answered with an error of the API."""

    def __init__(
        self, code: int, status: str, message: str, details: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.told: dict[str, Any] = {"code": code, "message": message, "status": status}
        if details:
            self.told["details"] = [dict(detail) for detail in details]


def invalid(message: str) -> Refused:
    """Return the refusal of a request that is wrong."""
    return Refused(400, "INVALID_ARGUMENT", message)


def check_caller(headers: Mapping[str, str], settings: GeminiSettings) -> None:
    """Let the holder of the key pass. A key that is wrong is answered with 400, not with 401.

    Raises:
        Refused: It is somebody else, or nobody.
    """
    key = headers.get("x-goog-api-key")
    if not key:
        raise Refused(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
    if not secrets.compare_digest(key.encode(), settings.key.encode()):
        reason = {"@type": f"{_TYPE}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
        words = "API key not valid. Please pass a valid API key."
        raise Refused(400, "INVALID_ARGUMENT", words, [reason])


def exhausted(period: str, wait: float | None) -> Refused:
    """Return the refusal of one who asked too often in a *period*: `Minute` or `Day`."""
    quota = f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier"
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    details: list[Mapping[str, Any]] = [
        {"@type": f"{_TYPE}QuotaFailure", "violations": [{"quotaMetric": metric, "quotaId": quota}]}
    ]
    if wait is not None:
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{wait:g}s"})
    words = "You exceeded your current quota, please check your plan and billing details."
    return Refused(429, "RESOURCE_EXHAUSTED", words, details)


def offered(name: str, verb: str, settings: GeminiSettings) -> Offer:
    """Return the model of that name.

    Raises:
        Refused: There is none, or it cannot do that.
    """
    verb = {"streamGenerateContent": "generateContent", "batchEmbedContents": "embedContent"}.get(verb, verb)
    for offer in settings.models:
        if offer.id == name and verb in offer.verbs:
            return offer
    words = f"models/{name} is not found for API version v1beta, or is not supported for {verb}."
    raise Refused(404, "NOT_FOUND", words)


def shaped(kind: type[_M], body: Any) -> _M:
    """Return *body* as a *kind*.

    Raises:
        Refused: It has another shape.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as wrong:
        fault = wrong.errors(include_input=False, include_url=False)[0]
    *way, name = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]] or ["."]
    place = "".join(way).lstrip(".")
    if fault["type"] == "extra_forbidden":
        words = f"Unknown name \"{name.lstrip('.')}\" at '{place}': Cannot find field."
    else:
        words = f"Invalid value at '{place}{name}' ({fault['msg']})"
    raise invalid(f"Invalid JSON payload received. {words}")


def read(body: Any, offer: Offer) -> Ask:
    """Return a request for an answer, checked.

    Raises:
        Refused: The vendor would not take it.
    """
    ask = shaped(Ask, body)
    faults = chain(_of_settings(ask, offer), _of_tools(ask), _of_contents(ask, offer), _of_calls(ask, offer))
    if (message := next(faults, None)) is not None:
        raise invalid(message)
    return ask


def _of_settings(ask: Ask, offer: Offer) -> Iterator[str]:
    made = ask.generation_config
    thinking = made.thinking_config
    if made.max_output_tokens and made.max_output_tokens > offer.writes:
        yield (
            f"Unable to submit request because it has a maxOutputTokens value of {made.max_output_tokens} "
            f"but the supported range is from 1 (inclusive) to {offer.writes + 1} (exclusive)."
        )
    if thinking and thinking.thinking_level and thinking.thinking_budget is not None:
        yield "You can only set only one of thinking budget and thinking level."
    if thinking and thinking.thinking_level and not offer.signs:
        yield "Thinking level is not supported for this model."
    if (made.response_schema or made.response_json_schema) and made.response_mime_type == "text/plain":
        yield "response_schema is only supported with the response mime type application/json"


def _of_tools(ask: Ask) -> Iterator[str]:
    calling = ask.tool_config.function_calling_config
    names = [one.name for one in ask.declared]
    if twice := next((name for name in names if names.count(name) > 1), None):
        yield f"Duplicate function declaration found: {twice}"
    if calling.mode not in {"AUTO", "NONE"} and not names:
        yield "Function calling config is set without function_declarations."
    if calling.allowed_function_names and calling.mode not in {"ANY", "VALIDATED"}:
        yield "Function calling mode must be ANY or VALIDATED if allowed_function_names are set."
    if any(name not in names for name in calling.allowed_function_names):
        yield "allowed_function_names must be among the function declarations."
    for one in ask.declared:
        if one.parameters is not None and "additionalProperties" in one.parameters:
            yield "Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters'"


def _of_contents(ask: Ask, offer: Offer) -> Iterator[str]:
    if not ask.contents:
        yield "* GenerateContentRequest.contents: contents is not specified\n"
    for place, content in enumerate(ask.contents):
        at = f"GenerateContentRequest.contents[{place}]"
        if content.role not in {"user", "model"} and (content.role or len(ask.contents) > 1):
            yield "Please use a valid role: user, model."
        if not content.parts:
            yield f"* {at}.parts: contents.parts must not be empty.\n"
        for number, part in enumerate(content.parts):
            yield from _of_part(part, f"{at}.parts[{number}]", offer)
    for part in ask.system_instruction.parts if ask.system_instruction else ():
        if part.text is None:
            yield "System instruction must be text."


def _of_part(part: Part, at: str, offer: Offer) -> Iterator[str]:
    told = part.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    if len(part.model_fields_set & DATA) != 1:
        yield f"* {at}.data: required oneof field 'data' must have one initialized field\n"
    blob = part.inline_data
    if blob and blob.mime_type.startswith("image/") and blob.mime_type not in _LOOKED_AT:
        yield f"Unsupported MIME type: {blob.mime_type}"
    if part.thought_signature is not None and not is_signed(told, offer.id):
        yield "Corrupted thought signature."


def _of_calls(ask: Ask, offer: Offer) -> Iterator[str]:
    """A call's result stands in the very next turn, and since the last question each first call is signed."""
    question = max((place for place, one in enumerate(ask.contents) if _is_question(one)), default=0)
    for place, content in enumerate(ask.contents):
        calls = _calls(content)
        earlier = _calls(ask.contents[place - 1]) if place else []
        results = [part.function_response for part in content.parts if part.function_response]
        if calls and (place == 0 or content.role != "model" or ask.contents[place - 1].role != "user"):
            yield (
                "Please ensure that function call turn comes immediately after a user turn or after a "
                "function response turn."
            )
        if len(results) != len(earlier):
            yield (
                "Please ensure that the number of function response parts is equal to the number of function "
                "call parts of the function call turn."
            )
        if sorted(map(_key, earlier)) != sorted(map(_key, results)):
            yield "Please ensure that function response parts match the function call parts."
        if offer.signs and calls and place > question:
            first = next(part for part in content.parts if part.function_call)
            if first.thought_signature is None:
                yield (
                    "Function call is missing a thought_signature in functionCall parts. Additional data, "
                    f"function call `default_api:{calls[0].name}`, position {place}."
                )


def _key(one: Any) -> tuple[str, str]:
    return one.id or "", one.name


def _calls(content: Content) -> list[Any]:
    return [part.function_call for part in content.parts if part.function_call]


def _is_question(content: Content) -> bool:
    return content.role != "model" and not any(part.function_response for part in content.parts)
