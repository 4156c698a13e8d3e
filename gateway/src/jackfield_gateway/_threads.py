"""Which of a provider's own conversations a history belongs to, for clients that send all of it each time.

Law: a conversation is taken out when it is gone on with, and comes back under its longer history. So a
history that was gone on with already, as when a user asks again in other words, is not continued behind its
end: it begins a new conversation. Digests are kept, made with the client's token as their key, and no word
of what was said: neither that nor whether somebody said a given thing can be read from the file.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import anyio
import attrs

from jackfield import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

from ._store import in_store, make_store
from ._token import Token

_MOST: Final = 10_000
_FORGET: Final = (
    "DELETE FROM threads WHERE key IN (SELECT key FROM threads ORDER BY at DESC LIMIT -1 OFFSET ?)"
)


@attrs.frozen
class Thread:
    """A conversation that a provider keeps.

    Attributes:
        connection: The connection that it belongs to.
        conversation: The provider's name for it.
    """

    connection: str
    conversation: str = attrs.field(repr=False)


def key_of(token: Token, model: str, messages: Sequence[Message]) -> bytes:
    """Return what a history is found by: the same whichever wire it comes on, and for this token alone."""
    said = [[message.role, [*_said(message)]] for message in messages]
    return token.seal(json.dumps([model, said], ensure_ascii=False).encode())


def _said(message: Message) -> Iterator[Any]:
    # Clients keep pieces of a text apart or join them, and cut blanks off: it is the same text.
    text = "".join(part.text for part in message.parts if isinstance(part, TextPart | RefusalPart))
    yield text.strip()
    for part in message.parts:
        match part:
            case ToolCallPart():
                yield part.name, part.arguments_json
            case ToolResultPart():
                yield part.name, part.text
            case ImagePart() | AudioPart() | FilePart():
                source = part.source
                shown = hashlib.sha256(source).hexdigest() if isinstance(source, bytes) else str(source)
                yield part.media_type, shown


def split(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """Return what was said up to the last answer, and what is new behind it."""
    last = max((place for place, one in enumerate(messages) if one.role == "assistant"), default=-1)
    return messages[: last + 1], messages[last + 1 :]


@attrs.define(eq=False)
class Threads:
    """The conversations that can be gone on with, in a file of their own, or in memory alone."""

    _file: Path | None = None
    _kept: OrderedDict[bytes, Thread] = attrs.field(factory=OrderedDict, init=False)

    def __attrs_post_init__(self) -> None:
        if self._file is not None:
            make_store(self._file)

    async def take(self, key: bytes) -> Thread | None:
        """Return the conversation of a history, and forget it: nobody else goes on with it from there."""
        if self._file is None:
            return self._kept.pop(key, None)
        return await in_store(self._file, _taken, key)

    async def put(self, key: bytes, thread: Thread) -> None:
        """Keep the conversation of a history."""
        if self._file is not None:
            with anyio.CancelScope(shield=True):
                await in_store(self._file, _put, key, thread)
            return
        self._kept[key] = thread
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)


def _taken(opened: sqlite3.Connection, key: bytes) -> Thread | None:
    row = opened.execute("SELECT connection, conversation FROM threads WHERE key = ?", (key,)).fetchone()
    opened.execute("DELETE FROM threads WHERE key = ?", (key,))
    return Thread(*row) if row else None


def _put(opened: sqlite3.Connection, key: bytes, thread: Thread) -> None:
    row = (key, thread.connection, thread.conversation, time.time())
    opened.execute("INSERT OR REPLACE INTO threads VALUES (?, ?, ?, ?)", row)
    opened.execute(_FORGET, (_MOST,))
