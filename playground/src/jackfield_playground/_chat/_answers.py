"""Answers of a chat page while they are written, and the threads that they belong to.

Law: the server's thread alone writes here; an engine's thread hands its pieces over and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, final

import attrs

from jackfield_playground._engines import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from ._state import ChatState

_STEP_SECONDS = 0.05
_PAUSE_AFTER = 3


@attrs.frozen(kw_only=True)
class Asked:
    """A message that arrived, and what became of its answer.

    Attributes:
        conversation: The conversation's id.
        text: The message.
        answer: The answer so far.
        over: Whether nothing more will come.
        stopped: Whether the page's stop button ended it.
        left: Whether the page that asked went away before it was over.
    """

    conversation: str
    text: str
    answer: str
    over: bool
    stopped: bool
    left: bool


class Writer(Protocol):
    """Writes the answer to the last turn of a thread; an `Engine` is one whose pieces are text."""

    @property
    def name(self) -> str:
        """Who writes, in a few words."""

    def answer(self, turns: Sequence[Turn], emit: Callable[[Any], bool]) -> None:
        """Write; *emit* takes the next piece and returns False when nobody wants the rest."""


@attrs.define(eq=False)
class Answer:
    """An answer that is being written, or was. Its pieces are what the page's wire carries."""

    conversation: str
    text: str
    pieces: list[Any] = attrs.field(factory=list)
    over: bool = False
    stopped: bool = False
    left: bool = False
    failure: str | None = None
    ended_at: float | None = None
    _news: asyncio.Event = attrs.field(factory=asyncio.Event)

    @property
    def said(self) -> str:
        """The answer's text so far."""
        return "".join(self.pieces)

    def record(self) -> Asked:
        """Return a copy for other threads."""
        return Asked(
            conversation=self.conversation,
            text=self.text,
            answer=self.said,
            over=self.over,
            stopped=self.stopped,
            left=self.left,
        )

    def add(self, piece: Any) -> None:
        """Take the next piece."""
        if not self.over:
            self.pieces.append(piece)
            self._tell()

    def end(self, failure: str | None = None) -> None:
        """Say that nothing more will come."""
        self.over, self.failure, self.ended_at = True, failure, time.monotonic()
        self._tell()

    def stop(self) -> None:
        """End it where it is, because the page asked for that."""
        self.stopped = self.stopped or not self.over
        self.end()

    async def follow(self) -> AsyncIterator[Any]:
        """Yield every piece, from the first, as they come."""
        told = 0
        while True:
            news = self._news
            for piece in self.pieces[told:]:
                yield piece
                told += 1
            if self.over and told == len(self.pieces):
                return
            await news.wait()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


A = TypeVar("A", bound=Answer)


@final
class Desk:
    """Lets answers be written, any number at once; lives on the server's event loop."""

    def __init__(self, engine: Writer, state: ChatState[Any]) -> None:
        self._engine = engine
        self._state = state
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def engine_name(self) -> str:
        """Who answers."""
        return self._engine.name

    def ask(self, answer: A) -> A:
        """Begin to write an answer."""
        thread = self._state.thread(answer.conversation)
        thread.append(answer)
        self._state.note(answer)
        task = asyncio.get_running_loop().create_task(self._write(answer, turns_of(thread)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return answer

    async def close(self) -> None:
        """End every answer that is still written."""
        self._state.end_all()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _write(self, answer: Answer, turns: list[Turn]) -> None:
        loop, number = asyncio.get_running_loop(), itertools.count()

        def emit(piece: Any) -> bool:
            self._wait(answer, next(number))
            loop.call_soon_threadsafe(answer.add, piece)
            return not answer.over

        try:
            await asyncio.to_thread(self._engine.answer, turns, emit)
        except Exception as error:  # noqa: BLE001  # an engine is anyone's code; its failure is the answer's
            answer.end(f"The engine “{self._engine.name}” failed: {type(error).__name__}: {error}")
        else:
            answer.end()

    def _wait(self, answer: Answer, number: int) -> None:
        """Wait, in the engine's thread, until piece `number` is due."""
        settings = self._state.settings
        more = {0: settings.first_seconds, _PAUSE_AFTER: settings.pause_seconds}.get(number, 0.0)
        time.sleep(settings.piece_seconds + more)
        if settings.hold_after is not None and number >= settings.hold_after:
            while not answer.over and not self._state.released.wait(_STEP_SECONDS):
                pass


def turns_of(thread: list[Answer]) -> list[Turn]:
    """Return a thread as the engine reads it: everything but the answer to the last message."""
    turns: list[Turn] = []
    for answer in thread:
        turns += [Turn("user", answer.text), Turn("assistant", answer.said)]
    return turns[:-1]
