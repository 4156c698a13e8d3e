"""The tree of errors, and what is added to an error as it flies past."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

import jackfield
from jackfield import (
    Certainty,
    CircuitOpen,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    JackfieldError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RunFailed,
    RunTimeout,
    Secret,
    StreamInterrupted,
    UnknownProvider,
    _exceptions,
)
from jackfield._error_context import provider_errors

CLASSES = [
    found
    for found in vars(_exceptions).values()
    if inspect.isclass(found) and issubclass(found, JackfieldError)
]


def drawn_tree() -> dict[str, str]:
    """Return each error's parent as the docstring draws them."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for indent, name in re.findall(r"^( *)\* (\w+)", inspect.getdoc(JackfieldError) or "", re.MULTILINE):
        depth = len(indent) // 2
        path[depth:] = [name]
        parents[name] = path[depth - 1] if depth else "Exception"
    return parents


def test_docstring_is_the_tree() -> None:
    """The tree that `help(JackfieldError)` shows is the real one: every class, under its real parent."""
    assert drawn_tree() == {found.__name__: found.__bases__[0].__name__ for found in CLASSES}


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_error(error: type[JackfieldError]) -> None:
    """Every error is public, says what it means, and shows its message and what to do."""
    assert getattr(jackfield, error.__name__) is error
    assert error.__doc__

    made = error("it went wrong", hint="Do this.")

    assert str(made) == "it went wrong. Do this."
    assert str(error("it went wrong")) == "it went wrong"


def test_what_is_no_text_is_made_one() -> None:
    """An error that is made of another error tells what that says, with a secret alive or without."""
    key = Secret("a-key-of-ours")
    made = RateLimited(
        ValueError(f"with {key.reveal()}"),  # type: ignore[arg-type]
        hint=5,  # type: ignore[arg-type]
        headers={"x-left": 0},  # type: ignore[dict-item]
    )

    assert (made.message, made.hint, made.headers) == ("with **********", "5", {"x-left": "0"})


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_error_travels_between_processes(error: type[JackfieldError]) -> None:
    """A pickled error comes back as it was, with everything that is known of the request."""
    made = error("it went wrong", hint="Do this.")
    if isinstance(made, ProviderError):
        made.handle, made.partial, made.certainty = "run-7", "Half an ans", Certainty.STARTED

    back = pickle.loads(pickle.dumps(made))

    assert (type(back), str(back), vars(back)) == (error, str(made), vars(made))


@pytest.mark.parametrize(
    ("error", "certainty", "retryable"),
    [
        (ConnectFailed("x"), Certainty.NOT_SENT, True),
        (ConnectionLost("x"), Certainty.UNKNOWN, False),
        (RateLimited("x"), Certainty.REJECTED, True),
        (ProviderUnavailable("x"), Certainty.UNKNOWN, False),
        (ProviderUnavailable("x", certainty=Certainty.REJECTED), Certainty.REJECTED, True),
        (CircuitOpen("x"), Certainty.NOT_SENT, False),
        (StreamInterrupted("x"), Certainty.STARTED, False),
        (RunFailed("x"), Certainty.STARTED, False),
        (DeadlineExceeded("x", phase="queue"), Certainty.UNKNOWN, False),
        (RunTimeout("x", phase="event"), Certainty.STARTED, False),
    ],
)
def test_certainty(error: ProviderError, certainty: Certainty, retryable: bool) -> None:
    """Retryable means that it may pass and that the remote certainly did not act."""
    assert error.certainty is certainty
    assert error.retryable is retryable


def test_caught_by_their_python_kin() -> None:
    """An unknown name is a LookupError and misuse a RuntimeError, for those who know only Python's."""
    assert issubclass(UnknownProvider, LookupError)
    assert issubclass(jackfield.UnknownConnection, LookupError)
    assert issubclass(jackfield.StreamConsumed, RuntimeError)


@pytest.mark.parametrize("error", [ConnectionLost("x"), KeyError("x"), jackfield.ConfigError("x")], ids=repr)
def test_provider_errors(error: Exception) -> None:
    """Whatever a provider raises leaves as an error of ours; one that knows its place keeps it."""
    outer, inner = provider_errors("outer", "work", "health"), provider_errors("inner", "", "open")
    with pytest.raises(JackfieldError) as caught, outer, inner:
        raise error

    if isinstance(error, ProviderError):
        assert (error.provider, error.connection, error.operation) == ("inner", "work", "open")
    assert caught.value is error or caught.value.__cause__ is error
