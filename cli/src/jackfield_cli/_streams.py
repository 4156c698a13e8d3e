"""The standard streams as they were handed to the command: closed, full, of no width.

Law: no variable can make a pipe a terminal; a stream is asked whether it is one.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH: Final = 10_000
_WIDTHS: Final = range(10, _PIPE_WIDTH + 1)
_USUAL_WIDTH: Final = 80


class OutputFailed(Exception):
    """What was to be written could not be; the text says why."""


def mend_streams() -> None:
    """Give the process those standard streams that it was started without.

    A file that is opened next would get the number of a closed one, and an answer could be written into it.
    """
    lost = sys.stdout is None
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004  the three standard streams
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  the process's own
    if lost:
        print("Standard output is closed: what is written there is lost.", file=sys.stderr)  # noqa: T201


def close_output() -> str:
    """Write what is left for standard output; return why that cannot be, or nothing."""
    why = ""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()  # whoever read is gone, and does not ask
    except OSError as error:
        why = error.strerror or "it failed"
        _forget_stdout()
    return why


def _forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere."""
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
