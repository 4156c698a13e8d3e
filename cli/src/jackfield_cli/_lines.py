"""Lines that a person types or a pipe brings, read without blocking the event loop."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import anyio
import attrs
from anyio import to_thread

from jackfield import ConfigError

from ._input import decoded
from ._private import append_private, state_folder

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings

_READ_BYTES = 65536
_PAUSE_SECONDS = 0.02


class Lines(Protocol):
    """Gives one line after the other."""

    async def read(self) -> str | None:
        """Return the next line, empty when it was thrown away, or None at the end."""


@attrs.define(eq=False)
class PipeLines:
    """The lines of standard input. Nothing is read ahead of what is asked for in a thread left behind."""

    _buffer: bytes = attrs.field(default=b"", init=False)
    _ended: bool = attrs.field(default=False, init=False)

    async def read(self) -> str | None:
        """Return the next line, or None at the end."""
        while b"\n" not in self._buffer and not self._ended:
            descriptor = sys.stdin.fileno()
            if _may_wait(descriptor):
                await anyio.wait_readable(descriptor)
            more = os.read(descriptor, _READ_BYTES)
            self._buffer += more
            self._ended = not more
        if not self._buffer:
            return None
        line, _, self._buffer = self._buffer.partition(b"\n")
        return decoded(line, "standard input")


def _may_wait(descriptor: int) -> bool:
    """Whether reading may have to wait; event loops refuse to watch a plain file."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)


@attrs.define(eq=False)
class EditedLines:
    """Lines edited at a terminal, with a history. Ctrl-C throws a line away, Ctrl-D ends.

    Alt-Enter, or Enter behind a backslash, begins another line of the same text.

    Attributes:
        prompt: What stands before the line.
        say: Takes a sentence for the person.
        words: What the tabulator completes.
        history: Whether what is typed is kept, in a private file, and recalled.
    """

    prompt: str
    say: Callable[[str], None]
    words: tuple[str, ...] = ()
    history: bool = True
    _editor: PromptSession[str] = attrs.field(init=False)
    _is_read: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import FileHistory, InMemoryHistory

        file = self._history_file() if self.history else None
        self._editor = PromptSession(
            history=FileHistory(str(file)) if file else InMemoryHistory(),
            completer=WordCompleter(list(self.words), sentence=True),
            complete_while_typing=False,
            key_bindings=_newlines(),
            prompt_continuation="",
        )

    def _history_file(self) -> Path | None:
        """Return the file of the history; without a place for one nothing is kept, and that is said."""
        try:
            file = state_folder() / "chat_history"
            append_private(file, "")  # makes it, and refuses one that others can read
        except ConfigError as error:
            self.say(f"What you type is not kept: {error} (--no-history says nothing of it.)")
            return None
        return file

    async def read(self) -> str | None:
        """Return the next line, empty when it was thrown away, or None at the end."""
        line: str | None = None
        self._is_read = False
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._leave_when_cancelled)
            try:
                line = await to_thread.run_sync(self._read)
            finally:
                self._is_read = True
            tasks.cancel_scope.cancel()
        return line

    async def _leave_when_cancelled(self) -> None:
        """End the editor's own loop, in its thread, when the job is cancelled: a thread cannot be."""
        try:
            await anyio.sleep_forever()
        finally:
            # It may be only about to begin: so it is told until it has heard.
            with anyio.CancelScope(shield=True):
                while not self._is_read:
                    self._tell_to_leave()
                    await anyio.sleep(_PAUSE_SECONDS)

    def _tell_to_leave(self) -> None:
        loop = self._editor.app.loop
        if loop is not None and self._editor.app.is_running:
            with suppress(RuntimeError):  # it has ended just now
                loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        if self._editor.app.is_running and not self._editor.app.is_done:
            self._editor.app.exit(exception=EOFError)

    def _read(self) -> str | None:
        try:
            return self._editor.prompt(self.prompt, handle_sigint=False)
        except KeyboardInterrupt:
            return ""
        except EOFError:
            return None


def _newlines() -> KeyBindings:
    """Return the keys that begin another line of the same text: Alt-Enter, and Enter behind a backslash."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @Condition
    def is_behind_backslash() -> bool:
        return bool(get_app().current_buffer.document.current_line_before_cursor.endswith("\\"))

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("enter", filter=is_behind_backslash)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.delete_before_cursor()
        event.current_buffer.insert_text("\n")

    return keys
