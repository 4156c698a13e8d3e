"""What the commands have in common that write one section of the page."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from .figures import Figure
from .lab import Lab
from .report import as_json, page, show

_PAGE: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def measure_section(
    program: str, about: str, measure: Callable[[Lab], None], figures: Sequence[Figure], section: str
) -> None:
    """Measure, and tell what was measured, as the command line wants it.

    Args:
        program: The command's name.
        about: What is measured.
        measure: Measures it.
        figures: What there is to tell.
        section: The heading of the section that it writes.
    """
    parser = argparse.ArgumentParser(program, description=about)
    parser.add_argument("--quick", action="store_true", help="smallest sizes, one round, nothing is judged")
    parser.add_argument("--rounds", type=int, default=5, help="how often each figure is measured (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    parser.add_argument("--write-docs", action="store_true", help=f"write the section of docs/{_PAGE.name}")
    arguments = parser.parse_args()
    # As where it is used: what was imported once is not compiled again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    lab = Lab(quick=arguments.quick, rounds=1 if arguments.quick else arguments.rounds)
    measure(lab)
    show(lab, Console(width=160), figures)
    if arguments.json:
        arguments.json.write_text(as_json(lab, figures), "utf-8")
    if arguments.write_docs:
        _PAGE.write_text(page(lab, _PAGE.read_text("utf-8"), figures, section), "utf-8")
