"""`jackfield login`: a person logs in in the provider's own browser, and the command goes on by itself."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import tomlkit

from jackfield_playground import WebChatPlayground
from jackfield_web import BrowserHost, BrowserSettings

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

pytestmark = pytest.mark.anyio
COMMAND = str(Path(sys.executable).parent / "jackfield")


async def log_in(context: BrowserContext, url: str, name: str, password: str) -> None:
    """Do what a person does in the window that stands at the login form."""
    (page,) = [page for page in context.pages if page.url == url]
    await page.fill("#username", name)
    await page.fill("#password", password)
    await page.click("#log-in")


async def jackfield(config: anyio.Path, *words: str) -> str:
    """Run the command to its end and return what it printed."""
    done = await anyio.run_process([COMMAND, "--config", str(config), *words], check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


# The command has an event loop of its own, so the test's matters to nobody; and browsers of its own to start.
@pytest.mark.timeout(240)
@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
async def test_a_person_logs_in(chat: WebChatPlayground, devtools: str, tmp_path: Path) -> None:
    """The command waits at the login form until the person is in; after that a question needs nobody."""
    chat.state.change(login=True)
    page: dict[str, Any] = {
        "provider": "custom_web",
        "site": chat.site,
        "engine": "attach",
        "cdp_url": devtools,
    }
    config = anyio.Path(tmp_path / "jackfield.toml")
    await config.write_text(tomlkit.dumps({"connections": {"page": page}}))
    settings = chat.state.settings

    async with await anyio.open_process(
        [COMMAND, "--config", str(config), "login", "page"], stderr=PIPE
    ) as run:
        assert run.stderr is not None
        told = b""
        while b"needs you" not in told:
            told += await run.stderr.receive()
        theirs = BrowserSettings(engine="attach", cdp_url=devtools)
        async with BrowserHost(theirs) as host, host.session() as person:
            url = f"{chat.base_url}/login"
            await person.call(log_in, url, settings.username, settings.password)
        code = await run.wait()

    assert code == 0
    assert chat.state.logins == 1
    assert "scripted responder" in await jackfield(config, "send", "-p", "page", "Hello")
