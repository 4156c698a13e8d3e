"""Clients that send the whole history each time, before a provider that keeps its conversations by itself."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError, ImagePart, Message, TextPart, ToolCallPart
from jackfield_gateway import Token, _store
from jackfield_gateway._continuing import rendered
from jackfield_gateway._threads import Thread, Threads, key_of, split
from jackfield_playground import CodegenPlayground

from .conftest import TOKEN, Opener, adding_agent
from .test_anthropic_client import ask

OWN, OTHER = Token(TOKEN), Token("another-token-0123456789")
SAID = st.lists(st.builds(Message, st.sampled_from(["user", "assistant"]), st.text(min_size=1)), min_size=1)


def says(history: list[Any], text: str) -> Any:
    """Return what says the next thing over OpenAI's wire; the history grows by it and by the answer."""

    def deed(client: openai.OpenAI) -> Any:
        said = [*history, {"role": "user", "content": text}]
        raw = client.chat.completions.with_raw_response.create(model="agent", messages=said)
        answer = {"role": "assistant", "content": raw.parse().choices[0].message.content}
        history[:] = [*said, answer]
        return raw

    return deed


def prompts(agent: CodegenPlayground) -> list[list[str]]:
    """Return what was said to each run, in their order."""
    runs = sorted(agent.state.runs, key=lambda run: run.id)
    return [[message.prompt for message in run.messages] for run in runs]


@pytest.mark.anyio
async def test_a_history_finds_its_run_on_any_wire(front: Opener, agent: CodegenPlayground) -> None:
    """Three turns on two wires are one run, which is told each new message alone."""
    history: list[Any] = []
    async with front(adding_agent(agent)) as door:
        first = await door.ask(says(history, "tell me of cats"))
        second = await door.ask(says(history, "and of dogs"))
        said = [*history, {"role": "user", "content": "and of birds"}]
        third = await ask(
            door, lambda c: c.messages.with_raw_response.create(model="agent", messages=said, max_tokens=9)
        )
        assert agent.state.runs_created == 1
    assert prompts(agent) == [["tell me of cats", "and of dogs", "and of birds"]]
    assert "x-jackfield-conversation" not in first.headers
    assert second.headers["x-jackfield-conversation"] == "continued"
    assert third.headers["x-jackfield-conversation"] == "continued"
    assert third.headers["x-jackfield-ignored"] == "max_tokens"


@pytest.mark.anyio
async def test_a_turn_that_is_asked_anew_begins_a_run_of_its_own(
    front: Opener, agent: CodegenPlayground
) -> None:
    """A run that went on cannot be taken back: its earlier history is told in words to a new one."""
    history: list[Any] = []
    async with front(adding_agent(agent)) as door:
        await door.ask(says(history, "tell me of cats"))
        before = list(history)
        await door.ask(says(history, "and of dogs"))
        anew = await door.ask(says(before, "and of fish"))
        later = await door.ask(says(before, "and of whales"))
        assert agent.state.runs_created == 2
        _, (prompt, last) = prompts(agent)
    assert anew.headers["x-jackfield-conversation"] == "rendered"
    assert later.headers["x-jackfield-conversation"] == "continued"
    assert prompt.startswith("This was said before")
    assert "tell me of cats" in prompt
    assert prompt.endswith("and of fish")
    assert "of dogs" not in prompt
    assert last == "and of whales"


@pytest.mark.anyio
async def test_it_outlives_the_door_and_holds_no_word(
    front: Opener, agent: CodegenPlayground, tmp_path: Path
) -> None:
    """Another door finds the run by the same file, which is its owner's alone and holds digests."""
    history: list[Any] = []
    file = tmp_path / "threads"
    for text in ("tell me of cats", "and of dogs"):
        async with front(adding_agent(agent), threads_file=file) as door:
            await door.ask(says(history, text))
    assert agent.state.runs_created == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = file.read_bytes()
    assert b"agent" in kept
    for word in (b"cats", b"dogs", TOKEN.encode(), history[1]["content"].encode()[:20]):
        assert word not in kept


@pytest.mark.anyio
async def test_what_was_surely_not_sent_leaves_the_conversation_where_it_was(
    front: Opener, agent: CodegenPlayground
) -> None:
    """A refusal takes nothing: the same history finds its run at the next try."""
    history: list[Any] = []
    async with front(adding_agent(agent)) as door:
        await door.ask(says(history, "tell me of cats"))
        agent.state.fail_next(status=422, route="resume")
        with pytest.raises(openai.BadRequestError):
            await door.ask(says(history, "and of dogs"))
        again = await door.ask(says(history, "and of dogs"))
        assert agent.state.runs_created == 1
    assert again.headers["x-jackfield-conversation"] == "continued"


@pytest.mark.anyio
async def test_a_conversation_is_taken_once(tmp_path: Path) -> None:
    """In memory and in a file alike: who takes it has it, and nobody else."""
    for threads in (Threads(), Threads(tmp_path / "kept")):
        await threads.put(b"key", Thread("work", "7"))
        assert await threads.take(b"key") == Thread("work", "7")
        assert await threads.take(b"key") is None


@pytest.mark.anyio
async def test_a_file_that_fails_while_the_door_is_open_costs_no_answer(
    front: Opener, agent: CodegenPlayground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another program keeps it locked, a history is told in words, and a run is begun all the same."""
    monkeypatch.setattr(_store, "_PATIENCE_SECONDS", 0)
    history: list[Any] = []
    async with front(adding_agent(agent), threads_file=tmp_path / "kept") as door:
        await door.ask(says(history, "tell me of cats"))
        with contextlib.closing(sqlite3.connect(tmp_path / "kept")) as other:
            other.execute("BEGIN EXCLUSIVE")
            later = await door.ask(says(history, "and of dogs"))
        assert agent.state.runs_created == 2
    assert later.headers["x-jackfield-conversation"] == "rendered"


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """So is one that is no file of ours, in words that say what to do."""
    file = tmp_path / "threads"
    file.write_text("no database, and long enough to be seen as none" * 30)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read it"):
        Threads(file)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="a new one is made"):
        Threads(file)


@given(said=SAID)
def test_a_history_is_split_behind_its_last_answer(said: list[Message]) -> None:
    """Nothing is lost, what is new is the user's alone, and its words are told in words."""
    before, new = split(said)
    assert [*before, *new] == said
    assert all(message.role == "user" for message in new)
    told = rendered(said)
    assert (told is None) == (not new)
    for message in said if told else ():
        assert message.text.strip() in told[-1].text


@given(said=SAID)
def test_a_key_is_the_same_for_the_same_words_and_one_token_alone(said: list[Message]) -> None:
    """Pieces of a text are that text; another's token, model or word make another key."""
    pieces = [Message(one.role, [TextPart(piece) for piece in one.text]) for one in said]
    key = key_of(OWN, "m", said)
    assert key == key_of(OWN, "m", pieces)
    others = [
        key_of(OTHER, "m", said),
        key_of(OWN, "n", said),
        key_of(OWN, "m", [*said, Message("user", "x")]),
    ]
    assert key not in others


def test_what_words_cannot_tell_is_not_told() -> None:
    """A history with calls of tools stays as it is, for the provider to refuse; a picture goes along."""
    call = Message("assistant", [ToolCallPart("a", "look_up", "{}")])
    assert rendered([call, Message("user", "go on")]) is None
    picture = ImagePart(b"\x89PNG", "image/png")
    told = rendered(
        [Message("user", [TextPart("see"), picture]), Message("assistant", "a cat"), Message("user", "?")]
    )
    assert told
    assert picture in told[-1].parts
