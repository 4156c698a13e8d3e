"""Pydantic AI's agents over four wires, with the settings that its documentation begins with."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
from pydantic_ai import Agent, BinaryContent, ToolCallPart
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider

from .conftest import Door
from .scenes import PIXEL, Called, Word


def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: a panel of sockets"


@attrs.frozen
class PydanticAI:
    """What is asked of every client, as an agent asks it."""

    model: Any

    def text(self) -> str:
        return Agent(self.model).run_sync("hello").output

    def stream(self) -> Iterator[str]:
        with Agent(self.model).run_stream_sync("hello") as told:
            yield from told.stream_text(delta=True, debounce_by=None)

    def tool(self) -> Called:
        told = Agent(self.model, tools=[look_up]).run_sync("playground:call")
        parts = [part for message in told.all_messages() for part in message.parts]
        (call,) = (part for part in parts if isinstance(part, ToolCallPart))
        return Called(call.tool_name, call.args_as_dict(), told.output)

    def image(self) -> str:
        picture = BinaryContent(base64.b64decode(PIXEL), media_type="image/png")
        return Agent(self.model).run_sync(["what is this?", picture]).output

    def structured(self) -> Word:
        return Agent(self.model, output_type=Word).run_sync("hello").output


def chat(door: Door, model: str) -> PydanticAI:
    provider = OpenAIProvider(base_url=f"{door.address}/v1", api_key=door.token)
    return PydanticAI(OpenAIChatModel(model, provider=provider))


def responses(door: Door, model: str) -> PydanticAI:
    provider = OpenAIProvider(base_url=f"{door.address}/v1", api_key=door.token)
    return PydanticAI(OpenAIResponsesModel(model, provider=provider))


def messages(door: Door, model: str) -> PydanticAI:
    provider = AnthropicProvider(base_url=door.address, api_key=door.token)
    return PydanticAI(AnthropicModel(model, provider=provider))


def gemini(door: Door, model: str) -> PydanticAI:
    return PydanticAI(GoogleModel(model, provider=GoogleProvider(base_url=door.address, api_key=door.token)))


CLIENTS: Final[Mapping[str, Callable[[Door, str], PydanticAI]]] = {
    "pydantic-ai, chat": chat,
    "pydantic-ai, responses": responses,
    "pydantic-ai, messages": messages,
    "pydantic-ai, gemini": gemini,
}
