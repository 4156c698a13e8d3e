"""What a plugin's module does when it is imported, as the kit sees it in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from jackfield.testing import check_provider
from kit.honest import spec_of
from kit.table import IMPORTED

pytestmark = pytest.mark.anyio

COSTS = {
    "raises at its import": ("raise ValueError('no')", "importing it fails: .*ValueError: no"),
    "asks the network at its import": (
        "import socket\ntry: socket.create_connection(('127.0.0.1', 9))\nexcept OSError: pass",
        "importing it asks the network",
    ),
    "prints at its import": ("print('hello')", r"importing it prints 'hello\\n'"),
    "loads an HTTP client at its import": ("import httpx", "importing it loads httpx"),
    "counts to a hundred million at its import": (
        "for _ in range(100_000_000): pass",
        r"importing it takes \d+\.\d s of a processor",
    ),
}
PRIVATE = {
    "imports a private name of Jackfield": (
        "from jackfield._json import whatever\nimport jackfield_api._client\nfrom jackfield import __all__",
        r"it imports jackfield._json.whatever, jackfield_api._client",
    )
}
SLOW = {*COSTS} - {"asks the network at its import"}
SINS = [
    pytest.param(name, *told, id=sin, marks=pytest.mark.slow if sin in SLOW else ())
    for name, sins in (("costs nothing to import", COSTS), ("uses public names", PRIVATE))
    for sin, told in sins.items()
]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Install a distribution with a plugin; return what writes the plugin's code."""
    info = tmp_path / "jackfield_kit-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jackfield-kit\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jackfield.providers]\nkit = jackfield_kit_plugin\n")
    monkeypatch.syspath_prepend(tmp_path)

    def write(code: str) -> None:
        (tmp_path / "jackfield_kit_plugin.py").write_text(code)

    return write


@pytest.mark.parametrize(("name", "code", "detail"), SINS)
async def test_what_is_found(name: str, code: str, detail: str, installed: Callable[[str], None]) -> None:
    """A plugin that costs something at its import, or leans on private names, is found and told how."""
    installed(code)
    (outcome,) = await check_provider(spec_of(), only=[name])

    assert not outcome.passed
    assert re.search(detail, outcome.detail, re.DOTALL)


async def test_an_honest_one(installed: Callable[[str], None]) -> None:
    """One that registers and no more keeps both promises."""
    installed("import jackfield\nfrom jackfield.testing import replay\n")
    report = await check_provider(spec_of(), only=[*IMPORTED])

    assert not report.broken, str(report)
    assert len(report) == 2


def test_the_table_has_them() -> None:
    """What is seeded here is what the table in the docs lists."""
    assert {"costs nothing to import": (*COSTS,), "uses public names": (*PRIVATE,)} == IMPORTED
