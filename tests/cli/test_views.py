"""The views and the signals by themselves, where a whole command would hide what is looked at."""

from __future__ import annotations

import io
import os
import re
import signal

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from jackfield import ActivityReported, ChatResponse, ReasoningDelta, TextDelta, TextReplaced
from jackfield_cli._listing import table
from jackfield_cli._running import Interrupts, run
from jackfield_cli._views import ColumnsView, LiveView
from jackfield_cli._views._markdown import settled

BLOCKS = st.lists(
    st.sampled_from(["word ", "\n", "\n\n", "```", "~~~~", "- item\n", "    code\n", "# head\n"])
)


@given(BLOCKS)
def test_what_is_settled_stays_settled(pieces: list[str]) -> None:
    """What may be printed for good is never taken back by more text, and never ends inside a code block."""
    before, text = 0, ""
    for piece in pieces:
        text += piece
        now = settled(text)
        assert before <= now <= len(text)
        before = now
        assert settled(text[:now]) == now


def test_code_begins_at_the_first_column() -> None:
    """What is copied off the screen can be pasted: no line of code has blanks of ours before it."""
    lines = shown(TextDelta("So:\n\n```python\ndef f():\n    return 1\n```\n"), ChatResponse()).splitlines()
    assert "def f():" in lines
    assert "    return 1" in [line.rstrip() for line in lines]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("one", ""),
        ("one\n", ""),
        ("one\n\ntwo", "one\n\n"),
        ("```\na\n\nb", ""),
        ("```\na\n\nb\n```\n\nc", "```\na\n\nb\n```\n\n"),
        ("````\n```\n\n````\n\nx", "````\n```\n\n````\n\n"),
    ],
)
def test_a_block_is_settled_by_the_empty_line_after_it(text: str, end: str) -> None:
    """A paragraph is settled by an empty line; a fenced block only when its fence is closed."""
    assert text[: settled(text)] == end


def shown(*items: TextDelta | TextReplaced | ReasoningDelta | ActivityReported | ChatResponse) -> str:
    """What stays on a terminal without colours when a view has taken *items* in."""
    out = io.StringIO()
    console = Console(file=out, width=60, height=10, force_terminal=True, color_system=None, markup=False)
    with LiveView(console) as view:
        for item in items:
            view.take("work", item)
            view.refresh()
    return out.getvalue()


def test_text_that_is_taken_back_after_it_was_printed_is_told() -> None:
    """What has scrolled away cannot be unsaid: the view says so and shows what stands now."""
    text = shown(
        TextDelta("wrong\n\nmore"), TextReplaced(keep=0, text="right\n\n"), ChatResponse(parts="right")
    )
    assert "took back" in text
    assert text.index("took back") < text.index("right")


def test_markup_in_titles_is_text() -> None:
    """A step's title, a connection's name or a model's cannot style the terminal or hide words."""
    text = shown(ActivityReported(kind="tool", title="[bold]x[/bold] {} %s :smile:", url="http://a\x1b]8;;b"))
    assert "[bold]x[/bold] {} %s :smile:" in text
    assert "http://a\\x1b]8;;b" in text


def test_reasoning_is_shown_only_while_it_lasts() -> None:
    """What the model thinks aloud is drawn while it thinks and does not stay among the answer's text."""
    assert "hm" in shown(ReasoningDelta("hm"))
    assert "hm" not in shown(ReasoningDelta("hm"), TextDelta("answer")).split("answer")[-1]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ctrl_c_stops_the_innermost_part_and_sigterm_the_job(backend: str) -> None:
    """Ctrl-C stops what is under way inside, and the job goes on; SIGTERM ends the job with its own code."""
    stopped: list[bool] = []

    async def hang() -> None:
        os.kill(os.getpid(), signal.SIGINT if not stopped else signal.SIGTERM)
        await anyio.sleep(20)

    async def job(interrupts: Interrupts) -> int:
        stopped.append(await interrupts.part(hang))
        stopped.append(await interrupts.part(hang))
        raise AssertionError("the job went on after SIGTERM")

    assert run(job, backend=backend) == 143
    assert stopped == [True]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ctrl_c_when_the_job_has_ended(backend: str) -> None:
    """A signal that comes when nothing is left to be stopped stops nothing, and is no error."""
    interrupts = Interrupts()

    async def listen() -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(interrupts.listen)
            os.kill(os.getpid(), signal.SIGINT)
            await anyio.sleep(0.1)
            tasks.cancel_scope.cancel()

    anyio.run(listen, backend=backend)
    assert interrupts.ended_by is None


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_error_of_the_job_is_raised_as_it_is(backend: str) -> None:
    """The supervision wraps no error in a group."""

    async def job(_: Interrupts) -> int:
        raise LookupError("plain")

    with pytest.raises(LookupError, match="plain"):
        run(job, backend=backend)


@pytest.mark.parametrize(
    ("width", "rows"),
    [(40, ["a", "b", "c"]), (67, ["a", "b", "c"]), (68, ["ab", "c"]), (80, ["ab", "c"]), (102, ["abc"])],
)
def test_answers_stand_side_by_side_as_many_as_fit(width: int, rows: list[str]) -> None:
    """What does not fit beside the others stands below them; no line is wider than the terminal."""
    out = io.StringIO()
    console = Console(file=out, width=width, height=40, force_terminal=False, color_system=None)
    with ColumnsView(console, ("a", "b", "c")) as view:
        for name in "abc":
            view.take(name, TextDelta("word " * 30))
            view.take(name, ChatResponse())
    lines = out.getvalue().splitlines()
    assert [re.sub("[^abc]", "", line) for line in lines if re.search("─ [abc] ─", line)] == rows
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("width", range(20, 90, 5))
def test_only_the_last_column_of_a_table_is_folded(width: int) -> None:
    """The names and dates of a table are whole at any width; without room each row is told in words."""
    row = ("260acf0b", "2026-11-27 13:55", "codegen_api", "What is a jackfield, and who had one?")
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, legacy_windows=False)
    console.print(table(("id", "last said", "connection", "begins with"), [row]))
    lines = out.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    assert all(cell in " ".join(map(str.strip, lines)) for cell in row[:3])
    assert lines[0].startswith("id" if width >= len("".join(row[:3])) + 6 + len("jackfield,") else row[0])
