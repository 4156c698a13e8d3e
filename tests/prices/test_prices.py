"""What answers have cost: by the library's own calculation, and nothing where it is not known."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest
from genai_prices import Usage as Counts
from genai_prices import calc_price

from jackfield import Connection, ProviderContext, ProviderManager, ResponseFinished, Usage, connect
from jackfield_playground import playground
from jackfield_prices import CostEstimate, Prices
from jackfield_prices._estimate import estimate

pytestmark = pytest.mark.anyio

MODEL = "gpt-4o"
COUNTED = Usage(
    input_tokens=1000,
    output_tokens=100,
    cache_read_input_tokens=400,
    input_source="reported",
    output_source="reported",
)
ABROAD = "https://api.openai.com/v1"
KNOWN = Prices(vendors={"openai_api": "openai"})


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_TOKEN", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def asked(openai: Any, *plugins: object) -> Any:
    """Open a connection to the stand-in, which offers a model that the list knows."""
    context = ProviderContext("openai_api", credentials={"token": openai.key})
    options = {"base_url": openai.base_url, "default_model": MODEL}
    return connect("openai_api", options, context, plugins=plugins)


async def events(connection: Connection) -> list[Any]:
    """Return what a message's answer is made of."""
    async with connection.stream("Hello") as stream:
        return [event async for event in stream]


async def test_an_answer_has_its_cost() -> None:
    """It is what the library says of the counts that the answer has, with the list's version and day."""
    async with playground("openai", models=(MODEL, "o3")) as openai, asked(openai, KNOWN) as connection:
        answer = await connection.send("Hello")

    used = answer.usage
    counts = Counts(
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cache_read_tokens=used.cache_read_input_tokens,
    )
    right = calc_price(counts, MODEL, provider_id="openai")
    cost = answer.metadata["cost_estimate"]
    assert (cost["amount"], cost["input_amount"]) == (float(right.total_price), float(right.input_price))
    assert (cost["currency"], cost["model"], cost["tokens"]) == ("USD", MODEL, "reported")
    assert cost["list"].startswith("genai-prices ")
    assert date(2026, 1, 1) < date.fromisoformat(cost["as_of"]) <= datetime.now(UTC).date()


async def test_only_the_end_is_changed() -> None:
    """All other events are those of an answer without its cost, and of the end only that is new."""
    async with playground("openai", models=(MODEL, "o3")) as openai:
        async with asked(openai, KNOWN) as connection:
            *priced, end = await events(connection)
        async with asked(openai) as connection:
            *plain, plain_end = await events(connection)

    assert [type(event) for event in priced] == [type(event) for event in plain]
    assert isinstance(end, ResponseFinished)
    assert {**end.metadata, "cost_estimate": None} == {**plain_end.metadata, "cost_estimate": None}


async def test_of_an_unknown_address_nothing_is_told() -> None:
    """A server of one's own may have any price, or none: the name of its model says nothing."""
    async with playground("openai", models=(MODEL, "o3")) as openai, asked(openai, Prices()) as connection:
        answer = await connection.send("Hello")

    assert "cost_estimate" not in answer.metadata


async def test_it_is_found_by_its_name() -> None:
    """Who installed it names it; what it adds is nothing where nothing is known."""
    async with playground("openai") as openai, ProviderManager(middleware=["prices"]) as manager:
        options = {"base_url": openai.base_url, "default_model": "gpt-playground"}
        work = await manager.add_provider("openai_api", options)
        await manager.set_provider_context(
            work.name, ProviderContext("openai_api", credentials={"token": openai.key})
        )
        answer = await manager.send_message("openai_api", "Hello")
        vectors = await work.embed("Hello", model="embedding-playground")

    assert answer.success
    assert "cost_estimate" not in answer.metadata
    assert len(vectors.vectors) == 1


def test_a_cached_token_is_cheaper() -> None:
    """What came from a cache is a part of what was read, at its own price."""
    cached = estimate(COUNTED, MODEL, vendor="openai", address=None)
    fresh = estimate(attrs.evolve(COUNTED, cache_read_input_tokens=0), MODEL, vendor=None, address=ABROAD)

    assert cached
    assert fresh
    assert cached.input_amount < fresh.input_amount
    assert cached.output_amount == fresh.output_amount
    assert fresh.amount == pytest.approx(fresh.input_amount + fresh.output_amount)


def test_counts_that_are_estimates_are_told_as_such() -> None:
    """One count that nobody told makes the whole an estimate of an estimate."""
    told = estimate(attrs.evolve(COUNTED, output_source="estimated"), MODEL, vendor="openai", address=None)

    assert isinstance(told, CostEstimate)
    assert told.tokens == "estimated"


@pytest.mark.parametrize(
    ("usage", "model", "vendor", "address"),
    [
        (attrs.evolve(COUNTED, output_tokens=None), MODEL, "openai", None),
        (attrs.evolve(COUNTED, cache_read_input_tokens=2000), MODEL, "openai", None),
        (COUNTED, "nobody's", "openai", None),
        (COUNTED, MODEL, "nobody", None),
        (COUNTED, MODEL, None, "http://127.0.0.1:9"),
        (COUNTED, MODEL, None, ""),
    ],
    ids=["no count", "counts that cannot be", "model", "vendor", "address", "no address"],
)
def test_what_is_not_known_has_no_cost(
    usage: Usage, model: str, vendor: str | None, address: str | None
) -> None:
    """No counts, no model, no vendor or no sense: no estimate, and no zero either."""
    assert estimate(usage, model, vendor=vendor, address=address) is None


def test_the_list_is_imported_where_it_is_needed() -> None:
    """A program that asks nothing pays nothing: the list takes seconds to be compiled."""
    program = "import sys, jackfield_prices.plugin; print('genai_prices' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"
