"""A comparison as text for a terminal, and as Markdown for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ._comparison import Comparison, Difference


def as_text(comparison: Comparison) -> str:
    """Return the whole comparison, as columns."""
    places = [
        (place, str(count), str(comparison.differing(place) or "none"))
        for place, count in comparison.compared.items()
    ]
    hand = [(one.name, one.seen, one.person, "" if one.fits else "differs") for one in comparison.hand]
    parts = [
        _columns([("asked in", "signals", "differ"), *places]),
        "\n\n".join(_told(*grouped) for grouped in by_signal(comparison)),
        _columns([("the hand", "the page saw", "a person's", ""), *hand]) if hand else "",
        comparison.verdict,
    ]
    return "\n\n".join(part for part in parts if part)


def as_markdown(comparison: Comparison) -> str:
    """Return what differs, as a table in Markdown."""
    rows = [
        (f"`{first.name}`", ", ".join(places), _cell(first.undriven), _cell(first.driven), first.reason)
        for first, places in by_signal(comparison)
    ]
    head = ("signal", "where", "undriven", "driven", "why")
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def by_signal(comparison: Comparison) -> Iterator[tuple[Difference, Sequence[str]]]:
    """Yield each difference once, with the places where it was seen."""

    def signal(one: Difference) -> tuple[str, str, str, str]:
        return one.name, one.undriven, one.driven, one.reason

    for _, same in groupby(sorted(comparison.differences, key=signal), key=signal):
        found = list(same)
        yield found[0], [one.place for one in found]


def _told(one: Difference, places: Sequence[str]) -> str:
    return "\n".join(
        (
            f"{one.name} ({', '.join(places)})",
            f"  undriven  {one.undriven}",
            f"  driven    {one.driven}",
            f"  because   {one.reason}",
        )
    )


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def _cell(value: str, most: int = 60) -> str:
    shown = value if len(value) <= most else f"{value[: most - 1]}…"
    return f"`{shown}`".replace("|", "\\|")
