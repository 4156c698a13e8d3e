"""What was asked and answered, in a database of this person's own: `jackfield logs`.

Law: the file is private; what cannot be logged is told and costs no answer; a database that makes no sense is
set aside, never overwritten.

Words are looked for by going through all texts: a log is small, and an index of words would find none
in writing that has no spaces.
"""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from jackfield import (
    ChatRequest,
    ChatResponse,
    ConfigError,
    Connection,
    JackfieldError,
    Message,
    hookimpl,
    redact,
)

from ._log_wish import folder
from ._private import append_private, files, is_there

if TYPE_CHECKING:
    from jackfield import AttachRequest

_VERSION: Final = 1
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY: Final = 0xFF
"""The bits of SQLite's codes that tell the kind of an error."""


@attrs.frozen(kw_only=True)
class Logged:
    """A question and what came of it.

    Attributes:
        id: Its number.
        at: When it ended, in seconds since 1970.
        connection: Who was asked.
        provider: The connection's provider.
        model: Who answered, as far as it is known.
        system: What the model was to keep to.
        prompt: The question; empty where an answer was taken up again.
        attached: What went along, by names or types, as a list in JSON.
        answer: The answer's text, as far as it came.
        outcome: `ok`, `left early`, or the name of the error.
        handle: The provider's name for the answer.
        url: Where a person can look at it.
        conversation_id: The provider's thread.
        elapsed: Seconds from the question to the end of the answer.
        input_tokens: As told by the provider.
        output_tokens: As told by the provider.
    """

    id: int | None = None
    at: float
    connection: str
    provider: str
    model: str | None
    system: str
    prompt: str
    attached: str
    answer: str
    outcome: str
    handle: str | None
    url: str | None
    conversation_id: str | None
    elapsed: float
    input_tokens: int | None
    output_tokens: int | None


_COLUMNS: Final = tuple(field.name for field in attrs.fields(Logged))
_NAMES: Final = ", ".join(_COLUMNS)
_TABLE: Final = f"CREATE TABLE IF NOT EXISTS answers (id INTEGER PRIMARY KEY, {', '.join(_COLUMNS[1:])})"


@attrs.define(eq=False)
class Log:
    """The database, and the plugin that writes into it.

    Attributes:
        say: Takes a sentence for the person.
        file: Where it is.
        patience: Seconds to wait for another program that writes into it.
    """

    say: Callable[[str], None]
    file: Path = attrs.field(factory=lambda: folder() / "answers.db")
    patience: float = 2.0
    _has_told: bool = attrs.field(default=False, init=False)

    @hookimpl
    def jackfield_response_finished(
        self,
        connection: Connection,
        request: ChatRequest | AttachRequest,
        response: ChatResponse,
        error: JackfieldError | None,
    ) -> None:
        """Add a question with its answer, or what there is of it."""
        try:
            self.add(logged(connection, request, response, error))
        except (sqlite3.Error, ConfigError, OSError) as why:
            if not self._has_told:
                self.say(f"Not logged: {why}")
            self._has_told = True

    def add(self, entry: Logged) -> None:
        """Write one entry; errors as SQLite's, or a `ConfigError` when there is no private place for it."""
        values = [_writable(value) for value in attrs.astuple(entry)]
        marks = ", ".join("?" * len(values))
        with self._opened() as database:
            database.execute(f"INSERT INTO answers ({_NAMES}) VALUES ({marks})", values)  # noqa: S608  our names

    def find(
        self, words: Iterable[str] = (), *, connection: str | None = None, most: int = 20
    ) -> Sequence[Logged]:
        """Return what holds all *words* in its question or answer, newest first."""
        if not is_there(self.file):
            return ()
        wanted = [*words]
        conditions = ["holds(?, prompt, answer)"] * len(wanted) + ["connection = ?"] * (
            connection is not None
        )
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        values = (*wanted, *([connection] if connection is not None else []), most)
        return self._read(f"{where} ORDER BY id DESC LIMIT ?", values)

    def get(self, number: int) -> Logged | None:
        """Return the entry of that number, if there is one."""
        return next(iter(self._read("WHERE id = ?", (number,))), None) if is_there(self.file) else None

    def clear(self) -> None:
        """Remove the database, and those that were set aside."""
        for file in files(self.file.parent, f"{self.file.name}*"):
            file.unlink(missing_ok=True)

    def _read(self, rest: str, values: Sequence[object]) -> Sequence[Logged]:
        with self._opened() as database:
            database.create_function("holds", 3, _holds, deterministic=True)
            rows = database.execute(f"SELECT {_NAMES} FROM answers {rest}", values)  # noqa: S608  our names
            return [Logged(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        append_private(self.file, "")  # makes it, and refuses one that others can read
        try:
            with closing(self._connect()) as database, database:
                yield database
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & _PRIMARY in _DAMAGED:
                self._set_aside()
            raise

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.file, timeout=self.patience)
        try:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise ConfigError(
                    f"the log {str(self.file)!r} was written by a newer Jackfield", hint="Update this one."
                )
            database.execute(_TABLE)
            database.execute(f"PRAGMA user_version = {_VERSION}")
        except BaseException:
            database.close()
            raise
        return database

    def _set_aside(self) -> None:
        aside = self.file.with_name(f"{self.file.name}.{time.time_ns()}.damaged")
        self.file.replace(aside)
        self.say(f"The log cannot be read; it was set aside as {str(aside)!r}, and the next one begins anew.")


def logged(
    connection: Connection,
    request: ChatRequest | AttachRequest,
    response: ChatResponse,
    error: JackfieldError | None,
) -> Logged:
    """Return what is logged of a question and its answer."""
    messages = request.messages if isinstance(request, ChatRequest) else ()
    asked = _asked(messages)
    usage = response.usage
    return Logged(
        at=time.time(),
        connection=connection.name,
        provider=connection.spec.name,
        model=response.model or response.requested_model,
        system="\n\n".join(message.text for message in messages if message.role == "system"),
        prompt="\n\n".join(filter(None, map(_words, asked))),
        attached=json.dumps([name for message in asked for name in _names(message)]),
        answer=response.content or response.partial,
        outcome=type(error).__name__ if error else "ok" if response.finish_reason else "left early",
        handle=response.handle,
        url=response.url,
        conversation_id=response.conversation_id,
        elapsed=response.elapsed,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
    )


def _asked(messages: Sequence[Message]) -> list[Message]:
    """Return what is new in a request that sends a whole history: what stands behind the last answer."""
    said = [message for message in messages if message.role != "system"]
    last = max((place for place, message in enumerate(said) if message.role == "assistant"), default=-1)
    return said[last + 1 :]


def _words(message: Message) -> str:
    return message.text or "\n\n".join(result.text for result in message.tool_results)


def _names(message: Message) -> list[str]:
    return [
        *(image.media_type or "an image" for image in message.images),
        *(file.name for file in message.files),
    ]


def _writable(value: object) -> object:
    """Return a value without a secret that is known here, and without what SQLite takes for no text."""
    return redact(value).encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _holds(word: str, *texts: str) -> bool:
    return any(_folded(word) in _folded(text) for text in texts)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
