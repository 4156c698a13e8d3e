"""What goes into a question from outside: piped text and files. Read once, before an event loop runs.

Law: what was checked is what is sent. A pipe can be read only once, and a reading that waits can be stopped
only where a signal meets Python's own handler.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from jackfield import FilePart, ImagePart

from ._usage import UsageFault

_Part = TypeVar("_Part", ImagePart, FilePart)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and the encodings they tell; UTF-32's begins as UTF-16's does, so it comes first."""


_INSTEAD: Final = "Send a file with --file, a picture with --image, and other text through `iconv -t UTF-8`."


def decoded(data: bytes, what: str, *, instead: str = _INSTEAD) -> str:
    """Return the text that *data* is: UTF-8, or what its byte order mark tells.

    Args:
        data: The bytes.
        what: What they are, for the error.
        instead: What to give instead, for the error.

    Raises:
        UsageFault: They are no such text; the error names the first byte that is not.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        title = encoding.removesuffix("-sig").upper()
        raise UsageFault(f"{what} is not valid {title} at byte {error.start}. {instead}") from None


def piped_text() -> str | None:
    """Return what is piped in, or None when standard input is a terminal."""
    if sys.stdin.isatty():
        return None
    try:
        return decoded(sys.stdin.buffer.read(), "standard input")
    except OSError as error:
        raise UsageFault(f"standard input cannot be read: {error.strerror}") from None


def joined(message: str | None, *, reads_pipe: bool = True) -> str:
    """Return what `said_or_piped` does.

    Raises:
        UsageFault: There is no message, or what is piped in is no text.
    """
    found = said_or_piped(message, reads_pipe=reads_pipe)
    if found is None:
        raise UsageFault('there is no message: jackfield send [NAME] "MESSAGE", or pipe one in')
    return found


def said_or_piped(message: str | None, *, reads_pipe: bool = True) -> str | None:
    """Return the message with what is piped in: that comes first, as a text does that is asked about.

    Args:
        message: What the command line says; `-` and None stand for what is piped in alone.
        reads_pipe: Standard input is there for it, and not for one of the files.

    Returns:
        It; None where there is neither.

    Raises:
        UsageFault: What is piped in is no text.
    """
    piped = piped_text() if reads_pipe else None
    if message is None or message == "-":
        return piped
    return f"{piped.rstrip()}\n\n{message}" if piped and piped.strip() else message


def attachments(images: Iterable[Path | str], files: Iterable[Path | str]) -> Sequence[ImagePart | FilePart]:
    """Read the files that go with a question. What is at an address, a text here, the remote reads by itself.

    Raises:
        InvalidRequest: One cannot be read, or is no image.
    """
    pictures = [_part(ImagePart, given) for given in images]
    return (*pictures, *(_part(FilePart, given) for given in files))


def _part(kind: type[_Part], given: Path | str) -> _Part:
    return kind.from_file(given.expanduser()) if isinstance(given, Path) else kind.from_url(given)


def reads_stdin(files: Iterable[Path | str]) -> bool:
    """Whether one of *files* is standard input, which then is no part of the message."""
    return any(str(file) in {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"} for file in files)
