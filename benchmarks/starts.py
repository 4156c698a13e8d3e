"""What it costs to have Jackfield at all: importing it, its command's help, its size, and many providers."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .lab import ON_TRIO, OURS, Lab, said

_IMPORT: Final = """
import sys, time
modules, began = len(sys.modules), time.process_time()
{statement}
print(time.process_time() - began, len(sys.modules) - modules, flush=True)
sys.stdin.read()
"""
_OPENERS: Final = {
    OURS: "ProviderManager",
    "httpx2": "AsyncClient",
    "httpx": "AsyncClient",
    "openai": "AsyncOpenAI",
}
"""Packages, and the name in each that a program begins with: some import nothing until it is asked for."""
_DISCOVER: Final = """
import sys, time
sys.path.insert(0, sys.argv[1])
began = time.process_time()
{discover}
print(time.process_time() - began, sum(name.startswith("bench_line_") for name in names))
"""
_DISCOVERERS: Final = {
    OURS: "import jackfield\nnames = [one.name for one in jackfield.providers()]",
    "importlib.metadata": (
        "import importlib.metadata\n"
        "names = [one.name for one in importlib.metadata.entry_points(group='jackfield.providers')]"
    ),
}
_PLUGIN: Final = """
from benchmarks.core_alone import echo_named
from jackfield import hookimpl

@hookimpl
def jackfield_register_providers():
    return [echo_named({name!r})]
"""
_METADATA: Final = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: jackfield>=0.1\n"


def imports(lab: Lab) -> None:
    """CPU of the import, the modules it brings, and the memory after it; of the package and of its opener."""
    for counted in range(lab.rounds + 1):
        for package, name in _OPENERS.items():
            statements = {"": f"import {package}", "_opener": f"from {package} import {name}"}
            for figure, statement in statements.items():
                spent, modules, memory = imported(statement)
                # The first round only warms the caches.
                if counted:
                    lab.note(f"import{figure}", package, spent * 1e3)
                    lab.note(f"modules{figure}", package, modules)
                    lab.note(f"memory{figure}", package, memory)


def imported(statement: str) -> tuple[float, int, float]:
    """Return CPU seconds of an import in a fresh process, the modules it brings, and MiB after it."""
    command = [sys.executable, "-I", "-c", _IMPORT.format(statement=statement)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        spent, modules = process.stdout.readline().split()
        memory = psutil.Process(process.pid).memory_info().rss / 2**20
        process.stdin.close()
    return float(spent), int(modules), memory


def show_help(lab: Lab) -> None:
    """Wall time of `jackfield --help`, interpreter included."""
    command = [str(Path(sys.executable).with_name("jackfield")), "--help"]
    if not shutil.which(command[0]) or subprocess.run(command, capture_output=True, check=False).returncode:
        lab.notes.append("`jackfield --help` does not work here, so it was not measured")
        return
    for _ in range(lab.rounds):
        began = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        lab.note("help", OURS, (time.perf_counter() - began) * 1e3)


def discovery(lab: Lab) -> None:
    """CPU to list the providers of many installed distributions, from nothing, imports included."""
    for count in (10, 100, 500):
        with tempfile.TemporaryDirectory() as folder:
            _install(Path(folder), count)
            for _ in range(lab.rounds):
                for contestant, discover in _DISCOVERERS.items():
                    told = said("-c", _DISCOVER.format(discover=discover), folder)
                    spent, found = told.split()
                    if int(found) != count:
                        raise AssertionError(f"{contestant} found {found} of {count} providers")
                    lab.note(f"discovery_{count}", contestant, float(spent) * 1e3)


def adding(lab: Lab) -> None:
    """Time to add the first, and each next, of many installed providers to a manager."""
    installed, added = lab.size(1000, 20), lab.size(21, 3)
    with tempfile.TemporaryDirectory() as folder:
        _install(Path(folder), installed)
        for number in range(added):
            name = f"bench_line_{number}"
            (Path(folder) / name).mkdir()
            (Path(folder) / name / "plugin.py").write_text(_PLUGIN.format(name=name))
        for counted in range(lab.rounds + 1):
            for contestant, backend in ((OURS, "asyncio"), (ON_TRIO, "trio")):
                told = json.loads(said("-m", "benchmarks.adding", folder, added, backend))
                # The first round only writes byte code.
                if counted:
                    for figure, value in told.items():
                        lab.note(figure, contestant, value)


def _install(folder: Path, count: int) -> None:
    """Make *count* distributions in *folder*. The modules they name do not exist: nothing may import them."""
    for number in range(count):
        name = f"bench_line_{number}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(_METADATA.format(name=name))
        (info / "entry_points.txt").write_text(f"[jackfield.providers]\n{name} = {name}.plugin\n")


def installed(lab: Lab) -> None:
    """The distributions that the core brings, and their size as installed, without byte code."""
    names = _needed("jackfield", set())
    lab.note("distributions", OURS, len(names))
    lab.note("size", OURS, sum(size for name in names for size in _sizes(name)) / 2**20)


def _needed(name: str, known: set[str]) -> set[str]:
    """Return *known* with *name* and all that it needs on this machine."""
    known.add(name)
    for line in importlib.metadata.requires(name) or ():
        requirement = Requirement(line)
        needed = canonicalize_name(requirement.name)
        if needed not in known and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            _needed(needed, known)
    return known


def _sizes(name: str) -> Iterator[int]:
    if name == OURS:
        # It may be installed as editable; then its metadata do not list its files.
        spec = importlib.util.find_spec(name)
        assert spec
        assert spec.origin
        files = [file for file in Path(spec.origin).parent.rglob("*") if file.is_file()]
    else:
        files = [Path(str(file.locate())) for file in importlib.metadata.files(name) or ()]
    return (file.stat().st_size for file in files if file.suffix != ".pyc" and file.exists())
