"""What stands behind an error, and on it: causes, contexts and notes, all of which a traceback prints."""

from __future__ import annotations

import traceback

from ._exceptions import JackfieldError
from ._secrets import redact


class MaskedCause(Exception):
    """Stands for an error that repeats a secret, where a traceback tells what an error was caused by."""


def mask_behind(error: BaseException) -> None:
    """Mask the notes on *error*, and put a stand-in wherever something behind it repeats a living secret.

    What repeats one is not changed itself: it is a library's, or a caller's who handles it still.
    """
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        seen.add(id(behind))
        if isinstance(behind, JackfieldError) and hasattr(behind, "__notes__"):
            behind.__notes__ = [redact(str(note)) for note in behind.__notes__]
        is_suppressed = behind.__suppress_context__
        behind.__cause__, behind.__context__ = _masked(behind.__cause__), _masked(behind.__context__)
        # Setting a cause sets this as well.
        behind.__suppress_context__ = is_suppressed
        behind = behind.__cause__ or behind.__context__


def _masked(error: BaseException | None) -> BaseException | None:
    if error is None or isinstance(error, MaskedCause):
        return error
    # Without its stack, which costs much and holds none; a group with all that is in it and behind that.
    whole = traceback.TracebackException(type(error), error, None, compact=True)
    told = "".join(whole.format(chain=isinstance(error, BaseExceptionGroup)))
    masked = redact(told)
    if masked == told:
        return error
    instead = MaskedCause(masked.strip()).with_traceback(error.__traceback__)
    instead.__cause__, instead.__context__ = error.__cause__, error.__context__
    instead.__suppress_context__ = error.__suppress_context__
    return instead
