"""A stand-in of the remote for every test, and both event loops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standin import StandIn


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run every asynchronous test on both event loops."""
    return str(request.param)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """The remote, on this machine."""
    with StandIn().running() as server:
        yield server
