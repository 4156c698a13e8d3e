"""Whose fault an error is: the one home of that decision, for every place where a plugin's code runs.

A plugin is somebody else's code: whatever it raises is told as its own fault, and ends nobody else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ._exceptions import ContractBroken, JackfieldError
from ._masking import mask_behind
from ._secrets import redact


def is_plugins_fault(error: BaseException) -> bool:
    """Whether *error* is the fault of the plugin's code that raised it; otherwise it has to be let through.

    `SystemExit` is, and so is the panic of a native part (pyo3's `PanicException` is no `Exception`). What
    is not is only on its way through the plugin: Ctrl-C, the end of a generator, the event loop's
    cancellation. A group is the plugin's fault if everything in it is.

    Works on every event loop, and where none runs: in a worker thread, at import.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_plugins_fault, error.exceptions))
    return isinstance(error, Exception) or not isinstance(error, _passing())


def _passing() -> tuple[type[BaseException], ...]:
    # Of a loop that was never imported, no cancellation can come; and to import one here would be costly.
    # We do not ask which loop runs: a worker thread has none, and still passes its task's cancellation on.
    classes = (("asyncio", "CancelledError"), ("trio", "Cancelled"))
    cancelled = (getattr(sys.modules.get(module), name, None) for module, name in classes)
    return (KeyboardInterrupt, GeneratorExit, *filter(None, cancelled))


def in_words(error: BaseException) -> str:
    """Return an error's class and text, secrets masked. One whose text cannot be had is told by its class."""
    try:
        text = str(error)
    except BaseException as broken:
        if not is_plugins_fault(broken):
            raise
        text = ""
    return redact(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def as_ours(error: BaseException, plugin: str, deed: str = "") -> JackfieldError:
    """Return *error*, which is the plugin's fault, as one of ours: itself, or a `ContractBroken` about it.

    A group that holds only one error is that error: a task group of the plugin's own has wrapped it.

    Args:
        error: What was raised.
        plugin: Whose code raised it.
        deed: What the plugin was asked to do, as the subject of a sentence; the plugin's name by default.
    """
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, JackfieldError):
        return error
    broken = ContractBroken(
        f"{deed or plugin} raised {in_words(error)}",
        plugin=plugin,
        hint="That is a fault of the provider's plugin.",
    )
    broken.__cause__ = error
    return broken


@contextmanager
def blame(plugin: str, deed: str = "") -> Iterator[None]:
    """Tell whatever the block raises by its own fault as an error of ours; see `as_ours`.

    Raises:
        JackfieldError: The block raised it, or it is a `ContractBroken` about what the block raised.
    """
    try:
        yield
    except BaseException as error:
        if not is_plugins_fault(error):
            raise
        ours = as_ours(error, plugin, deed)
        mask_behind(ours)
        raise ours from ours.__cause__
