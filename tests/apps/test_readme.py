"""The program that talks to a chat application in the README of `custom_web` runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[2] / "plugins/custom_web/README.md"
ADDRESS = "http://127.0.0.1:7860"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("application", ["gradio"], indirect=True)
def test_an_application_without_a_login_needs_its_address_only(application: Any, backend: str) -> None:
    """A Site's name and an address are the whole of it, and the page's answer is printed."""
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    program, shown = next(block for block in blocks if ADDRESS in block[0])
    program = program.replace(ADDRESS, application.open_url).replace("(main)", f"(main, backend={backend!r})")

    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == (shown, "")
