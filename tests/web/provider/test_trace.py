"""A request to a page, told step by step to who wants to see inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from jackfield_playground import WebChatPlayground

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def test_a_request_is_told_step_by_step(
    connected: Any, chat: WebChatPlayground, caplog: pytest.LogCaptureFixture
) -> None:
    """Addresses, selectors, the wire that is read and what was decided are told; no word of what was said."""
    caplog.set_level(logging.DEBUG, "jackfield")
    async with connected() as connection:
        await connection.send("canary-question")

    told: dict[str, Mapping[str, Any]] = {}
    for record in caplog.records:
        if isinstance(record.msg, Mapping):
            told[record.msg["event"]] = record.msg
    assert told["page.opened"]["url"].startswith(chat.base_url)
    assert told["message.written"]["selector"] == "#composer"
    assert told["element.clicked"]["selector"] == "#send"
    assert told["wire.asked"]["url"].startswith(f"{chat.base_url}/api/chats/")
    assert told["wire.answered"]["status"] == 200
    assert "wire.ended" in told
    assert told["message.submitted"]["state"] == "committed"
    assert (told["answer.read"]["read_by"], told["answer.read"]["finish_reason"]) == ("wire", "stop")
    assert "canary" not in caplog.text
