"""What is asked of every client, and what it tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import attrs
from pydantic import BaseModel

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Word(BaseModel):
    """The form that an answer is to have."""

    word: str


@attrs.frozen
class Called:
    """A tool that was called, and what was said once it had answered."""

    name: str
    arguments: Mapping[str, Any]
    text: str


class Client(Protocol):
    """A program's own way to ask, with its retries as they come."""

    def text(self) -> str:
        """Ask for an answer in one piece."""

    def stream(self) -> Iterator[str]:
        """Ask for an answer as it comes; closed early, it hangs up."""

    def tool(self) -> Called:
        """Have a tool called, and tell what it said."""

    def image(self) -> str:
        """Ask about a picture."""

    def structured(self) -> Word:
        """Ask for an answer of a form."""
