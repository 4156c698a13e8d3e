"""Without an SDK nothing is done, and nothing is in a request's way."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider

from jackfield import ProviderManager
from jackfield_otel import OpenTelemetry

NO_SDK = """
import sys
from jackfield_otel.plugin import plugin

ask = plugin.jackfield_wrap_request(connection=None)(lambda request: request)
assert ask("as it is") == "as it is"
assert not [name for name in sys.modules if name.startswith("opentelemetry.sdk")]
"""
SDK_COMES_LATER = f"""{NO_SDK}
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider(shutdown_on_exit=False))
assert ask("as it is") != "as it is"
"""


@pytest.mark.parametrize("program", [NO_SDK, SDK_COMES_LATER], ids=["never", "later"])
def test_no_sdk(program: str) -> None:
    """Until a program sets up an SDK, a request goes the way that it goes without the plugin."""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


@pytest.mark.anyio
async def test_nobody_listens(make_manager: Any) -> None:
    """Where nobody listens, the hooks leave nothing behind."""
    silent = OpenTelemetry(tracer_provider=NoOpTracerProvider(), meter_provider=NoOpMeterProvider())
    async with make_manager(silent) as manager:
        connection = await manager.add_provider("scripted")
        response = await connection.send("Hi")

    assert response.content == "Hello"
    assert silent._under_way == {}


@pytest.mark.anyio
async def test_measured_only(make_telemetry: Any, make_manager: Any, told: Any) -> None:
    """Who listens to measurements alone gets those."""
    async with make_manager(make_telemetry(tracer_provider=NoOpTracerProvider())) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")

    assert told.spans == []
    ((_, count, _),) = told.points("gen_ai.client.operation.duration")
    assert count == 1


@pytest.mark.anyio
async def test_nothing_is_kept(make_telemetry: Any, make_manager: Any) -> None:
    """What has ended is forgotten, however it ended."""
    telemetry = make_telemetry()
    async with make_manager(telemetry) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        await connection.list_models()
        async with connection.stream("Hi") as stream:
            assert len(telemetry._under_way) == 1
            await anext(stream)
        await connection.answer("x" * 5_000_000)

    assert telemetry._under_way == {}


@pytest.mark.anyio
async def test_installed() -> None:
    """The plugin is found by its name, `otel`, and by nothing else than that it is asked for."""
    async with ProviderManager(middleware=["otel"]) as manager:
        assert manager.list_providers() == []
