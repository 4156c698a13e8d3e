"""The class of the errors of the engine that a page belongs to; Playwright and Patchright have one each."""

from __future__ import annotations

import importlib
from typing import Any


def engine_error(page: Any) -> type[Exception]:
    """Return the class of the errors that *page*'s engine raises."""
    engine = type(page).__module__.partition(".")[0]
    found: type[Exception] = importlib.import_module(f"{engine}.async_api").Error
    return found
