"""The provider against the stand-in: every promise of the contract, and what becomes of each fault."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest
from jackfield import (
    Certainty,
    Connection,
    ProviderContext,
    ProviderUnavailable,
    Usage,
    connect,
    providers,
)
from jackfield.testing import check_provider

from jackfield_tern import SPEC
from standin import OPTIONS, TEXT, StandIn

pytestmark = pytest.mark.anyio


def login(key: str) -> ProviderContext:
    """Return what a connection logs in with."""
    return ProviderContext("tern", credentials={"token": key})


def opened(standin: StandIn, **options: object) -> AbstractAsyncContextManager[Connection]:
    """Open a connection to the stand-in; it does not try again by itself."""
    given = {"base_url": standin.url, "max_retries": 0, **OPTIONS, **options}
    return connect("tern", given, login(standin.key))


async def test_keeps_every_promise(standin: StandIn) -> None:
    """The provider keeps every promise of the contract, whatever befalls its remote."""
    report = await check_provider(
        SPEC,
        {"base_url": standin.url, **OPTIONS},
        login(standin.key),
        refused_context=login("a-key-that-nobody-knows"),
        remote=standin,
        text=TEXT,
        usage=Usage(input_tokens=1, output_tokens=3),
    )

    print(report)  # pytest -rP shows it: also what was not tried, and why
    assert not report.broken, str(report)


def test_is_found() -> None:
    """The installed distribution registers the provider under its name."""
    assert "tern" in {found.name for found in providers()}


async def test_answers(standin: StandIn) -> None:
    """The text arrives whole, with its token counts."""
    async with opened(standin) as connection:
        response = await connection.send("Hello")

    assert response.content == TEXT
    assert response.usage.output_tokens == 3


async def test_is_not_asked_twice(standin: StandIn) -> None:
    """After a fault of the remote nobody knows whether it acted: the question was sent once."""
    standin.play("500")
    async with opened(standin, max_retries=2) as connection:
        with pytest.raises(ProviderUnavailable) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert standin.posts() == 1
