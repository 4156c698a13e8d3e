"""`send` through pipes: the plain answer, JSON for machines, and an exit code for every kind of failure."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import jackfield as library
from jackfield_cli._report import ExitCode, exit_code, sentence

PNG = b"\x89PNG\r\n\x1a\n rest"

pytestmark = pytest.mark.usefixtures("tokens")


def test_a_pipe_gets_the_answer_and_nothing_else(jackfield: Callable[..., Any]) -> None:
    """Standard output is the answer's text with one newline; there are no colours and no remarks."""
    ran = jackfield("send", "scripted", "step:one say:An%20*answer*")
    assert (ran.code, ran.out, ran.err) == (0, "An *answer*\n", "")


def test_wishes_not_granted_are_told(jackfield: Callable[..., Any]) -> None:
    """What a provider did not do as it was said is one line on standard error, safe for a terminal."""
    ran = jackfield("send", "scripted", "say:Hi bend:left%20out%3A%1b%5Bred")

    assert (ran.code, ran.out) == (0, "Hi\n")
    assert ran.err == "scripted did not do all as it was said: model left out:\\x1b[red\n"


def test_strange_counts_are_told(jackfield: Callable[..., Any]) -> None:
    """Counts that do not add up are told and not corrected."""
    ran = jackfield("send", "scripted", "say:Hi miscount")

    assert (ran.code, ran.out) == (0, "Hi\n")
    assert ran.err == ("The counts of scripted do not add up: 5 tokens are reasoning, and 1 were written\n")


def test_a_pipe_gets_the_text_as_it_came(jackfield: Callable[..., Any]) -> None:
    """Control characters pass through a pipe, and are escaped there with --safe."""
    assert jackfield("send", "scripted", "say:a%1bb").out == "a\x1bb\n"
    assert jackfield("send", "scripted", "--safe", "say:a%1bb").out == "a\\x1bb\n"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_event_loops_serve(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """JACKFIELD_BACKEND chooses the event loop; the answer is the same."""
    monkeypatch.setenv("JACKFIELD_BACKEND", backend)
    assert jackfield("send", "scripted", "hello").out == "You said: hello\n"


@pytest.mark.parametrize(
    "args", [("scripted", "-"), ("scripted",), ("-p", "scripted"), ("-p", "scripted", "-")]
)
def test_a_message_may_come_from_a_pipe(jackfield: Callable[..., Any], args: tuple[str, ...]) -> None:
    """A message that is `-` or missing is read from standard input."""
    assert jackfield("send", *args, stdin="from a pipe").out == "You said: from a pipe\n"


def test_the_only_connection_needs_no_name(config: Path, jackfield: Callable[..., Any]) -> None:
    """Without a name the only connection is asked; of several, an error lists them."""
    assert jackfield("send", "hello").code == 2
    assert "work, lab" in jackfield("send", "hello").err
    jackfield("remove", "lab")
    assert jackfield("send", "hello").out == "You said: hello\n"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("scripted", "two", "words"), "quotes"),
        (("wrok", "hello"), "'work'"),
        (("--attach", "run-7", "work", "hello"), "no message"),
        (("--attach", "run-7", "-p", "work", "-p", "lab"), "one connection"),
        (("work", "   "), "empty"),
        (("work", "hi", "--image", "missing.png"), "missing.png"),
        (("work", "hi", "--file", "missing.pdf"), "missing.pdf"),
        (("work", "hi", "--timeout", "0"), "timeout"),
    ],
)
def test_a_misuse_is_told_before_anything_is_asked(
    config: Path,
    jackfield: Callable[..., Any],
    trace: Callable[[], list[str]],
    args: tuple[str, ...],
    expected: str,
) -> None:
    """What makes no sense is a usage error, found before any connection is opened."""
    ran = jackfield("send", *args)
    assert (ran.code, ran.out) == (2, "")
    assert expected in ran.err
    assert trace() == []


def test_settings_reach_the_provider(home: Path, jackfield: Callable[..., Any]) -> None:
    """Model, conversation, images and files of the command line are in the request."""
    picture, notes = home / "picture.png", home / "notes.txt"
    picture.write_bytes(PNG)
    notes.write_text("A jackfield is a panel of sockets.")
    settings = ("--model", "big", "--conversation", "t-9", "--image", str(picture), "--file", str(notes))
    ran = jackfield("send", "scripted", "hello", *settings)
    assert ran.out == "You said: hello (in t-9) with 1 images and notes.txt to big\n"


def test_a_file_may_come_from_a_pipe_or_an_address(
    process: Callable[..., Any], jackfield: Callable[..., Any]
) -> None:
    """`-` is the file that is piped in, which is then no part of the message; the remote reads an address."""
    assert (
        process("send", "scripted", "look", "--file", "-", stdin="notes").out == "You said: look and stdin\n"
    )
    address = "https://example.com/talk.pdf?page=1"
    assert jackfield("send", "scripted", "look", "--file", address).out == "You said: look and talk.pdf\n"
    wrong = jackfield("send", "scripted", "look", "--image", "ftp://example.com/a.png")
    assert (wrong.code, wrong.out) == (2, "")
    assert "must begin with https://" in wrong.err


def test_a_model_goes_before_the_default_one(
    config: Path, tokens: None, jackfield: Callable[..., Any]
) -> None:
    """Who is asked by default is asked for the model of the command line, where that names one."""
    jackfield("use", "work:small")
    assert jackfield("send", "hello", "-m", "big").out == "You said: hello to big\n"
    assert jackfield("send", "hello").out == "You said: hello to small\n"


def test_what_is_no_image_is_refused(home: Path, jackfield: Callable[..., Any]) -> None:
    """A file that is no image is a usage error that says which ones are."""
    (home / "notes.txt").write_text("not an image")
    ran = jackfield("send", "scripted", "hello", "--image", str(home / "notes.txt"))
    assert ran.code == 2
    assert "PNG" in ran.err


def test_an_answer_is_taken_up_again(jackfield: Callable[..., Any]) -> None:
    """`--attach` reads an answer by its handle and asks nothing."""
    assert jackfield("send", "scripted", "--attach", "run-7").out == "attached run-7\n"


def test_several_answers_follow_each_other(config: Path, jackfield: Callable[..., Any]) -> None:
    """In a pipe several answers stand under their connections' names; one name twice is asked once."""
    out = jackfield("send", "-p", "work", "-p", "lab", "-p", "work", "hello").out
    assert sorted(out.split("== ")[1:]) == ["lab ==\nLab: hello\n", "work ==\nYou said: hello\n"]


def test_one_failure_takes_no_other_answer_down(config: Path, jackfield: Callable[..., Any]) -> None:
    """When one of several fails, the others' answers are shown, and the exit code is the failure's."""
    config.write_text(config.read_text() + '\n[connections.gone]\nprovider = "nowhere"\n')
    ran = jackfield("send", "-p", "work", "-p", "gone", "hello")
    assert ran.code == 2
    assert "You said: hello" in ran.out
    assert "no installed provider is called 'nowhere'" in ran.err


def test_a_response_is_one_line_of_json(jackfield: Callable[..., Any]) -> None:
    """`--json` gives one ASCII line with everything that is known of the answer."""
    ran = jackfield("send", "scripted", "--json", "say:%1b%e2%80%ae%0Aü")
    (line,) = ran.out.splitlines()
    assert line.isascii()
    assert "\x1b" not in line
    told = json.loads(line)
    response = library.from_json(told["response"])
    assert isinstance(response, library.ChatResponse)
    assert told["content"] == response.content == "\x1b\u202e\nü"
    assert (told["success"], response.handle, response.model) == (True, "run-7", "small")
    assert response.usage is not None
    assert response.usage.output_tokens == 4


def test_events_are_lines_of_json(jackfield: Callable[..., Any]) -> None:
    """`--json --stream` gives each event as it comes, the waiting for a retry too, and the response last."""
    ran = jackfield("send", "scripted", "--json", "--stream", "busy")
    first, *events, last = [json.loads(one) for one in ran.out.splitlines()]
    assert first["waiting"] > 0
    assert isinstance(library.from_json(first["error"]), library.ProviderError)
    assert [type(library.from_json(one["event"])).__name__ for one in events] == [
        "ResponseStarted",
        "TextDelta",
        "ResponseFinished",
    ]
    assert isinstance(library.from_json(last["response"]), library.ChatResponse)
    assert {one["connection"] for one in (first, *events, last)} == {"scripted"}


def test_a_failure_is_json_too(jackfield: Callable[..., Any]) -> None:
    """A failure is in the response's `error`, with its class, certainty and what had arrived."""
    ran = jackfield("send", "scripted", "--json", "say:half fail:RunFailed")
    told = json.loads(ran.out)
    response = library.from_json(told["response"])
    assert ran.code == 1
    assert isinstance(response, library.ChatResponse)
    assert (told["success"], response.partial) == (False, "half")
    assert isinstance(response.error, library.RunFailed)


def test_what_json_cannot_hold_is_told_as_text() -> None:
    """What a plugin put into the metadata loses nobody an answer."""
    from jackfield_cli._views._json import described

    response = library.ChatResponse(parts="Hello", metadata={"when": {1, 2}, "share": float("nan")})

    told = library.from_json(described(response))

    assert isinstance(told, library.ChatResponse)
    assert (told.content, told.metadata) == ("Hello", {"when": "{1, 2}", "share": "nan"})


def test_a_stream_into_a_pipe_comes_piece_by_piece(
    home: Path, tokens: None, trace: Callable[[], list[str]]
) -> None:
    """With --stream each piece is written when it arrives, not when the answer ends."""
    import os
    import subprocess
    import sys

    command: list[str | Path] = [
        Path(sys.executable).parent / "jackfield",
        "send",
        "scripted",
        "--stream",
        "say:first wait say:second",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert os.read(running.stdout.fileno(), 100) == b"first"
        (home / "go").touch()
        assert running.stdout.read() == b"second\n"
    assert running.returncode == 0


def test_text_that_is_taken_back_is_not_left_in_a_pipe_unsaid(jackfield: Callable[..., Any]) -> None:
    """What was written cannot be unwritten: the whole answer follows, and a remark says why."""
    ran = jackfield("send", "scripted", "--stream", "say:wrong retake:right")
    assert ran.out == "wrongright\n"
    assert "took back" in ran.err
    assert jackfield("send", "scripted", "say:wrong retake:right").out == "right\n"


def test_waiting_is_explained(jackfield: Callable[..., Any]) -> None:
    """Before a retry standard error says why is waited and how long."""
    ran = jackfield("send", "scripted", "busy")
    assert (ran.code, ran.out) == (0, "at last\n")
    assert "trying again" in ran.err
    assert "the script wants RateLimited" in ran.err
    as_json = jackfield("send", "scripted", "busy", "--json")
    assert len(as_json.out.splitlines()) == 1
    assert "trying again" in as_json.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("RunFailed", 1),
        ("ContentRefused", 1),
        ("ValueError", 1),
        ("AuthenticationRequired", 3),
        ("PermissionDenied", 3),
        ("QuotaExhausted", 4),
        ("ProviderUnavailable", 5),
        ("ConnectFailed", 5),
        ("AccountBusy", 5),
        ("TLSFailed", 5),
        ("DeadlineExceeded", 6),
        ("SubmissionUncertain", 6),
        ("ConnectionLost", 6),
    ],
)
def test_the_exit_code_tells_the_kind_of_failure(
    jackfield: Callable[..., Any], error: str, code: int
) -> None:
    """Each kind of failure has its documented exit code, one sentence on standard error, and no traceback."""
    ran = jackfield("send", "scripted", f"say:half fail:{error}")
    assert ran.code == code
    assert ran.out == ""
    assert f"wants {error}" in ran.err
    assert "Traceback" not in ran.err


def test_every_error_has_an_exit_code_other_than_success() -> None:
    """No error of the library leaves the command with 0, or with a code that is not documented."""
    errors = [one for _, one in inspect.getmembers(library, inspect.isclass) if issubclass(one, Exception)]
    for kind in errors:
        error = kind("x", phase="event") if issubclass(kind, library.DeadlineExceeded) else kind("x")
        assert exit_code(error) in ExitCode
        assert exit_code(error) not in {ExitCode.OK, ExitCode.INTERRUPTED, ExitCode.TERMINATED}


def test_what_lies_on_this_machine_is_wrong_usage() -> None:
    """An error that by its kind comes before anything is sent, such as a missing browser, ends with 2."""
    from jackfield_web import LaunchFailed

    assert exit_code(LaunchFailed("no browser was found")) is ExitCode.USAGE


@pytest.mark.parametrize(
    ("phase", "certainty", "code"),
    [("rate", "NOT_SENT", 4), ("queue", "NOT_SENT", 5), ("answer", "UNKNOWN", 6), ("event", "STARTED", 6)],
)
def test_time_that_ends_before_anything_was_done_is_no_doubt(phase: str, certainty: str, code: int) -> None:
    """What certainly did nothing is not told as if it might have acted; all else is."""
    error = library.DeadlineExceeded("too late", phase=phase, certainty=library.Certainty[certainty])
    assert exit_code(error) == code
    assert ("It may have acted" in sentence(error)) is (code == 6)
    assert ("Nothing was done" in sentence(error)) is (code != 6)


def test_a_failure_says_where_the_answer_is(config: Path, jackfield: Callable[..., Any]) -> None:
    """A failure after the beginning shows the partial text, the page, and the command that reads on."""
    ran = jackfield("send", "work", "say:half%20an%20answer fail:StreamInterrupted", "--config", str(config))
    assert ran.code == 6
    assert "half an answer" in ran.err
    assert "http://127.0.0.1/run-7" in ran.err
    command = f"jackfield send work --attach run-7 --config {config}"
    assert command in ran.err
    assert jackfield(*command.split()[1:]).out == "attached run-7\n"


def test_hints_name_what_a_person_can_do(
    config: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing login is met with commands and variables, not with a function of the library."""
    monkeypatch.delenv("SCRIPTED_WORK_TOKEN", raising=False)
    ran = jackfield("send", "work", "hello")
    assert ran.code == 3
    assert "`jackfield auth set work`, or the environment variable SCRIPTED_WORK_TOKEN." in ran.err
    assert "set_provider_context" not in ran.err
    paged = jackfield("send", "claude_web", "hello").err
    assert "`jackfield auth set claude_web`, or `jackfield login claude_web`." in paged


def test_every_failure_says_what_to_do(jackfield: Callable[..., Any]) -> None:
    """Where the error itself gives no advice, the command does; a run that has ended is not to be read on."""
    assert "jackfield health" in jackfield("send", "scripted", "say:x fail:ConnectFailed").err
    assert "look before you ask again" in jackfield("send", "scripted", "say:x fail:ConnectionLost").err
    ended = jackfield("send", "scripted", "say:x fail:RunFailed").err
    assert "Look at it" in ended
    assert "--attach" not in ended


def test_an_error_message_cannot_reach_the_terminal_unescaped(jackfield: Callable[..., Any]) -> None:
    """What a provider says in an error is escaped like its answers."""
    ran = jackfield("send", "scripted", "say:a%1b]0;x%07 fail:RunFailed")
    assert "\x1b" not in ran.err
    assert "\\x1b]0;x\\x07" in ran.err


def test_missing_credentials_are_told(config: Path, process: Callable[..., Any], monkeypatch: Any) -> None:
    """Without credentials nothing is asked: exit code 3, and the command that stores some."""
    monkeypatch.delenv("SCRIPTED_WORK_TOKEN")
    ran = process("send", "work", "hello")
    assert ran.code == 3
    assert "jackfield auth set work" in ran.err
    assert "SCRIPTED_WORK_TOKEN" in ran.err


def test_prompts_and_answers_are_not_kept(home: Path, process: Callable[..., Any]) -> None:
    """No file of the command's holds a question or an answer, and logs do not show them."""
    ran = process("--debug", "send", "scripted", "canary-question")
    assert "canary" not in ran.err
    kept = [file.read_text() for file in home.rglob("*") if file.is_file()]
    assert kept
    assert not [text for text in kept if "canary" in text]


@pytest.mark.parametrize(("flags", "is_told"), [(["--debug"], False), (["-v"], False), (["-vv"], True)])
def test_other_libraries_are_told_apart(
    tokens: None, process: Callable[..., Any], flags: list[str], is_told: bool
) -> None:
    """`--debug` tells our own steps; what other libraries log comes with -vv, before or after the command."""
    ran = process("send", *flags, "scripted", "hello")
    assert ran.code == 0
    assert "request.started" in ran.err
    assert ("selector" in ran.err) is is_told  # the event loop says which it uses
