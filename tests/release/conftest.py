"""The distributions as they are published, which `nox -s release` has built, and where to install them."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import attrs
import pytest

ROOT = Path(__file__).parents[2]
DIST = Path(os.environ["JACKFIELD_DIST"])
PYTHONS = os.environ["JACKFIELD_PYTHONS"].split()
MEMBERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
SOURCES = [folder for member in MEMBERS for folder in sorted(ROOT.glob(member))]


@attrs.frozen
class Distribution:
    """One distribution of the workspace: where it is written, and the two files that are published of it."""

    source: Path
    project: dict[str, Any] = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """What pip calls it."""
        name: str = self.project["name"]
        return name

    @property
    def package(self) -> str:
        """What `import` calls it."""
        return self.name.replace("-", "_")

    @property
    def provides(self) -> list[str]:
        """The names of the providers that it plugs in."""
        points: dict[str, dict[str, str]] = self.project.get("entry-points", {})
        return list(points.get("jackfield.providers", {}))

    @property
    def wheel(self) -> Path:
        """Its wheel, of which there is one."""
        (wheel,) = DIST.glob(f"{self.package}-[0-9]*.whl")
        return wheel

    @property
    def archive(self) -> Path:
        """Its source distribution, of which there is one."""
        (archive,) = DIST.glob(f"{self.package}-[0-9]*.tar.gz")
        return archive

    def committed(self, below: str = ".") -> dict[str, bytes]:
        """Return what git has of its folder in the last commit, by path."""
        told = subprocess.check_output(["git", "archive", "HEAD"], cwd=self.source / below)
        with tarfile.open(fileobj=BytesIO(told)) as archive:
            return files_of(archive)

    def in_wheel(self) -> dict[str, bytes]:
        """Return the files of its wheel, by path."""
        with zipfile.ZipFile(self.wheel) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}

    def in_archive(self) -> dict[str, bytes]:
        """Return the files of its source distribution, by path below the folder that holds them all."""
        with tarfile.open(self.archive) as archive:
            return {name.partition("/")[2]: held for name, held in files_of(archive).items()}


def files_of(archive: tarfile.TarFile) -> dict[str, bytes]:
    """Return the files of an archive, by path."""
    files = {entry.name: archive.extractfile(entry) for entry in archive}
    return {name: file.read() for name, file in files.items() if file}


def distribution(source: Path) -> Distribution:
    """Read what a folder of the workspace says of itself."""
    return Distribution(source, tomllib.loads((source / "pyproject.toml").read_text())["project"])


DISTRIBUTIONS = [distribution(source) for source in SOURCES]


@attrs.frozen
class Environment:
    """A virtual environment of one Python, into which the published wheels are installed."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def install(self, *names: str) -> None:
        """Install distributions, those of the workspace from their published wheels."""
        run(["uv", "pip", "install", "--quiet", "--python", self.python, "--find-links", str(DIST), *names])

    def run(self, *arguments: str) -> str:
        """Run its interpreter at the root of the repository, and return what was printed."""
        return run([self.python, *arguments])


def run(command: Sequence[str]) -> str:
    """Run a command that must succeed, and return what it printed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(params=PYTHONS)
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Environment:
    """A clean environment of each Python."""
    run(["uv", "venv", "--quiet", "--python", request.param, "--no-python-downloads", str(tmp_path)])
    return Environment(tmp_path)


@pytest.fixture(params=DISTRIBUTIONS, ids=lambda one: one.name)
def published(request: pytest.FixtureRequest) -> Distribution:
    """Each distribution."""
    found: Distribution = request.param
    return found


@pytest.fixture(params=[one for one in DISTRIBUTIONS if one.provides], ids=lambda one: one.name)
def plugin(request: pytest.FixtureRequest) -> Distribution:
    """Each distribution that plugs in a provider."""
    found: Distribution = request.param
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Installing, and driving a browser, takes longer than other tests may."""
    for item in items:
        item.add_marker(pytest.mark.timeout(900))
