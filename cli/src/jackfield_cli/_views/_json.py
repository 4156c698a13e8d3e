"""For machines: one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, cast

import attrs

from jackfield import ChatResponse, JackfieldError, JsonRefused, Model, ProviderError, to_json
from jackfield_cli._session import json_line

from ._view import Item, waiting

_TOLD: Final = ("metadata", "data")
"""The fields in which a plugin tells what it likes."""


@attrs.define(eq=False)
class JsonView:
    """Writes each event and the response; without *stream* the response only.

    Every object has `connection`, the name that was asked, and one of `event`, `response` and `waiting`. The
    first two are what `from_json` reads. Beside a response stands what is asked of it most: `success`, its
    `content`, and who answered where that name stands for several.

    Attributes:
        stream: Whether each event is written.
        say: Takes a sentence for a person.
        shows_partial: What arrived is in the response.
    """

    stream: bool
    say: Callable[[str], None]
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

    def hide(self) -> None:
        """Do nothing: what was written stays."""

    def show(self) -> None:
        """Do nothing: what was written is there."""

    def wait(self, name: str, error: ProviderError, seconds: float) -> None:
        """Write that is waited, in a stream; else tell whoever looks."""
        if self.stream:
            _print({"connection": name, "waiting": round(seconds, 3), "error": described(error)})
        else:
            self.say(f"{name}: {waiting(error, seconds)}")


def _write(name: str, item: Item) -> None:
    if not isinstance(item, ChatResponse):
        _print({"connection": name, "event": described(item)})
        return
    answered_by = item.connection if item.success else None
    about = {"success": item.success, "content": item.content, "answered_by": answered_by}
    _print({"connection": name, **about, "response": described(item)})


def described(item: Item | Model | JackfieldError) -> dict[str, Any]:
    """Return something for a machine, as `from_json` reads it.

    What a plugin put into a mapping and JSON cannot hold is there as text: an answer that came is not lost.
    """
    try:
        return dict(json.loads(to_json(item)))
    except JsonRefused:
        if isinstance(item, JackfieldError):
            raise
        texts = {name: _as_text(getattr(item, name)) for name in _TOLD if getattr(item, name, None)}
        return dict(json.loads(to_json(attrs.evolve(cast("Any", item), **texts))))


def _as_text(mapping: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in mapping.items()}


def _print(value: dict[str, Any]) -> None:
    sys.stdout.write(json_line(value) + "\n")
    sys.stdout.flush()
