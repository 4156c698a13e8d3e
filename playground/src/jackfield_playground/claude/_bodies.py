"""What the site's API answers with: errors in its words, and conversations as trees."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response

if TYPE_CHECKING:
    from ._completion import Completion
    from ._state import ClaudeState

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_MITIGATED = {"cf-mitigated": "challenge", "server": "cloudflare"}


def error(status: int, message: str, code: str = "") -> Response:
    """An error, as the site tells it."""
    details = {"error_code": code, "error_visibility": "user_facing"} if code else None
    told = {"type": _KINDS.get(status, "api_error"), "message": message, "details": details}
    return JSONResponse({"type": "error", "error": told, "request_id": None}, status)


def dead_session() -> Response:
    """The answer to a session that is none any more."""
    return error(403, "Invalid authorization", "account_session_invalid")


def limit_reached(state: ClaudeState) -> Response:
    """The answer while the usage limit is reached: JSON inside the message."""
    limit = {"type": "exceeded_limit", "resetsAt": state.resets_at(), "representativeClaim": "five_hour"}
    return error(429, json.dumps({**limit, "perModelLimit": False}))


def interstitial(page: str) -> Response:
    """The page that wants proof of a person, with the status and the headers that go with it."""
    return HTMLResponse(page, 403, headers=_MITIGATED)


def limit_told(state: ClaudeState) -> dict[str, Any]:
    """What a complete answer tells of the account's limit."""
    window = {"status": "within_limit", "resets_at": state.resets_at() + 3600, "utilization": 0.2}
    none = dict.fromkeys(("resetsAt", "remaining", "perModelLimit", "representativeClaim"))
    return {"type": "within_limit", **none, "overageInUse": False, "windows": {"5h": window, "7d": window}}


def _is_kept(one: Completion, seconds: float) -> bool:
    return not seconds or (one.ended_at is not None and time.monotonic() - one.ended_at >= seconds)


def conversation(state: ClaudeState, name: str) -> dict[str, Any]:
    """A conversation as a tree of messages."""
    thread: list[Completion] = [
        one for one in state.thread(name) if _is_kept(one, state.settings.kept_seconds)
    ]
    messages: dict[str, dict[str, Any]] = {}
    for one in thread:
        asked = {"text": "", "content": [{"type": "text", "text": one.text}], **one.asked_with}
        common = {"created_at": one.created_at, "truncated": False}
        messages.setdefault(
            one.human,
            {"uuid": one.human, "sender": "human", "parent_message_uuid": one.parent, **asked, **common},
        )
        names = {"uuid": one.uuid, "sender": "assistant", "parent_message_uuid": one.human}
        said = {"text": "", "content": one.blocks, "stop_reason": one.stop_reason, "is_over": one.over}
        messages[one.uuid] = {**names, **said, "attachments": [], "files": [], **common}
    return {
        "uuid": name,
        "name": state.names.get(name, ""),
        "is_temporary": name in state.temporary,
        "current_leaf_message_uuid": thread[-1].uuid if thread else None,
        "chat_messages": list(messages.values()),
    }
