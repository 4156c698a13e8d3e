"""What every application of these tests says, and its record of when it said what.

A message is the name of a script and a key. The script's pieces are said one by one; at a gate the answer
waits for the test, which opens it. In a file named for the key it writes down each answer, one JSON list to a
line: a word, the time on the machine's clock in nanoseconds, how many characters were said by then, and what.
What is no script is put to a small language model; a gate follows its first word.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from scripts import SCRIPTS

ORDERS = Path(os.environ["CHAT_ORDERS"])
WAIT = ""
PAUSE_SECONDS = 0.02


def answer(message: str, before: int) -> Iterator[str]:
    """Yield the answer's pieces; an empty one says: wait a moment, and ask again.

    Args:
        message: What was said.
        before: How many messages of the user's stand before it in the conversation.
    """
    name, _, key = message.rpartition(" ")
    meant = {"KEY": key, "BEFORE": str(before)}
    pieces = SCRIPTS[name] if name in SCRIPTS else by_a_model(name)
    return recorded(key, (meant.get(piece, piece) for piece in pieces))


def by_a_model(question: str) -> Iterator[str | None]:
    """Let SmolLM2 answer; it writes no faster than it is read."""
    from jackfield_playground import SmolLM2Engine, Turn

    written: queue.Queue[str | None] = queue.Queue(maxsize=1)

    def write() -> None:
        SmolLM2Engine().answer([Turn("user", question)], lambda piece: written.put(piece) or True)
        written.put(None)

    threading.Thread(target=write, daemon=True).start()
    tokens = iter(written.get, None)
    yield next(tokens)
    yield None
    yield from tokens


def recorded(key: str, pieces: Iterable[str | None]) -> Iterator[str]:
    """Yield *pieces*, wait where one is None, and write down when each was said and how the answer ended."""
    said, gates, how = 0, itertools.count(1), "left"
    with (ORDERS / f"{key}.record").open("a", buffering=1) as record:

        def note(word: str, piece: str = "") -> None:
            record.write(json.dumps([word, time.monotonic_ns(), said, piece]) + "\n")

        note("begun")
        try:
            for piece in pieces:
                if piece is None:
                    yield from held(ORDERS / f"{key}.gate-{next(gates)}")
                else:
                    said += len(piece)
                    note("said", piece)
                    yield piece
            how = "complete"
        finally:
            note(how)


def held(gate: Path) -> Iterator[str]:
    """Ask to wait until *gate* is open."""
    while not gate.exists():
        yield WAIT


def when_told_to_log_out(forget: Callable[[], object]) -> None:
    """Call *forget* whenever the test puts a file `log-out` into the folder; take the file away after it."""

    def watch() -> None:
        while True:
            time.sleep(PAUSE_SECONDS)
            if (ORDERS / "log-out").exists():
                forget()
                (ORDERS / "log-out").unlink()

    threading.Thread(target=watch, daemon=True).start()
