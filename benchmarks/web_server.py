"""The chat page that browsers are measured on: the playground's, with answers that tell when they were sent.

Prints the page's description and runs until its standard input ends.

Usage: web_server.py WORDS SECONDS
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, final

from jackfield_playground import WebChatPlayground, WebChatSettings


@final
class Clock:
    """Answers with the time: each word is the moment at which it was handed to the server, in nanoseconds."""

    name = "clock"
    description = "a clock"

    def __init__(self, words: int, seconds: float) -> None:
        self._words, self._seconds = words, seconds

    def answer(self, turns: Sequence[Any], emit: Callable[[str], bool]) -> None:
        """Tell the time, again and again."""
        del turns
        for _ in range(self._words):
            time.sleep(self._seconds)
            if not emit(f"{time.monotonic_ns()} "):
                return

    def close(self) -> None:
        """Do nothing: it holds nothing."""


def main() -> None:
    """Serve."""
    engine = Clock(int(sys.argv[1]), float(sys.argv[2]))
    with WebChatPlayground(WebChatSettings(piece_seconds=0), engine=engine).running() as chat:
        print(json.dumps(chat.site), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
