"""Record `jackfield demo` and a talk at terminals of their own, and draw what a person saw of them.

Run by `nox -s picture`. The scripted responder answers: a picture changes only when the command does.
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

from jackfield_playground import OpenAIPlayground

COLUMNS: Final = 80
LINES: Final = 200
PICTURES: Final = Path(__file__).parent.parent / "docs/pictures"
COMMAND: Final = str(Path(sys.executable).parent / "jackfield")
TOOL: Final = '''def warmth(place: str, fine: bool = False) -> float:
    """Tell how warm it is at a place."""
    return 21.5
'''
TEMPLATE: Final = 'prompt = "Review this in $language: $input"\n'
TALK: Final = (
    ("work>", "What is a jackfield?"),
    ("work>", "/template review language=German the change"),
    ("work>", "How warm is it there? playground:call"),
    ("them:", "y"),
    ("work>", "/conversation"),
    ("work>", "\x04"),
)
"""What is waited for, and typed then."""
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


def record(*words: str, home: str, typed: Iterable[tuple[str, str]] = (), **known: str) -> bytes:
    """Run the command in a home and return what it sent to its terminal, at which lines are *typed*."""
    child, terminal = pty.fork()
    if not child:
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(sys.stdout.fileno(), termios.TIOCSWINSZ, size)
        known |= {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        os.chdir(home)
        os.execve(COMMAND, [COMMAND, *words], known)  # noqa: S606  the command that is to be shown
    recorded, seen = b"", 0
    for prompt, line in typed:
        while not _plain(recorded[seen:]).rstrip().endswith(prompt):
            recorded += _read(terminal) or _ended(recorded)
        seen = len(recorded)
        os.write(terminal, f"{line}\r".encode())
    while more := _read(terminal):
        recorded += more
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        _ended(recorded)
    return recorded


def _plain(recorded: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", recorded.decode(errors="replace"))


def _ended(recorded: bytes) -> bytes:
    raise SystemExit(f"the command failed:\n{recorded.decode(errors='replace')}")


def demo() -> bytes:
    """Record the demo."""
    with tempfile.TemporaryDirectory() as home:
        return record("demo", "--scripted", home=home)


def talk() -> bytes:
    """Record a talk with the stand-in of an API."""
    with tempfile.TemporaryDirectory() as home, OpenAIPlayground().running() as api:
        (Path(home) / "tools.py").write_text(TOOL, "utf-8")
        templates = Path(home) / ".config/jackfield/templates"
        templates.mkdir(parents=True)
        (templates / "review.toml").write_text(TEMPLATE, "utf-8")
        known = {
            "OPENAI_WORK_BASE_URL": api.base_url,
            "OPENAI_WORK_DEFAULT_MODEL": "gpt-playground",
            "OPENAI_WORK_TOKEN": api.key,
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        record("add", "work", "--provider", "openai_api", home=home, **known)
        record("conversations", "--keep", home=home, **known)
        return record("chat", "work", "--tool", "tools.py", home=home, typed=TALK, **known)


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


def draw(lines: list[Text], command: str) -> str:
    """Return the lines as an SVG picture of a terminal."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, highlight=False)
        console.print(Text(f"$ {command}", "bold"))
        for line in lines:
            console.print(line, no_wrap=True, crop=True)
        # rich names a font on somebody's server; the reader's own does.
        return _FONTS.sub("", console.export_svg(title=command))


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    recorded = {
        "demo.svg": (demo, "jackfield demo"),
        "chat.svg": (talk, "jackfield chat work --tool tools.py"),
    }
    for name, (recording, command) in recorded.items():
        (PICTURES / name).write_text(draw(shown(recording()), command), encoding="utf-8")
        print(f"{PICTURES / name} drawn")  # noqa: T201
