"""The standard streams as they were handed to the command: closed, full, of no width.

Law: no variable can make a pipe a terminal; a stream is asked whether it is one.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH: Final = 10_000
_WIDTHS: Final = range(10, _PIPE_WIDTH + 1)
_USUAL_WIDTH: Final = 80


class OutputFailed(Exception):
    """What was to be written could not be, for the reason given."""

    def __init__(self, why: str) -> None:
        super().__init__(f"standard output cannot be written: {why}")


class _Output(io.TextIOWrapper):
    """Standard output, whose failure is told from that of any other file: whatever writes, whoever asks."""

    def write(self, text: str, /) -> int:
        with _failing():
            return super().write(text)

    def flush(self) -> None:
        with _failing():
            super().flush()


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # Whoever read is gone on purpose. Nobody may be left who hears of it when the rest is written, by the
        # interpreter at its end at the latest.
        _forget_stdout()
        raise
    except OSError as error:
        raise OutputFailed(error.strerror or "it failed") from None


def mend_streams() -> None:
    """Make the process's standard streams fit for the command.

    It is given those that it was started without: a file that is opened next would get the number of a closed
    one, and an answer could be written into it. A terminal that cannot show a character gets its escape,
    never a crash in the middle of an answer.
    """
    lost = sys.stdout is None
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004  the three standard streams
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  the process's own
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout is sys.__stdout__:
        sys.stdout = _Output(
            sys.stdout.buffer,
            sys.stdout.encoding,
            sys.stdout.errors,
            line_buffering=sys.stdout.line_buffering,
            write_through=sys.stdout.write_through,
        )
    if lost:
        print("Standard output is closed: what is written there is lost.", file=sys.stderr)  # noqa: T201


def close_output() -> OutputFailed | None:
    """Write what is left for standard output; return why that cannot be, or nothing."""
    try:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()
    except OutputFailed as error:
        _forget_stdout()
        return error
    return None


def _forget_stdout() -> None:
    """Let what is still to be written to standard output go nowhere."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def console(stream: TextIO, color: str = "auto") -> Console:
    """Return a console that takes text as it is: no markup, no emoji codes, no guessed highlights.

    Args:
        stream: Where it writes.
        color: `always` writes colours and emphasis into a pipe too, `never` nowhere.
    """
    from rich.console import Console

    rich = stream.isatty() or color == "always"
    return Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        force_terminal=rich,
        force_interactive=None if stream.isatty() else False,
        no_color=True if color == "never" else None,
        width=_width(stream, rich=rich),
    )


def _width(stream: TextIO, *, rich: bool) -> int | None:
    """Return the width to keep to; None where the terminal, or COLUMNS, tells one that makes sense."""
    if not rich:
        return _PIPE_WIDTH  # a pipe has no width: nothing is folded there
    told = os.environ.get("COLUMNS", "")
    if not told.isdigit() or int(told) in _WIDTHS:
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH
    except OSError:
        return _USUAL_WIDTH
