"""Answers while they are written, and the threads that they belong to.

Law: the server's thread alone writes here; an engine's thread hands its pieces over and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, final

import attrs

from jackfield_playground._engines import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jackfield_playground._engines import Engine

    from ._state import WebChatState

_STEP_SECONDS = 0.05


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


@final
@attrs.define(eq=False)
class Answer:
    """An answer that is being written, or was."""

    conversation: str
    text: str
    pieces: list[str] = attrs.field(factory=list)
    over: bool = False
    stopped: bool = False
    left: bool = False
    failure: str | None = None
    _news: asyncio.Event = attrs.field(factory=asyncio.Event)

    def record(self) -> Asked:
        """Return a copy for other threads."""
        return Asked(
            conversation=self.conversation,
            text=self.text,
            answer="".join(self.pieces),
            over=self.over,
            stopped=self.stopped,
            left=self.left,
        )

    def add(self, piece: str) -> None:
        """Take the next piece."""
        if not self.over:
            self.pieces.append(piece)
            self._tell()

    def end(self, failure: str | None = None) -> None:
        """Say that nothing more will come."""
        self.over, self.failure = True, failure
        self._tell()

    def stop(self) -> None:
        """End it where it is, because the page asked for that."""
        self.stopped = self.stopped or not self.over
        self.end()

    async def follow(self) -> AsyncIterator[str]:
        """Yield every piece, from the first, as they come."""
        told = 0
        while True:
            news = self._news
            for piece in self.pieces[told:]:
                yield piece
                told += 1
            if self.over and told == len(self.pieces):
                return
            if news is self._news:
                await news.wait()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


@final
class Desk:
    """Writes answers, any number at once; lives on the server's event loop."""

    def __init__(self, engine: Engine, state: WebChatState) -> None:
        self._engine = engine
        self._state = state
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def engine_name(self) -> str:
        """Who answers."""
        return self._engine.name

    def ask(self, conversation: str, text: str) -> Answer:
        """Begin to answer a message."""
        answer = Answer(conversation, text)
        thread = self._state.thread(conversation)
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

        def emit(piece: str) -> bool:
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
        time.sleep(settings.piece_seconds)
        if settings.hold_after is not None and number >= settings.hold_after:
            while not answer.over and not self._state.released.wait(_STEP_SECONDS):
                pass


def turns_of(thread: list[Answer]) -> list[Turn]:
    """Return a thread as the engine reads it: everything but the answer to the last message."""
    turns: list[Turn] = []
    for answer in thread:
        turns += [Turn("user", answer.text), Turn("assistant", "".join(answer.pieces))]
    return turns[:-1]
