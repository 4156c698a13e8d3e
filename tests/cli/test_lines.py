"""Lines that a person types: what becomes of them when the talk is ended meanwhile."""

from __future__ import annotations

import threading
import time

import anyio
import attrs
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from jackfield_cli._lines import EditedLines

pytestmark = pytest.mark.anyio


@attrs.define(eq=False)
class Slow(EditedLines):
    """An editor that takes its time to begin."""

    seen: list[str | None] = attrs.field(factory=list)

    def _read(self) -> str | None:
        time.sleep(0.3)
        self.seen.append(super()._read())
        return self.seen[0]


async def test_ended_before_the_editor_begins() -> None:
    """A talk that is ended while its editor is about to begin ends, and waits for no line."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        lines = Slow("> ", print, history=False)
        late = threading.Timer(30, keys.send_text, ["late\r"])
        late.start()
        with anyio.move_on_after(0.1):
            await lines.read()
        late.cancel()

    assert lines.seen == [None]
