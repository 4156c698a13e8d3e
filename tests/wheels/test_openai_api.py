"""OpenAI's wires with the core and the HTTP client, and nothing of the web side or the vendor's own."""

from __future__ import annotations

from typing import Any

OPENED = """
import anyio, jackfield, sys

async def main():
    options = {"preset": "ollama", "base_url": "http://127.0.0.1:9/v1"}
    async with jackfield.connect("openai_api", options) as one:
        print(one.status.value, "openai" in sys.modules)

anyio.run(main)
"""


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-openai-api` brings an HTTP client and no browser; its presets come with it."""
    environment.install("jackfield-openai-api")
    installed = environment.distributions()

    assert {"jackfield", "jackfield-api", "jackfield-openai-api", "httpx"} <= installed
    assert not {"jackfield-web", "playwright", "openai", "pydantic", "rich", "click"} & installed
    assert environment.run(OPENED).strip() == "active False"
