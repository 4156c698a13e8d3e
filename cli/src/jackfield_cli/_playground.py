"""`jackfield playground`: the stand-ins, until Ctrl-C."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import anyio

from jackfield import PluginError, prepare, providers

from ._installed import install_command
from ._rooms import Room, open_rooms

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session


def playground(session: Session, *, port: int, scripted: bool, env: bool) -> int:
    """Serve, say how to try it, wait; return the exit code."""
    with open_rooms(port=port, scripted=scripted) as rooms:

        async def wait(_: Interrupts) -> int:
            # Said only now, when a signal finds somebody who listens.
            if env:
                print(*_exports(rooms), sep="\n", flush=True)  # noqa: T201
                _leave_output()
            else:
                for room in rooms:
                    for line in _told(room):
                        print(line, flush=True)  # noqa: T201
            await anyio.sleep_forever()
            return 0

        code = session.run(wait)
    session.say("The playground is stopped.")
    return code


def _exports(rooms: Iterable[Room]) -> Iterator[str]:
    """Return lines for `eval`, which may lose the line breaks between them."""
    installed = {found.name for found in providers()}
    for room in rooms:
        if room.provider in installed:
            yield from (f"export {line};" for line in _variables(room))
    yield f"export JACKFIELD_PLAYGROUND_PID={os.getpid()};"


def _leave_output() -> None:
    """Have nothing to do with standard output any more: who reads it to its end need not wait for ours."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _told(room: Room) -> Iterator[str]:
    yield f"{room.provider} stand-in at {room.address} (Ctrl-C stops it)"
    yield f"  answers come from {room.engine}"
    if room.note:
        yield f"  {room.note}"
    if room.provider not in {found.name for found in providers()}:
        distribution = f"jackfield-{room.provider.replace('_', '-')}"
        yield f"  its provider is not installed: {install_command(distribution)}"
        return
    yield ""
    yield "In another terminal:"
    yield from (f"  export {line}" for line in _variables(room))
    yield f'  jackfield send {room.provider} "What is a jackfield?"'
    yield f"  jackfield chat {room.provider}"
    yield f"  jackfield health {room.provider}"


def _variables(room: Room) -> Iterator[str]:
    """Return the environment variables that lead to the room, and log in there."""
    try:
        spec = prepare(room.provider, room.options).spec
    except PluginError:
        return
    credentials = room.context.credentials if room.context else {}
    secrets = {name: secret.reveal() for name, secret in credentials.items()}
    for name, value in {**room.options, **secrets}.items():
        if variable := spec.environment_variable(room.provider, name):
            yield f"{variable}={shlex.quote(str(value))}"
