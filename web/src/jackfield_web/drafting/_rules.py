"""From the messages of a stream to the rules that take an answer out of it, by comparing with the page.

Law: a rule is drafted only when what it takes out is what the page showed; a guess that cannot be checked is
left out, and the answer is then read from the page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import attrs

from ..site import are_alike
from ..wire import Record

_DEEPEST: Final = 6
_TELLING: Final = (
    "type",
    "event",
    "$event",
    "kind",
    "op",
    "state",
    "status",
    "channel",
    "phase",
    "stage",
    "role",
)
_OF_THOUGHT: Final = re.compile(r"think|thought|reason", re.IGNORECASE)
_NAMELESS: Final = {"$event": "message"}
"""What marks an event that has no name."""
_LATER: Final = re.compile(r"(?:^|\.)[1-9]\d*(?:\.|$)")
"""A place in a list but the first: in a list of turns the next answer has another."""
_WHY: Final = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason")
_ENDS: Final = ("[DONE]", "DONE")


@attrs.frozen
class Taken:
    """Where the answer's text is in a stream.

    Attributes:
        path: The path of the text.
        mode: `delta` or `snapshot`.
        when: What marks the messages that carry it.
    """

    path: str
    mode: str
    when: Mapping[str, Any]


def draft_rules(records: Sequence[Record], shown: str) -> list[dict[str, Any]]:
    """Return rules that take the answer *shown* by the page out of *records*; none where that fails."""
    taken = next(_ways(records, shown), None)
    if taken is None:
        return []
    taken = attrs.evolve(taken, when=taken.when or _common_mark(records, taken.path))
    text: dict[str, Any] = {"text": taken.path} | ({"mode": "snapshot"} if taken.mode == "snapshot" else {})
    rules = [{"when": dict(taken.when), **text} if taken.when else text, *_why(records)]
    if end := _end(records, taken.path):
        rules.append({"when": end, "done": True})
    return rules


def _ways(records: Sequence[Record], shown: str) -> Iterator[Taken]:
    for when in ({}, *_marks(records)):
        chosen = [record for record in records if when.items() <= _leaves(record).items()]
        texts: dict[str, list[str]] = defaultdict(list)
        for record in chosen:
            for path, value in _leaves(record).items():
                if isinstance(value, str) and path not in when and not _LATER.search(path):
                    texts[path].append(value)
        for path, values in texts.items():
            if _grows(values) and are_alike(values[-1], shown):
                yield Taken(path, "snapshot", when)
            if are_alike("".join(values), shown):
                yield Taken(path, "delta", when)


def _common_mark(records: Sequence[Record], path: str) -> dict[str, Any]:
    """Return what marks every message that carries text at *path*.

    Another answer may have messages of other kinds with text at the same place: what a model thinks, say.
    """
    carriers = [leaves for record in records if isinstance((leaves := _leaves(record)).get(path), str)]
    marked = (mark for mark in _marks(records) if all(mark.items() <= leaves.items() for leaves in carriers))
    telling = (mark for mark in marked if path not in mark and mark != _NAMELESS)
    return next(telling, {}) | _unthought(carriers)


def _unthought(carriers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what says of every carrier that it is no thought: another answer may have such."""
    first = carriers[0] if carriers else {}
    told = {path: value for path, value in first.items() if value is False and _OF_THOUGHT.search(path)}
    return {path: value for path, value in told.items() if all(one.get(path) is value for one in carriers)}


def _grows(texts: Sequence[str]) -> bool:
    return len(texts) > 1 and all(later.startswith(text) for text, later in pairwise(texts))


def _marks(records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    """Yield what tells kinds of messages apart: a short value that stands in several at the same path."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for record in records:
        for mark in _told(_leaves(record)):
            seen[mark] += 1
    for (path, value), _ in sorted(seen.items(), key=lambda one: -one[1]):
        yield {path: value}


def _why(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the rule for why an answer ended, where this one told it: the next may be cut at its length."""
    leaves = [leaf for record in records for leaf in _leaves(record).items()]
    paths = (path for path, value in leaves if path.rpartition(".")[2] in _WHY and isinstance(value, str))
    return [{"finish_reason": path} for path in dict.fromkeys(paths)][:1]


def _end(records: Sequence[Record], path: str) -> dict[str, Any]:
    """Return what marks the end, if no other message of the answer bears it.

    After its end a socket that stays open may tell of other things; those that bear no mark are passed over.
    """
    every = [_leaves(record) for record in records]
    if every[-1].get("$") in _ENDS:
        return {"$": every[-1]["$"]}
    said = max(at for at, leaves in enumerate(every) if path in leaves)
    later = range(min(said + 1, len(every) - 1), len(every))
    at = next((at for at in reversed(later) if _told(every[at])), 0)
    if at == 0:
        return {}  # the one message is the answer itself, and its request's end is the end
    before = [_told(leaves) for leaves in every[:at]]
    own = [mark for mark in _told(every[at]) if not any(mark in told for told in before)]
    return dict(own[:1])


def _told(leaves: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what tells of a message which kind it is, by paths."""
    return [
        (path, value)
        for path, value in leaves.items()
        if path.rpartition(".")[2] in _TELLING and isinstance(value, str)
    ]


def _leaves(record: Record) -> dict[str, Any]:
    leaves = {"$event": record.event} if record.event else {}
    if isinstance(record.data, str):
        return {**leaves, "$": record.data}
    return {**leaves, **dict(_walk(record.data, ""))}


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if path.count(".") >= _DEEPEST:
        return
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        below = f"{path}.{step}" if path else str(step)
        if isinstance(inner, dict | list):
            yield from _walk(inner, below)
        else:
            yield below, inner
