"""The Codegen provider with the core, and nothing else: found when installed, gone when uninstalled."""

from __future__ import annotations

from typing import Any

LISTED = "import jackfield; print([(found.name, found.state.value) for found in jackfield.providers()])"


def test_installed_and_found(environment: Any) -> None:
    """`pip install jackfield-codegen-api` brings httpx and no browser, and the provider is discovered."""
    environment.install("jackfield-codegen-api")
    installed = environment.distributions()

    assert {"jackfield", "jackfield-api", "jackfield-codegen-api", "httpx"} <= installed
    assert not {"playwright", "patchright", "selenium", "rich", "click", "fastapi"} & installed
    assert environment.run(LISTED).strip() == "[('codegen_api', 'available')]"


def test_listing_imports_nothing(environment: Any) -> None:
    """Listing the providers imports neither the provider nor an HTTP client."""
    printed = environment.run(
        "import jackfield, sys\n"
        "jackfield.providers()\n"
        "print(sorted({'httpx', 'jackfield_api', 'jackfield_codegen_api'} & set(sys.modules)))\n"
    )

    assert printed.strip() == "[]"


def test_uninstalled_and_gone(environment: Any) -> None:
    """After `pip uninstall` the provider is no longer listed."""
    environment.pip("uninstall", "--yes", "jackfield-codegen-api")

    assert environment.run(LISTED).strip() == "[]"
