"""Many requests handed over at once, and read when they are answered.

Source: the vendor's reference of the Message Batches API, and its client `anthropic` 2.14 (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jackfield import (
    BatchReading,
    BatchState,
    Certainty,
    ChatRequest,
    ChatResponse,
    InvalidRequest,
    MalformedResponse,
    ProviderError,
    RunFailed,
)
from jackfield_api import (
    ApiClient,
    check_handle,
    count_in,
    error_for,
    failed_answer,
    found_in,
    json_lines,
    whole_answer,
    words_in,
)

from ._asking import body_of
from ._decoder import MessagesDecoder
from ._options import NAME, AnthropicOptions, family_of

BATCHES: Final = "/v1/messages/batches"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HANDLE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ENDS: Final[Mapping[str, BatchState]] = {
    "succeeded": "finished",
    "errored": "failed",
    "canceled": "cancelled",
    "expired": "expired",
}
"""How a batch has ended all of whose requests ended so."""


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
    check_handle(handle, _HANDLE, "a batch of Anthropic is called msgbatch_…")
    told = await http.request_json("GET", f"{BATCHES}/{handle}")
    if not (state := words_in(told, "processing_status")):
        raise MalformedResponse("what answered is no batch of Anthropic's")
    if state != "ended":
        return BatchReading(state="running", waiting=count_in(told, "request_counts.processing"))
    responses = [_response(line) for line in await json_lines(http, f"{BATCHES}/{handle}/results")]
    ends = [end for name, end in _ENDS.items() if count_in(told, f"request_counts.{name}")]
    return BatchReading(state=ends[0] if len(ends) == 1 else "finished", responses=responses, waiting=0)


def _response(line: Any) -> ChatResponse:
    """Return the answer in a line of the results."""
    facts = {"provider": NAME, "request_id": words_in(line, "custom_id")}
    if words_in(line, "result.type") != "succeeded":
        return failed_answer(_failure(line), **facts)
    decoder = MessagesDecoder(family=family_of(words_in(line, "result.message.model")))
    return whole_answer(decoder, {**(found_in(line, "result.message") or {}), "type": "message"}, **facts)


def _failure(line: Any) -> ProviderError:
    if error := found_in(line, "result.error"):
        return error_for(error, remote="Anthropic", certainty=Certainty.REJECTED)
    state = words_in(line, "result.type")
    return RunFailed(f"the request was {state} in its batch", status=state, certainty=Certainty.REJECTED)
