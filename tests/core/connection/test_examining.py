"""What a provider finds when it examines itself, and when it is asked to."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Finding, ProviderClosed, Verdict, hookimpl, prepare

pytestmark = pytest.mark.anyio

FINDINGS = [Finding("composer", Verdict.WRONG, "not there"), Finding("login", Verdict.FINE, "logged in")]


async def test_opened_provider(make_manager: Any, script: Any) -> None:
    """An opened connection gives the findings of its provider, and asks nothing for it."""
    script.findings = FINDINGS
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted")

        assert await connection.examine() == FINDINGS
    assert script.requests == []


async def test_closed_connection(make_manager: Any) -> None:
    """What needs an opened provider says so when there is none."""
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted")
    with pytest.raises(ProviderClosed, match="is not open"):
        await connection.examine()


async def test_before_opening(make_spec: Any, script: Any) -> None:
    """A specification's own examination gets checked options and the name, and opens nothing."""
    asked: list[Any] = []

    async def examine(options: Any, name: str) -> list[Finding]:
        asked.append((options.timeout, name))
        return FINDINGS

    spec = make_spec(examine=examine)
    registering = type("P", (), {"jackfield_register_providers": hookimpl(lambda self: [spec])})()
    connection = prepare("scripted", {"timeout": 5.0}, name="work", plugins=[registering])
    assert connection.spec.examine is not None

    assert await connection.spec.examine(connection.options, connection.name) == FINDINGS
    assert asked == [(5.0, "work")]
    assert script.opened == 0


async def test_nothing_to_examine(make_manager: Any, make_spec: Any) -> None:
    """A provider that knows nothing to look at finds nothing."""
    assert make_spec().examine is None
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted")

        assert list(await connection.examine()) == []
