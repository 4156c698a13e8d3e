"""The fields of Claude's messages: what a message must have to make sense. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from jackfield_web.wire import malformed as malformed_stream

malformed: Final = partial(malformed_stream, "Claude")
"""Makes the error for a stream that makes no sense, from what there was of it."""


def object_of(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object *name* of a message.

    Raises:
        MalformedResponse: There is none.
    """
    found = said.get(name)
    if not isinstance(found, Mapping):
        raise malformed(f"{said.get('type')} has no object {name}")
    return found


def text_of(said: Mapping[str, Any], name: str) -> str:
    """Return the text *name* of a message.

    Raises:
        MalformedResponse: There is none.
    """
    found = said.get(name)
    if not isinstance(found, str):
        raise malformed(f"{said.get('type')} has no text {name}")
    return found


def index_of(said: Mapping[str, Any]) -> int:
    """Return the index of the block that a message is about.

    Raises:
        MalformedResponse: There is none.
    """
    index = said.get("index")
    if type(index) is not int:
        raise malformed(f"{said.get('type')} has no index")
    return index


def model_in(said: Mapping[str, Any]) -> str | None:
    """Return the model that a message names: the one that answers from now on, if it tells of a change."""
    named = said.get("to_model") or said.get("model")
    if isinstance(named, Mapping):
        named = named.get("model")
    return named if isinstance(named, str) and named else None
