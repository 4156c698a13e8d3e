"""`jackfield send`: from the words of the command line to a question, from the question to an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from jackfield import (
    ChatRequest,
    ConnectionConfig,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ProviderManager,
)

from ._asking import Reader, Watcher, exchange, failed, open_all, report_failures
from ._usage import UsageFault
from ._views import ColumnsView, JsonView, LiveView, PlainView, View

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session


@attrs.frozen(kw_only=True)
class Question:
    """What is asked of whom.

    Attributes:
        entries: The connections.
        text: The message; None when an answer is only taken up again.
        images: Image files that go with it.
        files: Other files that go with it.
        settings: Fields of `ChatRequest`.
        handle: The answer to take up again.
    """

    entries: tuple[ConnectionConfig, ...]
    text: str | None
    images: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    settings: dict[str, Any] = attrs.field(factory=dict)
    handle: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the connections."""
        return tuple(entry.name for entry in self.entries)

    def request(self) -> ChatRequest:
        """Return the request; a new one for each connection, for each has an id of its own."""
        pictures = [ImagePart.from_file(file) for file in self.images]
        files = [FilePart.from_file(file) for file in self.files]
        return ChatRequest(messages=Message("user", [self.text or "", *pictures, *files]), **self.settings)


def send(
    session: Session,
    *,
    words: Sequence[str],
    names: Sequence[str],
    images: Sequence[Path],
    files: Sequence[Path],
    attach: str | None,
    stream: bool | None,
    as_json: bool,
    raw: bool | None,
    **settings: Any,
) -> int:
    """Ask, show the answers, and return the exit code."""
    name, text = split_words(session, words, named=bool(names), attaching=attach is not None)
    chosen = tuple(map(session.connection, dict.fromkeys(names) or [name]))
    if attach is not None and len(chosen) > 1:
        raise UsageFault("--attach takes up the answer of one connection; name one")
    known = {"conversation_id" if key == "conversation" else key: value for key, value in settings.items()}
    given = {key: value for key, value in known.items() if value is not None}
    question = Question(
        entries=chosen, text=text, images=tuple(images), files=tuple(files), settings=given, handle=attach
    )
    if attach is None:
        _refuse_early(question)
    view = choose_view(session, question.names, stream=stream, as_json=as_json, raw=raw)
    return session.run(partial(_ask, session, question, view))


def split_words(
    session: Session, words: Sequence[str], *, named: bool, attaching: bool
) -> tuple[str | None, str | None]:
    """Tell the connection's name from the message; a message that is `-` or missing is read from a pipe.

    Raises:
        UsageFault: There are too many words, or there is no message.
    """
    most = (0 if named else 1) if attaching else (1 if named else 2)
    if len(words) > most:
        raise UsageFault(
            "--attach asks nothing, so it takes no message"
            if attaching
            else f"{len(words)} arguments are too many: put the message in quotes"
        )
    if attaching:
        return (words[0] if words else None), None
    if len(words) == 2:  # noqa: PLR2004  name and message
        return words[0], _read_if_dash(words[1])
    if named or not words:
        return None, _read_if_dash(words[0] if words else "-")
    if words[0] != "-" and session.is_connection(words[0]):
        return words[0], _read_if_dash("-")
    return None, _read_if_dash(words[0])


def _read_if_dash(text: str) -> str:
    if text != "-":
        return text
    if sys.stdin.isatty():
        raise UsageFault('there is no message: jackfield send [NAME] "MESSAGE", or pipe one in')
    return sys.stdin.buffer.read().decode(errors="replace")


def _refuse_early(question: Question) -> None:
    """Find what is wrong with a question before anything is opened."""
    try:
        question.request()
    except InvalidRequest as error:
        raise UsageFault(str(error)) from None


def choose_view(
    session: Session, names: tuple[str, ...], *, stream: bool | None, as_json: bool, raw: bool | None
) -> View:
    """Return how the answers are shown: as asked for, or as fits where they go to."""
    terminal = session.out.is_terminal
    if as_json:
        return JsonView(stream=bool(stream))
    if not terminal or raw:
        shown = terminal if stream is None else stream
        return PlainView(names, stream=shown, safe=terminal if raw is None else not raw, say=session.say)
    if len(names) > 1:
        return ColumnsView(session.out, names)
    return LiveView(session.out, stream=stream is not False)


async def _ask(session: Session, question: Question, view: View, interrupts: Interrupts) -> int:
    async def ask(manager: ProviderManager) -> int:
        reader = Reader(session, manager, view)
        try:
            await reader.show(partial(_open_and_read, reader, question))
        except anyio.get_cancelled_exc_class():
            reader.tell_stopped()
            raise
        return report_failures(session, view, [reader.responses[name] for name in question.names])

    return await exchange(session, interrupts, ask, Watcher(session, view))


async def _open_and_read(reader: Reader, question: Question) -> None:
    """Open the question's connections and read their answers, all at once."""
    unopened = await open_all(reader.manager, question.entries)
    for name, error in unopened.items():
        reader.end(name, failed(name, error))
    opened = (name for name in question.names if name not in unopened)
    await reader.read_all({name: _answer(reader.manager, name, question) for name in opened})


def _answer(manager: ProviderManager, name: str, question: Question) -> Any:
    connection = manager.get_provider(name)
    if question.handle is not None:
        timeout = question.settings.get("timeout")
        return connection.attach(question.handle, timeout=timeout)
    return connection.stream(question.request())
