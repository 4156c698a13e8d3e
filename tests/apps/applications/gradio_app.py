"""Two Gradio chats, the second behind a login: run with their two ports."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import gradio
import scripted

OPEN, CLOSED = (int(port) for port in sys.argv[1:])


def answer(message: str, history: list[dict[str, Any]]) -> Iterator[str]:
    """Say all so far again and again, as Gradio wants it."""
    text = ""
    for piece in scripted.answer(message, sum(turn["role"] == "user" for turn in history)):
        text += piece
        yield text
        if piece == scripted.WAIT:
            time.sleep(scripted.PAUSE_SECONDS)


closed = gradio.ChatInterface(answer, concurrency_limit=8)
closed.launch(
    server_name="127.0.0.1",
    server_port=CLOSED,
    auth=(os.environ["CHAT_USERNAME"], os.environ["CHAT_PASSWORD"]),
    prevent_thread_lock=True,
)
scripted.when_told_to_log_out(closed.app.tokens.clear)
gradio.ChatInterface(answer, concurrency_limit=8).launch(server_name="127.0.0.1", server_port=OPEN)
