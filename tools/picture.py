"""Record `jackfield demo` at a terminal of its own, and draw what a person saw as `docs/pictures/demo.svg`.

Run by `nox -s picture`. The scripted responder answers: the picture changes only when the command does.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import tempfile
import termios
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Final

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

COLUMNS: Final = 80
LINES: Final = 200
PICTURE: Final = Path(__file__).parent.parent / "docs/pictures/demo.svg"
COMMAND: Final = [str(Path(sys.executable).parent / "jackfield"), "demo", "--scripted"]
_DIM, _GREY = 2, 90
_FONTS: Final = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_EXTENDED_COLOURS: Final = {38, 48}


class Screen(pyte.Screen):
    """A terminal that shows dim text as grey; pyte's own shows it as any other."""

    def select_graphic_rendition(self, *attributes: int, **private: bool) -> None:
        """Take a change of style in."""
        if not _EXTENDED_COLOURS & set(attributes):
            attributes = tuple(_GREY if one == _DIM else one for one in attributes)
        super().select_graphic_rendition(*attributes, **private)


def record() -> bytes:
    """Run the demo in an empty home and return what it sent to its terminal."""
    with tempfile.TemporaryDirectory() as home:
        child, terminal = pty.fork()
        if not child:
            size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
            fcntl.ioctl(sys.stdout.fileno(), termios.TIOCSWINSZ, size)
            known = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
            os.execve(COMMAND[0], COMMAND, known)  # noqa: S606  the command that is to be shown
        recorded = b""
        while more := _read(terminal):
            recorded += more
        if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            raise SystemExit(f"the demo failed with {code}:\n{recorded.decode(errors='replace')}")
        return recorded


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says when the other end is closed
        return b""


def shown(recorded: bytes) -> list[Text]:
    """Return the lines that stood on the screen at the end."""
    screen = Screen(COLUMNS, LINES)
    pyte.ByteStream(screen).feed(recorded)
    rows = ([screen.buffer[row][at] for at in range(COLUMNS)] for row in range(screen.cursor.y))
    lines = [Text.assemble(*((_text(run), style) for style, run in groupby(row, _style))) for row in rows]
    for line in lines:
        line.rstrip()
    return lines


def _text(run: Iterable[pyte.screens.Char]) -> str:
    return "".join(character.data for character in run)


def _style(character: pyte.screens.Char) -> Style:
    return Style(
        color=_colour(character.fg),
        bgcolor=_colour(character.bg),
        bold=character.bold,
        italic=character.italics,
        underline=character.underscore,
    )


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    if re.fullmatch("[0-9a-f]{6}", name):
        return f"#{name}"
    return name.replace("brown", "yellow").replace("bright", "bright_")


def draw(lines: list[Text]) -> str:
    """Return the lines as an SVG picture of a terminal."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, highlight=False)
        console.print(Text("$ jackfield demo", "bold"))
        for line in lines:
            console.print(line, no_wrap=True, crop=True)
        # rich names a font on somebody's server; the reader's own does.
        return _FONTS.sub("", console.export_svg(title="jackfield demo"))


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(shown(record())), encoding="utf-8")
    print(f"{PICTURE} drawn")  # noqa: T201
