"""Whether a person wants what is asked and answered to be logged: a file that is there or not.

Law: without it nothing is logged, and SQLite is not even loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jackfield import ConfigError

from ._private import data_folder, read_private, write_private

if TYPE_CHECKING:
    from ._logs import Log


def folder() -> Path:
    """Return where the log is, and the wish for one."""
    return data_folder() / "logs"


def is_wished() -> bool:
    """Whether the person wants a log; a `ConfigError` when others could have had a hand in it."""
    return read_private(folder() / "on") is not None


def wish(*, on: bool) -> None:
    """Log from now on, or nothing any more; errors as for `write_private`."""
    if on:
        write_private(folder() / "on", "")
    else:
        (folder() / "on").unlink(missing_ok=True)


def wished(say: Callable[[str], None]) -> list[Log]:
    """Return the plugin that logs, where the person wants one; why one that is wanted cannot be is told."""
    try:
        if not is_wished():
            return []
    except ConfigError as error:
        say(f"Not logged: {error}")
        return []
    from ._logs import Log

    return [Log(say)]
