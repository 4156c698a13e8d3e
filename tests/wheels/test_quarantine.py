"""Third-party providers installed by pip: the good work, the bad are set aside with their reason."""

from __future__ import annotations

from typing import Any

import pytest

SPEC = """
from contextlib import asynccontextmanager
from jackfield import *
class Echo(Provider):
    @asynccontextmanager
    async def stream(self, request):
        async def events():
            yield ResponseStarted()
            yield TextDelta(request.messages[-1].text)
            yield ResponseFinished()
        yield events()
@asynccontextmanager
async def opened(options):
    yield Echo()
@hookimpl
def jackfield_register_providers():
    kind = ProviderType.API_BASED
    return [ProviderSpec(name="{name}", title="Echo", type=kind, options=ProviderOptions, open=opened)]
"""
ASK = """
import asyncio, jackfield, sys
async def main():
    async with jackfield.ProviderManager() as manager:
        for name in {names!r}:
            try:
                await manager.add_provider(name)
                print(name, (await manager.send_message(name, "Hello")).content)
            except jackfield.PluginError as error:
                print(name, type(error).__name__, error)
        for found in manager.installed():
            print("listed", found.name, found.distribution, found.state.value)
asyncio.run(main())
"""


@pytest.fixture(scope="module", autouse=True)
def with_core(environment: Any) -> None:
    """The core is installed."""
    environment.install("jackfield")


def test_good_beside_bad(environment: Any, dummy_wheel: Any) -> None:
    """A provider that fails to import, one for another core and two of one name leave the good one alone."""
    environment.pip(
        "install",
        "--no-deps",
        dummy_wheel("good-echo", "good", code=SPEC.format(name="good")),
        dummy_wheel("broken-echo", "broken", code="import no_such_module"),
        dummy_wheel("old-echo", "old", requires=["jackfield>=7,<8"], code=SPEC.format(name="old")),
        dummy_wheel("twin-one", "twin", code=SPEC.format(name="twin")),
        dummy_wheel("twin-two", "twin", code=SPEC.format(name="twin")),
    )
    lines = environment.run(ASK.format(names=["good", "broken", "old", "twin"])).splitlines()

    assert lines[0] == "good Hello"
    assert "ImportFailed" in lines[1]
    assert "no_such_module" in lines[1]
    assert "Incompatible" in lines[2]
    assert "jackfield >=7,<8" in lines[2] or "jackfield <8,>=7" in lines[2]
    assert "NameTaken" in lines[3]
    assert "twin-one 1.0 and twin-two 1.0" in lines[3]
    assert "listed good good-echo loaded" in lines
    assert "listed broken broken-echo set aside" in lines


def test_two_hundred_providers(environment: Any, dummy_wheel: Any) -> None:
    """Two hundred installed providers are listed, and none of them is imported."""
    paths = [dummy_wheel(f"dummy-{n:03}", f"dummy_{n:03}") for n in range(200)]
    environment.pip("install", "--no-deps", *paths)
    printed = environment.run(
        "import jackfield, sys\n"
        "listed = [found.name for found in jackfield.providers() if found.name.startswith('dummy')]\n"
        "print(len(listed), getattr(sys, 'imported', []))\n"
    )

    assert printed.strip() == "200 []"
