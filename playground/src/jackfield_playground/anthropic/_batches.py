"""Batches of messages: handed over at once, at work for some reads, then a line for each answer."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import attrs
from starlette.responses import JSONResponse, Response

from ._rules import Refused, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from ._shapes import Ask
    from ._state import AnthropicState


@attrs.define(eq=False)
class _Batch:
    id: str
    lines: list[dict[str, Any]]
    reads: int


class Shelf:
    """Where batches are."""

    def __init__(self, answer_to: Callable[[Ask], dict[str, Any]], state: AnthropicState) -> None:
        self._answer_to = answer_to
        self._state = state
        self._batches: dict[str, _Batch] = {}

    async def create(self, request: Request, version: str) -> Response:
        """Answer `POST /v1/messages/batches`."""
        try:
            requests = (await request.json())["requests"]
            named = [(str(one["custom_id"]), one["params"]) for one in requests]
        except (ValueError, KeyError, TypeError):
            raise Refused(400, "invalid_request_error", "requests: Field required") from None
        names = [name for name, _ in named]
        if not names or len(set(names)) != len(names):
            raise Refused(400, "invalid_request_error", "requests: custom_id must be unique")
        lines = [
            {"custom_id": name, "result": await anyio.to_thread.run_sync(self._result, params, version)}
            for name, params in named
        ]
        batch = _Batch(f"msgbatch_{secrets.token_hex(12)}", lines, self._state.settings.batch_reads)
        self._batches[batch.id] = batch
        return JSONResponse(self._view(batch))

    def _result(self, params: Any, version: str) -> dict[str, Any]:
        try:
            return {
                "type": "succeeded",
                "message": self._answer_to(read(params, version, self._state.settings)),
            }
        except Refused as refused:
            error = {"type": refused.kind, "message": refused.message}
            return {"type": "errored", "error": {"type": "error", "error": error, "request_id": None}}

    async def look(self, request: Request, _: str) -> Response:
        """Answer `GET /v1/messages/batches/{id}`."""
        batch = self._found(request)
        batch.reads -= 1
        return JSONResponse(self._view(batch))

    async def results(self, request: Request, _: str) -> Response:
        """Answer `GET /v1/messages/batches/{id}/results`: JSON lines, in any order."""
        lines = [json.dumps(line) + "\n" for line in reversed(self._found(request).lines)]
        return Response("".join(lines), media_type="application/x-jsonl")

    def _found(self, request: Request) -> _Batch:
        name = request.path_params["batch_id"]
        if name not in self._batches:
            raise Refused(404, "not_found_error", f"Batch {name} not found")
        return self._batches[name]

    def _view(self, batch: _Batch) -> dict[str, Any]:
        over = batch.reads < 0
        kinds = [line["result"]["type"] for line in batch.lines]
        counts = {kind: kinds.count(kind) if over else 0 for kind in ("succeeded", "errored")}
        address = f"{self._state.base_url}/v1/messages/batches/{batch.id}/results"
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if over else "in_progress",
            "request_counts": {
                **counts,
                "processing": 0 if over else len(kinds),
                "canceled": 0,
                "expired": 0,
            },
            "created_at": "2026-11-26T00:00:00Z",
            "expires_at": "2026-11-27T00:00:00Z",
            "ended_at": "2026-11-26T00:01:00Z" if over else None,
            "results_url": address if over else None,
        }
