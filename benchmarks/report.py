"""The table, the JSON and the page `docs/benchmarks.md`, whose last section is of chat pages in a browser."""

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
from .lab import ON_TRIO, OURS, Lab, Values

_PACKAGES: Final = (
    "jackfield",
    "jackfield-api",
    "jackfield-web",
    "playwright",
    "anyio",
    "trio",
    "httpx2",
    "httpx",
    "sniffio",
    "openai",
    "uvloop",
)
_COLUMNS: Final = ("Figure", "Unit", "Jackfield", "Others", "Ratio", "Goal", "")
_METHOD: Final = Path(__file__).with_name("method.md")
_WEB_METHOD: Final = Path(__file__).with_name("web_method.md")
_WEB_HEADING: Final = "## Chat pages in a browser\n"


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
    others = [f"{who}: {_spread(values[who])}" for who in values if who != OURS]
    return (
        [figure.title],
        [figure.unit],
        [_spread(values[OURS])],
        others,
        [_ratio(one) for one in found],
        [f"≤ {_number(one.goal.most)}" for one in found],
        ["met" if one.met else "MISSED" for one in found],
    )


def _ratio(verdict: Verdict) -> str:
    goal = verdict.goal
    if goal.over is None:
        return _number(verdict.found)
    if goal.who == ON_TRIO:
        return f"{verdict.found:.2f} trio ÷ asyncio"
    return f"{verdict.found:.2f} ÷ {goal.over}"


def _spread(values: Sequence[float]) -> str:
    """Return the median and, of several values, the least and the largest."""
    middle = _number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({_number(min(values))}-{_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def page(lab: Lab, before: str = "") -> str:
    """Return the page of the documentation; its section about chat pages stays as it was *before*."""
    text = _filled(_METHOD.read_text("utf-8"), _facts(lab, FIGURES))
    _, heading, section = before.partition(_WEB_HEADING)
    return f"{text.rstrip()}\n\n{heading}{section}" if heading else text


def page_with_web(lab: Lab, about: Sequence[Figure], before: str) -> str:
    """Return the page as it was *before*, with what was measured now in its section about chat pages."""
    text = _filled(_WEB_METHOD.read_text("utf-8"), _facts(lab, about))
    return f"{before.partition(_WEB_HEADING)[0].rstrip()}\n\n{_WEB_HEADING}\n{text}"


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
