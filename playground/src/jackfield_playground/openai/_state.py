"""What the stand-in knows: its settings, and what has arrived. Read and changed from any thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import attrs

from ._responses import Writer
from ._settings import Fault, OpenAISettings


@attrs.frozen(kw_only=True)
class Received:
    """A request that arrived.

    Attributes:
        method: Its method.
        path: Its path.
        headers: Its headers by lower-case names, without the key.
        body: Its JSON; None where it has none.
    """

    method: str
    path: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: Any = attrs.field(repr=False)


@attrs.define(eq=False)
class OpenAIState:
    """Settings and books of a stand-in.

    Attributes:
        settings: How it behaves now.
        base_url: Where it listens; empty before the first start.
        executions: How many answers were begun: a request that was sent twice counts twice.
        files: What was uploaded, and what batches gave, by their ids.
        batches: The batches, by their ids.
        kept: The answers that were stored, by their ids.
    """

    settings: OpenAISettings
    base_url: str = ""
    executions: int = 0
    kept: dict[str, Writer] = attrs.field(factory=dict)
    files: dict[str, str] = attrs.field(factory=dict)
    batches: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    _requests: list[Received] = attrs.field(factory=list, init=False)
    _changing: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def change(self, **changes: Any) -> None:
        """Change settings, by their names; the next request sees them.

        Raises:
            TypeError: for a name `OpenAISettings` does not have.
            ValueError: for a value that cannot be one.
        """
        with self._changing:
            self.settings = attrs.evolve(self.settings, **changes)

    def play(self, fault: Fault | str) -> None:
        """Let a fault befall every request that costs money, from now on; `none` ends that."""
        self.change(fault=fault)

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request so far, in order of arrival."""
        return tuple(self._requests)

    def posts(self) -> int:
        """Return how many requests arrived that cost money."""
        return sum(request.method == "POST" for request in self.requests)

    def arrived(self, request: Received) -> None:
        """Note a request. For the server's thread."""
        self._requests.append(request)
