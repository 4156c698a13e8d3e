"""Clean environments to install the distributions into, as `nox -s wheels` has built them."""

from __future__ import annotations

import os
import subprocess
import venv
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest

DIST = Path(os.environ["JACKFIELD_DIST"])


@attrs.frozen
class Environment:
    """A virtual environment of its own."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def pip(self, *arguments: str) -> str:
        """Run pip in it; distributions of the workspace come from the built wheels."""
        command = [self.python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
        return self._run(command)

    def install(self, *names: str) -> str:
        """Install distributions of the workspace, and what they need, from wheels."""
        return self.pip("install", "--find-links", str(DIST), *names)

    def run(self, code: str) -> str:
        """Run a program in it and return what it printed."""
        return self._run([self.python, "-W", "error", "-c", code])

    def module(self, *arguments: str) -> str:
        """Run a module as a program in it and return what it printed."""
        return self._run([self.python, "-m", *arguments])

    def distributions(self) -> set[str]:
        """Return the names of what is installed, less the installer itself."""
        listed = self._run([self.python, "-m", "pip", "list", "--format=freeze"])
        return {line.partition("==")[0].lower() for line in listed.split()} - {"pip", "setuptools"}

    @staticmethod
    def _run(command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A clean environment, one for each test module."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    return Environment(folder)


@pytest.fixture
def dummy_wheel(tmp_path: Path) -> Callable[..., str]:
    """Make the wheel of a provider that does nothing but leave a trace when it is imported."""
    return lambda *arguments, **keywords: str(make_wheel(tmp_path, *arguments, **keywords))


def make_wheel(
    folder: Path,
    distribution: str,
    provider: str,
    *,
    requires: Iterable[str] = ("jackfield",),
    code: str = "",
) -> Path:
    """Write a wheel by hand (PEP 427): one module, one entry point."""
    module = distribution.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    files: dict[str, str] = {
        f"{module}.py": f"import sys\nsys.imported = [*getattr(sys, 'imported', []), {module!r}]\n{code}",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[jackfield.providers]\n{provider} = {module}\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    path = folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Installing takes longer than other tests may."""
    for item in items:
        item.add_marker(pytest.mark.timeout(600))
