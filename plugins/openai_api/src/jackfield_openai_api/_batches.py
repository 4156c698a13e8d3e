"""Batches: a file of requests goes out, a file of answers comes back.

Source: the vendor's guide to the Batch API and its client's types (openai-python 3.57.0).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from jackfield import BatchReading, BatchState, ChatResponse, MalformedResponse
from jackfield_api import (
    ApiClient,
    JsonEventsDecoder,
    count_in,
    error_for,
    failed_answer,
    found_in,
    json_lines,
    whole_answer,
    words_in,
)

_STATES: Final[Mapping[str, BatchState]] = {
    "completed": "finished",
    "failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
}
"""Any other word means that it still runs."""
_FILES: Final = ("output_file_id", "error_file_id")


async def submit(http: ApiClient, endpoint: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
    """Hand over requests, by their ids, for the *endpoint*; return the batch's id."""
    lines = [
        json.dumps({"custom_id": id_, "method": "POST", "url": endpoint, "body": {**body, "stream": False}})
        for id_, body in bodies.items()
    ]
    file = ("batch.jsonl", "\n".join(lines).encode(), "application/jsonl")
    uploaded = await http.request_json("POST", "/files", data={"purpose": "batch"}, files={"file": file})
    wish = {"input_file_id": _id_of(uploaded), "endpoint": endpoint, "completion_window": "24h"}
    return _id_of(await http.request_json("POST", "/batches", json=wish))


async def read(http: ApiClient, handle: str, decoder: Callable[[], JsonEventsDecoder]) -> BatchReading:
    """Say how far a batch is, with the answers that are there; *decoder* makes one for each."""
    batch = await http.request_json("GET", f"/batches/{handle}")
    _id_of(batch)
    responses: list[ChatResponse] = []
    for name in _FILES:
        if isinstance(file := batch.get(name), str):
            lines = await json_lines(http, f"/files/{file}/content")
            responses += [_response_in(line, decoder()) for line in lines if words_in(line, "custom_id")]
    total = count_in(batch, "request_counts.total")
    waiting = None if total is None else max(0, total - len(responses))
    state: BatchState = _STATES.get(words_in(batch, "status"), "running")
    return BatchReading(state=state, responses=responses, waiting=waiting)


def _id_of(told: Any) -> str:
    id_ = told.get("id") if isinstance(told, dict) else None
    if not isinstance(id_, str):
        raise MalformedResponse("the remote's answer has no id")
    return id_


def _response_in(told: Mapping[str, Any], decoder: JsonEventsDecoder) -> ChatResponse:
    """Return one answer; a request that failed has its error."""
    facts = {"request_id": told["custom_id"]}
    status, body = count_in(told, "response.status_code"), found_in(told, "response.body")
    if isinstance(body, dict) and status is not None and status < 400:  # noqa: PLR2004
        return whole_answer(decoder, body, **facts)
    return failed_answer(error_for(body or told, status=status, remote="the batch"), **facts)
