"""The server starts and stops without a trace, dies when told to, and several live side by side."""

from __future__ import annotations

import gc
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from jackfield_playground import CodegenPlayground

if TYPE_CHECKING:
    from collections.abc import Callable

OPEN_FILES = Path("/proc/self/fd")


def get_me(playground: CodegenPlayground) -> int:
    headers = {"Authorization": f"Bearer {playground.token}"}
    return httpx.get(f"{playground.base_url}/v1/users/me", headers=headers, trust_env=False).status_code


def open_files() -> int:
    gc.collect()
    return len(list(OPEN_FILES.iterdir()))


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="counts files in /proc")
def test_nothing_is_left_behind() -> None:
    """After ten starts and stops, with runs unfinished, no thread and no open file is left over."""
    with CodegenPlayground().running() as first:
        get_me(first)
    threads, files = set(threading.enumerate()), open_files()
    for _ in range(10):
        with CodegenPlayground().running() as playground, httpx.Client(trust_env=False) as client:
            address = f"{playground.base_url}/v1/organizations/{playground.org_id}/agent/run"
            headers = {"Authorization": f"Bearer {playground.token}"}
            client.post(address, headers=headers, json={"prompt": "playground:never-ends"})
        with socket.socket() as late:
            assert late.connect_ex(("127.0.0.1", int(playground.base_url.rpartition(":")[2]))) != 0

    left = set(threading.enumerate()) - threads
    assert (left, open_files()) == (set(), files)


def test_stopping_does_not_wait_for_a_slow_answer(
    caplog: pytest.LogCaptureFixture, eventually: Callable[[Callable[[], object]], None]
) -> None:
    """A request that would be answered in an hour is dropped when the server stops, and nobody complains."""
    errors: list[Exception] = []

    def ask(playground: CodegenPlayground) -> None:
        try:
            get_me(playground)
        except httpx.TransportError as error:
            errors.append(error)

    with CodegenPlayground().running() as playground:
        playground.state.delay_next(3600)
        asking = threading.Thread(target=ask, args=[playground])
        asking.start()
        eventually(lambda: playground.state.requests)
    asking.join()

    assert len(errors) == 1
    assert caplog.records == []


def test_a_killed_server_answers_nothing(playground: CodegenPlayground, client: httpx.Client) -> None:
    """An open connection and a new one both fail after `kill`, and killing twice is once."""
    assert client.get("/users").status_code == 200
    playground.kill()
    playground.kill()

    with pytest.raises(httpx.TransportError):
        client.get("/users")
    with pytest.raises(httpx.TransportError):
        get_me(playground)


def test_several_live_side_by_side() -> None:
    """Three at once have their own address, token and counters."""
    one, two, three = (CodegenPlayground() for _ in range(3))
    with one.running(), two.running(), three.running():
        statuses = [get_me(playground) for playground in (one, two, three, three)]

        assert len({one.base_url, two.base_url, three.base_url}) == 3
        assert len({one.token, two.token, three.token}) == 3
    assert statuses == [200] * 4
    assert [len(playground.state.requests) for playground in (one, two, three)] == [1, 1, 2]


def test_it_can_run_again_but_not_twice_at_once() -> None:
    """The same object serves again after it stopped, counters kept; two at once are refused."""
    playground = CodegenPlayground()
    with playground.running():
        get_me(playground)
        with pytest.raises(RuntimeError, match="served already"), playground.running():
            pass
    with playground.running():
        get_me(playground)

    assert len(playground.state.requests) == 2


def test_a_port_in_use_is_an_error_at_once(playground: CodegenPlayground) -> None:
    """Asking for a taken port raises OSError; the object can still be told another time."""
    taken = int(playground.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"), CodegenPlayground(port=taken).running():
        pass


def test_it_listens_on_loopback_only(playground: CodegenPlayground) -> None:
    """The address is 127.0.0.1."""
    assert playground.base_url.startswith("http://127.0.0.1:")


def test_a_killed_server_comes_back(playground: CodegenPlayground, client: httpx.Client) -> None:
    """Killed in mid-run and started anew it has the same address and goes on with the run, told once."""
    playground.state.change(step_on_read=True)
    run = "/agent/run"
    number = client.post(run, json={"prompt": "Hello"}).json()["id"]
    assert client.get(f"{run}/{number}").json()["status"] != "COMPLETE"

    playground.kill()
    playground.restart()
    statuses = [client.get(f"{run}/{number}").json()["status"] for _ in range(40)]

    assert statuses[-1] == "COMPLETE"
    (kept,) = playground.state.runs
    assert [entry.message_type for entry in kept.logs].count("USER_MESSAGE") == 1


def test_restarting_what_does_not_run() -> None:
    """A stand-in that is not served has no port to come back to."""
    with pytest.raises(RuntimeError, match=r"does not run; enter `running\(\)` first"):
        CodegenPlayground().restart()
