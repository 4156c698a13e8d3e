"""The routes: answers, vectors, batches, models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jackfield_playground._loopback import gone
from jackfield_playground._spoiling import RETRY_AFTER, Fault, Spoiling, streamed

from ._batches import Shelf
from ._rules import Refused, check_caller, exhausted, invalid, offered, read, shaped
from ._settings import GeminiSettings, Offer
from ._shapes import Embed
from ._writing import written

if TYPE_CHECKING:
    from starlette.requests import Request

    from jackfield_playground._engines import Engine

    from ._state import GeminiState

_VERSIONS = {"v1", "v1beta"}
_SIZE = 8
_OVERLOADED = Refused(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
_BY_FAULT = {
    Fault.SERVER_ERROR: Refused(500, "INTERNAL", "An internal error has occurred."),
    Fault.UNAVAILABLE: _OVERLOADED,
    Fault.CONTEXT: invalid(
        "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."
    ),
}
_SPENT = {Fault.RATE_LIMIT: "Minute", Fault.LATER: "Minute", Fault.QUOTA: "Day"}


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
        settings, posted = self._state.settings, await self._state.arrived(request, body)
        try:
            if (refused := _befallen(posted.fault, settings)) is not None:
                raise refused
            offer = offered(name, "generateContent", settings)
            ask = read(body, offer)
        except Refused as refused:
            posted.end(refused.code)
            raise
        if posted.fault is Fault.SILENT:
            await gone(request.receive)
            posted.end(left=True)
            return Response()
        answer = await anyio.to_thread.run_sync(written, ask, offer, self._engine)
        if is_stream and request.query_params.get("alt") == "sse":
            posted.status = 200
            how = Spoiling(
                error=event({"error": _OVERLOADED.told}),
                before=settings.pieces_before,
                slow_seconds=settings.slow_seconds,
            )
            return streamed([event(piece) for piece in answer.pieces(offer)], how, request, posted)
        posted.end(200)
        return JSONResponse([*answer.pieces(offer)] if is_stream else answer.whole(offer))

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
    if fault in _SPENT:
        wait = RETRY_AFTER if fault is Fault.LATER and settings.retry_after is None else settings.retry_after
        return exhausted(_SPENT[fault], wait)
    return _BY_FAULT.get(fault)


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
