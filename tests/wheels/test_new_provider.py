"""What `jackfield new provider` writes, on the built wheels alone: its tests pass, its range is kept to."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

ASK = """
import asyncio, jackfield, sys
async def main():
    async with jackfield.ProviderManager() as manager:
        for name in ("ours", "theirs"):
            try:
                print(name, (await manager.add_provider(name)).status.value)
            except jackfield.PluginError as error:
                print(name, type(error).__name__, error)
    print([name for name in ("jackfield_ours", "jackfield_theirs") if name in sys.modules])
    print([found.reason for found in jackfield.providers() if found.name == "theirs"])
asyncio.run(main())
"""


@pytest.fixture(scope="module", autouse=True)
def with_command(environment: Any) -> None:
    """The command and what the providers stand on are installed, from wheels."""
    environment.install(
        "jackfield-cli", "jackfield-api", "jackfield-web", "pytest>=9", "trio>=0.32", "build", "hatchling"
    )


def written(environment: Any, folder: Path, name: str, wire: str) -> Path:
    """Write a provider with the installed command."""
    command = str(environment.folder / "bin" / "jackfield")
    done = subprocess.run(
        [command, "new", "provider", name, "--wire", wire, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def wheel_of(environment: Any, source: Path) -> str:
    """Build a distribution's wheel and return where it is."""
    environment.module("build", "--wheel", "--no-isolation", str(source))
    (wheel,) = (source / "dist").glob("*.whl")
    return str(wheel)


@pytest.mark.parametrize("wire", ["openai", "events", "poll", "web"])
def test_its_tests_pass_at_once(environment: Any, tmp_path: Path, wire: str) -> None:
    """Written, built, installed and tested without a line changed; gone again when it is uninstalled.

    What drives a browser is left out: this environment has none.
    """
    source = written(environment, tmp_path / "new", f"fresh_{wire}", wire)
    environment.install(wheel_of(environment, source))
    tested = environment.module("pytest", "-q", "-m", "not browser", "--rootdir", str(source), str(source))
    listed = environment.run("import jackfield; print([one.name for one in jackfield.providers()])")
    environment.pip("uninstall", "--yes", f"jackfield-fresh-{wire}")
    left = environment.run("import jackfield; print([one.name for one in jackfield.providers()])")

    assert " passed" in tested
    assert "failed" not in tested
    assert f"fresh_{wire}" in listed
    assert f"fresh_{wire}" not in left


def test_one_for_another_contract(environment: Any, tmp_path: Path) -> None:
    """Of two built wheels, one for another major version is set aside unimported; the other one works."""
    ours = written(environment, tmp_path / "ours", "ours", "events")
    theirs = written(environment, tmp_path / "theirs", "theirs", "events")
    project = theirs / "pyproject.toml"
    project.write_text(project.read_text().replace('"jackfield>=0.1,<0.2"', '"jackfield>=0.0.1,<0.1"'))
    environment.pip("install", "--no-deps", wheel_of(environment, ours), wheel_of(environment, theirs))
    status, refused, imported, reason = environment.run(ASK).splitlines()

    assert status == "ours authentication_required"
    assert refused.startswith("theirs Incompatible jackfield-theirs 0.1.0 needs jackfield")
    assert imported == "['jackfield_ours']"
    assert "tell its author" in refused
    assert "please try it with jackfield 0.1" in reason
