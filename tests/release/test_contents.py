"""What is published is what git has: every file of it, byte for byte, and no other."""

from __future__ import annotations

import tomllib
from email import message_from_bytes
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]["version"]
LICENSE = (ROOT / "LICENSE").read_bytes()


def test_source_distribution(published: Any) -> None:
    """It has the committed files, its metadata, and the list of what git ignores, which hatchling goes by."""
    held = published.in_archive()

    assert held.pop("PKG-INFO").startswith(b"Metadata-Version")
    assert held.pop(".gitignore") == (ROOT / ".gitignore").read_bytes()
    assert held == published.committed()


def test_wheel(published: Any) -> None:
    """It has the committed files of the package, and beside them only what says what it is."""
    held = published.in_wheel()
    about = f"{published.package}-{VERSION}.dist-info/"
    told = {name.removeprefix(about) for name in held if name.startswith(about)}

    assert {name: held[name] for name in held if not name.startswith(about)} == published.committed("src")
    assert told - {"entry_points.txt"} == {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"}


def test_licence_and_version(published: Any) -> None:
    """Each carries the licence's whole text, and tells the version that is written in one place."""
    wheel, archive = published.in_wheel(), published.in_archive()
    about = f"{published.package}-{VERSION}.dist-info/"
    metadata = message_from_bytes(wheel[f"{about}METADATA"])

    assert wheel[f"{about}licenses/LICENSE"] == archive["LICENSE"] == LICENSE
    assert (metadata["Version"], metadata["License-Expression"]) == (VERSION, "MIT")
    assert message_from_bytes(archive["PKG-INFO"])["Version"] == VERSION
