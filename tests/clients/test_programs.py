"""Programs with an environment of their own, each asked one thing as a script asks it: `nox -s clients`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import PROGRAMS, Door, until

CONTINUE = """
name: door
version: 1.0.0
schema: v1
models:
  - name: door
    provider: openai
    model: {model}
    apiBase: {address}/v1
    apiKey: {token}
"""
QUIET = ["--no-check-update", "--no-show-release-notes", "--no-show-model-warnings", "--analytics-disable"]
# It asks, and edits nothing: a program in an answer that names no file is sent back to be put right.
AIDER = ["--chat-mode", "ask", "--no-git", "--yes-always", "--no-pretty", *QUIET]


def asked(program: str, door: Door, home: Path) -> subprocess.CompletedProcess[str]:
    """Have a program say hello to the door, in a home of its own that it may do with as it likes."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not here: `nox -s clients` installs it")
    model = f"work{PROGRAMS - 1 if program == 'cn' else PROGRAMS - 2}"
    told = {"OPENAI_API_KEY": door.token, "CONTINUE_TELEMETRY_ENABLED": "0"}
    # It would look for prices in the network, and for a repository in the folders above.
    told |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "GIT_CEILING_DIRECTORIES": str(home.parent)}
    if program == "cn":
        settings = CONTINUE.format(model=model, address=door.address, token=door.token)
        (home / "config.yaml").write_text(settings, "utf-8")
        command = [found, "--config", "config.yaml", "-p", "hello"]
    else:
        address = ["--openai-api-base", f"{door.address}/v1", "--model", f"openai/{model}"]
        command = [found, *address, "--message", "hello", *AIDER]
    return subprocess.run(
        command,
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **told},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("program", ["aider", "cn"])
def test_a_message_is_answered_and_is_one_execution(program: str, door: Door, tmp_path: Path) -> None:
    """The program prints the answer and ends well; beside its user's question it asked for nothing."""
    before = door.remote.state.executions
    done = asked(program, door, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "scripted responder" in done.stdout
    until(lambda: door.outcomes()[0] == "answered")
    assert door.remote.state.executions == before + 1
