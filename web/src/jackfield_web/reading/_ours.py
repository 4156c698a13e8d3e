"""Which requests of a page carry the answer to our message. No I/O.

A page asks for a title at the answer's address, and again when a tool has run. Law: a request whose body does
not hold our message while another's does is not ours, and neither is a second one beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Final

from ._exchange import Exchange

_NOT: Final = 0
_SOMEWHERE: Final = 1
_WHOLE: Final = 2


def ours_among(exchanges: Iterable[Exchange], text: str) -> list[Exchange]:
    """Return those of *exchanges* that are of the answer to *text*, in the order in which they began."""
    every = list(exchanges)
    by_wire: dict[int, list[Exchange]] = {}
    for one in every:
        by_wire.setdefault(id(one.wire), []).append(one)
    chosen = {id(one) for group in by_wire.values() for one in _of_one_wire(group, text)}
    return [one for one in every if id(one) in chosen]


def _of_one_wire(group: list[Exchange], text: str) -> list[Exchange]:
    wire = group[0].wire
    if wire.stays_open:
        return group
    if wire.body:
        group = [one for one in group if one.request and re.search(wire.body, one.request.body or "")]
    if wire.ours == "first":
        return group[:1]
    if wire.ours == "last":
        return group[-1:]
    if wire.ours == "all":
        return group
    rounds = [list(together) for _, together in groupby(group, attrgetter("round"))]
    # The first of those that hold it best: `max` returns the first of equals.
    best = [max(together, key=lambda one: holding(one, text)) for together in rounds]
    needed = max((holding(one, text) for one in best), default=_NOT)
    kept: list[Exchange] = []
    for one in best:
        goes_on = bool(kept) and (wire.goes_on or one.request is None or one.request.body is None)
        if holding(one, text) >= needed or goes_on:
            kept.append(one)
    return kept


def holding(exchange: Exchange, text: str) -> int:
    """Tell how the body of a request holds *text*: not at all, somewhere, or as the whole of a value."""
    if exchange.holds is None:
        body = exchange.request.body if exchange.request else None
        exchange.holds = _SOMEWHERE if body is None or not text else _holding(body, text)
    return exchange.holds


def _holding(body: str, text: str) -> int:
    written = [json.dumps(text, ensure_ascii=ascii_only) for ascii_only in (True, False)]
    if body.strip() == text.strip() or any(form in body for form in written):
        return _WHOLE
    # A body may be JSON in JSON, a form, or text: what is left of the words is compared.
    return _SOMEWHERE if _words(text) in _words(body) else _NOT


def _words(text: str) -> str:
    return re.sub(r"\\[nrt]|[\W_]+", "", text)
