"""What the tests of consistency share: a display of their own, and a browser that a person started."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest


@pytest.fixture
def windowed(display: str | None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what gives the browsers of a test a display; the test is skipped where there is none."""

    def give() -> None:
        if display is None and not os.environ.get("DISPLAY"):
            pytest.skip("there is neither a display nor Xvfb")
        if display is not None:
            monkeypatch.setenv("DISPLAY", display)

    return give
