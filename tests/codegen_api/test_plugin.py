"""What is known before anything is opened: the plugin, its specification, its options."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from jackfield import (
    Capability,
    ConfigError,
    Effect,
    ProviderContext,
    ProviderType,
    connect,
    prepare,
    providers,
)
from jackfield_codegen_api import SPEC, CodegenOptions

pytestmark = pytest.mark.anyio


def test_discovered() -> None:
    """The provider is found by its entry point, under its own name."""
    assert SPEC.name in {installed.name for installed in providers()}


def test_cheap_to_import() -> None:
    """The plugin's module imports neither the HTTP library nor what stands on it."""
    code = (
        "import sys, jackfield_codegen_api.plugin as plugin\n"
        "plugin.jackfield_register_providers()\n"
        "heavy = ('httpx', 'httpx2', 'jackfield_api._client', 'jackfield_codegen_api._client')\n"
        "print([name for name in heavy if name in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_specification() -> None:
    """A second request is a second run; the answer arrives whole, and a run cannot be stopped."""
    assert SPEC.type is ProviderType.API_BASED
    assert SPEC.effect is Effect.EFFECT
    assert not {Capability.TEXT_DELTAS, Capability.STOP} & SPEC.capabilities


def test_defaults() -> None:
    """The defaults are the published ones."""
    options = CodegenOptions()

    assert options.base_url == "https://api.codegen.com"
    assert (options.org_id, options.timeout, options.max_retries, options.base_delay) == (None, 300, 20, 2)
    assert options.default_model == "codegen-standard"
    assert options.model_mapping["claude-3-opus-20240229"] == "codegen-premium"


def test_mapping_goes_over_the_defaults() -> None:
    """An own mapping changes and adds entries, and the others stay."""
    mapping = CodegenOptions(model_mapping={"gpt-4o": "mine", "fast": "codegen-standard"}).model_mapping

    assert (mapping["gpt-4o"], mapping["fast"], mapping["gpt-4"]) == (
        "mine",
        "codegen-standard",
        "codegen-advanced",
    )


@pytest.mark.parametrize(
    ("given", "number"), [(323, 323), ("323", 323), (None, None)], ids=["number", "text", "none"]
)
def test_org_id(given: Any, number: int | None) -> None:
    """An organization's number may be written as a number or as text."""
    assert CodegenOptions(org_id=given).org_id == number


@pytest.mark.parametrize("given", ["", "acme", "-1", "٣", "1" * 30, 3.5, True])
async def test_bad_org_id(given: Any) -> None:
    """What is no organization's number is a ConfigError that names the option."""
    with pytest.raises(ConfigError, match="org_id"):
        async with connect("codegen_api", {"org_id": given}):
            raise AssertionError("the connection must not open")


async def test_environment(monkeypatch: pytest.MonkeyPatch, playground: Any) -> None:
    """Every documented environment variable is read."""
    values = {
        "BASE_URL": playground.base_url,
        "ORG_ID": str(playground.org_id),
        "TOKEN": playground.token,
        "TIMEOUT": "30",
        "MAX_RETRIES": "3",
        "BASE_DELAY": "0.5",
        "DEFAULT_MODEL": "codegen-premium",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"CODEGEN_{name}", value)

    async with connect("codegen_api") as connection:
        options: Any = connection.options

    assert (options.base_url, options.org_id) == (playground.base_url, playground.org_id)
    assert (options.timeout, options.max_retries, options.base_delay) == (30.0, 3, 0.5)
    assert options.default_model == "codegen-premium"


async def test_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy and certificates are options, also of the environment; `doctor` is told which are in force."""
    monkeypatch.setenv("CODEGEN_PROXY", "http://me:hidden-word@proxy.example:3128")
    connection = prepare("codegen_api", {"trust": "certifi"})
    assert connection.spec.examine is not None

    found = [str(finding) for finding in await connection.spec.examine(connection.options, "codegen_api")]

    assert "through http://proxy.example:3128 (the option proxy)" in found[0]
    assert "certifi" in found[1]
    assert "hidden-word" not in repr(connection.options) + "".join(found)
    with pytest.raises(ConfigError, match="could read the key"):
        async with connect(
            "codegen_api",
            {"base_url": "http://127.0.0.1:1"},
            ProviderContext("codegen_api", credentials={"token": "any-token"}),
        ):
            pass
