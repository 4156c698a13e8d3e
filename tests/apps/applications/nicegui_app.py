"""A NiceGUI chat, as its own example builds one: `examples/chat_with_ai`, with answers of our own."""

from __future__ import annotations

import asyncio
import os
import sys

# Run by a test, NiceGUI would take itself for the program that is tested.
os.environ.pop("PYTEST_CURRENT_TEST", None)

from nicegui import ui
from nicegui_answers import ANSWERS


@ui.page("/")
def main() -> None:
    """Draw the page."""
    asked: list[str] = []

    async def send() -> None:
        asked.append(text.value)
        text.value = ""
        with messages:
            ui.chat_message(text=asked[-1], name="You", sent=True)
            answer = ui.chat_message(name="Bot", sent=False)
            spinner = ui.spinner(type="dots")
        whole = ANSWERS[(len(asked) - 1) % len(ANSWERS)]
        for end in range(10, len(whole) + 10, 10):
            answer.clear()
            with answer:
                ui.markdown(whole[:end], extras=["fenced-code-blocks", "tables"])
            await asyncio.sleep(0.02)
        messages.remove(spinner)

    messages = ui.column().classes("w-full max-w-2xl mx-auto flex-grow items-stretch")
    with ui.footer().classes("bg-white"), ui.row().classes("w-full no-wrap items-center"):
        text = ui.input(placeholder="Message").classes("w-full self-center").on("keydown.enter", send)


ui.run(port=int(sys.argv[1]), host="127.0.0.1", show=False, reload=False, title="Chat with NiceGUI")
