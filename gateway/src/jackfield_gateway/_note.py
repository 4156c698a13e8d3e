"""How a door was opened, beside its token: for `jackfield doctor`, which looks later and asks nobody.

Law: no secret is in it. The system holds a lock on it while the door is open, so that what a door left that
ended without a word is not taken for an open one.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from jackfield import ConfigError, log_event

from ._budget import Budget
from ._token import check_own


def _to_budgets(told: Mapping[str, Any]) -> Mapping[str, Budget]:
    return {name: one if isinstance(one, Budget) else Budget(**one) for name, one in told.items()}


@attrs.frozen(kw_only=True)
class Note:
    """How a door was opened.

    Attributes:
        address: Where it was.
        aliases: Its names for models, each with whom it meant.
        guests: The further tokens, each with the connections that it reached.
        web: The web accounts that were served.
        origins: The origins whose pages could ask.
        budgets: How many tokens of models a token could spend, by its name.
    """

    address: str
    aliases: Mapping[str, Sequence[str]]
    guests: Mapping[str, Sequence[str]]
    web: Sequence[str]
    origins: Sequence[str]
    budgets: Mapping[str, Budget] = attrs.field(factory=dict, converter=_to_budgets)


def note_beside(token_file: Path) -> Path:
    """Return where the note of a door with this token is."""
    return token_file.with_name(f"{token_file.name}.door")


@contextlib.contextmanager
def noted(file: Path, note: Note) -> Iterator[None]:
    """Keep the note while the door is open, and leave it behind.

    Of two doors with one token the first is noted. A note that cannot be kept keeps no door closed.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(open(os.open(file, flags, 0o600), "r+", encoding="utf-8"))  # noqa: PTH123  a descriptor
            if _is_locked_by_us(opened.fileno()):
                opened.truncate()
                json.dump(attrs.asdict(note), opened)
                opened.flush()
        except OSError as error:
            log_event("gateway.not_noted", error=type(error).__name__)
        yield


def read_note(file: Path) -> tuple[Note, bool] | None:
    """Return how the door was last opened, and whether it is open; None when it never was.

    Raises:
        ConfigError: The note is somebody else's, or no note.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"the door's note {str(file)!r} cannot be read: {error.strerror}") from None
    with open(descriptor, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123  a descriptor
        check_own(file, os.fstat(descriptor), "the door's note")
        try:
            note = Note(**json.load(opened))
        except (ValueError, TypeError, AttributeError, RecursionError, ConfigError):
            raise ConfigError(
                f"the door's note {str(file)!r} makes no sense",
                hint="Remove it; the next door writes another.",
            ) from None
        return note, not _is_locked_by_us(descriptor)


def _is_locked_by_us(descriptor: int) -> bool:
    """Take the lock if nobody has it; closing the file gives it back."""
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
