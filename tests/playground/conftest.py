"""A running stand-in for each test, a plain HTTP client that knows its token, and a poller with an end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from jackfield_playground import CodegenPlayground, CodegenSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READS = 1000
LOOKS = 5000


@pytest.fixture
def playground() -> Iterator[CodegenPlayground]:
    """A stand-in without rate limits, whose reads never lag and whose runs take a step per read."""
    settings = CodegenSettings(step_on_read=True, rate_limits=False, resume_lag_reads=0)
    with CodegenPlayground(settings).running() as running:
        yield running


@pytest.fixture
def client(playground: CodegenPlayground) -> Iterator[httpx.Client]:
    """A client of the stand-in's organization."""
    with httpx.Client(
        base_url=f"{playground.base_url}/v1/organizations/{playground.org_id}",
        headers={"Authorization": f"Bearer {playground.token}"},
        trust_env=False,
        timeout=20,
    ) as connected:
        yield connected


@pytest.fixture
def create(client: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Create a run; return it as answered."""

    def run(prompt: str = "What is a jackfield?", **fields: Any) -> dict[str, Any]:
        answer = client.post("/agent/run", json={"prompt": prompt, **fields})
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return run


@pytest.fixture
def read(client: httpx.Client) -> Callable[[int], dict[str, Any]]:
    """Read a run once."""

    def run(number: int) -> dict[str, Any]:
        answer = client.get(f"/agent/run/{number}")
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    return run


@pytest.fixture
def read_until(read: Callable[[int], dict[str, Any]]) -> Callable[..., list[dict[str, Any]]]:
    """Read a run until its status is one of those; return every read."""

    def run(number: int, *statuses: str | None) -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        for _ in range(READS):
            seen.append(read(number))
            if seen[-1]["status"] in statuses:
                return seen
        pytest.fail(f"run {number} is still {seen[-1]['status']} after {READS} reads")

    return run


@pytest.fixture
def logs(client: httpx.Client, playground: CodegenPlayground) -> Callable[..., dict[str, Any]]:
    """Read a run's logs."""

    def run(number: int, **query: Any) -> dict[str, Any]:
        address = f"{playground.base_url}/v1/alpha/organizations/{playground.org_id}/agent/run/{number}/logs"
        answer = client.get(address, params=query)
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    return run


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something is so, for as long as a busy machine may need."""

    def run(so: Callable[[], object]) -> None:
        for _ in range(LOOKS):
            if so():
                return
            time.sleep(0.002)
        pytest.fail(f"it never came true: {so}")

    return run
