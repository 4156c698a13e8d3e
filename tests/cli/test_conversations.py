"""Conversations that are gone on with: the last one, any one, with providers that keep them and others."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield_playground import CodegenPlayground, OpenAIPlayground

CONFIG = """
[connections.api]
provider = "openai_api"
preset = "openai"
base_url = "{api}"
default_model = "gpt-playground"

[connections.agent]
provider = "codegen_api"
base_url = "{agent}"
org_id = {org}
poll_start = 0.01
"""


@pytest.fixture
def api() -> Iterator[OpenAIPlayground]:
    """Serve an API that keeps nothing."""
    with OpenAIPlayground().running() as served:
        yield served


@pytest.fixture
def folder(home: Path, api: OpenAIPlayground, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve an agent that keeps its threads, too; return where conversations are."""
    with CodegenPlayground().running() as agent:
        agent.state.change(rate_limits=False)
        config = home / "talks.toml"
        config.write_text(CONFIG.format(api=api.base_url, agent=agent.base_url, org=agent.org_id))
        monkeypatch.setenv("JACKFIELD_CONFIG", str(config))
        monkeypatch.setenv("OPENAI_API_TOKEN", api.key)
        monkeypatch.setenv("CODEGEN_AGENT_TOKEN", agent.token)
        monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
        yield home / "state/jackfield/conversations"


def listed(jackfield: Callable[..., Any]) -> list[dict[str, Any]]:
    """The conversations, as a program reads them."""
    return [json.loads(line) for line in jackfield("conversations", "--json").out.splitlines()]


def test_the_last_one_is_gone_on_with(folder: Path, jackfield: Callable[..., Any]) -> None:
    """Once words are kept, `-c` sends them again where the provider keeps nothing; the files are private."""
    assert "There is no conversation yet." in jackfield("conversations").err
    jackfield("conversations", "--keep")
    first = jackfield("send", "api", "What is a jackfield?")
    assert "Earlier questions in this thread: 0" in first.out
    second = jackfield("send", "-c", "And a rail?")
    assert "Earlier questions in this thread: 1" in second.out
    (kept,) = listed(jackfield)
    assert (kept["connection"], kept["title"], kept["turns"]) == ("api", "What is a jackfield?", 2)
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_any_one_is_gone_on_with(folder: Path, jackfield: Callable[..., Any]) -> None:
    """`--conversation` takes one by its name; with `-c NAME` it is the last one with NAME."""
    jackfield("conversations", "--keep")
    jackfield("send", "api", "one")
    jackfield("send", "agent", "two")
    by_title = {kept["title"]: kept for kept in listed(jackfield)}
    assert "in this thread: 1" in jackfield("send", "--conversation", by_title["one"]["id"], "more").out
    assert listed(jackfield)[0]["title"] == "one"
    jackfield("send", "agent", "three", "-c")
    assert [kept["title"] for kept in listed(jackfield)] == ["two", "one"]
    wrong = jackfield("send", "agent", "no", "--conversation", by_title["one"]["id"])
    assert wrong.code == 2
    assert "is one with api, not with agent" in wrong.err


def test_of_a_kept_thread_no_word_is_kept_here(folder: Path, jackfield: Callable[..., Any]) -> None:
    """Where the provider has the thread, its name and, if wished, the first words are on this machine."""
    jackfield("conversations", "--keep")
    first = jackfield("send", "agent", f"{'word ' * 30}canary-of-what-was-said")
    assert first.code == 0, first.err
    jackfield("send", "-c", "a second canary-of-what-was-said")
    (file,) = folder.glob("*.json")
    form = json.loads(file.read_text())
    assert (form["messages"], bool(form["thread"]), len(form["title"])) == ([], True, 60)
    assert "canary" not in file.read_text()


def test_no_word_is_kept_unasked(folder: Path, jackfield: Callable[..., Any]) -> None:
    """Before `--keep`, what a provider keeps is gone on with by its name there; what none keeps is not."""
    jackfield("send", "api", "canary-question")
    none = jackfield("send", "api", "-c", "more")
    assert none.code == 2
    assert "jackfield conversations --keep" in none.err
    first = jackfield("send", "agent", "canary-question")
    assert first.code == 0, first.err
    assert jackfield("send", "-c", "canary-more").code == 0
    (kept,) = listed(jackfield)
    assert (kept["connection"], kept["title"]) == ("agent", "")
    assert not [file for file in folder.iterdir() if "canary" in file.read_text()]
    jackfield("conversations", "--keep")
    jackfield("conversations", "--no-keep")
    jackfield("send", "api", "canary-question")
    assert len(listed(jackfield)) == 1


def test_no_other_conversation_is_gone_on_with_in_its_place(
    folder: Path, jackfield: Callable[..., Any]
) -> None:
    """After one that was not kept `-c` asks nobody, and names the one before it."""
    assert jackfield("send", "agent", "one").code == 0
    assert jackfield("send", "api", "two").code == 0
    ran = jackfield("send", "-c", "and?")
    (kept,) = listed(jackfield)
    assert ran.code == 2
    assert "the last conversation, with api, was not kept" in ran.err
    assert "jackfield conversations --keep" in ran.err
    assert f"--conversation {kept['id']}, with agent" in ran.err
    assert "in this thread: 1" in jackfield("send", "agent", "-c", "and?").out
    assert "in this thread: 2" in jackfield("send", "-c", "and?").out
    (folder / "unkept").write_text("[]")
    assert "in this thread: 3" in jackfield("send", "-c", "and?").out
    jackfield("send", "api", "two")
    jackfield("conversations", "--forget")
    assert "there is no conversation to go on with" in jackfield("send", "-c", "and?").err


def test_what_is_not_to_be_kept_is_not(folder: Path, jackfield: Callable[..., Any]) -> None:
    """`--no-history` keeps nothing; `--forget` removes what there is; `-c` then says so."""
    jackfield("conversations", "--keep")
    jackfield("send", "api", "hello", "--no-history")
    assert listed(jackfield) == []
    jackfield("send", "api", "hello")
    assert jackfield("conversations", "--forget").code == 0
    assert not list(folder.glob("*.json"))
    none = jackfield("send", "-c", "hello")
    assert none.code == 2
    assert "no conversation to go on with" in none.err
    assert "--keep" not in none.err


@pytest.mark.parametrize(
    ("whom", "expected"),
    [((), "needs the connection's before it"), (("api",), "keeps none itself"), (("agent",), "404")],
)
def test_one_that_is_not_there_is_told(
    folder: Path, jackfield: Callable[..., Any], whom: tuple[str, ...], expected: str
) -> None:
    """A name that neither this machine nor the provider knows leads to the list of those there are."""
    ran = jackfield("send", *whom, "hello", "--conversation", "12345678")
    assert ran.code == 2
    assert expected in ran.err
    assert "jackfield conversations" in ran.err


def test_the_oldest_makes_room_and_is_told(
    folder: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more conversations than are kept the oldest goes, and whose words go with it is told."""
    monkeypatch.setattr("jackfield_cli._conversations._MOST_KEPT", 1)
    jackfield("send", "agent", "of no word")
    jackfield("conversations", "--keep")
    assert "Forgotten" not in jackfield("send", "api", "of some words").err
    (kept,) = listed(jackfield)
    told = jackfield("send", "api", "hello").err
    assert f"Forgotten, as the oldest of more than 1 conversations: {kept['id']}, with api: of some" in told
    assert [one["title"] for one in listed(jackfield)] == ["hello"]


def test_a_first_question_without_a_whole_answer_is_gone_on_with(
    folder: Path, api: OpenAIPlayground, jackfield: Callable[..., Any]
) -> None:
    """Where words are kept, what arrived of a first answer is kept; a later failure changes nothing."""
    jackfield("conversations", "--keep")
    api.play("cut")
    cut = jackfield("send", "api", "one")
    assert cut.code == 6
    assert "Go on all the same: jackfield send -c" in cut.err
    jackfield("send", "-c", "two")
    api.play("none")
    assert "in this thread: 1" in jackfield("send", "-c", "three").out
    (kept,) = listed(jackfield)
    assert (kept["title"], kept["turns"]) == ("one", 2)


def test_where_nothing_was_sent_nothing_is_kept(
    folder: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question that certainly went nowhere begins no conversation."""
    jackfield("conversations", "--keep")
    assert jackfield("send", "api", "hello", "--image", str(Path(__file__))).code == 2
    monkeypatch.delenv("OPENAI_API_TOKEN")
    assert jackfield("send", "api", "hello").code == 3
    assert listed(jackfield) == []


_NEVER = '{"connection": "api", "title": "", "at": %s, "thread": null, "messages": []}'


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"messages": [{"type": "text"}]}', "\x00", *(_NEVER % at for at in ("1e300", "NaN"))],
)
def test_a_damaged_one_is_set_aside(folder: Path, jackfield: Callable[..., Any], text: str) -> None:
    """What cannot be read is told and kept beside; the others are gone on with."""
    jackfield("conversations", "--keep")
    jackfield("send", "api", "hello")
    damaged = folder / "0badc0de.json"
    damaged.write_text(text)
    damaged.chmod(0o600)
    os.utime(damaged, (2**31, 2**31))
    ran = jackfield("send", "-c", "more")
    assert "in this thread: 1" in ran.out
    assert "0badc0de cannot be read" in ran.err
    assert (folder / "0badc0de.damaged").read_text() == text


def test_a_chat_is_gone_on_with(
    folder: Path, jackfield: Callable[..., Any], process: Callable[..., Any]
) -> None:
    """`chat -c` goes on with what `send` began, and `send -c` with the chat."""
    jackfield("conversations", "--keep")
    jackfield("send", "api", "one")
    chatted = process("chat", "-c", stdin="two\nthree\n")
    assert "in this thread: 1" in chatted.out
    assert "in this thread: 2" in chatted.out
    assert "in this thread: 3" in jackfield("send", "-c", "four").out
    assert [kept["turns"] for kept in listed(jackfield)] == [4]
