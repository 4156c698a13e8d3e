"""The chat page's own description, in the form in which web providers take one: data, no class of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._settings import WebChatSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODELS = {
    "button": "#model",
    "item": "#offers .one-model",
    "more": "#more-models",
    "locked": ".upgrade",
    "current": "#model",
}
_NAME = {"action": "fill", "selector": "login_username", "value": "username"}
_PRESS = {"action": "click", "selector": "login_button"}
_IN = {"action": "wait", "selector": "logged_in", "seconds": 3}
_BY_PASSWORD = [
    _NAME,
    {"action": "fill", "selector": "login_password", "value": "password"},
    _PRESS,
    _IN,
]
_BY_CODE = [
    _NAME,
    _PRESS,
    {"action": "ask", "selector": "#code", "value": "Which code was mailed to you?"},
    {"action": "click", "selector": "#go-on"},
    _IN,
]


def site_of(base_url: str, settings: WebChatSettings | None = None) -> Mapping[str, Any]:
    """Return the description of the chat page at `base_url`, as the option `site` takes it."""
    settings = settings or WebChatSettings()
    return {
        "name": "playground",
        "title": "The playground's chat page",
        "version": "2026-11-23",
        "base_url": base_url,
        "addresses": {
            "start": "{base_url}/",
            "login": "{base_url}/login",
            "incognito": "{base_url}/?incognito",
            "conversation": "{base_url}/c/(?P<id>[0-9a-f-]+)",
        },
        "selectors": {
            "chat_input": "#composer",
            "send_button": "#send",
            "stop_button": "#stop",
            "response_area": ".answer .text",
            "user_turn": ".question .text",
            "finished": ".answer .copy",
            "copy_button": ".answer .copy",
            "new_chat_button": "#new-chat",
            "conversation_link": "#chats a",
            "login_username": "#username",
            "login_password": "#password",
            "login_button": "#log-in",
            "logged_in": "#account",
            "challenge": "#challenge",
            "file_input": "#files",
            "file_thumbnail": ".thumbnail",
            "file_uploading": ".thumbnail.uploading",
        },
        "models": _MODELS if settings.models else {},
        "login": _BY_CODE if settings.mails_code else _BY_PASSWORD,
        "wires": [
            {
                "url": "{base_url}/api/chats/[^/]+/messages$",
                "method": "POST",
                "kind": "fetch-sse",
                "rules": [
                    {"when": {"type": "start"}, "model": "model"},
                    {"when": {"type": "piece"}, "text": "text"},
                    {"when": {"type": "error"}, "error": "message"},
                    {"when": {"type": "done"}, "done": True, "finish_reason": "reason"},
                ],
            }
        ],
        "reading": {"markdown_attribute": "data-markdown"},
    }
