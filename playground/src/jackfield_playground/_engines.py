"""Who writes the answers: an engine turns a thread of turns into text, piece by piece.

Law: an engine is called in a worker thread, never on an event loop, and stops as soon as `emit` says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Protocol, final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_CODE_WORDS = re.compile(
    r"\b(code|function|script|program|snippet|class|python|pull request|pr)\b", re.IGNORECASE
)
_QUOTED_WORDS = 12


@attrs.frozen
class Turn:
    """One side's words in a thread, and how many images came with them."""

    role: Literal["user", "assistant"]
    text: str
    images: int = 0


class Engine(Protocol):
    """Writes the answer to the last turn of a thread."""

    @property
    def name(self) -> str:
        """What answers, in a few words."""

    @property
    def description(self) -> str:
        """One sentence that tells a person what to expect of the answers."""

    def answer(self, turns: Sequence[Turn], emit: Callable[[str], bool]) -> None:
        """Write the answer to the last of `turns`.

        Args:
            turns: the thread, oldest first; the last one is the user's.
            emit: takes the next piece of the answer; returns False when nobody wants the rest.
        """

    def close(self) -> None:
        """Give back memory, threads and sockets. The next answer takes them again."""


@final
class ScriptedEngine:
    """Answers by rule, says so, and states facts about the question: the same question, the same answer."""

    name = "scripted responder"
    description = "a scripted responder: it states facts about your question and is no language model"

    def answer(self, turns: Sequence[Turn], emit: Callable[[str], bool]) -> None:
        """Write facts about the last turn and the thread before it, word by word."""
        for piece in re.findall(r"\S+\s*|\s+", "\n\n".join(_paragraphs(turns))):
            if not emit(piece):
                return

    def close(self) -> None:
        """Do nothing: it holds nothing."""


def _paragraphs(turns: Sequence[Turn]) -> Iterator[str]:
    *earlier, question = turns
    yield "I am the playground's **scripted responder**, not a language model."
    yield "\n".join(
        f"- {fact}" for fact in _facts(question, [turn for turn in earlier if turn.role == "user"])
    )
    if _CODE_WORDS.search(question.text):
        yield "You asked for code:"
        yield '```python\ndef greet() -> str:\n    return "hello from the playground"\n```'


def _facts(question: Turn, earlier: Sequence[Turn]) -> Iterator[str]:
    words = question.text.split()
    yield f"Your question has {len(words)} words: “{_quote(words)}”"
    yield f"Earlier questions in this thread: {len(earlier)}"
    if earlier:
        yield f"The one before was: “{_quote(earlier[-1].text.split())}”"
    if question.images:
        yield f"Images received: {question.images}"


def _quote(words: Sequence[str]) -> str:
    return " ".join(words[:_QUOTED_WORDS]) + (" …" if len(words) > _QUOTED_WORDS else "")
