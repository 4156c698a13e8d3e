"""What goes over the wire: requests, streams, streams that are held, and the first reply of a process.

The rounds are interleaved: every contestant has its turn before the next round begins, so that what else the
machine does meets all of them.
"""

from __future__ import annotations

from .lab import CONTESTANTS, ON_TRIO, OURS, Lab, WrongCount
from .worker import Result

_ALL = tuple(CONTESTANTS)


def requests(lab: Lab) -> None:
    """CPU of one request, at 1, 50 and 500 at once; and how flat that is."""
    for _ in range(lab.rounds):
        for contestant in _ALL:
            alone = _request(lab, "request_1", contestant, 1, lab.size(500, 20))
            _request(lab, "request_50", contestant, 50, lab.size(20, 2))
            many = _request(lab, "request_500", contestant, lab.size(500, 60), lab.size(2, 1))
            lab.note("flatness", contestant, many / alone)


def _request(lab: Lab, figure: str, contestant: str, concurrency: int, each: int) -> float:
    told = lab.run(contestant, "request", "whole", concurrency, each)
    return per(lab, figure, contestant, told, concurrency * each)


def per(lab: Lab, figure: str, contestant: str, told: Result, count: int) -> float:
    """Keep CPU and wall time of one of *count* things, in microseconds; return the CPU time."""
    lab.note(f"{figure}_wall", contestant, told["wall"] / count * 1e6)
    lab.note(figure, contestant, told["cpu"] / count * 1e6)
    return told["cpu"] / count * 1e6


def burst(lab: Lab) -> None:
    """CPU of one streamed event, when many arrive at once."""
    events = lab.size(2000, 50)
    _streams(lab, "burst", f"burst/{events}", events, (1, lab.size(5, 2)))


def paced(lab: Lab) -> None:
    """CPU of one streamed event, when they arrive one every 20 ms, on many streams at once."""
    events = lab.size(50, 3)
    _streams(lab, "paced", f"paced/{events}/20", events, (lab.size(50, 5), 1))


def _streams(lab: Lab, figure: str, how: str, events: int, size: tuple[int, int]) -> None:
    concurrency, each = size
    for _ in range(lab.rounds):
        for contestant in _ALL:
            told = lab.run(contestant, "stream", how, concurrency, each)
            check_pieces(contestant, how, told, events * concurrency * each)
            per(lab, figure, contestant, told, events * concurrency * each)


def check_pieces(contestant: str, how: str, told: Result, wanted: int) -> None:
    """Refuse what was measured where not every event has arrived."""
    if told["pieces"] != wanted:
        raise WrongCount(f"{contestant}, {how}: {told['pieces']} events arrived, not {wanted}")


def first(lab: Lab) -> None:
    """Wall time to the first event, one stream after the other, and the connections that it takes."""
    for _ in range(lab.rounds):
        for contestant in _ALL:
            told = lab.run(contestant, "stream", "burst/1", 1, lab.size(200, 5))
            check_pieces(contestant, "burst/1", told, lab.size(200, 5))
            lab.note("first", contestant, told["first"] * 1e6)
            lab.note("first_lines", contestant, told["lines"])


def cold(lab: Lab) -> None:
    """CPU of a process from its beginning to its first reply."""
    for _ in range(lab.rounds):
        for contestant in _ALL:
            told = lab.run(contestant, "cold", "whole", 1, 1)
            lab.note("cold", contestant, told["cpu"] * 1e3)
            lab.note("cold_wall", contestant, told["wall"] * 1e3)


def held(lab: Lab) -> None:
    """Streams that are open all at once: their memory, the time to open them, the CPU of each."""
    streams = lab.size(10_000, 50)
    for contestant in (OURS, ON_TRIO):
        told = lab.run(contestant, "held", "held", streams, 1)
        check_pieces(contestant, "held", told, streams)
        lab.note("held_memory", contestant, told["memory"])
        lab.note("held_open", contestant, told["opened"])
        lab.note("held_cpu", contestant, told["cpu"] / streams * 1e6)
