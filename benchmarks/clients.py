"""Those who are compared. Each asks for a whole answer, and reads a streamed one, as its users would.

Every one is imported only when it is used: a process that measures one must not carry the others.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    import openai

    from jackfield import ProviderManager

Heard: TypeAlias = Callable[[str], None]
"""Told each piece of a streamed answer's text."""

SECONDS: Final = 60.0
"""Everybody's limit for a step on the wire: 500 connections at once may take longer than the usual five."""

QUESTION: Final = "What is a jackfield?"
BODY: Final = {"model": "bench-1", "messages": [{"role": "user", "content": QUESTION}]}


class Client(Protocol):
    """One who is compared."""

    async def ask(self) -> str:
        """Ask and return the whole answer's text; the remote answers in one JSON body."""

    async def read(self, heard: Heard) -> None:
        """Ask and tell *heard* each piece of text as it arrives; the remote answers with events."""


class Jackfield:
    """Through `ProviderManager`, with the provider of this benchmark."""

    def __init__(self, manager: ProviderManager) -> None:
        from jackfield import TextDelta

        self._manager = manager
        self._text = TextDelta

    async def ask(self) -> str:
        """Ask the connection that takes whole bodies."""
        response = await self._manager.send_message("whole", QUESTION)
        return response.raise_for_error().content

    async def read(self, heard: Heard) -> None:
        """Read events from the connection that takes events."""
        async with self._manager.stream_message("streamed", QUESTION) as stream:
            async for event in stream:
                if isinstance(event, self._text):
                    heard(event.text)


@asynccontextmanager
async def _jackfield(url: str, concurrency: int) -> AsyncIterator[Client]:
    from jackfield import ProviderManager

    from . import provider

    async with ProviderManager(plugins=[provider]) as manager:
        for name, streamed in (("whole", False), ("streamed", True)):
            options = {"base_url": url, "streamed": streamed, "max_concurrency": concurrency}
            await manager.add_provider(provider.NAME, options, name=name)
        yield Jackfield(manager)


class Bare:
    """An HTTP client by itself: httpx2, or httpx, which has the same interface."""

    def __init__(self, http: Any) -> None:
        self._http = http

    async def ask(self) -> str:
        """Post and take the text out of the JSON."""
        response = await self._http.post("/chat/completions", json={**BODY, "stream": False})
        response.raise_for_status()
        text: str = response.json()["choices"][0]["message"]["content"]
        return text

    async def read(self, heard: Heard) -> None:
        """Read line by line, as most programs do."""
        async with self._http.stream("POST", "/chat/completions", json={**BODY, "stream": True}) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    delta = json.loads(line[6:])["choices"][0]["delta"]
                    if text := delta.get("content"):
                        heard(text)


@asynccontextmanager
async def _httpx2(url: str, concurrency: int) -> AsyncIterator[Client]:
    import httpx2

    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx2.AsyncClient(base_url=url, limits=limits, timeout=SECONDS) as http:
        yield Bare(http)


@asynccontextmanager
async def _httpx(url: str, concurrency: int) -> AsyncIterator[Client]:
    import httpx

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=SECONDS) as http:
        yield Bare(http)


class OpenAI:
    """OpenAI's own client."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self._client = client

    async def ask(self) -> str:
        """Ask for a chat completion."""
        answer = await self._client.chat.completions.create(
            model="bench-1", messages=[{"role": "user", "content": QUESTION}]
        )
        return answer.choices[0].message.content or ""

    async def read(self, heard: Heard) -> None:
        """Ask for a chat completion's chunks."""
        chunks = await self._client.chat.completions.create(
            model="bench-1", messages=[{"role": "user", "content": QUESTION}], stream=True
        )
        async for chunk in chunks:
            if text := chunk.choices[0].delta.content:
                heard(text)


@asynccontextmanager
async def _openai(url: str, _: int) -> AsyncIterator[Client]:
    import openai

    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=SECONDS) as client:
        yield OpenAI(client)


Opened: TypeAlias = AbstractAsyncContextManager[Client]

CLIENTS: Final[Mapping[str, Callable[[str, int], Opened]]] = {
    "jackfield": _jackfield,
    "httpx2": _httpx2,
    "httpx": _httpx,
    "openai": _openai,
}
"""Names to what opens a client, given the remote's base URL and how many requests run at once."""
