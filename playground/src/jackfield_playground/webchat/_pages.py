"""The chat page's HTTP: three pages, and the requests that the page makes."""

from __future__ import annotations

import contextlib
import importlib.resources
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from jackfield_playground._chat import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from jackfield_playground._chat import Desk

    from ._state import WebChatState

LOGIN_COOKIE = "playground_login"
PERSON_COOKIE = "playground_person"
_TEXTS = 200_000


class Pages:
    """Answers the browser's requests."""

    def __init__(self, state: WebChatState, desk: Desk) -> None:
        self._state = state
        self._desk = desk
        doors = {name: _text(f"{name}.html") for name in ("challenge", "code", "login")}
        door = _text("door.html")
        self._html = {name: door.replace("(inside)", inside) for name, inside in doors.items()}
        self._html["chat"] = _text("chat.html")

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/", self.chat),
            Route("/c/{id}", self.chat),
            Route("/login", self.login),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/code", self.second_factor),
            Route("/challenge", self.prove, methods=["POST"]),
            Route("/api/challenge", self.is_proven),
            Route("/api/chats/{id}", self.guarded(self.thread)),
            Route("/api/chats/{id}/last", self.guarded(self.last)),
            Route("/api/chats/{id}/messages", self.guarded(self.ask), methods=["POST"]),
            Route("/api/chats/{id}/stop", self.guarded(self.stop), methods=["POST"]),
        ]

    async def chat(self, request: Request) -> Response:
        """The page itself, or what stands before it."""
        self._state.opened(request.url.path)
        if not self._state.is_person(request.cookies.get(PERSON_COOKIE)):
            return HTMLResponse(self._html["challenge"])
        if not self._state.is_logged_in(request.cookies.get(LOGIN_COOKIE)):
            return RedirectResponse("/login", 303)
        page = self._html["chat"].replace("(account)", self._account)
        return HTMLResponse(_renamed(page) if self._state.settings.renamed else page)

    @property
    def _account(self) -> str:
        return self._state.settings.username if self._state.settings.login else "guest"

    async def login(self, request: Request) -> Response:
        """The login form."""
        self._state.opened(request.url.path)
        return HTMLResponse(self._html["login"])

    async def log_in(self, request: Request) -> Response:
        """Take name and password."""
        form = parse_qs((await request.body())[:_TEXTS].decode(errors="replace"))
        settings = self._state.settings
        given = (form.get("username", [""])[0], form.get("password", [""])[0])
        if given != (settings.username, settings.password):
            return HTMLResponse(self._html["login"].replace("<!--fault-->", "That is not right."))
        if settings.second_factor:
            return RedirectResponse("/code", 303)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(LOGIN_COOKIE, self._state.new_login(), max_age=86400, httponly=True)
        return answer

    async def second_factor(self, request: Request) -> Response:
        """The page that wants a code."""
        self._state.opened(request.url.path)
        return HTMLResponse(self._html["code"])

    async def prove(self, request: Request) -> Response:
        """Take a click as proof of a person."""
        del request
        answer = RedirectResponse("/", 303)
        answer.set_cookie(PERSON_COOKIE, self._state.new_person(), httponly=True)
        return answer

    async def is_proven(self, request: Request) -> Response:
        """Tell a page that waits whether it may go on."""
        return JSONResponse(self._state.is_person(request.cookies.get(PERSON_COOKIE)))

    def guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Let only who is logged in ask."""

        async def guarded(request: Request) -> Response:
            if not self._state.is_logged_in(request.cookies.get(LOGIN_COOKIE)):
                return JSONResponse({"error": "Log in first."}, 401)
            return await answer(request)

        return guarded

    async def thread(self, request: Request) -> Response:
        """A conversation, as it is now."""
        conversation = request.path_params["id"]
        if not self._state.knows(conversation):
            return JSONResponse({"error": "There is no such conversation."}, 404)
        thread = self._state.thread(conversation)
        return JSONResponse(
            [{"question": one.text, "answer": "".join(one.pieces), "over": one.over} for one in thread]
        )

    async def ask(self, request: Request) -> Response:
        """Take a message and answer it, piece by piece."""
        if (status := self._state.next_failure()) is not None:
            return JSONResponse({"error": "The playground was asked to refuse this."}, status)
        text = (await request.json())["text"]
        answer = self._desk.ask(Answer(request.path_params["id"], text))
        return _events(self._told(answer, self._state.next_cut(), asker=True))

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

    async def _told(self, answer: Answer, cut: int | None, *, asker: bool) -> AsyncIterator[str]:
        try:
            yield _event({"type": "start", "model": self._desk.engine_name})
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


def _end(answer: Answer) -> dict[str, Any]:
    if answer.failure:
        return {"type": "error", "message": answer.failure}
    return {"type": "done", "reason": "stopped" if answer.stopped else "stop"}


def _event(said: dict[str, Any]) -> str:
    return f"data: {json.dumps(said)}\n\n"


def _events(told: AsyncIterator[str]) -> Response:
    return StreamingResponse(told, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _text(name: str) -> str:
    return importlib.resources.files(__package__).joinpath(name).read_text("utf-8")


def _renamed(page: str) -> str:
    """Rename what a description looks for, as a page's makers do."""
    for name in ("composer", "send", "stop", "answer", "question", "account"):
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
