"""LangChain's models of three vendors, each with the settings that its documentation begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

import attrs
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai import ChatOpenAI

from .conftest import Door
from .scenes import PIXEL, Called, Word


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: a panel of sockets"


@attrs.frozen
class LangChain:
    """What is asked of every client, as LangChain asks it."""

    model: Any

    def text(self) -> str:
        return str(self.model.invoke("hello").text)

    def stream(self) -> Iterator[str]:
        with closing(self.model.stream("hello")) as chunks:
            for chunk in chunks:
                yield chunk.text

    def tool(self) -> Called:
        asked = HumanMessage("call the tool")
        first = self.model.bind_tools([look_up], tool_choice="any").invoke([asked])
        (call,) = first.tool_calls
        last = self.model.bind_tools([look_up]).invoke([asked, first, look_up.invoke(call)])
        return Called(call["name"], call["args"], last.text)

    def image(self) -> str:
        picture = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}
        said = HumanMessage(content_blocks=[{"type": "text", "text": "what is this?"}, picture])
        return str(self.model.invoke([said]).text)

    def structured(self) -> Word:
        found: Word = self.model.with_structured_output(Word).invoke("hello")
        return found


def chat(door: Door, model: str) -> LangChain:
    return LangChain(ChatOpenAI(model=model, base_url=f"{door.address}/v1", api_key=door.token))


def responses(door: Door, model: str) -> LangChain:
    address = f"{door.address}/v1"
    return LangChain(ChatOpenAI(model=model, base_url=address, api_key=door.token, use_responses_api=True))


def messages(door: Door, model: str) -> LangChain:
    return LangChain(ChatAnthropic(model=model, base_url=door.address, api_key=door.token))


def gemini(door: Door, model: str) -> LangChain:
    return LangChain(ChatGoogleGenerativeAI(model=model, base_url=door.address, api_key=door.token))


CLIENTS: Final[Mapping[str, Callable[[Door, str], LangChain]]] = {
    "langchain, chat": chat,
    "langchain, responses": responses,
    "langchain, messages": messages,
    "langchain, gemini": gemini,
}
