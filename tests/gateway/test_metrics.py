"""What the front door counts and takes down of itself."""

from __future__ import annotations

import logging

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families

from jackfield_gateway import Token

from .conftest import TOKEN, Door, Opener
from .test_openai_client import until

pytestmark = pytest.mark.anyio
OWN = {"authorization": f"Bearer {TOKEN}"}
GUEST = "a-token-of-somebody-else-0123456"
CANARY = "canary-of-what-was-said"
BODY = {"model": "gpt-4", "messages": [{"role": "user", "content": CANARY}]}


async def counts(door: Door) -> dict[tuple[str, ...], float]:
    """Return how many requests are over, as Prometheus' own parser reads them."""
    page = await door.get("/metrics", headers=OWN)
    assert CANARY not in page.text
    assert TOKEN not in page.text
    samples = [sample for family in text_string_to_metric_families(page.text) for sample in family.samples]
    return {
        tuple(sample.labels[name] for name in ("wire", "connection", "outcome")): sample.value
        for sample in samples
        if sample.name == "jackfield_gateway_requests_total"
    }


async def test_each_request_is_counted_by_how_it_ended(
    front: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer, a cut stream, an unknown model, a wrong token: once each, and without a word."""
    caplog.set_level(logging.DEBUG, "jackfield")
    async with front() as door:
        path = "/v1/chat/completions"
        await door.get(path, method="POST", json=BODY, headers=OWN)
        await door.get(path, method="POST", json={**BODY, "model": CANARY}, headers=OWN)
        await door.get(path, method="POST", json=BODY, headers={"authorization": "Bearer wrong"})
        door.remote.play("cut")
        cut = await door.get(path, method="POST", json={**BODY, "stream": True}, headers=OWN)
        assert cut.status_code == 200
        found = await counts(door)
    wire = next(iter(found))[0]
    assert found[wire, "work", "answered"] == 1
    assert found[wire, "", "model"] == 1
    assert found[wire, "", "token"] == 1
    assert found[wire, "work", "uncertain"] == 1
    lines = [record.getMessage() for record in caplog.records if "gateway.over" in record.getMessage()]
    assert len(lines) == 5  # with that of the counts
    assert not [line for line in lines if CANARY in line or TOKEN in line]


async def test_a_client_that_hangs_up_is_gone(front: Opener) -> None:
    """Who left before the last byte is counted as gone, and nothing is under way any more."""
    async with front() as door:
        door.remote.play("hang")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: door.get("/v1/chat/completions", method="POST", json=BODY, headers=OWN))
            await until(lambda: bool(door.remote.posts()))
            tasks.cancel_scope.cancel()
        with anyio.fail_after(10):
            while not any(outcome == "gone" for *_, outcome in await counts(door)):  # noqa: ASYNC110  far away
                await anyio.sleep(0.01)
        page = await door.get("/metrics", headers=OWN)
        assert "jackfield_gateway_requests_under_way 0.0" in page.text


async def test_counts_are_the_owners(front: Opener) -> None:
    """Without a token, and with a guest's, there is nothing to see."""
    guest = Token(GUEST, name="guest", connections=["work"])
    async with front(guests=[guest]) as door:
        assert (await door.get("/metrics")).status_code == 401
        refused = await door.get("/metrics", headers={"authorization": f"Bearer {GUEST}"})
        assert refused.status_code == 404
