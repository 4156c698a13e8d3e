"""What stands behind an error: a traceback prints causes and notes too, and they hold no secret either."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from jackfield import (
    ConnectionLost,
    JackfieldError,
    ProviderContext,
    ResponseStarted,
    Secret,
    TextDelta,
)
from jackfield._blame import blame
from jackfield._secrets import MASK

pytestmark = pytest.mark.anyio


class LibraryError(Exception):
    """What a library raises; it repeats what it was given."""


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def in_the_midst(error: BaseException, context: BaseException) -> BaseException:
    error.__context__ = context
    return error


def noted(error: BaseException, *notes: Any) -> BaseException:
    for note in notes:
        error.add_note(note)
    return error


def echoed(key: str) -> ConnectionLost:
    return ConnectionLost("lost", code=key, remote_request_id=key, url=f"http://x/{key}")


SLIPS: dict[str, Callable[[str], BaseException]] = {
    "library's": lambda key: LibraryError(f"bad key {key}"),
    "of a file": lambda key: OSError(2, "No such file", f"/keys/{key}"),
    "cause": lambda key: caused(ConnectionLost("lost"), LibraryError(key)),
    "cause of a cause": lambda key: caused(ConnectionLost("lost"), caused(KeyError(1), LibraryError(key))),
    "context": lambda key: in_the_midst(ConnectionLost("lost"), LibraryError(key)),
    "note": lambda key: noted(ConnectionLost("lost"), f"with {key}", "and more"),
    "library's note": lambda key: noted(LibraryError("lost"), f"with {key}"),
    "note on a cause": lambda key: caused(ConnectionLost("lost"), noted(KeyError(), key)),
    "group": lambda key: ExceptionGroup("several", [LibraryError(key), ConnectionLost("lost")]),
    "cause in a group": lambda key: ExceptionGroup("one", [caused(KeyError(), LibraryError(key)), OSError()]),
    "fields": echoed,
}


def shown(error: BaseException) -> str:
    """Return what a reporter can show of an error: its traceback, itself, and what its pickle holds."""
    trace = "".join(traceback.format_exception(error))
    return f"{trace} {error!r} {vars(error)} {vars(pickle.loads(pickle.dumps(error)))}"


@pytest.mark.parametrize("make", SLIPS.values(), ids=SLIPS)
async def test_what_a_provider_raises(make_manager: Any, script: Any, key: Secret, make: Any) -> None:
    """K1: whatever a provider raises, before the answer or in it, no text of it or behind it has the key."""
    context = ProviderContext("scripted", credentials={"token": key})
    script.attempts = [[*begun, make(key.reveal())] for begun in ((), (ResponseStarted(), TextDelta("so")))]
    async with make_manager(auth_types={"none", "token"}) as manager:
        await manager.add_provider("scripted", {"max_retries": 0})
        await manager.set_provider_context("scripted", context)
        errors = [(await manager.send_message("scripted", "Hi")).error for _ in range(2)]

    for error in errors:
        assert key.reveal() not in shown(error)
        assert "lost" in shown(error) or MASK in shown(error)


async def test_what_opening_raises(make_manager: Any, script: Any, key: Secret) -> None:
    """K1: the same where a provider is opened and logged in, and for a call with one answer."""
    for place in ("opening", "login_faults", "health"):
        raised = SLIPS["cause"](key.reveal())
        setattr(script, place, raised if place == "health" else [raised])
        with pytest.raises(ConnectionLost) as caught:
            async with make_manager(auth_types={"none", "token"}) as manager:
                await manager.add_provider("scripted", {"max_retries": 0})
                context = ProviderContext("scripted", credentials={"token": key})
                await manager.set_provider_context("scripted", context)
                await manager.get_provider("scripted").check_health()
        setattr(script, place, None if place == "health" else [])

        assert key.reveal() not in shown(caught.value)


def test_what_a_hook_raises(key: Secret) -> None:
    """K1: what a plugin's hook raises is told with its class and its place, and without the key."""
    error = LibraryError(f"the key is {key.reveal()}")
    with pytest.raises(JackfieldError) as caught, blame("odd"):
        raise error

    assert key.reveal() not in shown(caught.value)
    assert "LibraryError: the key is" in shown(caught.value)
    assert "raise error" in shown(caught.value)
    assert str(error) == f"the key is {key.reveal()}"


def test_what_holds_none_stays() -> None:
    """A cause without a secret stays the cause: whoever looks at its class finds it."""
    error = LibraryError("out of reach")
    with pytest.raises(JackfieldError) as caught, blame("odd"):
        raise error

    assert caught.value.__cause__ is error


def test_a_circle_of_causes(key: Secret) -> None:
    """Errors that cause each other are no endless way."""
    one, other = ConnectionLost("one"), KeyError("other")
    one.__cause__, other.__context__ = other, one
    with pytest.raises(ConnectionLost), blame("odd"):
        raise one


def test_half_made(key: Secret) -> None:
    """A reporter that prints locals can print those of a value that was refused while it was made."""
    with pytest.raises(TypeError) as caught:
        ProviderContext("p", "token", {"other": key, "token": 5})  # type: ignore[dict-item]

    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "ProviderContext(provider='p'" in told
    assert key.reveal() not in told
