"""The provider of described pages with the core and the browser's driver, and nothing of the API side."""

from __future__ import annotations

from typing import Any

OPENED = """
import anyio, jackfield, sys

async def main():
    async with jackfield.connect("custom_web", {"site": "gradio", "base_url": "http://127.0.0.1:9"}) as one:
        print(one.status.value, "playwright" in sys.modules)

anyio.run(main)
"""


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-custom-web` brings Playwright and no HTTP client; its Sites come with it."""
    environment.install("jackfield-custom-web")
    installed = environment.distributions()

    assert {"jackfield", "jackfield-web", "jackfield-custom-web", "playwright"} <= installed
    assert not {"jackfield-api", "httpx", "rich", "click", "fastapi"} & installed
    assert environment.run(OPENED).strip() == "active False"


def test_everything_that_is_no_code_is_packed(environment: Any) -> None:
    """The shipped Sites and the probe are in the wheels."""
    printed = environment.run("import jackfield_custom_web as web; print(web.known_sites())")

    assert "gradio" in printed
    environment.run("import jackfield_web.page._worlds")
