"""What `jackfield doctor` is told of the front door: its tokens, its port, its names, and who may ask.

Nothing is sent and nothing is changed: no token is made, and a port is tried on this machine alone.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jackfield import Config, ConfigError, Finding, Verdict, near_names

from ._note import Note, note_beside, read_note
from ._server import LOOPBACK, PORT
from ._spending import read_spending, spent_since
from ._store import store_beside
from ._token import default_token_file, find_token


def examine(config: Config | None) -> Iterator[Finding]:
    """Look at the door with the usual token.

    Args:
        config: The configuration file; None where it makes no sense, which is told elsewhere.
    """
    file = default_token_file()
    beside = sorted(file.parent.glob(f"{file.name}.guest-*"))
    guests = {guest.name.partition(".guest-")[2]: guest for guest in beside}
    yield _token("token of serve", file)
    for name, guest in guests.items():
        yield _token(f"guest {name} of serve", guest)
    try:
        found = read_note(note_beside(file))
    except ConfigError as error:
        yield Finding("note of serve", Verdict.WRONG, str(error))
        return
    note, is_open = found or (None, False)
    yield _port(note, is_open=is_open)
    if note is None:
        return
    yield _callers(note)
    yield from _budgets(file, note)
    yield from _unused(guests, note)
    if config is not None:
        connections, choices = config.connections, config.choices
        yield from _names(note, [*(one.name for one in connections), *(one.name for one in choices)])


def _token(about: str, file: Path) -> Finding:
    try:
        token = find_token(file)
    except ConfigError as error:
        return Finding(about, Verdict.WRONG, str(error))
    if token is None:
        return Finding(about, Verdict.NOTE, "none yet: the first `jackfield serve` makes one")
    return Finding(about, Verdict.FINE, f"{file}: only you can read it")


def _port(note: Note | None, *, is_open: bool) -> Finding:
    if note and is_open:
        return Finding("port of serve", Verdict.FINE, f"open at {note.address}, on this machine alone")
    try:
        socket.create_server((LOOPBACK, PORT)).close()
    except OSError as error:
        told = f"{PORT} is not to be had: {error.strerror}; open the door with --port 0"
        return Finding("port of serve", Verdict.NOTE, told)
    return Finding("port of serve", Verdict.FINE, f"{PORT} is free")


def _callers(note: Note) -> Finding:
    callers = ["programs on this machine", *(f"pages of {origin}" for origin in note.origins)]
    told = f"with a token: {', '.join(callers)}"
    if note.web:
        told += f"; what they ask of {', '.join(note.web)} is done as the person whose account it is"
    return Finding("callers of serve", Verdict.NOTE if note.origins or note.web else Verdict.FINE, told)


def _budgets(file: Path, note: Note) -> Iterator[Finding]:
    try:
        days = read_spending(store_beside(file))
    except ConfigError as error:
        yield Finding("budgets of serve", Verdict.WRONG, str(error))
        return
    for name, budget in note.budgets.items():
        first, _, after = budget.days(time.time())
        spent = spent_since(days, name, first)
        told = (
            f"{spent.tokens} of {budget.tokens} tokens are spent, {spent.estimated} of them by our estimate"
        )
        verdict = Verdict.FINE if spent.tokens < budget.tokens else Verdict.NOTE
        yield Finding(f"budget of {name}", verdict, f"{told}; it begins anew on {after} (UTC)")


def _unused(guests: Iterable[str], note: Note) -> Iterator[Finding]:
    for name in guests:
        if name not in note.guests:
            told = "lets nobody in: the door was opened without it last; remove its file if it is not wanted"
            yield Finding(f"guest {name} of serve", Verdict.NOTE, told)


def _names(note: Note, known: Sequence[str]) -> Iterator[Finding]:
    for alias, targets in note.aliases.items():
        asked = [one.partition(":")[0] for target in targets for one in target.split("|")]
        yield from _unknown(f"alias {alias} of serve", "asks", asked, known)
    for guest, reached in note.guests.items():
        yield from _unknown(f"guest {guest} of serve", "reaches", reached, known)


def _unknown(about: str, does: str, names: Iterable[str], known: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            told = f"{does} {name!r}, which is not configured. {near_names(name, known)}"
            yield Finding(about, Verdict.WRONG, told.rstrip())
