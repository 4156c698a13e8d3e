"""The remote on this machine, as strict as the real one. TODO: make it speak the remote's own wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from server import Handler, Server

PIECES: Final = ("Hello", " there,", " dear", " friend")
TEXT: Final = "".join(PIECES)
OPTIONS: Final[dict[str, Any]] = {"default_model": "small"}
FIELDS: Final = {"messages", "model", "max_tokens", "temperature"}


class _Handler(Handler):
    def get(self) -> None:
        self.say({"models": [{"name": "small"}, {"name": "large"}]})

    def post(self, told: dict[str, Any]) -> None:
        wrong = not told.get("messages") or not told.keys() <= FIELDS
        if wrong or self.path != "/v1/answers":
            self.say({"error": {"code": "bad_request", "message": "This is no question."}}, status=400)
        else:
            self.stream(self._answer(told))

    def _answer(self, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield {"type": "begin", "id": "a-1", "model": told.get("model")}
        for piece in PIECES:
            yield {"type": "text", "text": piece}
        yield {"type": "end", "reason": "done", "usage": {"read": 1, "written": 3}}


class StandIn(Server):
    """The stand-in."""

    handler = _Handler
