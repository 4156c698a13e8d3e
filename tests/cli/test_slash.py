"""The commands of a talk: files along, another try, what the model keeps to, and a way out with all of it."""

from __future__ import annotations

import base64
import json
import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield import Message, from_json
from jackfield_cli._slash import COMMANDS, clipboard
from jackfield_playground import CodegenPlayground, OpenAIPlayground

PNG = b"\x89PNG\r\n\x1a\n"

Talk = Callable[..., Any]


@pytest.fixture(params=["asyncio", "trio"])
def talk(
    request: pytest.FixtureRequest,
    home: Path,
    tokens: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Talk:
    """Talk in this process: the lines are those of a file, which stands in the place of standard input."""
    from jackfield_cli import main

    monkeypatch.setenv("JACKFIELD_BACKEND", request.param)

    def say(*lines: str, to: str = "scripted", options: tuple[str, ...] = ()) -> Any:
        file = home / "typed"
        file.write_text("\n".join(lines))
        with file.open() as typed, pytest.raises(SystemExit):
            monkeypatch.setattr(sys, "stdin", typed)
            main(["chat", to, *options])
        return capsys.readouterr()

    return say


@pytest.fixture
def api(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIPlayground]:
    """Serve an API that keeps no thread, and lead the command to it."""
    with OpenAIPlayground().running() as served:
        monkeypatch.setenv("OPENAI_BASE_URL", served.base_url)
        monkeypatch.setenv("OPENAI_DEFAULT_MODEL", "gpt-playground")
        monkeypatch.setenv("OPENAI_TOKEN", served.key)
        yield served


def test_help_tells_every_command(talk: Talk) -> None:
    """`/help` has a line for each command, none wider than a terminal, and the keys for a new line."""
    told = talk("/help").err
    assert [word for word in COMMANDS if f"\n{word} " not in f"\n{told}"] == []
    assert "Alt-Enter" in told
    assert max(map(len, told.splitlines())) <= 80


def test_an_unknown_command_teaches(talk: Talk) -> None:
    """A misspelt command names the near one and asks nothing; two slashes send the line."""
    ran = talk("/modle", "/usr/bin is what?", "//usr/bin is what?")
    assert "There is no command /modle. Did you mean '/model'" in ran.err
    assert "There is no command /usr/bin" in ran.err
    assert ran.out == "You said: /usr/bin is what?\n"


def test_models_are_listed_and_chosen(talk: Talk) -> None:
    """`/models` marks the one that answers, `/model` alone lists too, an unknown one changes nothing."""
    ran = talk("/models", "/model big", "/model bgi", "/model", "hello")
    assert "* small (tiny)\n  big\n" in ran.err
    assert "There is no model 'bgi' here. Did you mean 'big'?" in ran.err
    assert "  small (tiny)\n* big\n" in ran.err
    assert ran.out == "You said: hello to big\n"


def test_files_go_along_once(home: Path, talk: Talk) -> None:
    """`/file` and `/image` go along with the next question and no other, also by names that were quoted."""
    (home / "my notes.txt").write_text("notes")
    (home / "p.png").write_bytes(PNG)
    ran = talk("/file ~/my notes.txt", f"/image '{home}/p.png'", "look", "again", "/file")
    assert "next question: my notes.txt, p.png." in ran.err
    assert ran.out.splitlines() == [
        "You said: look with 1 images and my notes.txt",
        "You said: again (in thread-1)",
    ]
    assert "next question: nothing." in ran.err


@pytest.mark.parametrize("line", ["/file {home}/nosuch", "/image {home}/typed", "/file {home}"])
def test_a_file_that_cannot_go_is_told_at_once(home: Path, talk: Talk, line: str) -> None:
    """What cannot be read, or is no image, is told before anything is asked, and the talk goes on."""
    ran = talk(line.format(home=home), "hello")
    assert ran.err
    assert ran.out == "You said: hello\n"


def test_what_a_provider_cannot_take_is_told_at_once(
    talk: Talk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file for a provider that takes none is refused when it is named, and does not go along."""
    (home / "notes.txt").write_text("notes")
    with CodegenPlayground().running() as served:
        monkeypatch.setenv("CODEGEN_BASE_URL", served.base_url)
        monkeypatch.setenv("CODEGEN_ORG_ID", str(served.org_id))
        monkeypatch.setenv("CODEGEN_TOKEN", served.token)
        ran = talk("/file ~/notes.txt", "/file", to="codegen_api")
    assert "codegen_api cannot take files" in ran.err
    assert "next question: nothing" in ran.err


def test_a_question_is_asked_again(talk: Talk, api: OpenAIPlayground) -> None:
    """Where the thread is kept here `/retry` takes the last question back: one is before it, not two."""
    ran = talk("/retry", "one", "two", "/retry", to="openai_api")
    assert "no question to ask again yet" in ran.err
    assert [line[-1] for line in ran.out.splitlines() if "Earlier questions" in line] == ["0", "1", "1"]


def test_an_answer_stays_when_another_try_fails(talk: Talk, home: Path, api: OpenAIPlayground) -> None:
    """The answer that `/retry` was to replace is still there when there is no other."""
    saved = home / "talk.md"
    ran = talk("one", "/model embedding-playground", "/retry", f"/save {saved}", to="openai_api")
    assert "Error: " in ran.err
    assert "## You\n\none\n" in saved.read_text()
    assert "Your question has 1 words" in saved.read_text()


def test_in_a_kept_thread_it_is_asked_once_more(talk: Talk) -> None:
    """Where the provider keeps the thread nothing can be taken back: that is said, and it is asked there."""
    ran = talk("one", "/retry")
    assert "keeps this thread, so it is asked there once more" in ran.err
    assert ran.out.splitlines() == ["You said: one", "You said: one (in thread-1)"]


def test_what_the_model_keeps_to(talk: Talk, home: Path, api: OpenAIPlayground) -> None:
    """`/system` stands once before all that was said, after `/retry` and `/new` too; `off` ends it."""
    saved = [home / f"{number}.json" for number in range(4)]
    talk(
        *("one", "/system Be brief.", "/retry", "/system", f"/save {saved[0]}"),
        *("/system Be long.", "two", f"/save {saved[1]}"),
        *("/new", "three", f"/save {saved[2]}"),
        *("/system off", "four", f"/save {saved[3]}"),
        to="openai_api",
        options=("-s", "Rhyme."),
    )
    said = [[from_json(one) for one in json.loads(file.read_text())] for file in saved]
    texts = [
        [one.text for one in talk if isinstance(one, Message) and one.role != "assistant"] for talk in said
    ]
    assert texts == [
        ["Be brief.", "one"],
        ["Be long.", "one", "two"],
        ["Be long.", "three"],
        ["three", "four"],
    ]


def test_a_talk_is_saved_and_nothing_overwritten(talk: Talk, home: Path) -> None:
    """`/save` writes a new private file of all that was said; one that is there stays."""
    taken, saved = home / "taken.md", home / "talk.md"
    taken.write_text("mine")
    ran = talk(
        f"/save {saved}", "hello", f"/save {taken}", f"/save {saved}", f"/save {home}/no/such", "/save"
    )
    assert "Nothing was said here yet." in ran.err
    assert "stays as it is" in ran.err
    assert "cannot be written: No such file" in ran.err
    assert taken.read_text() == "mine"
    assert saved.read_text() == "## You\n\nhello\n\n## scripted\n\nYou said: hello\n"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_a_pipe_has_neither_clipboard_nor_editor(talk: Talk) -> None:
    """Without a terminal `/copy` and `/edit` say so, and nothing is written to a clipboard."""
    ran = talk("hello", "/copy", "/edit")
    assert "no terminal whose clipboard" in ran.err
    assert "no terminal to edit at" in ran.err
    assert "\x1b" not in ran.out


def test_a_template_is_asked(talk: Talk, home: Path, api: OpenAIPlayground) -> None:
    """`/template` fills in values and the message as `send -t` does; alone it lists, a fault is told."""
    folder = home / ".config/jackfield/templates"
    folder.mkdir(parents=True)
    (folder / "review.toml").write_text(
        'prompt = "Review in $language: $input"\nsystem = "Be brief."\nconnection = "work"\n'
    )
    said = talk(
        "/template",
        "/template reviw",
        "/template review no language",
        '/template review language="High German" x=1 and more',
        "/system",
        "/save ~/talk.md",
        to="openai_api",
    )
    assert "Review in High German: x=1 and more" in (home / "talk.md").read_text()
    assert said.out.splitlines()[1].split() == ["review", "language", "input"]
    assert "Did you mean 'review'?" in said.err
    assert "wants a value for language" in said.err
    assert "meant for work; openai_api is asked" in said.err
    assert said.err.count("Be brief.") == 1


def test_which_conversation_it_is(talk: Talk, api: OpenAIPlayground) -> None:
    """`/conversation` names the command that comes back, or how there can be one."""
    assert "jackfield chat scripted --conversation thread-1" in talk("hello", "/conversation").err
    assert "jackfield conversations --keep" in talk("hello", "/conversation", to="openai_api").err


def test_the_way_back_is_on_one_line(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the provider's own name would be broken over two lines, the short one here stands for it."""
    monkeypatch.setattr("jackfield_cli._chat._ONE_LINE", 60)
    told = talk("hello", "/conversation").err
    assert re.search(r"Go on with it: jackfield chat --conversation [0-9a-f]{8}\n", told), told


def test_leaving_tells_that_there_is_no_way_back(
    home: Path, terminal: Callable[..., Any], api: OpenAIPlayground
) -> None:
    """Who leaves a talk that nobody keeps is told so, and how the next one is kept."""
    shell = terminal("chat", "openai_api")
    shell.prompted("openai_api>")
    shell.type("hello\r")
    shell.until("Your question has")
    shell.prompted("openai_api>")
    shell.type("\x04")
    shell.until("`jackfield conversations --keep` keeps the next ones.")
    assert shell.end() == 0


def test_the_clipboard_gets_the_text() -> None:
    """What a terminal is sent is the text as it is, wrapped so that none of it is obeyed."""
    sent = clipboard("déjà\n\tvu")
    assert sent.startswith("\x1b]52;c;")
    assert base64.b64decode(sent[7:-1]).decode() == "déjà\n\tvu"


def test_lines_clipboard_editor_and_a_stop(
    home: Path, terminal: Callable[..., Any], tokens: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal: two ways to a new line, the clipboard, the editor, `/attach` after Ctrl-C."""
    editor = home / "editor"
    editor.write_text(f"#!{sys.executable}\nimport sys\nopen(sys.argv[1], 'a').write(' edited')\n")
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    shell = terminal("chat", "scripted", "--no-history", columns=120)
    shell.prompted("scripted>")
    shell.type("one\\\rtwo\x1b\rthree\r")
    shell.until("You said: one")
    shell.prompted("scripted>")
    shell.type("/save ~/talk.md\r")
    shell.until("2 messages")
    assert "one\ntwo\nthree\n" in (home / "talk.md").read_text()
    shell.prompted("scripted>")
    shell.type("say:```%0Als%20-l%0A``` say:%0Adone\r")
    shell.until("done")
    shell.prompted("scripted>")
    shell.type("/copy code\r")
    shell.until("6 characters")
    assert clipboard("ls -l\n") in shell.raw
    shell.prompted("scripted>")
    shell.type("/edit words\r")
    shell.until("You said: words edited")
    shell.prompted("scripted>")
    shell.type("say:half hang\r")
    shell.until("half", times=2)
    shell.until("working")
    shell.type("\x03")
    shell.until("Take it up again:   /attach run-7")
    shell.prompted("scripted>")
    shell.type("/attach\r")
    shell.until("attached run-7")
    shell.prompted("scripted>")
    shell.type("\x04")
    assert shell.end() == 0
