"""Where the sync door is used: beside a running loop, in hooks, after a fork, after it was closed."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from jackfield import ProviderClosed, ProviderStatus, hookimpl
from jackfield.sync import Connection, ProviderManager, connect


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "jackfield-sync"]


async def used(manager: ProviderManager) -> str:
    """Use the door inside of an event loop, as a cell of a notebook does."""
    connection = manager.add_provider("scripted")
    with connection.stream("Hi") as stream:
        text = "".join(stream.text)
    assert connection.status is ProviderStatus.ACTIVE
    assert stream.response.elapsed < 60
    return text + connection.send("Hi").content


def test_inside_a_running_loop(registering: Any, backend: Any) -> None:
    """Inside of an event loop, of either kind, it blocks that loop and answers; no clock is mixed up."""
    with ProviderManager([registering()], backend=backend) as manager:
        assert asyncio.run(used(manager)) == "HelloHello"
    with ProviderManager([registering()], backend=backend) as manager:
        assert trio.run(used, manager) == "HelloHello"


def test_opens_when_it_is_used(registering: Any, backend: Any, script: Any) -> None:
    """A manager needs no block: it opens when it is first used, once, and is closed by `close`."""
    manager = ProviderManager([registering()], backend=backend)
    assert (manager.list_providers(), manager.get_active_providers(), threads()) == ([], [], [])
    for name in ("one", "two"):
        manager.add_provider("scripted", name=name)
    assert len(threads()) == 1
    manager.close()
    manager.close()

    assert (threads(), script.closed) == ([], 2)
    with pytest.raises(RuntimeError, match="the manager is closed"):
        manager.add_provider("scripted")
    with manager, manager:
        manager.add_provider("scripted")
    assert (threads(), script.closed) == ([], 3)


def test_in_a_hook(registering: Any, backend: Any) -> None:
    """In a hook, which runs in the loop's own thread, waiting would last forever: it is told instead."""
    told: list[Any] = []

    class Hook:
        @hookimpl
        def jackfield_response_finished(self, connection: Any) -> None:
            found = manager.get_provider(connection.name)
            told.append(found.status)
            try:
                found.send("Again")
            except RuntimeError as error:
                told.append(str(error))

    with ProviderManager([registering(), Hook()], backend=backend) as manager:
        assert manager.add_provider("scripted").send("Hi").success

    assert told[0] is ProviderStatus.ACTIVE
    assert "in its own event loop" in told[1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_after_a_fork(manager: ProviderManager, connection: Connection, script: Any) -> None:
    """A child is told that the door is its parent's, closes nothing of it, and may open one of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        told = "nothing"
        try:
            with manager:
                told = f"{connection.status.value}: "
                try:
                    connection.send("Hi")
                except ProviderClosed as error:
                    told += str(error.message)
        finally:
            os.write(writing, told.encode())
            os._exit(0)
    _, status = os.waitpid(child, 0)
    os.close(writing)
    told = os.read(reading, 1000).decode()
    os.close(reading)

    assert status == 0
    assert told == (
        "active: jackfield.sync was opened before this process was forked, and its event loop runs there"
    )
    assert connection.send("Hi").content == "Hello"
    assert script.closed == 0


def test_forgotten(registering: Any, backend: Any, script: Any) -> None:
    """A door that is let go of is told of by a warning, and closes all the same."""
    manager: ProviderManager | None = ProviderManager([registering()], backend=backend)
    manager.add_provider("scripted")
    (thread,) = threads()
    with pytest.warns(ResourceWarning, match="was not closed"):
        manager = None
    thread.join()

    assert script.closed == 1


def test_a_connection_keeps_its_door_open(registering: Any, backend: Any) -> None:
    """Whoever holds a connection holds the door: it is not let go of with the manager."""
    manager = ProviderManager([registering()], backend=backend)
    connection, close = manager.add_provider("scripted"), manager.close
    del manager
    gc.collect()
    assert connection.send("Hi").content == "Hello"
    close()


def test_closed_while_another_thread_reads(registering: Any, backend: Any, script: Any) -> None:
    """Closing ends what other threads wait for: they are told so, with what had arrived."""
    script.attempts = [[*script.attempts[0][:2], 3600.0]]
    errors: list[ProviderClosed] = []
    reading = threading.Event()
    manager = ProviderManager([registering()], backend=backend)
    connection = manager.add_provider("scripted")

    def read() -> None:
        with connection.stream("Hi") as stream:
            next(stream), next(stream)
            reading.set()
            try:
                next(stream)
            except ProviderClosed as error:
                errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait(30)
    manager.close()
    reader.join()

    assert [error.partial for error in errors] == ["Hel"]
    assert (script.on_wire, script.closed) == (0, 1)


def test_closed_inside_a_stream(connected: Any, registering: Any, backend: Any, script: Any) -> None:
    """A stream whose door is closed is left with it; leaving its block afterwards is no error."""
    outcomes: list[Any] = []

    class Hook:
        @hookimpl
        def jackfield_response_finished(self, response: Any) -> None:
            outcomes.append(response.partial)

    manager = ProviderManager([registering(), Hook()], backend=backend)
    with manager.add_provider("scripted").stream("Hi") as stream:
        next(stream), next(stream)
        manager.close()
        assert outcomes == ["Hel"]
        with pytest.raises(ProviderClosed):
            next(stream)

    assert (outcomes, script.on_wire) == (["Hel"], 0)


def test_cannot_open(registering: Any, backend: Any, script: Any) -> None:
    """What cannot be opened leaves no thread."""
    script.opening = [ConnectionRefusedError("nobody listens")]
    with pytest.raises(Exception, match="nobody listens"), connect("scripted", plugins=[registering()]):
        pass
    with pytest.raises(ValueError, match="asyncio"):
        ProviderManager(backend="curio")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="nonsense"), connect("scripted", nonsense=1):  # type: ignore[call-arg]
        pass

    assert threads() == []


def test_without_trio() -> None:
    """Where trio is not installed, whoever wants it is told how to get it."""
    program = (
        "import sys; sys.modules['trio'] = None\n"
        "from jackfield.sync import ProviderManager\n"
        "ProviderManager(backend='trio').add_provider('codegen_api')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert "ConfigError: trio is not installed. pip install 'jackfield[trio]'" in done.stderr


def test_manager_that_cannot_be_entered(registering: Any, backend: Any) -> None:
    """A manager that cannot be entered is not open, leaves no thread, and can be opened again."""

    @asynccontextmanager
    async def broken() -> Any:
        raise ZeroDivisionError
        yield

    manager = ProviderManager([registering()], backend=backend)
    usual, manager._manager = manager._manager, broken()  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError), manager:
        pass
    assert threads() == []
    manager._manager = usual
    with manager:
        assert manager.add_provider("scripted").send("Hi").success
