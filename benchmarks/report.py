"""The table, the JSON and the page `docs/benchmarks.md`, of which each command writes a section."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from .figures import FIGURES, Figure, Verdict, measured, verdicts
from .lab import ON_TRIO, OURS, VENDORS, Lab, Values

_PACKAGES: Final = (
    "jackfield",
    "jackfield-api",
    "jackfield-web",
    "jackfield-gateway",
    "anycorn",
    "playwright",
    "anyio",
    "trio",
    "httpx2",
    "httpx",
    "sniffio",
    "openai",
    "anthropic",
    "litellm",
    "pydantic-ai-slim",
    "uvloop",
)
_COLUMNS: Final = ("Figure", "Unit", "Jackfield", "Others", "Ratio", "Goal", "")
VENDORS_SECTION: Final = "Beside the vendors' own clients"
WEB_SECTION: Final = "Chat pages in a browser"
GATEWAY_SECTION: Final = "The front door"
_METHODS: Final[Mapping[str, str]] = {
    "": "method.md",
    VENDORS_SECTION: "vendors_method.md",
    WEB_SECTION: "web_method.md",
    GATEWAY_SECTION: "gateway_method.md",
}
"""The sections of the page in their order, the first without a heading, and what each is made from."""


def circumstances(lab: Lab) -> dict[str, Any]:
    """Return the machine, the versions and the date."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": round(lab.load, 1),
        "python": platform.python_version(),
        "versions": {name: version for name in _PACKAGES if (version := _version(name))},
        "quick": lab.quick,
        "rounds": lab.rounds,
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def as_json(lab: Lab, about: Sequence[Figure] = FIGURES) -> str:
    """Return everything that was measured, as JSON."""
    figures = [
        {
            "name": figure.name,
            "title": figure.title,
            "unit": figure.unit,
            "goals": [
                {
                    "who": one.goal.who,
                    "over": one.goal.over,
                    "most": one.goal.most,
                    "found": one.found,
                    "met": one.met,
                }
                for one in verdicts(figure, values)
            ],
        }
        for figure, values in measured(lab.readings, about)
    ]
    counts = {"asked": lab.asked, "answered": lab.answered, "pieces": lab.pieces}
    told = {
        **circumstances(lab),
        "counts": counts,
        "figures": figures,
        "readings": lab.readings,
        "notes": lab.notes,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def show(lab: Lab, console: Console, about: Sequence[Figure] = FIGURES) -> None:
    """Print the table."""
    table = Table(box=box.SIMPLE_HEAD, show_lines=False)
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column != "Figure")
    for row in _rows(lab, about):
        table.add_row(*("\n".join(cell) for cell in row))
    console.print(table)
    for note in lab.notes:
        console.print(f"Note: {note}.", markup=False)


def _rows(lab: Lab, about: Sequence[Figure]) -> list[Sequence[Sequence[str]]]:
    """Return the table's cells; each is a list of lines."""
    return [_row(figure, values, judged=not lab.quick) for figure, values in measured(lab.readings, about)]


def _row(figure: Figure, values: Values, *, judged: bool) -> Sequence[Sequence[str]]:
    found = verdicts(figure, values) if judged else []
    ours = [_spread(values[OURS])] if OURS in values else _named(values, VENDORS[:2])
    others = _named(values, [who for who in values if who not in (OURS, *VENDORS[:2])])
    return (
        [figure.title],
        [figure.unit],
        ours,
        others,
        [_ratio(one) for one in found],
        [f"≤ {_number(one.goal.most)}" for one in found],
        ["met" if one.met else "MISSED" for one in found],
    )


def _named(values: Values, who: Sequence[str]) -> list[str]:
    return [f"{name}: {_spread(values[name])}" for name in who]


def _ratio(verdict: Verdict) -> str:
    goal = verdict.goal
    if goal.over is None:
        return _number(verdict.found)
    if goal.who == ON_TRIO:
        return f"{verdict.found:.2f} trio ÷ {'asyncio' if goal.over == OURS else goal.over}"
    ours = "" if goal.who == OURS else f"{goal.who} "
    return f"{verdict.found:.2f} {ours}÷ {goal.over}"


def _spread(values: Sequence[float]) -> str:
    """Return the median and, of several values, the least and the largest."""
    middle = _number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({_number(min(values))}-{_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def page(lab: Lab, before: str = "", about: Sequence[Figure] = FIGURES, section: str = "") -> str:
    """Return the page of the documentation with one *section* anew; the others stay as they were *before*."""
    method = Path(__file__).with_name(_METHODS[section]).read_text("utf-8")
    parts = {**_sections(before), section: _filled(method, _facts(lab, about)).strip()}
    texts = [(f"## {name}\n\n" if name else "") + parts[name] for name in _METHODS if name in parts]
    return "\n\n".join(texts) + "\n"


def _sections(text: str) -> dict[str, str]:
    """Return what is in each section of the page; one command writes each."""
    found = {}
    for name in (GATEWAY_SECTION, WEB_SECTION, VENDORS_SECTION):
        text, heading, section = text.partition(f"## {name}\n")
        if heading:
            found[name] = section.strip()
    return {**found, "": text.strip()} if text.strip() else found


def _facts(lab: Lab, about: Sequence[Figure]) -> dict[str, str]:
    told = circumstances(lab)
    lines = [
        "| " + " | ".join(column or "Goal met" for column in _COLUMNS) + " |",
        "|---" * len(_COLUMNS) + "|",
    ]
    lines += ["| " + " | ".join("<br>".join(cell) for cell in row) + " |" for row in _rows(lab, about)]
    return {
        "DATE": told["date"],
        "MACHINE": f"{told['machine']}, load {told['load']} before it began; Python {told['python']}",
        "VERSIONS": ", ".join(f"{name} {version}" for name, version in told["versions"].items()),
        "ROUNDS": str(told["rounds"]),
        "TABLE": "\n".join(lines),
        "MISSED": _missed(lab, about),
    }


def _filled(text: str, facts: Mapping[str, str]) -> str:
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", fact)
    return text


def _missed(lab: Lab, about: Sequence[Figure]) -> str:
    """Return a list of the goals that are missed, and why."""
    lines = []
    for figure, values in measured(lab.readings, about):
        missed = [one for one in verdicts(figure, values) if not one.met]
        if missed:
            found = ", ".join(f"{_ratio(one)}, the goal is {_number(one.goal.most)}" for one in missed)
            lines.append(f"- **{figure.title}**: {found}. {figure.missed}".rstrip())
    lines += [f"- {note}." for note in lab.notes]
    return "\n".join(lines) or "Nothing."
