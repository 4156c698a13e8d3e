"""The routes: answers, vectors, batches, models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from jackfield_playground._loopback import gone

from ._batches import Shelf
from ._rules import Refused, check_caller, exhausted, invalid, offered, read, shaped
from ._settings import Fault, GeminiSettings, Offer
from ._shapes import Embed
from ._writing import Answer, written

if TYPE_CHECKING:
    from starlette.requests import Request

    from jackfield_playground._books import Posted
    from jackfield_playground._engines import Engine

    from ._state import GeminiState

_VERSIONS = {"v1", "v1beta"}
_SIZE = 8
_OVERLOADED = Refused(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
_FAILED = Refused(500, "INTERNAL", "An internal error has occurred.")


class Desk:
    """Answers requests."""

    def __init__(self, state: GeminiState, engine: Engine) -> None:
        self._state = state
        self._engine = engine
        self._shelf = Shelf(state, engine)

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/{version}/models", self._guarded(self._models), methods=["GET"]),
                Route("/{version}/models/{model}", self._guarded(self._model), methods=["GET"]),
                Route("/{version}/{name:path}", self._guarded(self._batch_now), methods=["GET"]),
                Route("/{version}/models/{verb}", self._guarded(self._posted), methods=["POST"]),
            ]
        )

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            try:
                if request.path_params["version"] not in _VERSIONS:
                    raise Refused(404, "NOT_FOUND", "Not Found")
                check_caller(request.headers, self._state.settings)
                return await answer(request)
            except Refused as refused:
                return JSONResponse({"error": refused.told}, refused.code)

        return guarded

    async def _posted(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise invalid("Invalid JSON payload received. Unexpected end of string.") from None
        name, _, verb = request.path_params["verb"].rpartition(":")
        if verb in {"generateContent", "streamGenerateContent"}:
            return await self._answer(request, body, name, is_stream=verb.startswith("stream"))
        offer = offered(name, verb, self._state.settings)
        match verb:
            case "batchGenerateContent":
                return JSONResponse(await self._shelf.create(body, offer))
            case "batchEmbedContents":
                return JSONResponse(vectors_of(shaped(Embed, body)))
            case "countTokens":
                return JSONResponse({"totalTokens": len(json.dumps(body)) // 4})
        raise Refused(404, "NOT_FOUND", "Not Found")

    async def _answer(self, request: Request, body: Any, name: str, *, is_stream: bool) -> Response:
        settings = self._state.settings
        posted = self._state.arrived(request.headers, body)
        fault = self._state.next_fault()
        try:
            if (refused := _befallen(fault, settings)) is not None:
                raise refused
            offer = offered(name, "generateContent", settings)
            ask = read(body, offer)
        except Refused as refused:
            posted.status = refused.code
            posted.over.set()
            raise
        if fault is Fault.SILENT:
            await gone(request.receive)
            posted.left = True
            posted.over.set()
            return Response()
        answer = await anyio.to_thread.run_sync(written, ask, offer, self._engine)
        posted.status = 200
        if is_stream and request.query_params.get("alt") == "sse":
            told = self._told(request, answer, offer, fault, posted)
            return StreamingResponse(told, media_type="text/event-stream")
        posted.over.set()
        return JSONResponse([*answer.pieces(offer)] if is_stream else answer.whole(offer))

    async def _told(
        self, request: Request, answer: Answer, offer: Offer, fault: Fault, posted: Posted
    ) -> AsyncIterator[bytes]:
        settings, over = self._state.settings, False
        try:
            for number, piece in enumerate(answer.pieces(offer)):
                if fault is Fault.SLOW:
                    await anyio.sleep(settings.slow_seconds)
                elif fault is not Fault.NONE and number == settings.pieces_before:
                    over = fault is not Fault.HANG
                    if fault is not Fault.CUT:
                        yield await _spoilt(fault, request)
                    return
                yield event(piece)
            over = True
        finally:
            posted.left = not over
            posted.over.set()

    async def _models(self, request: Request) -> Response:
        settings = self._state.settings
        if not settings.lists:
            raise Refused(404, "NOT_FOUND", "Not Found")
        start, size = (int(request.query_params.get(name) or 0) for name in ("pageToken", "pageSize"))
        stop = start + min(size or 50, settings.page)
        page: dict[str, Any] = {"models": [_view(offer) for offer in settings.models[start:stop]]}
        return JSONResponse({**page, **({"nextPageToken": str(stop)} if stop < len(settings.models) else {})})

    async def _model(self, request: Request) -> Response:
        name = request.path_params["model"]
        found = next((one for one in self._state.settings.models if one.id == name), None)
        if found is None:
            raise Refused(404, "NOT_FOUND", f"models/{name} is not found.")
        return JSONResponse(_view(found))

    async def _batch_now(self, request: Request) -> Response:
        return JSONResponse(self._shelf.look(request.path_params["name"]))


def event(told: dict[str, Any]) -> bytes:
    """Return an object as it stands on a stream; the vendor ends its lines as HTTP does."""
    return f"data: {json.dumps(told, ensure_ascii=False)}\r\n\r\n".encode()


def _befallen(fault: Fault, settings: GeminiSettings) -> Refused | None:
    match fault:
        case Fault.SERVER_ERROR:
            return _FAILED
        case Fault.OVERLOADED:
            return _OVERLOADED
        case Fault.RATE_LIMIT:
            return exhausted("Minute", settings.retry_after)
        case Fault.QUOTA:
            return exhausted("Day", settings.retry_after)
        case Fault.CONTEXT:
            return invalid(
                "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."
            )
    return None


async def _spoilt(fault: Fault, request: Request) -> bytes:
    """Return what comes in place of the rest; or never, until the caller has left."""
    if fault is Fault.ERROR_IN_STREAM:
        return event({"error": _OVERLOADED.told})
    if fault is Fault.GARBLED:
        return b'data: {"candidates": [{"conten\r\n\r\n'
    if fault is Fault.DROP:
        request.scope["state"]["transport"].abort()
    await anyio.sleep_forever()
    return b""


def _view(offer: Offer) -> dict[str, Any]:
    return {
        "name": f"models/{offer.id}",
        "displayName": offer.name,
        "version": "001",
        "inputTokenLimit": offer.reads,
        "outputTokenLimit": offer.writes,
        "supportedGenerationMethods": [*offer.verbs],
    }


def vectors_of(embed: Embed) -> dict[str, Any]:
    """Return the vectors of texts: the same for the same text, and of the length that was asked for."""
    found = []
    for one in embed.requests:
        text = " ".join(part.text or "" for part in one.content.parts)
        digest = hashlib.sha512(text.encode()).digest()
        found.append({"values": [byte / 255 for byte in digest[: one.output_dimensionality or _SIZE]]})
    return {"embeddings": found}
