"""What is done every day: a default, a system prompt, code alone, coming back, and a wait that ends."""

from __future__ import annotations

import io
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from jackfield import ConfigError, ConnectFailed, StreamHandler
from jackfield_cli._auth import _kind
from jackfield_cli._patience import Patience
from jackfield_cli._send import Question
from jackfield_cli._views._code import code_blocks

pytestmark = pytest.mark.usefixtures("tokens")


def test_a_default_is_asked(config: Path, jackfield: Callable[..., Any]) -> None:
    """`use` chooses who is asked where nobody is named, with a model; comments of the file stay."""
    ran = jackfield("use", "lab:big")
    assert (ran.code, ran.out) == (0, "")
    assert 'default = "lab:big"' in config.read_text()
    assert "# the first" in config.read_text()
    assert jackfield("send", "hello").out == "Lab: hello to big\n"
    assert jackfield("send", "work", "hello").out == "You said: hello\n"
    assert jackfield("use").out == "lab:big\n"
    assert "is the default" in jackfield("remove", "lab").err
    assert jackfield("use", "--none").code == 0
    assert jackfield("send", "hello").code == 2


def test_a_default_must_be_there(config: Path, jackfield: Callable[..., Any]) -> None:
    """What is no connection cannot be the default; nothing is written, and a near name is told."""
    before = config.read_text()
    ran = jackfield("use", "wrok")
    assert ran.code == 2
    assert "'work'" in ran.err
    assert config.read_text() == before


def test_code_is_printed_alone(jackfield: Callable[..., Any]) -> None:
    """`--extract` prints the first block of code as it can be pasted, `--extract-last` the last."""
    answer = "say:Look:%0A```python%0Adef%20f():%0A%20%20%20%20pass%0A```%0Aor%0A```%0Aecho%0A```%0A"
    assert jackfield("send", "scripted", "-x", answer).out == "def f():\n    pass\n"
    assert jackfield("send", "scripted", "--extract-last", answer).out == "echo\n"
    none = jackfield("send", "scripted", "-x", "say:words")
    assert none.out == "words\n"
    assert "no block of code" in none.err


def test_code_and_json_are_two_things(jackfield: Callable[..., Any]) -> None:
    """`--extract` with `--json` is refused before anything is asked, and not one of them dropped."""
    ran = jackfield("send", "scripted", "-x", "--json", "hello")
    assert (ran.code, ran.out) == (2, "")
    assert "give one" in ran.err


def test_code_does_not_command_a_terminal(terminal: Callable[..., Any]) -> None:
    """Code that is printed at a terminal has its control characters escaped, as every answer has."""
    shell = terminal("send", "scripted", "-x", "say:```%0Als%1b]0;evil%07%0A```")
    assert shell.end() == 0
    assert "\x1b]0;" not in shell.raw
    assert "ls\\x1b]0;evil" in shell.text


def test_code_in_lists_and_of_other_fences_is_found() -> None:
    """Blocks are found as markdown has them, not by their first characters."""
    assert code_blocks("- a\n  ```sh\n  ls\n  ```\n~~~\n```\n~~~\n") == ["ls\n", "```\n"]


def test_a_talk_says_how_to_come_back(terminal: Callable[..., Any]) -> None:
    """Ctrl-D names the command that goes on; /model alone lists, and an unknown one changes nothing."""
    talk = terminal("chat", "scripted", "--no-history", columns=120)
    talk.prompted("scripted>")
    talk.type("/model\r")
    talk.until("* small (tiny)")
    talk.prompted("scripted>")
    talk.type("/model bgi\r")
    talk.until("There is no model 'bgi'")
    talk.prompted("scripted>")
    talk.type("hello\r")
    talk.until("You said: hello")
    assert "to bgi" not in talk.text
    talk.prompted("scripted>")
    talk.type("\x04")
    assert talk.end() == 0
    assert "jackfield chat scripted --conversation thread-1" in talk.text


@pytest.mark.anyio
async def test_nobody_waits_long_for_nobody() -> None:
    """Attempts that reach nobody are given up after half a minute; one that is answered begins anew."""
    now, reached = [0.0], [False]

    @asynccontextmanager
    async def handler(_: Any) -> AsyncIterator[Any]:
        if not reached[0]:
            raise ConnectFailed("nobody listens")
        yield ()

    patience = Patience(clock=lambda: now[0])
    attempt = patience.jackfield_wrap_attempt(cast("Any", None), cast("Any", None))(
        cast("StreamHandler", handler)
    )

    async def wanted(at: float) -> bool | None:
        now[0] = at
        with pytest.raises(ConnectFailed) as caught:
            async with attempt(cast("Any", None)):
                pass
        return caught.value.should_retry

    assert [await wanted(0), await wanted(29)] == [None, None]
    reached[0] = True
    async with attempt(cast("Any", None)):
        pass
    reached[0] = False
    assert [await wanted(40), await wanted(69), await wanted(70)] == [None, None, False]


def test_a_system_prompt_goes_first() -> None:
    """What `--system` says is a message of its own, before the question."""
    question = Question(asked=(), entries={}, text="Hello", system="Answer in French.")
    assert [(one.role, one.text) for one in question.request().messages] == [
        ("system", "Answer in French."),
        ("user", "Hello"),
    ]


def test_the_first_kind_of_credentials_is_taken_from_a_pipe(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a provider takes cookies or a code and nobody can be asked, they are cookies."""
    from scripted_provider import SPEC

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    spec = attrs.evolve(SPEC, auth_types=frozenset({"code", "cookies"}))
    assert _kind(spec, None) == "cookies"
    assert _kind(spec, "code") == "code"
    with pytest.raises(ConfigError, match="takes no 'token'"):
        _kind(spec, "token")
