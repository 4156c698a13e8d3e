"""A visitor's conversations, as the site serves them: stubs without text, and the text in a batch."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jackfield_playground._chat import file_in_form

from ._visitors import for_visitors

if TYPE_CHECKING:
    from starlette.requests import Request

    from ._state import Visitor, ZaiState
    from ._writing import ZaiAnswer

MODELS = {
    "glm-5.3": ("GLM-5.3", "The flagship, for everything hard"),
    "x-preview-l": ("GLM-5.3-Flash", "Quick answers to quick questions"),
    "GLM-5-Turbo": ("GLM-5-Turbo", "Long tasks with many steps"),
    "glm-5.2": ("GLM-5.2", "The flagship before"),
    "glm-5.1": ("GLM-5.1", "The one before that"),
    "GLM-5v-Turbo": ("GLM-5v-Turbo", "Long tasks with pictures"),
    "glm-4.7": ("GLM-4.7", "Code and conversation"),
    "glm-4.6v": ("GLM-4.6V", "Sees pictures"),
    "0727-106B-API": ("GLM-4.5-Air", "Small and light"),
}
"""Models by their ids: name, and what the page says of them. None of them is here; see who answers."""

_TITLE = 40


class Chats:
    """Answers what the page asks about conversations, models and files."""

    def __init__(self, state: ZaiState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/api/config", self.config),
            Route("/api/models", self.models),
            Route("/api/v1/chats/new", for_visitors(self._state, self.create), methods=["POST"]),
            Route("/api/v1/chats/", for_visitors(self._state, self.index)),
            Route("/api/v1/chats/{id}", for_visitors(self._state, self.show)),
            Route(
                "/api/v1/chats/{id}/messages/batch", for_visitors(self._state, self.batch), methods=["POST"]
            ),
            Route("/api/v1/files/", for_visitors(self._state, self.upload), methods=["POST"]),
            Route("/api/v1/users/user/settings", for_visitors(self._state, self.settings)),
        ]

    async def config(self, request: Request) -> Response:
        """What the page must know before it can begin."""
        del request
        settings = self._state.settings
        features = {"enable_captcha": settings.enable_captcha, "enable_websocket": False}
        more = {"default_models": "x-preview-l", "completion_version": str(settings.api_version)}
        shown = (
            "challenge",
            "slider",
            "login",
            "traceless",
            "draws_early",
            "social",
            "upload_by",
            "captcha_for",
            "foreign_seconds",
        )
        playground = {name: getattr(settings, name) for name in shown}
        return JSONResponse({"features": features, **more, "playground": playground})

    async def models(self, request: Request) -> Response:
        """The models that the page offers."""
        del request
        return JSONResponse(
            {
                "data": [
                    {"id": id_, "name": name, "info": {"meta": {"description": said, "capabilities": {}}}}
                    for id_, (name, said) in MODELS.items()
                ]
            }
        )

    async def create(self, request: Request, visitor: Visitor) -> Response:
        """Begin a conversation."""
        chat = (await request.json())["chat"]
        id_ = str(uuid.uuid4())
        self._state.own(id_, visitor)
        return JSONResponse({"id": id_, "user_id": visitor.id, "title": chat.get("title", "New Chat")})

    async def index(self, request: Request, visitor: Visitor) -> Response:
        """The visitor's conversations."""
        del request
        listed = ((id_, self._state.thread(id_)) for id_ in self._state.conversations(visitor))
        return JSONResponse(
            [{"id": id_, "title": thread[0].text[:_TITLE]} for id_, thread in listed if thread]
        )

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """A conversation's tree. Its answers are stubs: they have no text."""
        id_ = request.path_params["id"]
        if not self._state.owns(id_, visitor):
            return _not_found()
        messages: dict[str, Any] = {}
        last = None
        for answer in self._state.thread(id_):
            user, stub = _nodes(answer, last)
            messages |= {user["id"]: user, stub["id"]: stub}
            last = answer.id
        history = {"messages": messages, "currentId": last}
        return JSONResponse({"id": id_, "user_id": visitor.id, "chat": {"history": history}})

    async def batch(self, request: Request, visitor: Visitor) -> Response:
        """The text of answers, in blocks."""
        id_ = request.path_params["id"]
        if not self._state.owns(id_, visitor):
            return _not_found()
        wanted = (await request.json())["ids"]
        found = {answer.id: answer for answer in self._state.thread(id_)}
        return JSONResponse({"data": {one: _told(found[one]) for one in wanted if one in found}})

    async def upload(self, request: Request, visitor: Visitor) -> Response:
        """Take a file in a form."""
        del visitor
        name, content = file_in_form(request.headers["content-type"], await request.body())
        await asyncio.sleep(self._state.settings.upload_seconds)
        known = secrets.token_hex(8)
        self._state.files[known] = (name, content)
        return JSONResponse({"id": known, "filename": name, "meta": {"name": name, "size": len(content)}})

    async def settings(self, request: Request, visitor: Visitor) -> Response:
        """The visitor's settings: none."""
        del request, visitor
        return JSONResponse({"ui": {}})


def _not_found() -> Response:
    return JSONResponse({"detail": "We could not find what you're looking for :/"}, 404)


def _nodes(answer: ZaiAnswer, parent: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    user = {"id": answer.user_id, "parentId": parent, "childrenIds": [answer.id], "role": "user"}
    stub = {"id": answer.id, "parentId": answer.user_id, "childrenIds": [], "role": "assistant"}
    more = {"content": answer.text, "models": [answer.model]}
    return {**user, **more}, {**stub, "model": answer.model, "done": answer.over}


def _told(answer: ZaiAnswer) -> dict[str, Any]:
    blocks = [
        {"type": "reasoning", "content": answer.thought},
        {"type": "text", "content": answer.said},
    ]
    return {"content": answer.said, "content_blocks": [block for block in blocks if block["content"]]}
