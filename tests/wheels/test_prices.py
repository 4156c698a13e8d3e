"""Prices from wheels: with the core and the library that has the list, and without any provider."""

from __future__ import annotations

from typing import Any

PROGRAM = """
import anyio
from jackfield import ProviderManager, Usage

async def main():
    async with ProviderManager(middleware=["prices"]):
        from jackfield_prices._estimate import estimate
        usage = Usage(input_tokens=1000, output_tokens=100)
        print(estimate(usage, "gpt-4o", vendor="openai", address=None).amount > 0)

anyio.run(main)
"""


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-prices` brings no provider, and the middleware `prices` is found by its name."""
    environment.install("jackfield-prices")

    assert {"jackfield", "jackfield-prices", "genai-prices"} <= environment.distributions()
    assert not {"jackfield-api", "jackfield-web", "playwright"} & environment.distributions()
    assert environment.run(PROGRAM).strip() == "True"
