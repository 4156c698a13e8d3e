"""The Gemini provider with the core, and nothing else."""

from __future__ import annotations

from typing import Any

LISTED = "import jackfield; print([(found.name, found.state.value) for found in jackfield.providers()])"


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-gemini-api` brings an HTTP client and no client of the vendor's."""
    environment.install("jackfield-gemini-api")
    installed = environment.distributions()

    assert {"jackfield", "jackfield-api", "jackfield-gemini-api", "httpx"} <= installed
    assert not {"google-genai", "pydantic", "playwright", "rich", "click", "fastapi"} & installed
    assert environment.run(LISTED).strip() == "[('gemini_api', 'available')]"
