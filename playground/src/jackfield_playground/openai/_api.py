"""The routes: models, chat completions, vectors."""

from __future__ import annotations

import itertools
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from jackfield_playground._chat._forms import fields_in_form
from jackfield_playground._engines import Engine
from jackfield_playground._loopback import gone
from jackfield_playground._spoiling import Fault, Spoiling, streamed

from . import _chat, _responses
from ._answers import answer_to
from ._refusals import BAD_KEY, BY_FAULT, IN_STREAM, Refused, refuse
from ._state import OpenAIState, Received

_SSE = "text/event-stream"
_FAILED = {
    "type": "error",
    "code": "server_error",
    "message": "The server had an error while processing your request.",
    "param": None,
    "sequence_number": 99,
}
_SIZE, _LARGEST = 8, 3072
Handler = Callable[[Request, Any], Awaitable[Response]]


class Desk:
    """Answers requests; lives on the server's event loop."""

    def __init__(self, state: OpenAIState, engine: Engine) -> None:
        self._state = state
        self._engine = engine

    def app(self) -> Starlette:
        """Return the application."""
        routes = [
            Route("/v1/models", self._asked(self._models), methods=["GET"]),
            Route("/v1/models/{model:path}", self._asked(self._model), methods=["GET"]),
            Route("/v1/chat/completions", self._asked(self._chat), methods=["POST"]),
            Route("/v1/responses", self._asked(self._responses), methods=["POST"]),
            Route("/v1/responses/{id}", self._asked(self._response), methods=["GET"]),
            Route("/v1/files", self._asked(self._upload), methods=["POST"]),
            Route("/v1/files/{id}/content", self._asked(self._content), methods=["GET"]),
            Route("/v1/batches", self._asked(self._batch), methods=["POST"]),
            Route("/v1/batches/{id}", self._asked(self._batch_now), methods=["GET"]),
            Route("/v1/embeddings", self._asked(self._embeddings), methods=["POST"]),
        ]
        return Starlette(routes=routes)

    def _asked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                response = await handler(request, await self._taken(request))
            except Refused as refused:
                response = refused.answer(self._state.settings.retry_after)
            response.headers.update(self._told())
            return response

        return answer

    async def _taken(self, request: Request) -> Any:
        """Note a request, look at its key, let a fault befall it; return its body."""
        text = await request.body()
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            fields = fields_in_form(kind, text).items()
            text = json.dumps({name: value.decode() for name, value in fields}).encode()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = None
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        self._state.arrived(
            Received(method=request.method, path=request.url.path, headers=headers, body=body)
        )
        is_paid = request.method == "POST"
        posted = await self._state.note(request, body, ("authorization",)) if is_paid else None
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), self._state.settings.key.encode()):
            raise BAD_KEY
        if posted is not None:
            if body is None:
                refuse("We could not parse the JSON body of your request.")
            if posted.fault is Fault.SILENT:
                await gone(request.receive)
            if posted.fault in BY_FAULT:
                raise BY_FAULT[posted.fault]
            request.state.posted = posted
        return body

    def _told(self) -> dict[str, str]:
        left = self._state.settings.requests_left
        return {
            "x-request-id": f"req_{secrets.token_hex(8)}",
            "openai-version": "2020-10-01",
            "openai-processing-ms": "5",
            "x-ratelimit-limit-requests": "100",
            "x-ratelimit-remaining-requests": str(left),
            "x-ratelimit-reset-requests": "600ms",
            "x-ratelimit-limit-tokens": "40000",
            "x-ratelimit-remaining-tokens": "39000",
            "x-ratelimit-reset-tokens": "1.5s",
        }

    async def _models(self, _: Request, __: Any) -> Response:
        names = [*self._state.settings.models, self._state.settings.embedding_model]
        return JSONResponse({"object": "list", "data": [_model(name) for name in names]})

    async def _model(self, request: Request, _: Any) -> Response:
        name = request.path_params["model"]
        _chat.check_model(name, self._state.settings)
        return JSONResponse(_model(name))

    async def _embeddings(self, _: Request, body: Any) -> Response:
        settings = self._state.settings
        if body.get("model") != settings.embedding_model:
            raise Refused("The model does not exist.", status=404, code="model_not_found", param="model")
        texts = [body["input"]] if isinstance(body.get("input"), str) else body.get("input")
        if not texts or not all(isinstance(text, str) and text for text in texts):
            refuse("'$.input' is invalid.", "input")
        if body.get("encoding_format", "float") != "float":
            refuse("This stand-in gives vectors as numbers alone.", "encoding_format")
        size = body.get("dimensions", _SIZE)
        if type(size) is not int or not 0 < size <= _LARGEST:
            refuse("'$.dimensions' is invalid.", "dimensions")
        data = [
            {"object": "embedding", "index": number, "embedding": _vector(text, size)}
            for number, text in enumerate(texts)
        ]
        read = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": read, "total_tokens": read}
        # The vendor gives no order to be relied on but the index.
        return JSONResponse({"object": "list", "data": data[::-1], "model": body["model"], "usage": usage})

    async def _chat(self, request: Request, body: Any) -> Response:
        settings = self._state.settings
        asked = _chat.asked_of(body, settings)
        answer = await answer_to(asked, self._engine)
        self._state.executions += 1
        about = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": body["model"],
            "system_fingerprint": "fp_playground",
            "service_tier": "default",
        }
        if not body.get("stream"):
            return JSONResponse(_chat.completion(answer, about, settings.reasoning_field))
        usage = bool((body.get("stream_options") or {}).get("include_usage"))
        chunks = _chat.chunks_of(answer, about, settings.reasoning_field, usage=usage)
        lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
        return self._streamed(request, [*lines, b"data: [DONE]\n\n"], f"data: {IN_STREAM}\n\n".encode())

    async def _responses(self, request: Request, body: Any) -> Response:
        asked = _responses.asked_of(body, self._state.settings)
        answer = await answer_to(asked, self._engine)
        self._state.executions += 1
        about = {
            "id": f"resp_{secrets.token_hex(12)}",
            "created_at": int(time.time()),
            "model": body["model"],
            "service_tier": "default",
        }
        searches = any(tool.get("type") == "web_search" for tool in body.get("tools") or ())
        writer = _responses.Writer(answer=answer, body=body, about=about, searches=searches)
        if body.get("store", True):
            self._state.kept[about["id"]] = writer
        if not body.get("stream"):
            return JSONResponse(writer.response())
        return self._streamed(request, _named(writer.events()), _named([_FAILED])[0])

    async def _response(self, request: Request, _: Any) -> Response:
        """Give an answer that was stored, from its beginning."""
        writer = self._state.kept.get(request.path_params["id"])
        if writer is None:
            raise Refused("Response not found.", status=404)
        if request.query_params.get("stream") != "true":
            return JSONResponse(writer.response())
        if not writer.body.get("background"):
            refuse("This response cannot be streamed: it was not created in the background.")
        return StreamingResponse(iter(_named(writer.events())), media_type=_SSE)

    async def _upload(self, _: Request, body: Any) -> Response:
        if body.get("purpose") != "batch" or "file" not in body:
            refuse("This stand-in takes files for batches alone.", "purpose")
        id_ = f"file-{secrets.token_hex(8)}"
        self._state.files[id_] = body["file"]
        return JSONResponse({"id": id_, "object": "file", "purpose": "batch", "filename": "batch.jsonl"})

    async def _content(self, request: Request, _: Any) -> Response:
        text = self._state.files.get(request.path_params["id"])
        if text is None:
            raise Refused("No such File object.", status=404)
        return Response(text, media_type="application/octet-stream")

    async def _batch(self, _: Request, body: Any) -> Response:
        """Take a batch; it is worked on when somebody looks at it for the second time."""
        if body.get("completion_window") != "24h" or body.get("input_file_id") not in self._state.files:
            refuse("Invalid batch.", "input_file_id")
        lines = [json.loads(line) for line in self._state.files[body["input_file_id"]].splitlines()]
        if any(line["url"] != body.get("endpoint") or line["body"].get("stream") for line in lines):
            refuse("A line of the batch is for another endpoint, or wants a stream.")
        counts = {"total": len(lines), "completed": 0, "failed": 0}
        batch = {"object": "batch", "status": "validating", "request_counts": counts, **body}
        id_ = f"batch_{secrets.token_hex(8)}"
        self._state.batches[id_] = {"id": id_, **batch}
        return JSONResponse(self._state.batches[id_])

    async def _batch_now(self, request: Request, _: Any) -> Response:
        batch = self._state.batches.get(request.path_params["id"])
        if batch is None:
            raise Refused("No such batch.", status=404)
        shown = dict(batch)
        if batch["status"] == "validating":
            batch["status"] = "in_progress"
        elif batch["status"] == "in_progress":
            lines = self._state.files[batch["input_file_id"]].splitlines()
            done = [await self._answered(json.loads(line)) for line in lines]
            for name, is_good in (("output_file_id", True), ("error_file_id", False)):
                part = [line for line, good in done if good is is_good]
                batch[name] = f"file-{secrets.token_hex(8)}" if part else None
                if part:
                    self._state.files[batch[name]] = "\n".join(part)
            batch["status"] = "completed"
            shown = dict(batch)
        return JSONResponse(shown)

    async def _answered(self, line: Mapping[str, Any]) -> tuple[str, bool]:
        """Return a line of the answer to a line of a batch, and whether it went well."""
        handler = self._responses if line["url"].endswith("responses") else self._chat
        request = Request({"type": "http", "method": "POST", "path": line["url"], "headers": []})
        try:
            response = await handler(request, line["body"])
        except Refused as refused:
            response = refused.answer()
        told = {"status_code": response.status_code, "body": json.loads(bytes(response.body))}
        is_good = response.status_code == HTTPStatus.OK
        answer = {"id": "batch_req_1", "custom_id": line["custom_id"], "response": told, "error": None}
        return json.dumps(answer), is_good

    def _streamed(self, request: Request, events: list[bytes], error: bytes) -> Response:
        """Return a stream of server-sent events, with what befalls it."""
        how = Spoiling(error=error, slow_seconds=self._state.settings.slow_seconds)
        return streamed(events, how, request, request.state.posted)


def _named(events: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """Return events as they go on the wire, each with its type as a name."""
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "playground"}


def _vector(text: str, size: int) -> list[float]:
    numbers: Iterable[int] = itertools.islice(itertools.cycle(text.encode()), size)
    return [number / 256 for number in numbers]
