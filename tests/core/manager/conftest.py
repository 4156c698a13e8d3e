"""What tests of the manager share."""

from __future__ import annotations

import pytest

from jackfield import ChatRequest, EventStream, Provider


class Silent(Provider):
    """A provider that nobody asks anything."""

    def stream(self, request: ChatRequest) -> EventStream:
        raise AssertionError(request)


@pytest.fixture
def silent() -> Provider:
    """Return a provider that nobody asks anything."""
    return Silent()
