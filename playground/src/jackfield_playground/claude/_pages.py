"""The page's HTML and scripts, and the application that serves everything."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import attrs
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from jackfield_playground._chat import chat_script, with_script

from ._api import SESSION, Api
from ._doors import Doors, Guarded, page
from ._settings import MODELS
from ._timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from jackfield_playground._chat import Desk

    from ._state import ClaudeState

_TYPES = {"js": "text/javascript", "css": "text/css"}
_OCTOBER = {
    "<fieldset>": '<div class="fieldset" data-cds="ChatComposer">',
    "</fieldset>": "</div>",
    "fieldset {": ".fieldset {",
}
"""What the page of October has in the place of what that of August has."""
_GERMAN = {
    'lang="en"': 'lang="de"',
    "Write your prompt to Claude": "Schreibe deine Nachricht an Claude",
    "Send message": "Nachricht senden",
    "Stop response": "Antwort anhalten",
    "You said:": "Du hast gesagt:",
    "Claude responded:": "Claude hat geantwortet:",
    "More models": "Weitere Modelle",
}
_RENAMED = {
    "chat-input": "prompt-box",
    "tiptap ProseMirror": "editor-2027",
    "Write your prompt to Claude": "How can I help?",
    "Send message": "Submit",
    "Stop response": "Halt",
    "data-is-streaming": "data-live",
    "font-claude": "prose-claude",
    "user-message": "human-turn",
    "model-selector-dropdown": "model-chooser",
}


class Pages:
    """Serves the chat page."""

    def __init__(self, state: ClaudeState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return what is served."""
        chat = ("/new", "/chat/{id}", "/recents")
        return [
            Route("/", self.home),
            *(Route(path, self.chat) for path in chat),
            Route("/page/{name}", self.asset),
        ]

    async def home(self, request: Request) -> Response:
        """Lead to a new conversation."""
        del request
        return RedirectResponse("/new", 307)

    async def chat(self, request: Request) -> Response:
        """The page itself, or the way to the login."""
        self._state.opened(request.url.path)
        if not self._state.is_logged_in(request.cookies.get(SESSION)):
            return RedirectResponse("/login", 303)
        settings = self._state.settings
        config = {
            "org": self._state.organization,
            "email": settings.email,
            "models": [attrs.asdict(model) for model in MODELS],
            "late": settings.late_seconds,
            "shown": settings.shown_messages,
            "october": settings.layout == "2026-10",
            "merged": settings.merged,
            "foreign": settings.foreign_seconds,
        }
        html = self._named(page("chat.html").replace("(config)", json.dumps(config)))
        answer = HTMLResponse(with_script(html, settings.script))
        answer.set_cookie("lastActiveOrg", self._state.organization)
        return answer

    async def asset(self, request: Request) -> Response:
        """A script or a style sheet."""
        name = request.path_params["name"]
        if name == "composer.js" and self._state.settings.editor is not None:
            written = self._state.settings.editor.read_text("utf-8")
        elif name == "markdown.js":
            written = chat_script(name)
        elif name in {
            "chat.css",
            "chat.js",
            "composer.js",
            "messages.js",
            "models.js",
            "parts.js",
            "timeline.js",
            "wire.js",
        }:
            written = page(name)
        else:
            return Response(status_code=404)
        return Response(self._named(written), media_type=_TYPES[name.rpartition(".")[2]])

    def _named(self, written: str) -> str:
        """Name things as the page of the time and the language does, or as nobody has described it."""
        settings = self._state.settings
        names = {
            **(_OCTOBER if settings.layout == "2026-10" else {}),
            **(_GERMAN if settings.language == "de" else {}),
            **(_RENAMED if settings.renamed else {}),
        }
        for name, new in names.items():
            written = written.replace(name, new)
        return written


def build_app(state: ClaudeState, desk: Desk, doors: Doors) -> ASGIApp:
    """Return the site as one ASGI application."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await desk.close()

    routes = [
        *doors.routes(),
        *Pages(state).routes(),
        *Api(state, desk).routes(),
        *Timeline(state, desk).routes(),
    ]
    return Guarded(Starlette(routes=routes, lifespan=lifespan), state)
