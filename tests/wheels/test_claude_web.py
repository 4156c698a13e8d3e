"""Claude's site with the core and the browser's driver, and nothing of the API side."""

from __future__ import annotations

from typing import Any

FOUND = """
import jackfield, sys, importlib.resources
from jackfield_web.site import newest_site

spec = jackfield.prepare("claude_web", {}).spec
site = newest_site("claude", importlib.resources.files("jackfield_claude_web") / "sites").read()
print(spec.title, site.base_url, "playwright" in sys.modules)
"""


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-claude-web` brings Playwright and no HTTP client; its Site comes with it."""
    environment.install("jackfield-claude-web")
    installed = environment.distributions()

    assert {"jackfield", "jackfield-web", "jackfield-claude-web", "playwright"} <= installed
    assert not {"jackfield-api", "jackfield-custom-web", "httpx", "rich", "click", "fastapi"} & installed
    assert environment.run(FOUND).strip() == "Claude https://claude.ai False"
