"""Installed plugins: real distributions' metadata in a folder on `sys.path`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest


@attrs.define(eq=False)
class FakeSite:
    """A folder on `sys.path` into which distributions are installed as pip would."""

    folder: Path

    def module(self, name: str, source: str) -> None:
        """Put a module there."""
        path = self.folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")

    def distribution(
        self,
        name: str,
        entry_points: Mapping[str, str] | str,
        *,
        group: str = "jackfield.providers",
        requires: Iterable[str] = ("jackfield>=0.1",),
        version: str = "1.0",
    ) -> Path:
        """Put a distribution's metadata there; return its `.dist-info` folder."""
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        lines += [f"Requires-Dist: {line}" for line in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if not isinstance(entry_points, str):
            named = "".join(f"{key} = {value}\n" for key, value in entry_points.items())
            entry_points = f"[{group}]\n{named}"
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        return info

    def provider(self, name: str, body: str = "", **more: Any) -> None:
        """Install the distribution `NAME-dist` whose module `plugin_NAME` registers the provider NAME.

        Args:
            name: The provider's name.
            body: More source of the module.
            **more: As for `distribution`.
        """
        self.module(f"plugin_{name}", PLUGIN_SOURCE.format(name=name) + body)
        self.distribution(f"{name}-dist", {name: f"plugin_{name}"}, **more)


PLUGIN_SOURCE = """
from contextlib import asynccontextmanager
from jackfield import Provider, ProviderOptions, ProviderSpec, ProviderType, hookimpl
from jackfield import ResponseFinished, TextDelta

class Echo(Provider):
    @asynccontextmanager
    async def stream(self, request):
        async def events():
            yield TextDelta("{name}: " + request.messages[-1].text)
            yield ResponseFinished()
        yield events()

@asynccontextmanager
async def open_echo(options):
    yield Echo()

@hookimpl
def jackfield_register_providers():
    return [ProviderSpec(name="{name}", title="{name}", type=ProviderType.API_BASED,
                         options=ProviderOptions, open=open_echo)]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """An empty folder on `sys.path` to install distributions into; its modules are forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield FakeSite(folder)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]
