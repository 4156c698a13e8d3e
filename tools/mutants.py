"""Seed the bugs of tests/mutants one at a time, and see that the tests named beside each go red.

Run by `nox -s mutants`; `-- WORD` keeps to the bugs whose name, promise or file has the word in it. A bug is
seeded in a copy of its distribution's sources, which stands before the installed one on the path, so the
working tree is never touched. The named tests are run on the sources as they are first: a test that is red
anyway would kill everything.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Any, Final

import attrs

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "tests" / "mutants"
PROMISES: Final = ROOT / "docs" / "guarantees.md"
SIDE_BY_SIDE: Final = 2
LONGEST: Final = 240.0
"""Seconds for the tests of one bug. One that makes them hang is found out as well."""
ALL_OF_THEM: Final = 1200.0
"""Seconds for the tests of all bugs, run once on the code as it is."""
PYTEST: Final = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", "timeout=60")


class Outcome(Enum):
    """What became of a seeded bug."""

    KILLED = "killed"
    """A named test went red."""
    SURVIVED = "SURVIVED"
    """No named test noticed."""
    STALE = "STALE"
    """The text to be replaced does not stand in its file exactly once: the code has changed there."""
    BROKEN = "BROKEN"
    """The tests could not be run with it, so nothing was shown."""


@attrs.frozen(kw_only=True)
class Mutant:
    """A seeded bug.

    Attributes:
        name: What the code does wrong with it.
        promise: The promise of docs/guarantees.md that it breaks.
        file: Where, from the root of the repository.
        old: The text that is right; it stands in the file exactly once.
        new: The text that is wrong.
        tests: The tests of which one at least must go red.
    """

    name: str
    promise: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = attrs.field(converter=tuple)

    @property
    def sources(self) -> Path:
        """The `src` folder of the file's distribution."""
        return ROOT / self.file[: self.file.index("src/") + 3]


def read_mutants(folder: Path = FOLDER) -> list[Mutant]:
    """Return every seeded bug, in the order of the files and of their places in them."""
    tables: list[dict[str, Any]] = []
    for file in sorted(folder.glob("*.toml")):
        tables += tomllib.loads(file.read_text("utf-8"))["mutant"]
    return [Mutant(**table) for table in tables]


def read_promises(page: Path = PROMISES) -> list[str]:
    """Return the ids of the promises, as the page has them: `- **D1** …`."""
    return re.findall(r"^- \*\*([A-Z]\d+)\*\*", page.read_text("utf-8"), re.MULTILINE)


def run_tests(tests: Iterable[str], *before: Path, longest: float = LONGEST) -> int:
    """Run *tests* with *before* in front of the path; return pytest's exit code, 1 where they hang."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, before)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_PROFILE": "default",
    }
    try:
        done = subprocess.run(  # noqa: S603  our own tests
            [*PYTEST, *tests], cwd=ROOT, env=environment, capture_output=True, timeout=longest, check=False
        )
    except subprocess.TimeoutExpired:
        return 1
    if done.returncode > 1 or (done.returncode and not before):
        sys.stderr.write(done.stdout.decode(errors="replace")[-4000:])
    return done.returncode


def try_out(mutant: Mutant) -> Outcome:
    """Seed one bug in a copy of its distribution and run its tests there."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "src"
        shutil.copytree(mutant.sources, copy, ignore=shutil.ignore_patterns("__pycache__"))
        file = copy / (ROOT / mutant.file).relative_to(mutant.sources)
        text = file.read_text("utf-8")
        if text.count(mutant.old) != 1:
            return Outcome.STALE
        file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
        code = run_tests(mutant.tests, copy)
    return {0: Outcome.SURVIVED, 1: Outcome.KILLED}.get(code, Outcome.BROKEN)


def try_all(mutants: Sequence[Mutant]) -> list[Outcome]:
    """Try the bugs out, two at a time, and print what becomes of each as it is known."""
    outcomes = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        for mutant, outcome in zip(mutants, threads.map(try_out, mutants), strict=True):
            sys.stdout.write(f"{outcome.value:9} {mutant.promise:3} {mutant.name}  [{mutant.file}]\n")
            sys.stdout.flush()
            outcomes.append(outcome)
    return outcomes


def main() -> int:
    """Try out the chosen bugs; return 1 unless all of them die and every promise has one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="keep to the bugs that have one of these words in them")
    words = parser.parse_args().words
    mutants = [
        mutant
        for mutant in read_mutants()
        if not words or any(word in f"{mutant.name} {mutant.promise} {mutant.file}" for word in words)
    ]
    named = dict.fromkeys(test for mutant in mutants for test in mutant.tests)
    if run_tests(named, longest=ALL_OF_THEM) != 0:
        sys.stdout.write("The tests are red without any bug seeded: nothing can be shown by them.\n")
        return 1
    outcomes = try_all(mutants)
    alive = [outcome for outcome in outcomes if outcome is not Outcome.KILLED]
    bare = set() if words else set(read_promises()) - {mutant.promise for mutant in mutants}
    sys.stdout.write(f"{len(outcomes)} seeded bugs, {len(outcomes) - len(alive)} killed.\n")
    if bare:
        sys.stdout.write(f"Without a seeded bug: {', '.join(sorted(bare))}.\n")
    return 1 if alive or bare or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
