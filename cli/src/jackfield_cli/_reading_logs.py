"""Looking into the log: a list, words in it, one entry whole."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import ConfigError

from ._listing import table
from ._log_wish import is_wished, wish
from ._logs import Log, Logged
from ._safe import escape, one_line
from ._session import json_line
from ._usage import UsageFault

if TYPE_CHECKING:
    from ._session import Session

_OFF: Final = (
    "Nothing that is asked or answered is logged; to log it from now on, on this machine: jackfield logs on"
)
_LONGEST: Final = 80


def show_list(
    session: Session, words: Sequence[str] = (), *, connection: str | None, most: int, as_json: bool
) -> None:
    """List what was logged, newest first, or what holds all of *words*."""
    with _readable():
        found = Log(session.say).find(words, connection=connection, most=most)
    if as_json:
        for entry in found:
            print(json_line(_as_data(entry)))  # noqa: T201
        return
    if found:
        rows = [_row(entry) for entry in found]
        session.out.print(table(("id", "ended", "connection", "outcome", "question"), rows))
        session.say("One of them whole: jackfield logs show ID")
    else:
        session.say("Nothing that is logged holds that." if words or connection else "Nothing is logged yet.")
    if not is_wished():
        session.say(_OFF)


def show_one(session: Session, number: int | None, *, as_json: bool) -> None:
    """Show one entry whole, the last one where none is named.

    Raises:
        UsageFault: There is none of that number.
    """
    log = Log(session.say)
    with _readable():
        entry = next(iter(log.find(most=1)), None) if number is None else log.get(number)
    if entry is None:
        which = "yet" if number is None else f"with the number {number}"
        raise UsageFault(f"there is no entry {which}. {'' if is_wished() else _OFF}".strip())
    if as_json:
        print(json_line(_as_data(entry)))  # noqa: T201
    else:
        text = _as_markdown(entry)
        print(escape(text) if session.is_seen else text)  # noqa: T201


def switch(session: Session, *, on: bool) -> None:
    """Log from now on, or nothing any more."""
    wish(on=on)
    where = repr(str(Log(session.say).file))
    if on:
        session.say(f"What is asked and answered is logged from now on, in {where}, which only you can read.")
        session.say("Not what is asked with --no-history. To end it: jackfield logs off")
    else:
        session.say(
            f"Nothing is logged from now on. What is in {where} stays; to remove it: jackfield logs clear"
        )


def clear(session: Session) -> None:
    """Remove what was logged."""
    Log(session.say).clear()
    session.say(f"The log is empty.{' What comes next is logged again.' if is_wished() else ''}")


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ConfigError(f"the log cannot be read: {error}") from None


def _row(entry: Logged) -> tuple[str, ...]:
    question = entry.prompt or f"({entry.handle} taken up)"
    return (
        str(entry.id),
        _when(entry),
        entry.connection,
        entry.outcome,
        one_line(question, most=_LONGEST),
    )


def _when(entry: Logged) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.at))


def _as_data(entry: Logged) -> dict[str, Any]:
    return {**attrs.asdict(entry), "attached": json.loads(entry.attached)}


def _as_markdown(entry: Logged) -> str:
    told = (f"{entry.elapsed:.1f} s", entry.outcome, entry.url or "")
    head = " · ".join(filter(None, (_when(entry), entry.connection, entry.model or "", *told)))
    sent = "".join(f"\n\n*with {name}*" for name in json.loads(entry.attached))
    chapters = [("System", entry.system), ("You", entry.prompt + sent), (entry.connection, entry.answer)]
    return "\n\n".join((head, *(f"## {title}\n\n{text.strip()}" for title, text in chapters if text.strip())))
