"""A Chainlit chat behind a login."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import closing

import chainlit
import scripted


@chainlit.password_auth_callback
def let_in(username: str, password: str) -> chainlit.User | None:
    """Know one user."""
    known = (os.environ["CHAT_USERNAME"], os.environ["CHAT_PASSWORD"])
    return chainlit.User(identifier=username) if (username, password) == known else None


def forget_logins() -> None:
    """Sign with another key, so that no login of before is one."""
    os.environ["CHAINLIT_AUTH_SECRET"] = secrets.token_hex(32)


@chainlit.on_message
async def answer(asked: chainlit.Message) -> None:
    """Say the answer's pieces as tokens."""
    before = chainlit.user_session.get("before", 0)
    chainlit.user_session.set("before", before + 1)
    message = chainlit.Message(content="")
    with closing(scripted.answer(asked.content, before)) as pieces:
        for piece in pieces:
            await message.stream_token(piece)
            await asyncio.sleep(0 if piece else scripted.PAUSE_SECONDS)
    await message.update()


scripted.when_told_to_log_out(forget_logins)
