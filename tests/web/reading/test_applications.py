"""Real chat applications that we did not write, driven with the Sites that come with the distribution.

`nox -s chat-apps` installs them apart, because they bring a hundred distributions along. Without it, the
Python of that session is used if it is there, or the one that `JACKFIELD_CHAT_APPS` names.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import anyio
import attrs
import pytest
from anyio import to_thread
from playwright.async_api import Browser

from jackfield import Accumulator, ResponseFinished, StreamEvent, TextDelta
from jackfield_web import PageReader, load_site, stop, submit

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[3]
SITES = ROOT / "plugins/custom_web/src/jackfield_custom_web/sites"
APPLICATIONS = Path(__file__).parent / "applications"
APART = ROOT / ".nox/chat-apps/bin/python"
HERE = sys.executable if find_spec("gradio") and find_spec("chainlit") else APART
PYTHON = Path(os.environ.get("JACKFIELD_CHAT_APPS") or HERE)
START_SECONDS = 90
BEGINNING = "# Title\n\nHello **wor"
ANSWER = (
    BEGINNING + "ld** “curly” 'straight' 😀 中文 é, a_b and $x^2$\n\n"
    "```python\nprint('*not bold*')\n\n    indented()\n```\n\n"
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n"
    "- *one*\n- ~~two~~ [three](http://127.0.0.1/)\n\n1. first\n2. second\n\n> quoted\n\nThe end."
)
LONG = "\n\n".join(f"Paragraph {number} of “many” 😀 with `code` in it." for number in range(2000))
PIECES = {
    "answer me": [BEGINNING, "", *(ANSWER[at : at + 7] for at in range(len(BEGINNING), len(ANSWER), 7))],
    "again": [ANSWER],
    "at length": [LONG[at : at + 5000] for at in range(0, len(LONG), 5000)],
    "for ever": ["I begin", ""],
}


@attrs.frozen
class Application:
    """A chat application that runs.

    Attributes:
        name: The name of its Site.
        url: Its address.
        orders: The folder through which the test tells it what to do.
    """

    name: str
    url: str
    orders: Path


@pytest.fixture(scope="module", params=["gradio", "chainlit"])
def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """Start an application of somebody else's."""
    if not PYTHON.exists():
        pytest.skip(f"no Gradio and no Chainlit: {PYTHON} is not there; `nox -s chat-apps` makes it")
    orders = tmp_path_factory.mktemp("orders")
    (orders / "pieces.json").write_text(json.dumps(PIECES))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = str(APPLICATIONS / f"{request.param}_app.py")
    commands = {
        "gradio": [str(PYTHON), script, str(port), str(orders)],
        "chainlit": [
            str(PYTHON),
            "-m",
            "chainlit",
            "run",
            script,
            "--headless",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ],
    }
    environment = {
        **os.environ,
        "CHAT_ORDERS": str(orders),
        "CHAINLIT_APP_ROOT": str(orders),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
    }
    with (orders / "log").open("wb") as log:
        process = subprocess.Popen(
            commands[request.param], cwd=orders, env=environment, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, process, orders / "log")
            yield Application(request.param, url, orders)
        finally:
            process.terminate()
            process.wait(20)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = monotonic() + START_SECONDS
    while monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            sleep(0.2)
        else:
            return
    pytest.fail(f"{url} did not start:\n{log.read_text()[-2000:]}")


def wait_until_there(file: Path) -> None:
    until = monotonic() + 20
    while not file.exists():
        assert monotonic() < until, f"{file.name} was not written"
        sleep(0.05)


@asynccontextmanager
async def opened(browser: Browser, application: Application, way: str) -> AsyncIterator[PageReader]:
    text = (SITES / f"{application.name}.toml").read_text("utf-8")
    site = load_site(text, {"base_url": application.url, "reading": {"ways": [way]}})
    context = await browser.new_context()
    page = await context.new_page()
    async with PageReader(page, site) as reader:
        await page.goto(site.addresses.start)
        yield reader
    await context.close()


async def say(reader: PageReader, text: str, go: Path | None = None) -> tuple[Accumulator, list[StreamEvent]]:
    folded, events = Accumulator(), []
    async with reader.reply(text) as reply:
        submission = await submit(reply)
        assert submission.state == "committed", submission
        async for event in reply:
            folded.add(event)
            events.append(event)
            if go is not None and isinstance(event, TextDelta):
                Path.touch(go)
    return folded, events


@pytest.mark.parametrize("way", ["wire", "observer", "polling"])
async def test_an_application_is_read_while_it_writes(
    chromium: Browser, application: Application, way: str
) -> None:
    """The application goes on only after the first delta is here; three turns are exactly what it said."""
    go = application.orders / "go"
    go.unlink(missing_ok=True)

    async with opened(chromium, application, way) as reader:
        first, events = await say(reader, "answer me", go)
        second, _ = await say(reader, "again")
        third, _ = await say(reader, "again")

    assert [first.text, second.text, third.text] == [ANSWER] * 3
    assert isinstance(events[-1], ResponseFinished)
    assert events[-1].metadata["read_by"] == way


@pytest.mark.parametrize("way", ["wire", "observer"])
async def test_a_long_answer_of_an_application_is_whole(
    chromium: Browser, application: Application, way: str
) -> None:
    """A hundred kilobytes come as they were sent."""
    async with opened(chromium, application, way) as reader:
        answer, _ = await say(reader, "at length")

    assert answer.text == LONG


async def test_two_conversations_at_once_do_not_mix(chromium: Browser, application: Application) -> None:
    """Two pages of one application, read at the same time, each give their own answer."""
    texts: dict[str, str] = {}

    async def talk(text: str) -> None:
        async with opened(chromium, application, "wire") as reader:
            answer, _ = await say(reader, text)
            texts[text] = answer.text

    async with anyio.create_task_group() as group:
        group.start_soon(talk, "again")
        group.start_soon(talk, "at length")

    assert texts == {"again": ANSWER, "at length": LONG}


async def test_an_application_is_stopped(chromium: Browser, application: Application) -> None:
    """Pressing the page's stop button ends the function behind it, and the page takes the next message."""
    (application.orders / "go").unlink(missing_ok=True)
    (application.orders / "over").unlink(missing_ok=True)

    async with opened(chromium, application, "observer") as reader:
        async with reader.reply("for ever") as reply:
            await submit(reply)
            async for event in reply:
                if isinstance(event, TextDelta):
                    break
            assert await stop(reader.page, reader.site)
        await to_thread.run_sync(wait_until_there, application.orders / "over")
        answer, _ = await say(reader, "again")

    assert answer.text == ANSWER
