"""Simon Willison's `llm` with a model of `extra-openai-models.yaml`, as its documentation says."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import attrs
import llm

from .conftest import Door
from .scenes import PIXEL, Called, Word

MODELS = """
- model_id: behind-the-door
  model_name: {model}
  api_base: "{address}/v1"
  api_key_name: jackfield
  vision: true
  supports_schema: true
  supports_tools: true
"""


def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: a panel of sockets"


@attrs.frozen
class Llm:
    """What is asked of every client, as `llm` asks it."""

    model: Any

    def text(self) -> str:
        return str(self.model.prompt("hello", stream=False).text())

    def stream(self) -> Iterator[str]:
        yield from self.model.prompt("hello")

    def tool(self) -> Called:
        *_, first, last = self.model.chain("playground:call", tools=[look_up]).responses()
        (call,) = first.tool_calls()
        return Called(call.name, call.arguments, last.text())

    def image(self) -> str:
        picture = llm.Attachment(type="image/png", content=base64.b64decode(PIXEL))
        return str(self.model.prompt("what is this?", attachments=[picture]).text())

    def structured(self) -> Word:
        return Word(**json.loads(self.model.prompt("hello", schema=Word).text()))


def chat(door: Door, model: str) -> Llm:
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, LLM_USER_PATH=folder):
        written = MODELS.format(model=model, address=door.address)
        Path(folder, "extra-openai-models.yaml").write_text(written, "utf-8")
        found: Any = llm.get_model("behind-the-door")
    found.key = door.token
    return Llm(found)


CLIENTS: Final[Mapping[str, Callable[[Door, str], Llm]]] = {"llm, chat": chat}
