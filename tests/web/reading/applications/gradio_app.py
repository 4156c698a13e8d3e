"""A Gradio chat that says what it is told to: run with a port and a folder of orders."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio

PORT, ORDERS = int(sys.argv[1]), Path(sys.argv[2])


def answer(message: str, history: list[Any]) -> Iterator[str]:
    """Say the pieces that stand under the message; an empty piece waits for the test."""
    text = ""
    try:
        for piece in json.loads((ORDERS / "pieces.json").read_text())[message]:
            while not piece and not (ORDERS / "go").exists():
                time.sleep(0.02)
                yield text
            text += piece
            yield text
    finally:
        (ORDERS / "over").write_text(message)


gradio.ChatInterface(answer).launch(server_name="127.0.0.1", server_port=PORT, share=False)
