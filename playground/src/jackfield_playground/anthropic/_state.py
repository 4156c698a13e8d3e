"""The control room of the stand-in, and which prompts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from jackfield_playground._books import Books, Posted

from ._settings import PLAYS, AnthropicSettings

if TYPE_CHECKING:
    from starlette.requests import Request

_KEYS = ("x-api-key", "authorization")


@final
class AnthropicState(Books[AnthropicSettings]):
    """Settings, faults and what arrived; safe from any thread, and nothing blocks."""

    def __init__(self, settings: AnthropicSettings) -> None:
        super().__init__(settings, PLAYS)
        self._cached: set[str] = set()

    def forget(self) -> None:
        """Forget what arrived, what is cached and which faults wait: as if nobody had used it."""
        super().forget()
        self._cached = set()

    async def arrived(self, request: Request, body: Any) -> Posted:
        """Note a request. For the server's thread."""
        return await self.note(request, body, _KEYS)

    def is_cached(self, prompt: str) -> bool:
        """Whether a prompt was there before; from now on it is. For the server's thread."""
        known = prompt in self._cached
        self._cached.add(prompt)
        return known
