"""The person at the terminal, asked for what only they know, such as a code that was mailed to them."""

from __future__ import annotations

import atexit
import contextlib
import getpass
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

import attrs
from anyio.from_thread import check_cancelled

from jackfield import hookimpl

from ._safe import escape

_STEP_SECONDS: Final = 0.1


@attrs.define(eq=False)
class Person:
    """A plugin that asks at the terminal. What is typed is not shown and not kept.

    Attributes:
        alone: Has the terminal to itself for the length of a block.
    """

    alone: Callable[[], AbstractContextManager[None]]

    @hookimpl(trylast=True)
    def jackfield_ask_person(self, connection_name: str, question: str) -> str | None:
        """Ask, and wait until they answered or nobody waits for it any more."""
        prompt = f"{connection_name}: {escape(question)} (not shown) "
        with self.alone(), _echo_restored():
            return _answer(getpass.getpass, prompt)


def answer_of(prompt: str) -> str:
    """Ask for what may be seen, and return what was typed, empty at the end of input. For a worker thread."""
    print(escape(prompt), end="", file=sys.stderr, flush=True)  # noqa: T201
    return _answer(input, "") or ""


def _answer(read: Callable[[str], str], prompt: str) -> str | None:
    given: list[str] = []
    # Reading a terminal cannot be cancelled: it is left to a thread that may stay behind.
    reading = threading.Thread(target=_read, args=(read, prompt, given), daemon=True)
    reading.start()
    while reading.is_alive():
        reading.join(_STEP_SECONDS)
        check_cancelled()
    return given[0] if given else None


def person(alone: Callable[[], AbstractContextManager[None]]) -> list[Person]:
    """Return the plugin that asks, where there is somebody to ask."""
    return [Person(alone)] if sys.stdin.isatty() else []


def _read(read: Callable[[str], str], prompt: str, given: list[str]) -> None:
    with contextlib.suppress(EOFError):
        given.append(read(prompt))


if sys.platform == "win32":
    _echo_restored = contextlib.nullcontext

else:
    import termios

    @contextlib.contextmanager
    def _echo_restored() -> Iterator[None]:
        """Leave the terminal as it was, though the thread that hides what is typed was left behind."""
        terminal = sys.stdin.fileno()
        restore = partial(termios.tcsetattr, terminal, termios.TCSADRAIN, termios.tcgetattr(terminal))
        # A program that is stopped may end before this thread hears of it.
        atexit.register(restore)
        try:
            yield
        finally:
            restore()
            atexit.unregister(restore)
