"""The command as a person runs it: in this process, as a process of its own, and at a terminal of its own."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import attrs
import pyte
import pytest

SCRIPTED = Path(__file__).parent / "scripted"
SCRIPT = Path(sys.executable).parent / "jackfield"
_PATIENCE = 120.0


@attrs.frozen
class Ran:
    """What a run of the command came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the command an empty home of its own, the scripted provider, and no keyring."""
    for name in list(os.environ):
        if name.startswith(
            ("JACKFIELD", "CODEGEN", "SCRIPTED", "XDG_", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTED))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("SCRIPTED_TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("SCRIPTED_GO", str(tmp_path / "go"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")  # our terminal answers no questions
    monkeypatch.syspath_prepend(str(SCRIPTED))
    return tmp_path


@pytest.fixture
def config(home: Path) -> Path:
    """Configure two connections, `work` and `lab`, and give them tokens."""
    file = home / ".config/jackfield/jackfield.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        '# mine\n[connections.work]\nprovider = "scripted"\norg_id = 1 # the first\n\n'
        '[connections.lab]\nprovider = "scripted"\ngreeting = "Lab"\n'
    )
    return file


@pytest.fixture
def install(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a distribution that adds commands, or what another group has: lines of `entry_points.txt`."""

    def make(
        distribution: str,
        *entries: str,
        group: str = "jackfield.commands",
        metadata: str = "",
        module: str = "",
    ) -> None:
        folder = home / distribution
        info = folder / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        plain = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        (info / "METADATA").write_text(metadata or plain)
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *entries]))
        (folder / f"{distribution}_code.py").write_text(module)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, f"{distribution}_code", raising=False)

    return make


@pytest.fixture
def tokens(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put tokens for all connections into the environment."""
    for name in ("SCRIPTED_TOKEN", "SCRIPTED_WORK_TOKEN", "SCRIPTED_LAB_TOKEN"):
        monkeypatch.setenv(name, f"token-in-{name}")


@pytest.fixture
def jackfield(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """Run the command in this process, its output a pipe."""
    from jackfield_cli import main

    def run(*args: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as left:
            main(args)
        caught = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Ran(left.value.code, caught.out, caught.err)

    return run


@pytest.fixture
def process(home: Path) -> Callable[..., Ran]:
    """Run the installed command as a process, its input and output pipes."""

    def run(*args: str, stdin: str = "") -> Ran:
        done = subprocess.run(
            [SCRIPT, *args], input=stdin, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


class Terminal:
    """The installed command at a terminal of its own."""

    def __init__(self, *args: str, columns: int = 80, lines: int = 24) -> None:
        self.keyboard, its_end = pty.openpty()
        fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            [SCRIPT, *args],
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            env=dict(os.environ),  # not C's own, where a line editor of the tests' process wrote a size
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  no thread is running
        )
        os.close(its_end)
        self.raw = ""
        self._size = columns, lines

    @property
    def text(self) -> str:
        """What it wrote so far, without colours and cursor movements."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self.raw)

    @property
    def screen(self) -> list[str]:
        """The lines that a person sees now."""
        seen = pyte.Screen(*self._size)
        pyte.Stream(seen).feed(self.raw)
        return [line.rstrip() for line in seen.display]

    def until(self, text: str, *, times: int = 1) -> str:
        """Read until it has written *text* so often."""
        ends = time.monotonic() + _PATIENCE
        while self.text.count(text) < times:
            assert time.monotonic() < ends, f"{text!r} did not come; there is: {self.text!r}"
            assert self._read(), f"it ended without {text!r}: {self.text!r}"
        return self.text

    def prompted(self, prompt: str) -> str:
        """Read until *prompt* is the last that it wrote: now it listens, and takes keys as they come."""
        while not self.text.rstrip().endswith(prompt):
            assert self._read(), f"it ended without {prompt!r}: {self.text!r}"
        return self.text

    def type(self, text: str) -> None:
        r"""Press keys: `\x03` is Ctrl-C, `\x04` Ctrl-D."""
        os.write(self.keyboard, text.encode())

    def end(self) -> int:
        """Read to the end, and return the exit code."""
        while self._read():
            pass
        return self.process.wait(_PATIENCE)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(_PATIENCE)
        os.close(self.keyboard)

    def _read(self) -> bool:
        if not select.select([self.keyboard], [], [], _PATIENCE)[0]:
            return False
        with suppress(OSError):  # Linux says EIO when the other end is closed
            if found := os.read(self.keyboard, 65536):
                self.raw += found.decode(errors="replace")
                return True
        return False


@pytest.fixture
def terminal(home: Path) -> Iterator[Callable[..., Terminal]]:
    """Open terminals, each with one run of the command."""
    opened: list[Terminal] = []

    def start(*args: str, columns: int = 80, lines: int = 24) -> Terminal:
        opened.append(Terminal(*args, columns=columns, lines=lines))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def trace(home: Path) -> Callable[[], list[str]]:
    """What the scripted provider did, told from outside."""
    file = home / "trace"
    return lambda: file.read_text().splitlines() if file.exists() else []
