"""Whose fault an error is."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import anyio
import pytest

from jackfield import ContractBroken, JackfieldError, RateLimited, Secret
from jackfield._blame import as_ours, blame, in_words, is_plugins_fault


class PanicException(BaseException):
    """What a native part raises when it panics."""


FAULTS = [
    ValueError("x"),
    SystemExit(1),
    PanicException("x"),
    RateLimited("x"),
    BaseException(),
    StopIteration(),
]
PASSING = [KeyboardInterrupt(), GeneratorExit()]


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_a_plugins_fault(error: BaseException) -> None:
    """Every exception is the plugin's fault, those outside `Exception` too, alone and in a group."""
    assert is_plugins_fault(error)
    assert is_plugins_fault(BaseExceptionGroup("", [error, KeyError()]))


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_nobodys_fault(error: BaseException) -> None:
    """Ctrl-C and the end of a generator are let through, also from within a group."""
    assert not is_plugins_fault(error)
    assert not is_plugins_fault(BaseExceptionGroup("", [KeyError(), BaseExceptionGroup("", [error])]))


async def cancelled(faults: list[BaseException]) -> None:
    """Wait for ever; write down the cancellation if it is taken for a fault."""
    try:
        await anyio.sleep_forever()
    except BaseException as error:
        faults += [error] if is_plugins_fault(error) else []
        raise


@pytest.mark.anyio
async def test_cancellation() -> None:
    """The loop's cancellation passes through a plugin's code: it is nobody's fault."""
    faults: list[BaseException] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancelled, faults)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()

    assert faults == []


@pytest.mark.anyio
async def test_cancellation_in_a_worker_thread() -> None:
    """In a worker thread no loop runs, and the cancellation of the task that waits for it is let through."""
    outcomes: list[bool] = []
    begun = anyio.Event()

    def work() -> None:
        anyio.from_thread.run_sync(begun.set)
        while True:
            try:
                anyio.from_thread.check_cancelled()
            except BaseException as error:
                outcomes.append(is_plugins_fault(error))
                raise

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, work)
        await begun.wait()
        tasks.cancel_scope.cancel()

    assert outcomes == [False]


def test_without_a_loop() -> None:
    """The question costs no import of an event loop, and has an answer where none was imported."""
    program = (
        "import sys\nfrom jackfield._blame import is_plugins_fault\n"
        "assert is_plugins_fault(SystemExit()) and not is_plugins_fault(KeyboardInterrupt())\n"
        "assert not {'asyncio', 'trio'} & set(sys.modules), 'a loop was imported'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit("x"), PanicException("x")], ids=repr)
def test_blame(error: BaseException) -> None:
    """What the block raises is told as the plugin's fault, with its cause."""
    with (
        pytest.raises(ContractBroken, match=rf"^odd raised {type(error).__name__}: x\. ") as caught,
        blame("odd"),
    ):
        raise error

    assert (caught.value.plugin, caught.value.__cause__) == ("odd", error)


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_blame_lets_through(error: BaseException) -> None:
    """What is nobody's fault leaves the block as it is."""
    with pytest.raises(type(error)) as caught, blame("odd"):
        raise error

    assert caught.value is error


def test_ours_stay_ours() -> None:
    """An error of ours is itself, also out of a group that only wraps it; its cause stays."""
    ours = RateLimited("x")
    ours.__cause__ = KeyError()
    with pytest.raises(JackfieldError) as caught, blame("odd"):
        raise BaseExceptionGroup("", [ExceptionGroup("", [ours])])

    assert caught.value is ours
    assert isinstance(ours.__cause__, KeyError)
    assert isinstance(as_ours(ExceptionGroup("", [ours, ours]), "odd"), ContractBroken)


class Mute(Exception):
    """An error that cannot be printed."""

    def __str__(self) -> Any:
        raise PanicException("no text")


def test_in_words() -> None:
    """An error is told without secrets; one that cannot be printed, or says nothing, by its class."""
    key = Secret("canary-" + "k" * 12)

    assert key.reveal() not in in_words(ValueError(f"the key {key.reveal()}"))
    assert (in_words(Mute()), in_words(KeyError()), in_words(OSError("x"))) == (
        "Mute",
        "KeyError",
        "OSError: x",
    )
