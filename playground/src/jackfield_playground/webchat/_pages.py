"""The chat page's HTTP: the page, and the requests that it makes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from jackfield_playground._chat import chat_script, with_script

from ._answers import PageAnswer
from ._doors import Doors, page_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from jackfield_playground._chat import Desk

    from ._state import WebChatState

_FRAME = (
    '<span id="account">(account)</span><iframe id="chat" src="/?framed" width="900" height="700"></iframe>'
)


class Pages:
    """Answers the browser's requests."""

    def __init__(self, state: WebChatState, desk: Desk) -> None:
        self._state = state
        self._desk = desk
        self._doors = Doors(state)
        self._html = page_text("chat.html")

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/", self.chat),
            Route("/c/{id}", self.chat),
            Route("/markdown.js", self.drawing),
            *self._doors.routes(),
            Route("/api/files/{name}", self.guarded(self.take_file), methods=["POST"]),
            Route("/api/chats", self.guarded(self.threads)),
            Route("/api/lost", self.guarded(self.lose), methods=["POST"]),
            Route("/api/chats/{id}", self.guarded(self.thread)),
            Route("/api/chats/{id}/last", self.guarded(self.last)),
            Route("/api/chats/{id}/messages", self.guarded(self.ask), methods=["POST"]),
            Route("/api/chats/{id}/stop", self.guarded(self.stop), methods=["POST"]),
        ]

    async def chat(self, request: Request) -> Response:
        """The page itself, or what stands before it."""
        self._state.opened(request.url.path)
        if (door := self._doors.before(request)) is not None:
            return door
        settings = self._state.settings
        if "incognito" in request.query_params and not settings.incognito:
            return RedirectResponse("/", 303)
        newest = next(reversed([known for known, thread in self._state.threads() if thread]), None)
        if "newest" in settings.traps and request.path_params.get("id", newest) != newest:
            return RedirectResponse(f"/c/{newest}", 303)
        account = settings.username if settings.login else "guest"
        if "frame" in settings.traps and "framed" not in request.query_params:
            return HTMLResponse(_FRAME.replace("(account)", account))
        told = {
            "models": settings.models,
            "locked": settings.locked_models,
            "traps": sorted(settings.traps),
            "lag": settings.lag_seconds,
        }
        page = self._html.replace("(account)", account).replace("(settings)", json.dumps(told))
        return HTMLResponse(with_script(_renamed(page) if settings.renamed else page, settings.script))

    async def drawing(self, request: Request) -> Response:
        """The script that draws answers."""
        del request
        return Response(chat_script("markdown.js"), media_type="text/javascript")

    def guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Let only who is logged in ask."""

        async def guarded(request: Request) -> Response:
            if not self._doors.is_in(request):
                return JSONResponse({"error": "Log in first."}, 401)
            return await answer(request)

        return guarded

    async def take_file(self, request: Request) -> Response:
        """Take a file for a message that comes later."""
        await asyncio.sleep(self._state.settings.upload_seconds)
        return JSONResponse(self._state.keep_file(request.path_params["name"], await request.body()))

    async def threads(self, request: Request) -> Response:
        """The ids of the conversations, the newest first."""
        del request
        kept = [known for known, thread in self._state.threads() if thread and not thread[0].private]
        return JSONResponse(kept[::-1])

    async def lose(self, request: Request) -> Response:
        """Learn that the page lost a message."""
        self._state.opened(request.url.path)
        return Response(status_code=204)

    async def thread(self, request: Request) -> Response:
        """A conversation, as it is now."""
        conversation = request.path_params["id"]
        thread = self._state.thread(conversation) if self._state.knows(conversation) else []
        if not thread or thread[0].private:
            return JSONResponse({"error": "There is no such conversation."}, 404)
        return JSONResponse(
            [{"question": one.text, "answer": "".join(one.pieces), "over": one.over} for one in thread]
        )

    async def ask(self, request: Request) -> Response:
        """Take a message and answer it, piece by piece."""
        if (status := self._state.next_failure()) is not None:
            return JSONResponse({"error": "The playground was asked to refuse this."}, status)
        answer = self._desk.ask(self._answer(request.path_params["id"], await request.json()))
        return _events(self._told(answer, self._state.next_cut(), asker=True))

    def _answer(self, conversation: str, said: dict[str, Any]) -> PageAnswer:
        files = self._state.take_files(said.get("files", []))
        model, private = said.get("model", ""), bool(said.get("private"))
        return PageAnswer(conversation, said["text"], model=model, files=files, private=private)

    async def last(self, request: Request) -> Response:
        """The last answer of a conversation, from its beginning, while it is written."""
        thread = self._state.thread(request.path_params["id"])
        return _events(self._told(thread[-1], None, asker=False)) if thread else JSONResponse(None, 404)

    async def stop(self, request: Request) -> Response:
        """End what is being written in a conversation."""
        for answer in self._state.thread(request.path_params["id"]):
            if not answer.over:
                answer.stop()
        return Response(status_code=204)

    async def _told(self, answer: PageAnswer, cut: int | None, *, asker: bool) -> AsyncIterator[str]:
        try:
            yield _event({"type": "start", "model": answer.model or self._desk.engine_name})
            told = 0
            async for piece in answer.follow():
                if told == cut:
                    return
                yield _event({"type": "piece", "text": piece})
                told += 1
            yield _event(_end(answer))
        finally:
            if asker and not answer.over and cut is None:
                answer.left = True
                if not self._state.settings.goes_on:
                    answer.end()


def _end(answer: PageAnswer) -> dict[str, Any]:
    if answer.failure:
        return {"type": "error", "message": answer.failure}
    return {"type": "done", "reason": "stopped" if answer.stopped else "stop"}


def _event(said: dict[str, Any]) -> str:
    return f"data: {json.dumps(said)}\n\n"


def _events(told: AsyncIterator[str]) -> Response:
    return StreamingResponse(told, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _renamed(page: str) -> str:
    """Rename what a description looks for, as a page's makers do."""
    for name in ("composer", "send", "stop", "answer", "question", "account", "model"):
        page = page.replace(f'"{name}"', f'"x-{name}"').replace(f".{name}", f".x-{name}")
        page = page.replace(f"#{name}", f"#x-{name}")
    return page


def build_app(state: WebChatState, desk: Desk) -> ASGIApp:
    """Return the chat page as one ASGI application."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await desk.close()

    return Starlette(routes=Pages(state, desk).routes(), lifespan=lifespan)
