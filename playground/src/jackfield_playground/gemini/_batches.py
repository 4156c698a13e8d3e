"""Batches of requests: handed over at once, at work for some reads, then their answers beside each other."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import attrs

from ._rules import Refused, invalid, read
from ._writing import written

if TYPE_CHECKING:
    from jackfield_playground._engines import Engine

    from ._settings import Offer
    from ._state import GeminiState

_NUMBERS = {400: 3, 403: 7, 404: 5, 429: 8, 500: 13, 503: 14}


@attrs.define(eq=False)
class _Batch:
    model: str
    lines: list[dict[str, Any]]
    reads: int


class Shelf:
    """Where batches are."""

    def __init__(self, state: GeminiState, engine: Engine) -> None:
        self._state = state
        self._engine = engine
        self._batches: dict[str, _Batch] = {}

    async def create(self, body: Any, offer: Offer) -> dict[str, Any]:
        """Answer `batchGenerateContent`."""
        try:
            asked = body["batch"]["inputConfig"]["requests"]["requests"]
            requests = [(one["request"], one.get("metadata", {})) for one in asked]
        except (KeyError, TypeError):
            raise invalid("batch.input_config.requests: at least one request is required") from None
        lines = [
            {"metadata": metadata, **await anyio.to_thread.run_sync(self._line, request, offer)}
            for request, metadata in requests
        ]
        name = f"batches/{secrets.token_hex(10)}"
        self._batches[name] = _Batch(f"models/{offer.id}", lines, self._state.settings.batch_reads)
        return self._view(name)

    def _line(self, request: Any, offer: Offer) -> dict[str, Any]:
        try:
            return {"response": written(read(request, offer), offer, self._engine).whole(offer)}
        except Refused as refused:
            number = _NUMBERS[refused.code]
            return {"error": {"code": number, "message": refused.told["message"]}}

    def look(self, name: str) -> dict[str, Any]:
        """Answer a `GET` of a batch."""
        if name not in self._batches:
            raise Refused(404, "NOT_FOUND", f"Requested entity was not found: {name}")
        self._batches[name].reads -= 1
        return self._view(name)

    def _view(self, name: str) -> dict[str, Any]:
        batch = self._batches[name]
        over = batch.reads < 0
        output = {"inlinedResponses": {"inlinedResponses": batch.lines}}
        pending = 0 if over else len(batch.lines)
        return {
            "name": name,
            "metadata": {
                "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
                "model": batch.model,
                "state": f"BATCH_STATE_{'SUCCEEDED' if over else 'RUNNING'}",
                "batchStats": {
                    "requestCount": str(len(batch.lines)),
                    **({"pendingRequestCount": str(pending)} if pending else {}),
                },
                "name": name,
                **({"output": output} if over else {}),
            },
            **({"done": True, "response": output} if over else {}),
        }
