"""The control room of the stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from jackfield_playground._books import Books, Posted

from ._settings import PLAYS, GeminiSettings

if TYPE_CHECKING:
    from starlette.requests import Request


@final
class GeminiState(Books[GeminiSettings]):
    """Settings, faults and what arrived; safe from any thread, and nothing blocks."""

    def __init__(self, settings: GeminiSettings) -> None:
        super().__init__(settings, PLAYS)

    async def arrived(self, request: Request, body: Any) -> Posted:
        """Note a request. For the server's thread."""
        return await self.note(request, body, ("x-goog-api-key",))
