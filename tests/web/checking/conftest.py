"""What serves the pages that are checked."""

from __future__ import annotations

from typing import Any

import pytest


class Answering:
    """What answers a request with a body as a whole."""

    def answer(self: Any, body: str, kind: str) -> None:
        """Answer with a *body* that is of a media type."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture(scope="session")
def answering() -> type[Answering]:
    """Return what a handler of requests answers by."""
    return Answering
