"""`python -m jackfield_playground` prints what a client needs and serves until it is told to stop."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from jackfield_playground import wait_for_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def command() -> Iterator[subprocess.Popen[str]]:
    """The command, started; ended after the test whatever happened."""
    words = [sys.executable, "-W", "error", "-m", "jackfield_playground", "--scripted", "--step", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_stop(command: subprocess.Popen[str], number: signal.Signals) -> None:
    """What it prints is enough to ask something; Ctrl-C and SIGTERM end it with 0 and no word on stderr."""
    assert command.stdout is not None
    printed = "".join(command.stdout.readline() for _ in range(4))
    found = re.search(
        r"at (\S+) .*token +(\S+)\n.*organization +(\d+)\n.*scripted responder", printed, re.DOTALL
    )
    assert found is not None, printed
    base_url, token, org_id = found.groups()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(headers=headers, trust_env=False) as client:
        answer = client.post(f"{base_url}/v1/organizations/{org_id}/agent/run", json={"prompt": "hi"})
        command.send_signal(number)
        rest = command.communicate(timeout=20)

    assert answer.status_code == 200
    assert rest == ("", "")
    assert command.returncode == 0


def test_a_signal_that_another_thread_gets_is_heard(
    eventually: Callable[[Callable[[], object]], None],
) -> None:
    """The waiting main thread wakes though the system interrupts another; the old handlers are back after."""
    before = signal.getsignal(signal.SIGTERM)

    def catch() -> None:
        eventually(lambda: signal.getsignal(signal.SIGTERM) is not before)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    catcher = threading.Thread(target=catch)
    catcher.start()
    wait_for_signal()
    catcher.join()

    assert signal.getsignal(signal.SIGTERM) is before
