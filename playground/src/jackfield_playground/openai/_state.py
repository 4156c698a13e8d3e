"""What the stand-in knows: its settings, and what has arrived. Read and changed from any thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import attrs

from jackfield_playground._books import Books

from ._responses import Writer
from ._settings import PLAYS, OpenAISettings


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


@final
class OpenAIState(Books[OpenAISettings]):
    """Settings and books of the stand-in; safe from any thread, and nothing blocks.

    Attributes:
        executions: How many answers were begun: a request that was sent twice counts twice.
        files: What was uploaded, and what batches gave, by their ids.
        batches: The batches, by their ids.
        kept: The answers that were stored, by their ids.
    """

    def __init__(self, settings: OpenAISettings) -> None:
        super().__init__(settings, PLAYS)
        self.executions = 0
        self.kept: dict[str, Writer] = {}
        self.files: dict[str, str] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self._requests: list[Received] = []

    def forget(self) -> None:
        """Forget what arrived and which faults wait; what was stored stays."""
        super().forget()
        self._requests, self.executions = [], 0

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request so far, in order of arrival: also those that cost nothing."""
        return tuple(self._requests)

    def arrived(self, request: Received) -> None:
        """Note a request. For the server's thread."""
        self._requests.append(request)
