"""The beginning of a body that a page asked for, while the rest of it still arrives."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import CDPSession


async def beginning(session: CDPSession, request: str, engine_error: type[Exception]) -> bytes:
    """Return what has arrived of a body; the rest is told by `Network.dataReceived` from now on.

    A body that is over by now is no longer streamed, and is returned whole.

    Args:
        session: The DevTools session that hears of the request.
        request: The protocol's name for it.
        engine_error: The class of the engine's errors; one is raised when nobody has the body any more.
    """
    name = {"requestId": request}
    answer: Any
    try:
        answer = await session.send("Network.streamResourceContent", name)
    except engine_error:
        # It is over already, or this browser is an old one.
        answer = await session.send("Network.getResponseBody", name)
        body: str = answer["body"]
        return base64.b64decode(body) if answer["base64Encoded"] else body.encode()
    return base64.b64decode(answer["bufferedData"])
