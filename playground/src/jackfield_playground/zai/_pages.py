"""The room as one web application: the page, its parts, and what it asks for."""

from __future__ import annotations

import contextlib
import importlib.resources
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from jackfield_playground._chat import chat_script, with_script

from ._chats import Chats
from ._completing import Completing
from ._visitors import Visitors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from jackfield_playground._chat import Desk

    from ._state import ZaiState

_KINDS = {".js": "text/javascript", ".css": "text/css"}
_RENAMED = ("chat-input", "send-message-button", "chat-user", "chat-assistant", "modelSelectorButton")


class Pages:
    """Serves the page; its parts have the front end's version in their address, as the site's have."""

    def __init__(self, state: ZaiState) -> None:
        self._state = state
        self._parts = {
            part.name: part.read_text("utf-8")
            for part in importlib.resources.files(__package__).joinpath("page").iterdir()
        }
        self._parts["markdown.js"] = chat_script("markdown.js")

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/", self.page),
            Route("/auth", self.page),
            Route("/c/{id}", self.page),
            Route("/frontend/{version}/assets/{name}", self.part),
        ]

    async def page(self, request: Request) -> Response:
        """The page; what it shows, its scripts decide."""
        self._state.opened(request.url.path)
        settings = self._state.settings
        page = self._named(self._parts["index.html"]).replace("(fe)", settings.fe_version)
        return HTMLResponse(with_script(page, settings.script))

    async def part(self, request: Request) -> Response:
        """A script or a style sheet."""
        name = request.path_params["name"]
        kind = _KINDS.get(name[name.rfind(".") :])
        if name not in self._parts or kind is None:
            return Response(status_code=404)
        return Response(
            self._named(self._parts[name]), media_type=kind, headers={"Cache-Control": "no-store"}
        )

    def _named(self, text: str) -> str:
        if self._state.settings.renamed:
            for name in _RENAMED:
                text = text.replace(name, f"x-{name}")
        return text


def build_app(state: ZaiState, desk: Desk) -> ASGIApp:
    """Return the room as one ASGI application."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await desk.close()

    parts = (Pages(state), Visitors(state), Chats(state), Completing(state, desk))
    return Starlette(routes=[route for part in parts for route in part.routes()], lifespan=lifespan)
