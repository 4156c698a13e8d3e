"""Jackfield's providers for big vendors, and what people use instead. Each is imported only when it is used.

The others are installed by the session that measures them: nothing else knows them, so none is typed here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, Final

from .answers import MODEL
from .clients import CLIENTS, QUESTION, SECONDS, Client, Heard, Jackfield, Opened

_MESSAGES: Final = [{"role": "user", "content": QUESTION}]
_MOST: Final = 1000

PRICES_FROM_FILE: Final = "LITELLM_LOCAL_MODEL_COST_MAP"
"""Without this variable LiteLLM's import fetches a list of prices from elsewhere."""


@asynccontextmanager
async def _openai_api(url: str, concurrency: int) -> AsyncIterator[Client]:
    async with _provider("openai_api", {"base_url": url, "max_concurrency": concurrency}) as client:
        yield client


@asynccontextmanager
async def _anthropic_api(url: str, concurrency: int) -> AsyncIterator[Client]:
    async with _provider("anthropic_api", {"base_url": url, "max_concurrency": concurrency}) as client:
        yield client


@asynccontextmanager
async def _provider(name: str, options: Mapping[str, Any]) -> AsyncIterator[Client]:
    from jackfield import ProviderContext, ProviderManager

    async with ProviderManager() as manager:
        for streamed in ("whole", "streamed"):
            await manager.add_provider(name, {**options, "default_model": MODEL}, name=streamed)
            context = ProviderContext(name, credentials={"token": "none"})
            await manager.set_provider_context(streamed, context)
        yield Jackfield(manager)


class Anthropic:
    """Anthropic's own client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def ask(self) -> str:
        """Ask for a message."""
        told = await self._client.messages.create(model=MODEL, max_tokens=_MOST, messages=_MESSAGES)
        text: str = told.content[0].text
        return text

    async def read(self, heard: Heard) -> None:
        """Ask for a message's events."""
        events = await self._client.messages.create(
            model=MODEL, max_tokens=_MOST, messages=_MESSAGES, stream=True
        )
        async for event in events:
            if event.type == "content_block_delta":
                heard(event.delta.text)


@asynccontextmanager
async def _anthropic(url: str, _: int) -> AsyncIterator[Client]:
    opened = import_module("anthropic").AsyncAnthropic
    async with opened(base_url=url, api_key="none", max_retries=0, timeout=SECONDS) as client:
        yield Anthropic(client)


class LiteLLM:
    """LiteLLM, on OpenAI's wire."""

    def __init__(self, litellm: Any, url: str) -> None:
        self._complete = litellm.acompletion
        self._settings = {
            "model": f"openai/{MODEL}",
            "api_base": url,
            "api_key": "none",
            "max_retries": 0,
            "timeout": SECONDS,
        }

    async def ask(self) -> str:
        """Ask for a completion."""
        told = await self._complete(messages=_MESSAGES, **self._settings)
        return told.choices[0].message.content or ""

    async def read(self, heard: Heard) -> None:
        """Ask for a completion's chunks."""
        async for chunk in await self._complete(messages=_MESSAGES, stream=True, **self._settings):
            if text := chunk.choices[0].delta.content:
                heard(text)


@asynccontextmanager
async def _litellm(url: str, _: int) -> AsyncIterator[Client]:
    os.environ[PRICES_FROM_FILE] = "True"
    litellm: Any = import_module("litellm")
    # Otherwise it takes a hundred equal pieces of text for a model that goes in circles, and breaks off.
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = sys.maxsize
    yield LiteLLM(litellm, url)


class PydanticAI:
    """An agent of Pydantic AI without tools, on OpenAI's wire."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent

    async def ask(self) -> str:
        """Run the agent."""
        told = await self._agent.run(QUESTION)
        text: str = told.output
        return text

    async def read(self, heard: Heard) -> None:
        """Run the agent and read its text, piece by piece."""
        async with self._agent.run_stream(QUESTION) as told:
            async for text in told.stream_text(delta=True, debounce_by=None):
                heard(text)


@asynccontextmanager
async def _pydantic_ai(url: str, _: int) -> AsyncIterator[Client]:
    models, providers = (import_module(f"pydantic_ai.{part}.openai") for part in ("models", "providers"))
    provider = providers.OpenAIProvider(base_url=url, api_key="none")
    agent = import_module("pydantic_ai").Agent(models.OpenAIChatModel(MODEL, provider=provider))
    yield PydanticAI(agent)


VENDOR_CLIENTS: Final[Mapping[str, Callable[[str, int], Opened]]] = {
    "openai_api": _openai_api,
    "anthropic_api": _anthropic_api,
    "httpx2": CLIENTS["httpx2"],
    "openai": CLIENTS["openai"],
    "anthropic": _anthropic,
    "litellm": _litellm,
    "pydantic-ai": _pydantic_ai,
}
"""Names to what opens a client, as `CLIENTS`."""
