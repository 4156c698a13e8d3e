"""How a program that uses the sync door ends: by Ctrl-C, or without having closed anything."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows raises no signals in a thread's wait"
)

IN_A_STREAM = ["read", "think"]
PROVIDER = """
import sys, threading, time
from contextlib import asynccontextmanager
import anyio
from jackfield import (
    Capability, Effect, Provider, ProviderOptions, ProviderSpec, ProviderType, ResponseFinished, TextDelta,
    hookimpl
)
from jackfield.sync import ProviderManager, connect

deed, backend, port = sys.argv[1:]


class Lines:
    def __init__(self, wire):
        self.wire, self.over = wire, False

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.over:
            raise StopAsyncIteration
        line = (await self.wire.receive(4)).decode()
        self.over = line == "ends"
        return ResponseFinished() if self.over else TextDelta(line)


@asynccontextmanager
async def asked(name):
    async with await anyio.connect_tcp("127.0.0.1", int(port)) as wire:
        await wire.send(name.encode())
        yield Lines(wire)


class Remote(Provider):
    def stream(self, request):
        return asked(request.messages[0].text)


@asynccontextmanager
async def opened(options):
    if deed == "open":
        async with asked("first") as lines:
            await lines.__anext__()
            await lines.__anext__()
    try:
        yield Remote()
        await anyio.to_thread.run_sync(lambda: None)
    finally:
        print("closed", flush=True)


class Plugin:
    @hookimpl
    def jackfield_register_providers(self):
        yield ProviderSpec(name="wire", title="Wire", type=ProviderType.API_BASED, options=ProviderOptions,
                           capabilities={Capability.TEXT_DELTAS}, effect=Effect.EFFECT, open=opened)


settings = {"plugins": [Plugin()], "backend": backend}
"""

INTERRUPTED = """
def ask(manager):
    if deed == "open":
        manager.add_provider("wire")
    connection = manager.add_provider("wire")
    if deed == "send":
        connection.send("first")
    elif deed == "talk":
        connection.conversation().send("first")
    elif deed == "message":
        manager.send_message("wire", "first")
    elif deed == "several":
        with manager.send_message_parallel("first") as responses:
            next(responses)
    else:
        with connection.stream("first") as stream:
            for event in stream:
                print("heard", flush=True)
                if deed == "think":
                    time.sleep(3600)


with ProviderManager(**settings) as manager:
    try:
        ask(manager)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    deed = "again"
    connection = manager.get_provider("wire") if manager.list_providers() else manager.add_provider("wire")
    print(connection._connection.slots.in_flight, manager._loop._running.entered == [manager._manager])
    print(connection.send("again").content)
print([thread.name for thread in threading.enumerate() if "jackfield" in thread.name])
"""

FORGOTTEN = """
manager = ProviderManager(**settings)
connection = manager.add_provider("wire")
stream = connection.stream("first")
stream.__enter__()
print(next(stream).text, flush=True)
connecting = connect("wire", **settings)
connecting.__enter__()
"""

HANGING = """
import jackfield.sync._loop
jackfield.sync._loop.STOP_SECONDS = 0.2


class Hook:
    @hookimpl
    def jackfield_provider_closed(self, connection, error):
        threading.Event().wait()


ProviderManager([Plugin(), Hook()], backend=backend).add_provider("wire")
"""


@attrs.define(eq=False)
class Remote:
    """A server, and a program that asks it.

    Attributes:
        program: The program.
    """

    program: subprocess.Popen[str]
    _server: socket.socket
    _stack: contextlib.ExitStack

    def asked(self, by: str) -> socket.socket:
        """Wait for a request."""
        connection = self._stack.enter_context(self._server.accept()[0])
        connection.settimeout(30)
        assert connection.recv(100) == by.encode()
        return connection

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.program.send_signal(signal.SIGINT)

    def end(self) -> tuple[list[str], str]:
        """Wait for the program's end and return what it said and complained of."""
        assert self.program.stdout is not None
        assert self.program.stderr is not None
        said, complaints = self.program.stdout.read().splitlines(), self.program.stderr.read()
        assert self.program.wait(60) == 0, complaints
        return said, complaints

    def said(self) -> str:
        assert self.program.stdout is not None
        return self.program.stdout.readline().strip()


@contextlib.contextmanager
def running(source: str, deed: str, backend: str) -> Iterator[Remote]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        command = [sys.executable, "-c", PROVIDER + source, deed, backend, str(server.getsockname()[1])]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, **pipes) as program, contextlib.ExitStack() as stack:
            stack.callback(program.kill)
            yield Remote(program, server, stack)


@pytest.mark.parametrize("deed", ["send", "talk", "message", "several", "open", *IN_A_STREAM])
def test_ctrl_c(deed: str, backend: str) -> None:
    """Ctrl-C ends what goes on, on the wire too, and leaves nothing: the next request is answered.

    Also while a stream's reader does something else than to wait for the next event.
    """
    with running(INTERRUPTED, deed, backend) as remote:
        wire = remote.asked("first")
        wire.send(b"Some")
        if deed in IN_A_STREAM:
            assert remote.said() == "heard"
        remote.interrupt()
        assert wire.recv(1) == b""
        again = remote.asked("again")
        again.send(b"Fine")
        assert remote.said() == "interrupted"
        again.send(b"ends")
        said, complaints = remote.end()

    assert (said, complaints) == (["0 True", "Fine", "closed", "[]"], "")


def test_forgotten_at_the_end(backend: str) -> None:
    """A program that closes nothing ends; what it has open is closed, on the wire too."""
    with running(FORGOTTEN, "read", backend) as remote:
        wire = remote.asked("first")
        wire.send(b"Some")
        assert remote.said() == "Some"
        said, complaints = remote.end()
        assert wire.recv(1) == b""

    assert (said, complaints) == (["closed", "closed"], "")


def test_closing_that_hangs(backend: str) -> None:
    """A plugin that hangs while it is closed holds up no program that forgot to close it."""
    with running(HANGING, "read", backend) as remote:
        _, complaints = remote.end()

    assert complaints == ""
