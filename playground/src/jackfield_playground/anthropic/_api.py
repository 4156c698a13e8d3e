"""The routes: messages, batches of them, models."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jackfield_playground._loopback import gone
from jackfield_playground._spoiling import RETRY_AFTER, Fault, Spoiling, streamed

from ._batches import Shelf
from ._rules import Refused, check_caller, read, version_of
from ._wire import event, events_of
from ._writing import written

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from jackfield_playground._engines import Engine

    from ._shapes import Ask
    from ._state import AnthropicState

_TOO_FAST = (429, "rate_limit_error", "Number of requests has exceeded your per-minute rate limit")
_BY_FAULT: dict[Fault, tuple[Any, ...]] = {
    Fault.SERVER_ERROR: (500, "api_error", "Internal server error"),
    Fault.RATE_LIMIT: _TOO_FAST,
    Fault.LATER: (*_TOO_FAST, None, RETRY_AFTER),
    Fault.SPENT: (429, "rate_limit_error", "You have reached your limit", "contract_spend_limit_reached"),
    Fault.OVERLOADED: (529, "overloaded_error", "Overloaded"),
    Fault.NO_MONEY: (402, "billing_error", "The account has no money left"),
}
_OVERLOADED = event("error", error={"type": "overloaded_error", "message": "Overloaded"}, request_id=None)
_COME_BACK = {429, 529}
_LIMITS = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2026-11-26T00:00:00Z",
    "anthropic-ratelimit-tokens-limit": "40000",
    "anthropic-ratelimit-tokens-remaining": "39000",
    "anthropic-ratelimit-tokens-reset": "2026-11-26T00:00:00Z",
}


class Desk:
    """Answers requests."""

    def __init__(self, state: AnthropicState, engine: Engine) -> None:
        self._state = state
        self._engine = engine
        self._shelf = Shelf(self.answer_to, state)

    def routes(self) -> list[Route]:
        """Return what is served."""
        one = "/v1/messages/batches/{batch_id}"
        return [
            Route("/v1/messages", self._guarded(self.messages), methods=["POST"]),
            Route("/v1/messages/batches", self._guarded(self._shelf.create), methods=["POST"]),
            Route(one, self._guarded(self._shelf.look), methods=["GET"]),
            Route(f"{one}/results", self._guarded(self._shelf.results), methods=["GET"]),
            Route("/v1/models", self.listed, methods=["GET"]),
        ]

    def _guarded(
        self, answer: Callable[[Request, str], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            name = f"req_{secrets.token_hex(12)}"
            settings = self._state.settings
            try:
                check_caller(request.headers, settings)
                response = await answer(request, version_of(request.headers))
            except Refused as refused:
                response = error_answer(refused, name)
                wait = refused.wait if settings.retry_after is None else settings.retry_after
                if refused.status in _COME_BACK and wait is not None:
                    response.headers["retry-after"] = f"{wait:g}"
            response.headers["request-id"] = name
            return response

        return guarded

    async def messages(self, request: Request, version: str) -> Response:
        """Answer `POST /v1/messages`."""
        body = await _body(request, self._state.settings.most_bytes)
        settings, posted = self._state.settings, await self._state.arrived(request, body)
        try:
            if posted.fault in _BY_FAULT:
                raise Refused(*_BY_FAULT[posted.fault])
            ask = read(body, version, settings)
        except Refused as refused:
            posted.end(refused.status)
            raise
        if posted.fault is Fault.SILENT:
            await gone(request.receive)
            posted.end(left=True)
            return Response()
        message = await anyio.to_thread.run_sync(self.answer_to, ask)
        if not (ask.stream and settings.streams):
            posted.end(200)
            return JSONResponse(message, headers=_LIMITS)
        posted.status = 200
        unknown = any(block["type"] == "weather_report" for block in message["content"])
        how = Spoiling(
            error=_OVERLOADED,
            ping=event("ping"),
            before=settings.events_before,
            slow_seconds=settings.slow_seconds,
        )
        return streamed([*events_of(message, unknown=unknown)], how, request, posted, _LIMITS)

    def answer_to(self, ask: Ask) -> dict[str, Any]:
        """Return the answer to a request."""
        prompt = ask.model_dump_json(include={"model", "system", "tools", "messages"})
        cached = ask.cache_control is not None and self._state.is_cached(prompt)
        return written(ask, self._engine, cached=cached)

    async def listed(self, request: Request) -> Response:
        """Answer `GET /v1/models`, where there is a list."""
        if not self._state.settings.lists:
            return await _not_found(request, Exception())
        return await self._guarded(self.models)(request)

    async def models(self, request: Request, _: str) -> Response:
        """Return the models, page by page."""
        offers = self._state.settings.models
        after, limit = request.query_params.get("after_id"), int(request.query_params.get("limit", "20"))
        start = next((place + 1 for place, offer in enumerate(offers) if offer.id == after), 0)
        page = offers[start : start + limit]
        data = [
            {
                "type": "model",
                "id": offer.id,
                "display_name": offer.name,
                "created_at": "2026-10-01T00:00:00Z",
                "lifecycle": "active",
                "max_input_tokens": offer.reads,
                "max_tokens": offer.writes,
            }
            for offer in page
        ]
        ends = (
            {"first_id": page[0].id, "last_id": page[-1].id} if page else {"first_id": None, "last_id": None}
        )
        return JSONResponse({"data": data, "has_more": start + limit < len(offers), **ends})


async def _body(request: Request, most: int) -> Any:
    raw = await request.body()
    if len(raw) > most:
        raise Refused(413, "request_too_large", "Request exceeds the maximum size")
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refused(400, "invalid_request_error", "The request body is not valid JSON") from None
    return body


def error_answer(refused: Refused, name: str) -> Response:
    """Return an error in the API's shape."""
    details = {"details": {"error_code": refused.code}} if refused.code else {}
    told = {"type": refused.kind, "message": refused.message, **details}
    return JSONResponse({"type": "error", "error": told, "request_id": name}, refused.status)


def build_app(state: AnthropicState, engine: Engine) -> ASGIApp:
    """Return the stand-in as one ASGI application."""
    app = Starlette(routes=Desk(state, engine).routes())
    app.add_exception_handler(404, _not_found)
    return app


async def _not_found(_: Request, __: Exception) -> Response:
    return error_answer(Refused(404, "not_found_error", "Not Found"), f"req_{secrets.token_hex(12)}")
