"""`jackfield serve` as a program: its first line, its token, its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import anyio
import httpx2
import pytest

from jackfield_playground import OpenAIPlayground

from .conftest import TOKEN, Opener

JACKFIELD = [sys.executable, "-c", "from jackfield_cli import main; main()"]

CONFIG = """
[connections.work]
provider = "openai_api"
preset = "openai"
base_url = "{base_url}"
default_model = "gpt-playground"

[connections.page]
provider = "claude_web"

[aliases]
smart = "work:gpt-playground"
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_it_says_where_it_is_and_ends_in_order(
    tmp_path: Path, remote: OpenAIPlayground, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """The first line is the address, the token's file lets one in, SIGTERM ends it; no page is opened."""
    config, token = tmp_path / "jackfield.toml", tmp_path / "token"
    config.write_text(CONFIG.format(base_url=remote.base_url))
    monkeypatch.setenv("OPENAI_WORK_TOKEN", remote.key)
    command = [*JACKFIELD, "--config", str(config), "--backend", backend, "serve"]
    options = ["--port", "0", "--token-file", str(token), "--alias", "gpt-4=work:gpt-playground"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            told, _, address = program.stdout.readline().strip().partition(": ")
            assert told == "front door"
            headers = {"authorization": f"Bearer {token.read_text().strip()}"}
            listed = httpx2.get(f"{address}/v1/models", headers=headers, timeout=30).json()
            body = {"model": "gpt-4", "messages": [{"role": "user", "content": "hello"}]}
            asked = httpx2.post(f"{address}/v1/chat/completions", json=body, headers=headers, timeout=30)
        finally:
            program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0
    names = {model["id"] for model in listed["data"]}
    assert {"gpt-4", "smart", "work", "work/gpt-playground"} <= names
    assert not {name for name in names if "page" in name}
    assert "scripted responder" in asked.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("option", ["--connection", "--web"])
def test_a_persons_own_account_is_confirmed_first(tmp_path: Path, option: str) -> None:
    """What drives a page is served with --web alone, and only once its owner has confirmed it."""
    config = tmp_path / "jackfield.toml"
    config.write_text(CONFIG.format(base_url="http://127.0.0.1:9/v1"))
    command = [*JACKFIELD, "--config", str(config), "serve", "--port", "0"]
    done = subprocess.run(
        [*command, "--token-file", str(tmp_path / "token"), option, "page"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "acts as the person whose account it is" in done.stderr
    assert "--yes" in done.stderr


@pytest.mark.anyio
async def test_a_connection_that_is_kept_open_does_not_hold_up_the_end(front: Opener) -> None:
    """A client that was answered and keeps its connection for later costs the door none of its grace."""
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}) as client:
        async with front(grace=60) as door:
            body = {"model": "work", "messages": [{"role": "user", "content": "hello"}]}
            for _ in range(2):
                answer = await client.post(f"{door.address}/v1/chat/completions", json=body)
                assert answer.status_code == 200
            begun = anyio.current_time()
        assert anyio.current_time() - begun < 30
