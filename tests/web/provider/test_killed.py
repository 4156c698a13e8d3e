"""A program that is killed with a message on its way: the next one can tell what became of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield import Certainty, SubmissionUncertain, Verdict
from jackfield_playground import WebChatPlayground
from jackfield_web import BrowserSettings, SessionStore, SessionUnwritable, WebOptions, examine_web
from jackfield_web.accounts import FileStore, Kind
from jackfield_web.site import build_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
PROGRAM = Path(__file__).with_name("ask_and_hang.py")
TEXT = "Buy one ticket to Ulm, please"


@pytest.fixture
def ask(chat: WebChatPlayground, browser_settings: BrowserSettings) -> Iterator[Callable[..., Any]]:
    """Return what starts a program that asks the chat page on the account `work`."""
    with ExitStack() as stack:

        def start(**overrides: Any) -> subprocess.Popen[str]:
            options = {
                "site": chat.site,
                "browser": browser_settings.browser,
                "host_rules": browser_settings.host_rules,
                "session": "work",
                "site_overrides": {"timing": {"composer": 60}, **overrides},
            }
            command = [sys.executable, str(PROGRAM), json.dumps(options), TEXT]
            program = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(program.kill)
            return program

        yield start


async def killed(program: subprocess.Popen[str]) -> None:
    program.kill()
    await anyio.to_thread.run_sync(program.wait)


async def test_killed_in_mid_answer(chat: WebChatPlayground, ask: Any, connected: Any) -> None:
    """The message is known as begun, by its text and with its conversation; who attaches there settles it."""
    chat.state.change(hold_after=3, goes_on=True)
    program = ask()
    assert await anyio.to_thread.run_sync(program.stdout.readline) == "answering\n"
    await killed(program)
    chat.state.release()
    (left,) = await SessionStore().left_messages("work")

    assert left.is_of(TEXT)
    assert (left.stage.name, left.certainty) == ("ANSWERING", Certainty.STARTED)
    assert left.conversation == f"{chat.base_url}/c/{chat.state.asked[0].conversation}"
    assert isinstance(left.error, SubmissionUncertain)
    assert left.error.handle == left.conversation

    found = await examine_web(WebOptions(), "work", lambda _: build_site(chat.site))
    assert [each.verdict for each in found if each.about == "message"] == [Verdict.NOTE]
    async with connected(session="work") as connection, connection.attach(left.conversation) as stream:
        response = await stream.collect()

    assert response.content == chat.state.asked[0].answer
    assert await SessionStore().left_messages("work") == ()
    assert len(chat.state.asked) == 1


async def test_killed_before_anything_showed(chat: WebChatPlayground, ask: Any) -> None:
    """Pressed, and nothing seen: nobody can tell whether it went, and that is what is told."""
    chat.state.change(traps={"quiet"}, hold_after=0)
    program = ask(wires=[])
    for _ in range(2400):
        if chat.state.asked:
            break
        await anyio.sleep(0.1)
    await killed(program)
    (left,) = await SessionStore().left_messages("work")

    assert left.is_of(TEXT)
    assert left.certainty is Certainty.UNKNOWN
    chat.state.release()


class _FullStore(FileStore):
    """A store that has no room for a message that is about to be pressed."""

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        if kind == "delivery" and b"PRESSED" in (content or b""):
            raise SessionUnwritable("no space left")
        await super().save(kind, name, content)


async def test_what_cannot_be_kept_is_not_sent(chat: WebChatPlayground, connected: Any) -> None:
    """A message is kept before it is pressed, or is not pressed."""
    async with connected(session="work", store=_FullStore()) as connection:
        with pytest.raises(SessionUnwritable) as caught:
            await connection.send(TEXT)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert not chat.state.asked
    assert await SessionStore().left_messages("work") == ()


async def test_nothing_is_left_of_what_was_answered(chat: WebChatPlayground, connected: Any) -> None:
    """Whether by its answer or by an error, what was told is not kept."""
    async with connected(session="work") as connection:
        await connection.send(TEXT)

    assert len(chat.state.asked) == 1
    assert await SessionStore().left_messages("work") == ()
