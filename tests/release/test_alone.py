"""Every distribution installed alone from its published wheel, on every Python that is here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

CONTRACT = Path(__file__).parents[1] / "contract"
PROMISES = CONTRACT / "test_contract.py"
KIT = ("jackfield-playground", "pytest>=9", "pytest-timeout>=2.4", "trio>=0.32")
IMPORTED = "import {package}; from importlib.metadata import version; print(version('{name}'))"


def test_imported(environment: Any, published: Any) -> None:
    """What it says that it needs is all that it takes to import it, without a warning."""
    environment.install(published.name)
    code = IMPORTED.format(package=published.package, name=published.name)
    told = environment.run("-W", "error", "-c", code)

    assert f"-{told.strip()}-" in published.wheel.name


def test_keeps_every_promise(environment: Any, plugin: Any) -> None:
    """A provider passes the conformance kit, with nothing of the repository beside it but its stand-in."""
    environment.install(plugin.name, *KIT)
    (provider,) = plugin.provides
    chosen = f"-k=keeps_every_promise and {provider}"
    told = environment.run("-m", "pytest", "-q", f"--confcutdir={CONTRACT}", chosen, str(PROMISES))

    # On both loops; a provider of two wires is tried with each.
    assert re.search(r"\b[24] passed", told), told
