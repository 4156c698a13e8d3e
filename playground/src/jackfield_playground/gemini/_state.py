"""The control room of the stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from jackfield_playground._books import Books, Posted

from ._settings import Fault, GeminiSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


@final
class GeminiState(Books[GeminiSettings]):
    """Settings, faults and what arrived; safe from any thread, and nothing blocks."""

    def __init__(self, settings: GeminiSettings) -> None:
        super().__init__(settings, Fault)

    def arrived(self, headers: Mapping[str, str], body: Any) -> Posted:
        """Note a request. For the server's thread."""
        return self.note(headers, body, ("x-goog-api-key",))
