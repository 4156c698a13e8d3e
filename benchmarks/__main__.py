"""The command: `python -m benchmarks [--quick] [--only NAME …] [--json FILE] [--write-docs]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from . import starts, wire
from .lab import ON_TRIO, OURS, Lab, said
from .report import as_json, page, show

_PAGE: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def core_alone(lab: Lab) -> None:
    """CPU of a request without a wire, and of one more idle plugin."""
    for contestant, backend in ((OURS, "asyncio"), (ON_TRIO, "trio")):
        blocks, requests = lab.rounds, lab.size(1000, 5)
        told = json.loads(said("-m", "benchmarks.core_alone", blocks, requests, backend))
        for figure, values in told.items():
            for value in values:
                lab.note(figure, contestant, value)


FAMILIES: Final[Mapping[str, Callable[[Lab], None]]] = {
    "requests": wire.requests,
    "burst": wire.burst,
    "paced": wire.paced,
    "first": wire.first,
    "imports": starts.imports,
    "help": starts.show_help,
    "cold": wire.cold,
    "held": wire.held,
    "discovery": starts.discovery,
    "adding": starts.adding,
    "installed": starts.installed,
    "core": core_alone,
}
"""What can be measured alone, by name."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "benchmarks", description="Measure how fast Jackfield is, beside others."
    )
    parser.add_argument("--quick", action="store_true", help="smallest sizes, one round, nothing is judged")
    parser.add_argument("--rounds", type=int, default=5, help="how often each figure is measured (5)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=FAMILIES,
        default=list(FAMILIES),
        metavar="NAME",
        help=", ".join(FAMILIES),
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    parser.add_argument("--write-docs", action="store_true", help=f"write docs/{_PAGE.name}")
    return parser.parse_args()


def main() -> None:
    """Measure, and tell what was measured."""
    arguments = _arguments()
    lab = Lab(quick=arguments.quick, rounds=1 if arguments.quick else arguments.rounds)
    console, progress = Console(), Console(stderr=True)
    if not console.is_terminal:
        console = Console(width=160)
    with lab.remote(), progress.status("") as status:
        for name in arguments.only:
            status.update(f"measuring {name}: {FAMILIES[name].__doc__}")
            FAMILIES[name](lab)
    show(lab, console)
    if arguments.json:
        arguments.json.write_text(as_json(lab), "utf-8")
    if arguments.write_docs:
        before = _PAGE.read_text("utf-8") if _PAGE.exists() else ""
        _PAGE.write_text(page(lab, before), "utf-8")


if __name__ == "__main__":
    main()
