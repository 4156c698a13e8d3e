"""The telemetry with the core, and nothing else: the API of OpenTelemetry, and neither its SDK nor a wire."""

from __future__ import annotations

from typing import Any

PROGRAM = """
import anyio
import sys
from jackfield import ProviderManager, UnknownProvider

async def main():
    try:
        async with ProviderManager(middleware=["otel"]):
            print("found", "jackfield_otel" in sys.modules)
    except UnknownProvider as error:
        print(error.plugin, "is not there")

anyio.run(main)
"""


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-otel` brings the API alone, and the middleware `otel` is found by its name."""
    environment.install("jackfield-otel")
    installed = environment.distributions()

    assert {"jackfield", "jackfield-otel", "opentelemetry-api"} <= installed
    assert {name for name in installed if name.startswith("opentelemetry")} == {"opentelemetry-api"}
    assert not {"jackfield-api", "jackfield-web", "httpx", "httpx2", "playwright"} & installed
    assert environment.run(PROGRAM).strip() == "found True"


def test_not_asked_for(environment: Any) -> None:
    """A program that does not name it does not import it."""
    program = PROGRAM.replace('middleware=["otel"]', "").replace("jackfield_otel", "opentelemetry")

    assert environment.run(program).strip() == "found False"


def test_uninstalled_and_gone(environment: Any) -> None:
    """After `pip uninstall` the name is unknown."""
    environment.pip("uninstall", "--yes", "jackfield-otel")

    assert environment.run(PROGRAM).strip() == "otel is not there"
