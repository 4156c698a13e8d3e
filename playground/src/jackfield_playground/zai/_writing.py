"""The frames of an answer's stream: thinking, a search, text with its slips and edits, counts, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import attrs

from jackfield_playground._chat import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jackfield_playground._engines import Engine, Turn

    from ._settings import ZaiSettings
    from ._state import ZaiState

_SLIP = "(a slip that is taken back)"
_QUOTED = 60
_SECOND = 2
_HALF = 30
_SEARCH_ID = "call_playground_1"
_FOUND = (
    "[ref_id=turn0search0†Jackfield†https://jackfield.example/panel] "
    "[ref_id=turn0search1†Telephone exchange†https://jackfield.example/exchange]"
)


@attrs.frozen
class Frame:
    """What one server-sent event says.

    Attributes:
        data: Its fields.
        text: The part of the answer that it stands for.
        thought: The part of the thinking that it stands for.
    """

    data: dict[str, Any]
    text: str = ""
    thought: str = ""


@final
@attrs.define(eq=False)
class ZaiAnswer(Answer):
    """An answer of the z.ai room; its pieces are frames.

    Attributes:
        id: The page's name for the answer's node.
        user_id: Its name for the message's.
        model: The model that was asked for.
    """

    id: str = ""
    user_id: str = ""
    model: str = ""

    @property
    def said(self) -> str:
        """The answer's text so far."""
        return "".join(frame.text for frame in self.pieces)

    @property
    def thought(self) -> str:
        """The thinking so far."""
        return "".join(frame.thought for frame in self.pieces)


@final
class ZaiWriter:
    """Puts an engine's text into frames, as the settings say."""

    def __init__(self, engine: Engine, state: ZaiState) -> None:
        self._engine = engine
        self._state = state

    @property
    def name(self) -> str:
        """Who writes, in a few words."""
        return self._engine.name

    def answer(self, turns: Sequence[Turn], emit: Callable[[Frame], bool]) -> None:
        """Write the answer to the last of *turns*."""
        frames = _Frames(self._state.settings, turns, emit)
        frames.begin()
        self._engine.answer(turns, frames.add)
        frames.end()


@final
class _Frames:
    """The frames of one answer; a piece of text is kept back, so that counts can come before the last."""

    def __init__(self, settings: ZaiSettings, turns: Sequence[Turn], emit: Callable[[Frame], bool]) -> None:
        self._settings = settings
        self._emit = emit
        self._thoughts = () if settings.thinking == "none" else _thoughts(turns[-1].text)
        self._read = sum(len(turn.text.split()) for turn in turns)
        self._written = 0
        self._content = ""
        self._kept_back = ""

    @property
    def _wraps(self) -> bool:
        return self._settings.thinking == "details"

    def begin(self) -> None:
        """Tell what comes before the text."""
        for number, thought in enumerate(self._thoughts):
            line = f"\n{thought}" if number else thought
            said = _opened(line, first=not number) if self._wraps else line
            self._emit(Frame({"phase": "thinking", "delta_content": said}, thought=line))
        if self._settings.tools:
            for frame in _search():
                self._emit(frame)
        if self._settings.unknown:
            self._emit(Frame({"phase": "dreaming", "delta_content": "of sheep"}))

    def add(self, piece: str) -> bool:
        """Take the next piece of the text."""
        piece, self._kept_back = self._kept_back, piece
        return self._say(piece) if piece else True

    def end(self) -> None:
        """Tell the last piece, the counts and the end."""
        early = self._settings.early_usage
        if early:
            self._count(self._written + 1)
        self._say(self._kept_back, last=True)
        if not early:
            self._count(self._written)
        self._emit(Frame({"phase": "done", "done": True}))

    def _say(self, piece: str, *, last: bool = False) -> bool:
        self._written += 1
        if self._written == 1 and self._wraps:
            # Older builds say everything again, with the thinking closed, when the text begins.
            return self._put(0, _closed(self._thoughts) + piece, piece)
        if self._settings.edits and (last or self._written == _SECOND):
            self._emit(Frame({"phase": "answer", "delta_content": _SLIP}))
            return self._put(_units(self._content), piece, piece, phase="other" if last else "answer")
        self._content += piece
        return self._emit(Frame({"phase": "answer", "delta_content": piece}, text=piece))

    def _put(self, place: int, content: str, piece: str, phase: str = "answer") -> bool:
        self._content = (self._content if place else "") + content
        frame = {"phase": phase, "edit_index": place, "edit_content": content}
        return self._emit(Frame(frame, text=piece))

    def _count(self, written: int) -> None:
        counts = {
            "prompt_tokens": self._read,
            "completion_tokens": written,
            "total_tokens": self._read + written,
            "prompt_tokens_details": {"cached_tokens": 0},
        }
        self._emit(Frame({"phase": "other", "usage": counts}))


def _thoughts(question: str) -> tuple[str, ...]:
    words = " ".join(question.split())
    return (f"They ask: “{words[:_QUOTED]}”", "What is there to say?", "Facts about the question.")


def _opened(line: str, *, first: bool) -> str:
    head = '<details type="reasoning" done="false">\n<summary>Thinking…</summary>\n> '
    return head + line if first else line.replace("\n", "\n> ")


def _closed(thoughts: Sequence[str]) -> str:
    head = '<details type="reasoning" done="true" duration="1">\n<summary>Thought for 1 second</summary>\n> '
    return head + "\n> ".join(thoughts) + "\n</details>\n"


def _search() -> Iterator[Frame]:
    first = {"delta_name": "web_search", "delta_arguments": "", "metadata": {"tool_call_id": _SEARCH_ID}}
    for said in (first, {"delta_arguments": '{"query": "jack'}, {"delta_arguments": 'field"}'}):
        yield Frame({"phase": "tool_call", **said})
    for found in (_FOUND[:_HALF], _FOUND[_HALF:]):
        said = {"tool_name": "web_search", "status": "completed", "delta_content": found}
        yield Frame({"phase": "tool_response", **said})


def _units(text: str) -> int:
    """Return how long JavaScript takes a text to be."""
    return len(text.encode("utf-16-le")) // 2
