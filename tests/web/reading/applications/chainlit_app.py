"""A Chainlit chat that says what it is told to; the folder of orders is in the environment."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import chainlit

ORDERS = Path(os.environ["CHAT_ORDERS"])


@chainlit.on_message
async def answer(asked: chainlit.Message) -> None:
    """Say the pieces that stand under the message; an empty piece waits for the test."""
    message = chainlit.Message(content="")
    try:
        for piece in json.loads((ORDERS / "pieces.json").read_text())[asked.content]:
            while not piece and not await asyncio.to_thread((ORDERS / "go").exists):  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # a file tells, no event
            await message.stream_token(piece)
        await message.update()
    finally:
        (ORDERS / "over").write_text(asked.content)
