"""What importing a provider's plugin does: it registers, and costs nothing."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread

from ._trial import Promise, Trial, expect

_HEAVY: Final = frozenset(
    {
        "aiohttp",
        "anthropic",
        "boto3",
        "google.genai",
        "httpx",
        "httpx2",
        "openai",
        "playwright",
        "requests",
        "selenium",
        "urllib3",
        "websockets",
    }
)
"""Clients of a network: `spec.open` imports them when somebody opens a connection."""
_COUNTED: Final = 2_000_000
_MOST: Final = 16
"""How many times as long as counting to that an import may take there: a chat page's takes 8."""
_OURS: Final = frozenset({"jackfield", "jackfield_api", "jackfield_web"})
_PROGRAM: Final = f"""
import importlib, io, json, sys, time
sys.path[:] = json.loads(sys.argv[2])
from contextlib import redirect_stderr, redirect_stdout

import jackfield, jackfield.hookspecs

asked = []
sys.addaudithook(lambda event, _: event in ("socket.connect", "socket.getaddrinfo") and asked.append(event))
printed, start = io.StringIO(), time.process_time()
for _ in range({_COUNTED}):
    pass
began = time.process_time()
with redirect_stdout(printed), redirect_stderr(printed):
    importlib.import_module(sys.argv[1])
told = dict(seconds=time.process_time() - began, counting=began - start, asked=asked)
print(json.dumps(dict(told, printed=printed.getvalue(), modules=sorted(sys.modules))))
"""


def module_of(provider: str) -> str:
    """Return the module that the installed provider's entry point names; empty where none is. Blocks."""
    found = importlib.metadata.entry_points(group="jackfield.providers", name=provider)
    return next((one.module for one in found), "")


class _Imported(Promise):
    def not_tried(self, trial: Trial) -> str:
        """Why there is nothing to be imported."""
        return "" if trial.module else "no provider of that name is installed"


class CostsNothingToImport(_Imported):
    """Importing its plugin is quick, asks no network, prints nothing and loads no client of a network."""

    async def try_it(self, trial: Trial) -> None:
        """Import it in a process of its own."""
        command = [sys.executable, "-c", _PROGRAM, trial.module, json.dumps(sys.path)]
        done = await anyio.run_process(command, check=False)
        expect(not done.returncode, f"importing it fails: {done.stderr.decode(errors='replace')[-300:]}")
        told: dict[str, Any] = json.loads(done.stdout)
        expect(not told["asked"], "importing it asks the network")
        expect(not told["printed"], f"importing it prints {told['printed'][:100]!r}")
        loaded = sorted(_HEAVY.intersection(told["modules"]))
        expect(not loaded, f"importing it loads {', '.join(loaded)}")
        seconds, most = told["seconds"], _MOST * told["counting"]
        told_most = f"{most:.1f} s are the most on this machine"
        expect(seconds < most, f"importing it takes {seconds:.1f} s of a processor; {told_most}")


class UsesPublicNames(_Imported):
    """It imports public names of Jackfield alone: whatever begins with `_` may be gone tomorrow."""

    async def try_it(self, trial: Trial) -> None:
        """Read the imports of all its files."""
        found = await anyio.to_thread.run_sync(_private_imports, trial.module.partition(".")[0])
        expect(not found, f"it imports {', '.join(found)}")


def _private_imports(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    assert spec is not None, "its plugin was imported"
    folders = spec.submodule_search_locations
    places = [Path(folder) for folder in folders or ()] or [Path(str(spec.origin))]
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*.py"))]
    return sorted({name for file in files for name in _imports(file) if _is_private(name)})


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_private(name: str) -> bool:
    package, *rest = name.split(".")
    return package in _OURS and any(part.startswith("_") and not part.endswith("__") for part in rest)


IMPORTING: Final[tuple[Promise, ...]] = (CostsNothingToImport(), UsesPublicNames())
