"""Run the tests that show each fault of tests/faults/rows.toml, and print a verdict for each row.

Run by `nox -s faults`. A row is green when every test of it passed, on asyncio and on trio where it needs an
event loop. A red row fails the run, and so does a row of the first release that is not green. With
`--no-browser` the tests that drive a browser are left out; `--page` writes docs/faults.md instead.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import attrs
import pytest

ROOT: Final = Path(__file__).parents[1]
ROWS: Final = ROOT / "tests" / "faults" / "rows.toml"
PAGE: Final = ROOT / "docs" / "faults.md"
LOOPS: Final = ("asyncio", "trio")
PYTEST: Final = ("-q", "--no-header", "-p", "no:cacheprovider", "--numprocesses=2", "--dist=loadfile")
GROUPS: Final[Mapping[str, str]] = {
    "N": "The network",
    "F": "The format of a stream",
    "P": "What remotes answer",
    "X": "Processes and event loops",
    "G": "Plugins",
    "I": "Input and settings",
    "C": "Many at once",
}
HEAD: Final = """\
# What can go wrong

Every fault that Jackfield is built to survive, what is right then, and the tests that show it. `nox -s
faults` runs them, on asyncio and on trio, and prints a verdict for each row. The first release stands for the
rows whose ids are **bold**. The promises behind them are in [guarantees.md](guarantees.md).

This page is written by `python tools/faults.py --page` from tests/faults/rows.toml.
"""


@attrs.frozen(kw_only=True)
class Row:
    """One fault. See the head of rows.toml for the fields."""

    id: str
    fault: str
    right: str
    tests: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    browser: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    first: bool = False
    open: str = ""


def read_rows() -> list[Row]:
    """Return the rows in their order."""
    return [Row(id=name, **table) for name, table in tomllib.loads(ROWS.read_text("utf-8")).items()]


def is_there(test: str) -> bool:
    """Whether a test, a file of tests or a folder is there by that name."""
    place, *names = test.split("::")
    path = ROOT / place
    if not names:
        return path.exists()
    text = path.read_text("utf-8") if path.exists() else ""
    return all(re.search(rf"^\s*(async def|def|class) {name}\b", text, re.MULTILINE) for name in names)


@attrs.define(eq=False)
class Outcomes:
    """Hears of every test that is run: a plugin of pytest's.

    Attributes:
        told: For each test, without its parameters, the loops on which it passed or failed; `""` for none.
    """

    told: dict[str, dict[str, bool]] = attrs.field(factory=lambda: defaultdict(dict))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test went; a skipped one shows nothing."""
        name, _, parameters = report.nodeid.partition("[")
        loop = next((loop for loop in LOOPS if re.search(rf"\b{loop}\b", parameters)), "")
        if report.failed or (report.passed and report.when == "call"):
            loops = self.told[name]
            loops[loop] = loops.get(loop, True) and not report.failed

    def of(self, test: str) -> dict[str, bool]:
        """Return what is known of a test, or of all in a file, by its loops."""
        found: dict[str, bool] = {}
        for name, loops in self.told.items():
            if name == test or name.startswith((f"{test}::", f"{test}/")):
                for loop, passed in loops.items():
                    found[loop] = found.get(loop, True) and passed
        return found


def is_green(loops: Mapping[str, bool]) -> bool:
    """Whether a test was run, passed, and was run on both loops if it was on one."""
    return bool(loops) and all(loops.values()) and ({*LOOPS} <= {*loops} or not {*LOOPS} & {*loops})


def verdict(row: Row, outcomes: Outcomes, *, browser: bool) -> str:
    """Return what became of a row: green, RED, partly (nothing red, something open), open, no browser."""
    tests = row.tests + (row.browser if browser else ())
    if not all(is_green(outcomes.of(test)) for test in tests):
        return "RED"
    if row.open:
        return "partly" if tests else "open"
    if row.browser and not browser:
        return "no browser"
    return "green" if tests else "RED"


def lines_of(row: Row, outcomes: Outcomes, said: str, *, browser: bool) -> Iterator[str]:
    """Yield a row as it is printed."""
    yield f"{row.id:4}{'*' if row.first else ' '}{said:10} {row.fault}"
    for test in row.tests + (row.browser if browser else ()):
        loops = outcomes.of(test)
        told = " ".join(f"{loop or 'no loop'}{'' if loops[loop] else ' FAILED'}" for loop in sorted(loops))
        yield f"{'':16}{test}  ({told or 'NOT RUN'})"
    if row.open:
        yield f"{'':16}{row.open}"


def run(*, browser: bool, words: Sequence[str] = ()) -> int:
    """Run the rows' tests and print the verdicts; return 1 if a row is red, or one of the first is bare."""
    rows = [row for row in read_rows() if not words or row.id in words]
    tests = dict.fromkeys(test for row in rows for test in row.tests + (row.browser if browser else ()))
    missing = [test for test in tests if not is_there(test)]
    outcomes = Outcomes()
    pytest.main([*PYTEST, *(test for test in tests if test not in missing)], plugins=[outcomes])
    said = {row.id: verdict(row, outcomes, browser=browser) for row in rows}
    for row in rows:
        sys.stdout.write("\n".join(lines_of(row, outcomes, said[row.id], browser=browser)) + "\n")
    counted = {word: list(said.values()).count(word) for word in dict.fromkeys(said.values())}
    sys.stdout.write(
        f"{len(rows)} rows: {', '.join(f'{count} {word}' for word, count in counted.items())}.\n"
    )
    sys.stdout.writelines(f"There is no test {test}.\n" for test in missing)
    bare = [row.id for row in rows if row.first and said[row.id] not in {"green", "no browser"}]
    sys.stdout.write(f"Of the first release and not green: {', '.join(bare)}.\n" if bare else "")
    return 1 if bare or missing or "RED" in said.values() else 0


def page() -> str:
    """Return docs/faults.md."""
    parts = [HEAD]
    for letter, rows in groupby(read_rows(), lambda row: row.id[0]):
        parts.append(
            f"\n## {GROUPS[letter]}\n\n| | what happens | what is right | shown by |\n|---|---|---|---|\n"
        )
        for row in rows:
            name = f"**{row.id}**" if row.first else row.id
            shown = ", ".join(map(_link, row.tests + row.browser))
            told = ". ".join(part for part in (shown, row.open) if part)
            parts.append(f"| {name} | {row.fault} | {row.right} | {told} |\n")
    return "".join(parts)


def _link(test: str) -> str:
    place, _, name = test.partition("::")
    return f"[{name.rpartition('::')[2] or Path(place).name}](../{place})"


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="keep to these rows")
    parser.add_argument("--no-browser", action="store_true", help="leave out what drives a browser")
    parser.add_argument("--page", action="store_true", help="write docs/faults.md")
    given = parser.parse_args()
    if given.page:
        PAGE.write_text(page(), "utf-8")
        return 0
    return run(browser=not given.no_browser, words=given.rows)


if __name__ == "__main__":
    sys.exit(main())
