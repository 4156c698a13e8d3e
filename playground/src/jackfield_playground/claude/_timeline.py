"""The site's second transport: a message goes by one call, its answer comes on a stream that is open already.

Known of it (measured in public clients, 2026-10-06 to 2026-10-09) are its addresses, its headers, its framing
and the order of its events; the fields of its messages are not public. So what stands in a message here, JSON
in the one field of a message of Protocol Buffers, is the playground's own.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import anyio
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ._completion import ROOT, Completion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from jackfield_playground._chat import Desk

    from ._state import ClaudeState

SERVICE = "/claudeai-rpc/anthropic.bard.api.v1alpha.ConversationService"
_TICK_SECONDS = 0.05
_FIELD = b"\x0a"
_LAST = 2
_HIGH, _LOW = 0x80, 0x7F


class Timeline:
    """Answers the calls of the second transport."""

    def __init__(self, state: ClaudeState, desk: Desk) -> None:
        self._state = state
        self._desk = desk
        self._acks: dict[str, list[dict[str, str]]] = {}

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(f"{SERVICE}/PerformAction", self.perform, methods=["POST"]),
            Route(f"{SERVICE}/StreamTimeline", self.stream, methods=["POST"]),
        ]

    def _refused(self, request: Request) -> Response | None:
        """Let only the page of an account that was moved call, as the site does."""
        if request.headers.get("origin") != self._state.base_url:
            return _denied("origin not allowed")
        if not self._state.settings.merged:
            return _denied("This feature is not included in your current plan.")
        if not self._state.is_logged_in(request.cookies.get("sessionKey")):
            return JSONResponse({"code": "unauthenticated", "message": "no session"}, 401)
        return None

    async def perform(self, request: Request) -> Response:
        """Take an action; that it was taken says nothing of what becomes of it."""
        if (refused := self._refused(request)) is not None:
            return refused
        body = await request.body()
        said = read_message(
            gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body
        )
        if (asked := said.get("send_message")) is not None:
            self._send(asked)
        elif (asked := said.get("stop_generation")) is not None:
            self._stop(asked["conversation_id"])
        return Response(b"", media_type="application/proto")

    def _send(self, asked: dict[str, Any]) -> None:
        name = asked["conversation_id"]
        if self._state.settings.limited_seconds is not None:
            refused = {"message_id": asked["message_id"], "error": "rate_limited"}
            self._acks.setdefault(name, []).append(refused)
            return
        thread: list[Completion] = self._state.thread(name)
        if asked.get("is_temporary"):
            self._state.temporary.add(name)
        self._state.bodies.append(asked)
        parent = thread[-1].uuid if thread else ROOT
        names = {"uuid": asked["assistant_message_id"], "human": asked["message_id"], "parent": parent}
        self._desk.ask(Completion(name, asked["text"], model=asked["model"], **names))

    def _stop(self, name: str) -> None:
        for completion in self._state.thread(name)[-1:]:
            if not completion.over:
                completion.stopped = True
                completion.end()

    async def stream(self, request: Request) -> Response:
        """Tell what becomes of a conversation, from before there is one."""
        if (refused := self._refused(request)) is not None:
            return refused
        said = read_message((await request.body())[5:])
        return StreamingResponse(self._told(said["conversation_id"]), media_type="application/connect+proto")

    async def _told(self, name: str) -> AsyncIterator[bytes]:
        last, idle = "", 0.0
        while idle < self._state.settings.timeline_seconds:
            thread: list[Completion] = self._state.thread(name) if self._state.knows(name) else []
            update = _update(thread[-1]) if thread else {}
            now = json.dumps(update)
            if update and now != last:
                last, idle = now, 0.0
                yield envelope(write_message({"update": update}))
            elif thread and not thread[-1].over:
                yield envelope(write_message({"heartbeat": {}}))
            else:
                idle += _TICK_SECONDS
            for ack in self._acks.pop(name, []):
                yield envelope(write_message({"mutation_ack": ack}))
            await anyio.sleep(_TICK_SECONDS)
        yield envelope(b"{}", flags=_LAST)


def _update(answer: Completion) -> dict[str, Any]:
    status = "STATUS_IDLE" if answer.over else "STATUS_RUNNING"
    message = {"id": answer.uuid, "is_complete": answer.over, "stop_reason": answer.stop_reason}
    blocks = [block for block in answer.blocks if block["type"] in {"text", "tool_use"}]
    return {"conversation": {"status": status}, "message": message, "content_blocks": blocks}


def _denied(message: str) -> Response:
    return JSONResponse({"code": "permission_denied", "message": message}, 403)


def envelope(message: bytes, *, flags: int = 0) -> bytes:
    """Return a message as Connect's streams frame it."""
    return bytes([flags]) + len(message).to_bytes(4, "big") + message


def write_message(said: dict[str, Any]) -> bytes:
    """Return a message of Protocol Buffers whose first field is a text of JSON."""
    text = json.dumps(said).encode()
    rest, size = len(text), bytearray()
    while rest > _LOW:
        size.append(rest & _LOW | _HIGH)
        rest >>= 7
    return _FIELD + bytes([*size, rest]) + text


def read_message(body: bytes) -> dict[str, Any]:
    """Return what such a message says."""
    at = next(at for at in range(1, len(body)) if not body[at] & _HIGH)
    said: dict[str, Any] = json.loads(body[at + 1 :])
    return said
