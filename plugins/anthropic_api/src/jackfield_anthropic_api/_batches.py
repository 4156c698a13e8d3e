"""Many requests handed over at once, and read when they are answered.

Source: the vendor's reference of the Message Batches API, and its client `anthropic` 2.14 (2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jackfield import (
    Accumulator,
    BatchReading,
    Certainty,
    ChatRequest,
    ChatResponse,
    InvalidRequest,
    MalformedResponse,
    ProviderError,
    RunFailed,
)
from jackfield_api import ApiClient, error_for, parse_json, whole_answer

from ._asking import body_of
from ._decoder import MessagesDecoder, object_in, text_in
from ._options import NAME, AnthropicOptions, family_of

BATCHES: Final = "/v1/messages/batches"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def batch_of(requests: Sequence[ChatRequest], options: AnthropicOptions) -> Mapping[str, Any]:
    """Return what hands *requests* over.

    Raises:
        InvalidRequest: One has an id that the API does not take.
    """
    for request in requests:
        if not _ID.fullmatch(request.id):
            raise InvalidRequest(
                f"a request of a batch cannot have the id {request.id[:80]!r}",
                hint="Leave id out, or use 1 to 64 letters, digits, '_' and '-'.",
            )
    return {"requests": [{"custom_id": one.id, "params": body_of(one, options)} for one in requests]}


async def read_batch(http: ApiClient, handle: str) -> BatchReading:
    """Return how far a batch is.

    Raises:
        InvalidRequest: *handle* is no batch's name.
        ProviderError: The API refuses, or answers something else.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", handle):
        raise InvalidRequest(f"a batch of Anthropic is called msgbatch_…, not {handle[:40]!r}")
    told = await http.request_json("GET", f"{BATCHES}/{handle}")
    if not isinstance(told, dict) or not text_in(told, "processing_status"):
        raise MalformedResponse("what answered is no batch of Anthropic's")
    counts = object_in(told, "request_counts")
    if told["processing_status"] != "ended":
        waiting = counts.get("processing")
        return BatchReading(state="running", waiting=waiting if type(waiting) is int else None)
    async with http.stream("GET", f"{BATCHES}/{handle}/results") as reply:
        responses, rest = [], b""
        async for chunk in reply:
            *lines, rest = (rest + chunk).split(b"\n")
            responses += [_response(parse_json(line)) for line in lines if line.strip()]
    if rest.strip():
        responses.append(_response(parse_json(rest)))
    ends = {name for name in ("succeeded", "errored", "canceled", "expired") if counts.get(name)}
    unmade = {"canceled": "cancelled", "expired": "expired", "errored": "failed"}
    state: Any = unmade.get(next(iter(ends)), "finished") if len(ends) == 1 else "finished"
    return BatchReading(state=state, responses=responses, waiting=0)


def _response(line: Any) -> ChatResponse:
    """Return the answer in a line of the results."""
    told = line if isinstance(line, dict) else {}
    result = object_in(told, "result")
    facts = {"provider": NAME, "request_id": text_in(told, "custom_id")}
    if text_in(result, "type") != "succeeded":
        return Accumulator().response(error=_failure(result), **facts)
    message = object_in(result, "message")
    decoder = MessagesDecoder(family=family_of(text_in(message, "model")))
    return whole_answer(decoder, json.dumps({**message, "type": "message"}).encode(), **facts)


def _failure(result: Mapping[str, Any]) -> ProviderError:
    if error := object_in(result, "error"):
        return error_for(error, remote="Anthropic", certainty=Certainty.REJECTED)
    state = text_in(result, "type")
    return RunFailed(f"the request was {state} in its batch", status=state, certainty=Certainty.REJECTED)
