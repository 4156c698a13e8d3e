"""The command: `python -m benchmarks.web [--quick] [--rounds N] [--json FILE] [--write-docs]`.

How long a word takes from the server of a chat page to whoever asked, and what a browser costs: Jackfield on
both event loops beside Playwright alone, which reads the same page in the same way.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from jackfield_web import find_browser

from .command import measure_section
from .figures import Figure, Goal
from .lab import ON_TRIO, OURS, Lab, WrongCount, said
from .report import WEB_SECTION
from .web_worker import Job

_ALONE: Final = "playwright"
_BARE: Final = "the bare loops"
_CONTESTANTS: Final[Mapping[str, tuple[str, str]]] = {
    OURS: (OURS, "asyncio"),
    ON_TRIO: (OURS, "trio"),
    _ALONE: (_ALONE, "asyncio"),
}
_SECONDS: Final = 0.02
_EVERYBODY: Final = (1, 5, 20)
_TRIO: Final = Goal(1.25, over=OURS, who=ON_TRIO)

FIGURES: Final = (
    Figure(
        "delay_50",
        "From the server to the caller, every second word",
        "ms",
        (Goal(1.1, _ALONE), _TRIO),
        "The engine knows asyncio only, so it has a thread of its own; an item out of it is measured below. "
        "The rest is to find out whose a word is, and whether the answer goes on.",
    ),
    Figure("delay_99", "From the server to the caller, 99 of 100 words", "ms", (Goal(2.0, _ALONE),)),
    Figure(
        "first_word",
        "From the start of a process to the first word of an answer",
        "ms",
        (Goal(1.2, _ALONE),),
        "A tenth of a second is a pause: does the page undo what was written? The rest is importing, "
        "a browser that has windows, as a person's has, and questions to the page: which conversation it "
        "shows, and what was said.",
    ),
    *(
        Figure(f"{name}_{count}", f"{title}, {count} at once", unit, goals)
        for count in _EVERYBODY
        for name, title, unit, goals in (
            ("cpu", "CPU for a conversation, browser included", "ms CPU", (Goal(1.25, _ALONE),)),
            ("memory", "Memory with the browser", "MiB", ()),
            ("own", "Memory of the program alone", "MiB", ()),
        )
    ),
    Figure(
        "call",
        "A call into the browser's thread and back, every second one",
        "µs",
        (Goal(60), _TRIO),
        "Most of it is that each thread wakes the other, as the bare loops do; that is slow where a core "
        "rests meanwhile. Asyncio is woken by a callback, trio by a task that takes what others hand in.",
    ),
    Figure("evaluate", "The least that a page can be asked, every second time", "µs", (Goal(1.25, _ALONE),)),
    Figure("burst", "An item out of the browser's thread, many at once", "µs", (Goal(25), _TRIO)),
    Figure("paced", "An item out of the browser's thread, one by one", "µs", (_TRIO,)),
    Figure("reading", "An answer of 1 MB in 20,000 events, read off the wire", "s CPU", (Goal(1),)),
)


@contextmanager
def _chat_page(words: int) -> Iterator[Mapping[str, Any]]:
    """Run the chat page for the length of a block; give its description."""
    command = [sys.executable, "-m", "benchmarks.web_server", str(words), str(_SECONDS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.stdin.close()


def conversations(lab: Lab, browser: str) -> None:
    """Ask in one conversation and in many at once, and see when every word arrives and what it takes."""
    words = lab.size(100, 10)
    with _chat_page(words) as site:
        for counted in range(lab.rounds + 1):
            # The first round only writes byte code.
            for count in _EVERYBODY if counted and not lab.quick else (1,):
                for contestant, (client, backend) in _CONTESTANTS.items():
                    job = Job(client, backend, browser, site, count, time.monotonic_ns())
                    told = json.loads(said("-m", "benchmarks.web_worker", json.dumps(job)))
                    if counted:
                        _note(lab, contestant, count, words, told)


def _note(lab: Lab, contestant: str, count: int, words: int, told: Mapping[str, Any]) -> None:
    delays = told["delays"]
    if len(delays) != count * words:
        raise WrongCount(f"{contestant}: of {count} x {words} words {len(delays)} arrived")
    lab.asked, lab.answered, lab.pieces = lab.asked + count, lab.answered + count, lab.pieces + len(delays)
    lab.note(f"cpu_{count}", contestant, told["cpu"] / count)
    for name in ("memory", "own"):
        lab.note(f"{name}_{count}", contestant, told[name])
    if count == 1:
        parts = statistics.quantiles(delays, n=100, method="inclusive")
        lab.note("delay_50", contestant, parts[49])
        lab.note("delay_99", contestant, parts[98])
        lab.note("first_word", contestant, told["first"])


def bridge(lab: Lab, browser: str) -> None:
    """Cross over to the browser's own thread and back, and see what that costs."""
    for _ in range(lab.rounds):
        for contestant, backend in ((OURS, "asyncio"), (ON_TRIO, "trio")):
            told = json.loads(said("-m", "benchmarks.web_bridge", browser, backend, lab.size(1000, 20)))
            native, bare = told.pop("evaluate_native"), told.pop("call_bare", None)
            for name, value in told.items():
                lab.note(name, contestant, value)
            if contestant == OURS:
                lab.note("evaluate", _ALONE, native)
                lab.note("call", _BARE, bare)


def reading(lab: Lab) -> None:
    """Read one long answer off the wire."""
    with _chat_page(1) as site:
        for _ in range(lab.rounds):
            deltas = lab.size(20_000, 100)
            lab.note("reading", OURS, float(said("-m", "benchmarks.web_reading", json.dumps(site), deltas)))


def measure(lab: Lab) -> None:
    """Measure everything, with the browser that is here."""
    browser = str(find_browser().path)
    reading(lab)
    conversations(lab, browser)
    bridge(lab, browser)


if __name__ == "__main__":
    about = (__doc__ or "").partition("\n\n")[2]
    measure_section("benchmarks.web", about, measure, FIGURES, WEB_SECTION)
