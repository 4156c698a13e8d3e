"""Several browsers that run elsewhere: who goes where, and a browser that ends in mid-answer."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import attrs
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield import Certainty, ProviderContext, ProviderError, TextDelta
from jackfield_playground import WebChatPlayground
from jackfield_web import LaunchFailed, WebOptions
from jackfield_web.browser import RemoteBrowser
from jackfield_web.provider._account import Account

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600)]
RULES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
NOBODY = "http://user:s3cret@127.0.0.1:1/s3cret?key=s3cret"


@attrs.frozen
class Machine:
    """A browser of its own that runs elsewhere."""

    program: subprocess.Popen[str]
    said: dict[str, Any]

    def kill(self) -> None:
        """End it with all its processes, as when a machine loses its power."""
        os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait()

    def freeze(self) -> None:
        """Let it stand still, as when a machine is suspended."""
        os.killpg(self.program.pid, signal.SIGSTOP)


def chromium(stack: ExitStack, browser: str, folder: Path) -> Machine:
    port = folder / "DevToolsActivePort"
    flags = ["--headless", "--no-sandbox", "--no-first-run", "--disable-gpu", RULES]
    command = [browser, *flags, f"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank"]
    program = started(stack, command, stderr=subprocess.DEVNULL)
    while not port.exists() or not port.read_text().strip():
        assert program.poll() is None
        time.sleep(0.05)
    return Machine(program, {"cdp_url": f"http://127.0.0.1:{port.read_text().split()[0]}"})


def server(stack: ExitStack, browser: str, folder: Path) -> Machine:
    config = folder / "config.json"
    config.write_text(json.dumps({"executablePath": browser, "headless": True, "args": [RULES]}))
    command = [
        sys.executable,
        "-m",
        "playwright",
        "launch-server",
        "--browser=chromium",
        f"--config={config}",
    ]
    program = started(stack, command, stdout=subprocess.PIPE)
    assert program.stdout is not None
    return Machine(program, {"server_url": program.stdout.readline().strip()})


def started(stack: ExitStack, command: list[str], **said: Any) -> subprocess.Popen[str]:
    program = stack.enter_context(subprocess.Popen(command, text=True, start_new_session=True, **said))
    stack.callback(end, program.pid)
    return program


def end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


Start: TypeAlias = Callable[[ExitStack, str, Path], Machine]


@pytest.fixture(params=[chromium, server], ids=["cdp_url", "server_url"])
def machines(request: pytest.FixtureRequest, browser: str, tmp_path: Path) -> Iterator[list[Machine]]:
    """Run two browsers, each a program of its own."""
    start: Start = request.param
    with ExitStack() as stack:
        found = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            found.append(start(stack, browser, folder))
        yield found


def index_of(account: Account, machines: list[Machine]) -> int:
    """Return which of the machines the account is on."""
    assert account._placement is not None
    marks = [RemoteBrowser(**machine.said).mark for machine in machines]
    return marks.index(account._placement.last or "")


async def test_an_answer_goes_on_in_another_browser(
    machines: list[Machine], chat: WebChatPlayground, connected: Any
) -> None:
    """Accounts spread, and come back to where they were; what ends in mid-answer is read on elsewhere.

    The message is sent once, and not a word of the answer is missing or told twice.
    """
    browsers = [machine.said for machine in machines]
    bob = Account(WebOptions(browsers=tuple(RemoteBrowser(**said) for said in browsers), session="bob"))
    await bob.session()
    said = {"browsers": browsers, "session": "alice", "browser": None, "host_rules": None}
    async with connected(**said) as connection:
        await connection.send("Before")
        account = connection._provider._account
        first = index_of(account, machines)
        assert first != index_of(bob, machines)
    await bob.close()

    chat.state.change(hold_after=3, goes_on=True)
    async with connected(**said) as connection, connection.stream("Hello?") as stream:
        account, texts = connection._provider._account, []
        async for event in stream:
            if isinstance(event, TextDelta):
                texts.append(event.text)
                break
        assert index_of(account, machines) == first
        machines[first].kill()
        chat.state.release()
        texts += [event.text async for event in stream if isinstance(event, TextDelta)]
        response = stream.response
        assert index_of(account, machines) != first

        assert [asked.text for asked in chat.state.asked] == ["Before", "Hello?"]
        assert response.content == "".join(texts) == chat.state.asked[1].answer
        assert response.metadata["read_again"] is True

        chat.state.released.clear()
        async with connection.stream("And now?") as last:
            async for event in last:
                if isinstance(event, TextDelta):
                    break
            machines[1 - first].kill()
            with pytest.raises(ProviderError) as caught:
                await last.collect()
        chat.state.release()

    assert caught.value.certainty is Certainty.STARTED
    assert caught.value.handle
    assert len(chat.state.asked) == 3


async def test_where_all_browsers_end_nobody_waits_for_room_in_one(
    machines: list[Machine], connected: Any, until: Any
) -> None:
    """Whom a browser had when it ended is not in it any more: that none is left is told at once."""
    browsers = [{**machine.said, "slots": 1} for machine in machines]
    said = {"browsers": browsers, "browser": None, "host_rules": None}
    async with connected(**said, session="bob") as bob, connected(**said, session="alice") as alice:
        for connection in (bob, alice):
            await connection.send("Before")
        sessions = [await connection._provider._account.session() for connection in (bob, alice)]
        for machine in machines:
            machine.kill()
        await until(lambda: all(session.is_lost for session in sessions))
        errors = []
        for connection in (alice, bob, alice):
            with pytest.raises(LaunchFailed, match="none of 2 browsers") as caught:
                await connection.send("After")
            errors.append(caught.value)

    assert all(error.certainty is Certainty.NOT_SENT for error in errors)
    assert not [error for error in errors if "taken" in str(error)]


async def test_a_browser_that_stands_still_keeps_no_account(
    machines: list[Machine], connected: Any, password: ProviderContext
) -> None:
    """However long each step of closing takes, the account is given back and goes on in another browser."""
    one, two = ({**machine.said, "browser": None, "host_rules": None} for machine in machines)
    async with connected(password, session="work", **one) as connection:
        await connection.send("Before")
        machines[0].freeze()

    async with connected(password, session="work", **two) as connection:
        assert (await connection.send("After")).success


async def test_a_browser_that_stands_still_between_messages_is_left(
    machines: list[Machine], chat: WebChatPlayground, connected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is connected and says nothing any more is passed over: the conversation goes on in another."""
    monkeypatch.setattr("jackfield_web.provider._placement._REST_SECONDS", 60.0)
    monkeypatch.setattr("jackfield_web.provider._account._SILENT_SECONDS", 3.0)
    browsers = [machine.said for machine in machines]
    async with connected(browsers=browsers, browser=None, host_rules=None) as connection:
        conversation = connection.conversation()
        await conversation.send("Before")
        first = index_of(connection._provider._account, machines)
        machines[first].freeze()
        await conversation.send("After")
        assert index_of(connection._provider._account, machines) != first

    assert [asked.text for asked in chat.state.asked] == ["Before", "After"]


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that failed in one test is asked again in the next."""
    monkeypatch.setattr("jackfield_web.provider._placement._REST_SECONDS", 0.0)


@pytest.fixture
def silent() -> Iterator[str]:
    """Listen where nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_a_browser_that_says_nothing_takes_its_share_of_the_time(silent: str, devtools: str) -> None:
    """Where there is time for an answer and not for its silence, the next browser is asked all the same."""
    quiet, alive = RemoteBrowser(cdp_url=silent), RemoteBrowser(cdp_url=devtools)
    account = Account(WebOptions(browsers=(quiet, alive)))
    with anyio.fail_after(25):
        await account.session()
    await account.close()

    alone = Account(WebOptions(browsers=(quiet,)))
    with pytest.raises(LaunchFailed, match=r"at http://127\.0\.0\.1:\d+ within 2 seconds"):
        with anyio.fail_after(3):
            await alone.session()


async def test_each_way_in_which_browsers_fail_is_told_with_what_to_do() -> None:
    """What to do stands beside the browsers that it is for, and none of it is left out."""
    gone = [RemoteBrowser(cdp_url=f"http://127.0.0.1:{port}") for port in (1, 2)]
    nowhere = RemoteBrowser(server_url="ws://nowhere.invalid:9")
    with pytest.raises(LaunchFailed) as caught:
        await Account(WebOptions(browsers=(*gone, nowhere))).session()

    assert caught.value.hint == (
        "Of http://127.0.0.1:1 and http://127.0.0.1:2: Is it running, and is the port right? "
        "Of ws://nowhere.invalid:9: Is the name spelled right?"
    )


async def test_a_browser_that_does_not_answer_is_passed_over(devtools: str) -> None:
    """The next one is used; where none answers each is told, without what may be secret."""
    dead, alive = RemoteBrowser(cdp_url=NOBODY, headers={"X": "s3cret"}), RemoteBrowser(cdp_url=devtools)
    account = Account(WebOptions(browsers=(dead, alive)))
    await account.session()
    await account.close()

    nobody = Account(WebOptions(browsers=(dead, RemoteBrowser(server_url="ws://127.0.0.1:1/s3cret"))))
    with pytest.raises(LaunchFailed, match="none of 2 browsers") as caught:
        await nobody.session()

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "http://127.0.0.1:1:" in str(caught.value)
    assert "ws://127.0.0.1:1:" in str(caught.value)
    assert "s3cret" not in str(caught.value) + repr(caught.value.__cause__)


async def test_a_browser_has_so_many_slots(devtools: str) -> None:
    """Who finds all taken waits for one, as long as there is time; what is given back can be had."""
    options = WebOptions(browsers=(RemoteBrowser(cdp_url=devtools, slots=1),))
    first, second = Account(options), Account(options)
    await first.session()
    with pytest.raises(LaunchFailed, match="all 1 browsers are taken"), anyio.fail_after(5):
        await second.session()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(second.session)
        await first.close()
    await second.close()


async def test_of_browsers_that_cannot_be_had_each_is_told(devtools: str) -> None:
    """Where one does not answer and the other is full, the error does not blame the first alone."""
    full = RemoteBrowser(cdp_url=devtools, slots=1)
    first = Account(WebOptions(browsers=(full,)))
    second = Account(WebOptions(browsers=(RemoteBrowser(cdp_url=NOBODY), full)))
    await first.session()
    with (
        pytest.raises(LaunchFailed, match=r"none of 2 .*nobody listens.*1 taken") as caught,
        anyio.fail_after(5),
    ):
        await second.session()
    await first.close()

    assert "s3cret" not in str(caught.value)


async def test_a_browser_that_is_down_is_asked_ever_more_rarely(
    devtools: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who waits for a full one leaves it alone for longer each time, and has the full one when free."""
    monkeypatch.setattr("jackfield_web.provider._placement._REST_SECONDS", 30.0)
    monkeypatch.setattr("jackfield_web.provider._placement._STEP_SECONDS", 0.25)
    caplog.set_level(logging.DEBUG, "jackfield")
    full = RemoteBrowser(cdp_url=devtools, slots=1)
    first = Account(WebOptions(browsers=(full,)))
    second = Account(WebOptions(browsers=(RemoteBrowser(cdp_url="http://127.0.0.1:2"), full)))
    await first.session()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(second.session)
        await anyio.sleep(6)
        await first.close()
    await second.close()

    asked = [each.created for each in caplog.records if "browser.passed_over" in each.getMessage()]
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert pauses
    assert all(pause >= 0.45 * 2**number for number, pause in enumerate(pauses))
