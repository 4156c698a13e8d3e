"""The request for an answer: what is refused before it, and the stream that it becomes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ._state import Completion
from ._visitors import for_visitors
from ._writing import ZaiAnswer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

    from jackfield_playground._chat import Desk

    from ._state import FaultForm, Visitor, ZaiState

PATHS = {1: "/api/chat/completions", 2: "/api/v2/chat/completions"}
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_WALL = """<!doctypehtml><html><head><title>405</title></head><body><h1>405</h1>
<p>Sorry, your request has been blocked as it may cause potential threats to the server.</p>
</body></html>"""
_SAID = {
    401: "Your session has expired or the token is invalid.",
    426: "The front-end version is too old. Please refresh the page.",
    429: "Model concurrency limit reached (当前并发数已达上限). Please try again later.",
}
_LEVEL = "This model is not available for your current user level."
_CAPTCHA = "FRONTEND_CAPTCHA_REQUIRED"


class Completing:
    """Answers messages."""

    def __init__(self, state: ZaiState, desk: Desk) -> None:
        self._state = state
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return what is served."""
        answer = for_visitors(self._state, self.complete)
        return [Route(path, answer, methods=["POST"]) for path in PATHS.values()]

    async def complete(self, request: Request, visitor: Visitor) -> Response:
        """Take a message and answer it, frame by frame; or refuse it."""
        body = await request.json()
        self._state.arrived(
            Completion(
                path=request.url.path,
                query=dict(request.query_params),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
            )
        )
        if (refusal := self._refusal(request, body, visitor)) is not None:
            return refusal
        answer = ZaiAnswer(
            body["chat_id"],
            body["messages"][-1]["content"],
            id=body["id"],
            user_id=body["current_user_message_id"],
            model=body["model"],
        )
        return _stream(self._told(self._desk.ask(answer)))

    def _refusal(self, request: Request, body: dict[str, Any], visitor: Visitor) -> Response | None:
        settings = self._state.settings
        if request.url.path != PATHS[settings.api_version]:
            return JSONResponse({"detail": "Not Found"}, 404)
        if (status := self._state.next_failure()) is not None:
            return refused(status)
        if not self._state.owns(str(body.get("chat_id")), visitor):
            return JSONResponse({"detail": "We could not find what you're looking for :/"}, 404)
        if settings.signature and not _SIGNATURE.fullmatch(request.headers.get("X-Signature", "")):
            return JSONResponse({"detail": "The request is not signed."}, 403)
        if settings.at_once is not None and self._state.at_work(visitor) >= settings.at_once:
            return refused(429)
        return self._fault(request, body, visitor)

    def _fault(self, request: Request, body: dict[str, Any], visitor: Visitor) -> Response | None:
        settings = self._state.settings
        if request.headers.get("X-FE-Version") != settings.fe_version:
            is_firewall = settings.outdated_by == "firewall"
            return refused(405) if is_firewall else _failing({"code": 426, "detail": _SAID[426]})
        if body.get("model") in settings.locked_models:
            return JSONResponse({"detail": _LEVEL}, 403)
        if (next_fault := self._state.next_fault()) is not None:
            return _failing(*next_fault)
        proof = body.get("captcha_verify_param")
        is_asked = settings.captcha_for == "all" or visitor.role == "guest"
        if settings.enable_captcha and is_asked and not self._state.use_proof(proof):
            kind = "verify_failed" if proof else "missing_param"
            fault = {"code": _CAPTCHA, "detail": _CAPTCHA, "captcha_error_type": kind}
            by_status = settings.captcha_by == "status"
            return JSONResponse({"error": fault}, 403) if by_status else _failing(fault)
        return None

    async def _told(self, answer: ZaiAnswer) -> AsyncIterator[str]:
        settings, cut = self._state.settings, self._state.next_cut()
        try:
            if settings.unknown:
                yield _event({"type": "chat:weather", "data": {"sky": "clear"}})
            told = 0
            async for frame in answer.follow():
                if told == cut:
                    return
                yield _event(_wrapped(frame.data, nested=settings.nested))
                told += 1
            if answer.failure:
                yield _event(
                    _wrapped({"error": {"code": "internal", "detail": answer.failure}, "done": True})
                )
            elif settings.marker:
                yield "data: [DONE]\n\n"
        finally:
            # The page stops an answer by leaving its request.
            if not answer.over and cut is None:
                answer.left = True
                if not settings.goes_on:
                    answer.end()


def refused(status: int) -> Response:
    """Return a refusal as the site words it."""
    if status == 405:  # noqa: PLR2004  # the firewall's own page
        return HTMLResponse(_WALL, 405)
    return JSONResponse({"detail": _SAID.get(status, "The playground was asked to refuse this.")}, status)


def _failing(error: dict[str, Any], form: FaultForm = "frame") -> Response:
    if form == "json":
        return JSONResponse({"error": error})

    def told() -> Iterator[str]:
        is_event = form == "event"
        yield (
            f"event: error\n{_event(error)}" if is_event else _event(_wrapped({"error": error, "done": True}))
        )

    return _stream(told())


def _wrapped(data: dict[str, Any], *, nested: bool = False) -> dict[str, Any]:
    return {"type": "chat:completion", "data": {"data": data} if nested else data}


def _event(said: dict[str, Any]) -> str:
    return f"data: {json.dumps(said, ensure_ascii=False)}\n\n"


def _stream(told: AsyncIterator[str] | Iterator[str]) -> Response:
    return StreamingResponse(told, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
