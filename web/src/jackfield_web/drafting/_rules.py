"""From the messages of a stream to the rules that take an answer out of it, by comparing with the page.

Law: a rule is drafted only when what it takes out is what the page showed; a guess that cannot be checked is
left out, and the answer is then read from the page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Any, Final, TypeAlias

from ..site import are_alike, is_drawn_as
from ..wire import Record

_DEEPEST: Final = 6
_TELLING: Final = (
    "type",
    "event",
    "$event",
    "kind",
    "op",
    "o",
    "p",
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


Leaves: TypeAlias = Mapping[str, Any]
"""The values in a message by their paths; `$event` and `$` as a `Rule` has them."""


def draft_rules(records: Sequence[Record], shown: str) -> list[dict[str, Any]]:
    """Return rules that take the answer *shown* by the page out of *records*; none where that fails."""
    messages = [_leaves(record) for record in records]
    # What is nearly it may have a word of another event in it, which is glued to every answer then.
    ways = chain(_ways(messages, shown, is_drawn_as), _ways(messages, shown, are_alike))
    text = next(ways, None)
    if text is None:
        return []
    path = text["text"]
    if "when" not in text and (mark := _common_mark(messages, path)):
        text = {"when": mark, **text}
    rules = [text, *_why(messages)]
    if end := _end(messages, path):
        rules.append({"when": end, "done": True})
    return rules


def carries(records: Sequence[Record], shown: str, is_it: Callable[[str, str], bool]) -> bool:
    """Whether something of *records* is what was *shown*, as *is_it* tells of a text and that."""
    return next(_ways([_leaves(record) for record in records], shown, is_it), None) is not None


def _ways(
    messages: Sequence[Leaves], shown: str, is_it: Callable[[str, str], bool]
) -> Iterator[dict[str, Any]]:
    """Yield rules that take what was *shown*, as *is_it* tells of a text and that; the most general first."""
    for when in ({}, *_marks(messages)):
        texts: dict[str, list[str]] = defaultdict(list)
        for leaves in messages:
            if when.items() <= leaves.items():
                for path, value in leaves.items():
                    if isinstance(value, str) and path not in when and not _LATER.search(path):
                        texts[path].append(value)
        marked = {"when": when} if when else {}
        for path, values in texts.items():
            if _grows(values) and is_it(values[-1], shown):
                yield {**marked, "text": path, "mode": "snapshot"}
            if is_it("".join(values), shown):
                yield {**marked, "text": path}


def _common_mark(messages: Sequence[Leaves], path: str) -> dict[str, Any]:
    """Return what marks every message that carries text at *path*.

    Another answer may have messages of other kinds with text at the same place: what a model thinks, say.
    """
    carriers = [leaves for leaves in messages if isinstance(leaves.get(path), str)]
    marked = (mark for mark in _marks(messages) if all(mark.items() <= leaves.items() for leaves in carriers))
    telling = (mark for mark in marked if path not in mark and mark != _NAMELESS)
    return next(telling, {}) | _unthought(carriers)


def _unthought(carriers: Sequence[Leaves]) -> dict[str, Any]:
    """Return what says of every carrier that it is no thought: another answer may have such."""
    first = carriers[0] if carriers else {}
    told = {path: value for path, value in first.items() if value is False and _OF_THOUGHT.search(path)}
    return {path: value for path, value in told.items() if all(one.get(path) is value for one in carriers)}


def _grows(texts: Sequence[str]) -> bool:
    return len(texts) > 1 and all(later.startswith(text) for text, later in pairwise(texts))


def _marks(messages: Sequence[Leaves]) -> Iterator[dict[str, Any]]:
    """Yield what tells kinds of messages apart, what stands in the most of them first."""
    for (path, value), _ in Counter(chain.from_iterable(map(_told, messages))).most_common():
        yield {path: value}


def _why(messages: Sequence[Leaves]) -> list[dict[str, Any]]:
    """Return the rule for why an answer ended, where this one told it: the next may be cut at its length."""
    every = chain.from_iterable(leaves.items() for leaves in messages)
    paths = (path for path, value in every if path.rpartition(".")[2] in _WHY and isinstance(value, str))
    return [{"finish_reason": path} for path in dict.fromkeys(paths)][:1]


def _end(messages: Sequence[Leaves], path: str) -> dict[str, Any]:
    """Return what marks the end, if no other message of the answer bears it.

    After its end a socket that stays open may tell of other things; those that bear no mark are passed over.
    """
    if messages[-1].get("$") in _ENDS:
        return {"$": messages[-1]["$"]}
    said = max(at for at, leaves in enumerate(messages) if path in leaves)
    later = range(min(said + 1, len(messages) - 1), len(messages))
    at = next((at for at in reversed(later) if _told(messages[at])), 0)
    if at == 0:
        return {}  # the one message is the answer itself, and its request's end is the end
    before = set(chain.from_iterable(map(_told, messages[:at])))
    own = [mark for mark in _told(messages[at]) if mark not in before]
    return dict(own[:1])


def _told(leaves: Leaves) -> list[tuple[str, str]]:
    """Return what tells of a message which kind it is, by paths."""
    return [
        (path, value)
        for path, value in leaves.items()
        if path.rpartition(".")[2] in _TELLING and isinstance(value, str)
    ]


def _leaves(record: Record) -> Leaves:
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
