"""For machines: one JSON object a line."""

from __future__ import annotations

import re
import sys
from typing import Any, Final, Self

import attrs

from jackfield import ChatResponse, JackfieldError, ProviderError
from jackfield_cli._session import json_line

from ._view import Item

_APART: Final = {"error", "connection", "misses"}


@attrs.define(eq=False)
class JsonView:
    """Writes each event and the response; without *stream* the response only.

    Every object has `connection`, the name that was asked, and `type`: `response`, or the event's name
    (`text_delta` …). Where that name stands for several, the response says who answered, and why no other.
    """

    stream: bool
    shows_partial: bool = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def take(self, name: str, item: Item) -> None:
        """Write one line."""
        if self.stream or isinstance(item, ChatResponse):
            _write(name, item)

    def refresh(self) -> None:
        """Do nothing: what is written is written."""

    def wait(self, name: str, error: ProviderError, seconds: float) -> None:
        """Write that is waited, in a stream."""
        if self.stream:
            line = {"connection": name, "type": "waiting", "seconds": round(seconds, 3)}
            _print(line | {"error": described(error)})


def _write(name: str, item: Item) -> None:
    if isinstance(item, ChatResponse):
        facts = attrs.asdict(item, filter=lambda field, _: field.name not in _APART)
        misses = [
            attrs.asdict(miss, recurse=False) | {"error": described(miss.error)} for miss in item.misses
        ]
        error = described(item.error) if item.error else None
        about = {"answered_by": item.connection if item.success else None, "misses": misses}
        _print(
            {
                "connection": name,
                "type": "response",
                "success": item.success,
                "error": error,
                **facts,
                **about,
            }
        )
    else:
        kind = re.sub(r"(?<=.)(?=[A-Z])", "_", type(item).__name__).lower()
        _print({"connection": name, "type": kind, **attrs.asdict(item)})


def described(error: JackfieldError) -> dict[str, Any]:
    """Return an error for a machine."""
    found: dict[str, Any] = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    if isinstance(error, ProviderError):
        found |= {"certainty": error.certainty.value, "retry_after": error.retry_after}
    return found


def _print(value: dict[str, Any]) -> None:
    sys.stdout.write(json_line(value) + "\n")
    sys.stdout.flush()
