"""Claude's site with the core and the browser's driver, and nothing of the API side."""

from __future__ import annotations

from typing import Any

OPENED = """
import anyio, jackfield, sys

async def main():
    async with jackfield.connect("claude_web", {"base_url": "http://127.0.0.1:9"}) as one:
        print(one.status.value, "playwright" in sys.modules)

anyio.run(main)
"""


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-claude-web` brings Playwright and no HTTP client; its Site comes with it."""
    environment.install("jackfield-claude-web")
    installed = environment.distributions()

    assert {"jackfield", "jackfield-web", "jackfield-claude-web", "playwright"} <= installed
    assert not {"jackfield-api", "jackfield-custom-web", "httpx", "rich", "click", "fastapi"} & installed
    assert environment.run(OPENED).strip() == "active False"
