"""The requests that the page makes, under `/api`: `completion` and what stands around it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from jackfield_playground._chat import file_in_form

from ._bodies import conversation, dead_session, error, limit_reached, limit_told
from ._completion import ROOT, Completion, new_id, old_format
from ._settings import MODELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from jackfield_playground._chat import Desk

    from ._state import ClaudeState

SESSION = "sessionKey"
_ORGANIZATION = "/api/organizations/{org}"
_CONVERSATION = _ORGANIZATION + "/chat_conversations/{id}"


class Api:
    """Answers the page's requests."""

    def __init__(self, state: ClaudeState, desk: Desk) -> None:
        self._state = state
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return what is served."""

        def route(path: str, answer: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
            return Route(path, self._guarded(answer), methods=[*methods] or ["GET"])

        return [
            route("/api/organizations", self.organizations),
            route("/api/account_profile", self.profile),
            route("/api/bootstrap/{org}/current_user_access", self.profile),
            route(_ORGANIZATION + "/usage", self.usage),
            route(_ORGANIZATION + "/chat_conversations", self.conversations, "GET", "POST"),
            route(_ORGANIZATION + "/chat_conversations_v2", self.some_conversations),
            route(_CONVERSATION, self.conversation),
            route(_CONVERSATION, self.rename, "PUT", "PATCH"),
            route(_CONVERSATION, self.delete, "DELETE"),
            route(_CONVERSATION + "/title", self.title, "POST"),
            route(_CONVERSATION + "/completion", self.complete, "POST"),
            route(_CONVERSATION + "/retry_completion", self.retry, "POST"),
            route(_CONVERSATION + "/stop_response", self.stop, "POST"),
            route(_ORGANIZATION + "/upload", self.upload, "POST"),
            route("/api/{org}/files", self.upload, "POST"),
        ]

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Let only who is logged in ask, and only about their own."""

        async def guarded(request: Request) -> Response:
            if not self._state.is_logged_in(request.cookies.get(SESSION)):
                return dead_session()
            if request.path_params.get("org", self._state.organization) != self._state.organization:
                return error(404, "Not found")
            return await answer(request)

        return guarded

    async def organizations(self, request: Request) -> Response:
        """The account's organizations; a second one has no chat."""
        del request
        chat = {"uuid": self._state.organization, "name": "Sam's", "capabilities": ["chat", "claude_pro"]}
        return JSONResponse([{"uuid": new_id(), "name": "API", "capabilities": ["api"]}, chat])

    async def profile(self, request: Request) -> Response:
        """Who is logged in."""
        del request
        return JSONResponse({"email_address": self._state.settings.email, "full_name": "Sam"})

    async def usage(self, request: Request) -> Response:
        """How much of the limits is used."""
        del request
        used = 100 if self._state.settings.limited_seconds is not None else 20
        window = {"utilization": used, "resets_at": self._state.resets_at()}
        return JSONResponse({"five_hour": window, "seven_day": window})

    async def conversations(self, request: Request) -> Response:
        """Every conversation, or a new one that the page has named."""
        if request.method == "POST":
            said = await request.json()
            self._state.thread(said["uuid"])
            return JSONResponse(conversation(self._state, said["uuid"]), 201)
        return JSONResponse(self._listed())

    async def some_conversations(self, request: Request) -> Response:
        """A page of the conversations."""
        limit, offset = (int(request.query_params.get(name, "0")) for name in ("limit", "offset"))
        listed = self._listed()
        end = offset + (limit or len(listed))
        return JSONResponse({"data": listed[offset:end], "has_more": end < len(listed)})

    def _listed(self) -> list[dict[str, Any]]:
        names = reversed(self._state.conversations)
        return [{"uuid": one, "name": self._state.names.get(one, "")} for one in names]

    async def conversation(self, request: Request) -> Response:
        """A conversation, as it is now."""
        name = request.path_params["id"]
        if not self._state.knows(name):
            return error(404, "Conversation not found")
        return JSONResponse(conversation(self._state, name))

    async def rename(self, request: Request) -> Response:
        """Take a conversation's name."""
        name = request.path_params["id"]
        self._state.names[name] = str((await request.json())["name"])
        return JSONResponse(conversation(self._state, name))

    async def delete(self, request: Request) -> Response:
        """Delete a conversation."""
        self._state.forget(request.path_params["id"])
        return Response(status_code=204)

    async def title(self, request: Request) -> Response:
        """Name a conversation after its first message."""
        words = str((await request.json())["message_content"]).split()
        title = self._state.names[request.path_params["id"]] = " ".join(words[:6])
        return JSONResponse({"title": title})

    async def complete(self, request: Request) -> Response:
        """Take a message and answer it."""
        if (refused := self._refused()) is not None:
            return refused
        said = await request.json()
        self._state.bodies.append(said)
        thread: list[Completion] = self._state.thread(request.path_params["id"])
        if (fault := _fault(said, thread)) is not None:
            return fault
        first = said.get("create_conversation_params") or {}
        if first.get("is_temporary"):
            self._state.temporary.add(request.path_params["id"])
        names = said.get("turn_message_uuids") or {}
        return self._answered(
            Completion(
                request.path_params["id"],
                said["prompt"],
                uuid=names.get("assistant_message_uuid") or new_id(),
                human=names.get("human_message_uuid") or new_id(),
                parent=said.get("parent_message_uuid") or ROOT,
                model=_model(said),
                asked_with={name: said.get(name, []) for name in ("attachments", "files")},
            )
        )

    async def retry(self, request: Request) -> Response:
        """Answer the last message once more."""
        if (refused := self._refused()) is not None:
            return refused
        thread: list[Completion] = self._state.thread(request.path_params["id"])
        if not thread:
            return error(404, "Conversation not found")
        last = thread[-1]
        again = {"human": last.human, "parent": last.parent, "model": last.model}
        return self._answered(
            Completion(last.conversation, last.text, asked_with=last.asked_with, **again)  # type: ignore[arg-type]
        )

    def _refused(self) -> Response | None:
        if (status := self._state.next_failure()) is not None:
            return dead_session() if status == 403 else error(status, "The playground was asked to refuse.")  # noqa: PLR2004
        return None if self._state.settings.limited_seconds is None else limit_reached(self._state)

    def _answered(self, completion: Completion) -> Response:
        self._desk.ask(completion)
        told = self._told(completion, self._state.next_cut())
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)

    async def _told(self, completion: Completion, cut: int | None) -> AsyncIterator[str]:
        old = self._state.settings.stream == "completions"
        count = 0
        try:
            async for said in completion.messages(limit_told(self._state)):
                if count == cut:
                    return
                for one in old_format(said, completion.model) if old else [said]:
                    name = "completion" if old else one["type"]
                    yield f"event: {name}\ndata: {json.dumps(one, ensure_ascii=False)}\n\n"
                count += 1
        finally:
            if not completion.over and cut is None:
                completion.left = True
                if not self._state.settings.goes_on:
                    completion.end()

    async def stop(self, request: Request) -> Response:
        """End what is being written in a conversation."""
        for completion in self._state.thread(request.path_params["id"])[-1:]:
            # The page leaves the stream before it asks for this: the stream's end may be here first.
            if completion.left or not completion.over:
                completion.stopped = True
                completion.end()
        return JSONResponse({})

    async def upload(self, request: Request) -> Response:
        """Take a file."""
        name, content = file_in_form(request.headers["content-type"], await request.body())
        await anyio.sleep(self._state.settings.upload_seconds)
        known = new_id()
        self._state.files[known] = (name, content)
        told = {"file_name": name, "file_kind": "document", "size_bytes": len(content)}
        return JSONResponse({"file_uuid": known, **told})


def _model(said: dict[str, Any]) -> str:
    return str(said.get("model") or MODELS[0].id)


def _fault(said: dict[str, Any], thread: list[Completion]) -> Response | None:
    """Return what is wrong with a message, as the site would say it."""
    if not isinstance(said.get("prompt"), str) or not said["prompt"].strip():
        return error(400, "prompt: Field required")
    if any(one.id == _model(said) and one.locked for one in MODELS):
        return error(403, f"Your plan does not include {_model(said)}", "model_not_available")
    parent = said.get("parent_message_uuid")
    if thread and parent not in {one.uuid for one in thread}:
        return error(400, "parent_message_uuid: no such message in this conversation")
    if not thread and not said.get("create_conversation_params") and parent is not None:
        return error(404, "Conversation not found")
    return None
