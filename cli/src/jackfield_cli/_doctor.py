"""`jackfield doctor`: what is there, and what is wrong with it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jackfield
from jackfield import Finding, JackfieldError, PluginState, Verdict, prepare, providers

from ._auth import source
from ._listing import table
from ._private import data_folder, read_private, state_folder
from ._safe import one_line
from ._stores import FileStore, KeyringStore, StoreUnavailable

if TYPE_CHECKING:
    from ._session import Session


_STYLES: Final = {Verdict.FINE: "green", Verdict.NOTE: "yellow", Verdict.WRONG: "red"}


def doctor(session: Session) -> int:
    """Show the report; return 1 when something is wrong."""
    from rich.text import Text

    findings = [finding for look_at in _EXAMINATIONS for finding in look_at(session)]
    rows = [
        (one.about, Text(one.verdict.value, _STYLES[one.verdict]), Text(one_line(one.told, most=2000)))
        for one in findings
    ]
    session.out.print(table(("", "", ""), rows))
    return int(any(one.verdict is Verdict.WRONG for one in findings))


def _installation(session: Session) -> Iterator[Finding]:
    yield Finding("Python", Verdict.FINE, f"{platform.python_version()} at {sys.executable}")
    yield Finding("jackfield", Verdict.FINE, f"{jackfield.version()}, event loop {session.backend}")


def _providers(_: Session) -> Iterator[Finding]:
    """Load each one: only that shows whether it can be used."""
    found = providers()
    if not found:
        yield Finding("providers", Verdict.NOTE, "none is installed; pip install jackfield-codegen-api")
    for one in found:
        who = f"{one.distribution} {one.version}"
        fault = one.reason if one.state is PluginState.SET_ASIDE else _fault(one.name)
        verdict = Verdict.WRONG if fault else Verdict.FINE
        told = f"{who}, set aside: {fault}" if fault else f"{who}, loads"
        yield Finding(f"provider {one_line(one.name)}", verdict, told)


def _fault(provider: str) -> str:
    try:
        prepare(provider)
    except jackfield.PluginError as error:
        return str(error)
    except JackfieldError:
        return ""  # it loads; it only wants options, which a connection gives
    return ""


def _configuration(session: Session) -> Iterator[Finding]:
    try:
        config = session.config
    except JackfieldError as error:
        yield Finding("configuration", Verdict.WRONG, str(error))
        return
    there = f"{len(config.connections)} connections" if session.path.exists() else "not there yet"
    yield Finding("configuration", Verdict.FINE, f"{session.path}: {there}")
    for entry in config.connections:
        try:
            prepare(entry.provider, entry.options, name=entry.name)
        except JackfieldError as error:
            yield Finding(f"connection {entry.name}", Verdict.WRONG, str(error))
            continue
        credentials = source(entry)
        verdict = Verdict.WRONG if credentials.startswith(("wrong", "missing")) else Verdict.FINE
        told = f"{entry.provider}; credentials: {credentials}"
        if credentials == "missing":
            told += f"; jackfield auth set {entry.name}"
        yield Finding(f"connection {entry.name}", verdict, told)


def _stores(_: Session) -> Iterator[Finding]:
    try:
        yield Finding("keyring", Verdict.FINE, KeyringStore().describe())
    except StoreUnavailable as error:
        yield Finding("keyring", Verdict.NOTE, f"{error}; credentials go to files")
    folder = FileStore().folder
    files = [*(folder.glob("*") if folder.is_dir() else ()), *state_folder().glob("*")]
    wrong = [fault for file in files if (fault := _unsafe(file))]
    for fault in wrong:
        yield Finding("permissions", Verdict.WRONG, fault)
    if not wrong:
        yield Finding("permissions", Verdict.FINE, f"{data_folder()}, {state_folder()}: only you can read")


def _unsafe(file: Path) -> str:
    try:
        read_private(file)
    except JackfieldError as error:
        return str(error)
    return ""


def _surroundings(session: Session) -> Iterator[Finding]:
    there = find_spec("jackfield_playground") is not None
    told = "installed; try it: jackfield demo" if there else "pip install 'jackfield-cli[playground]'"
    yield Finding("playground", Verdict.FINE if there else Verdict.NOTE, told)
    out = session.out
    kind = f"{out.width} by {out.height}" if out.is_terminal else "a pipe or a file: plain text"
    colours = out.color_system or "no colours"
    yield Finding("output", Verdict.FINE, f"{kind}, {colours}, {sys.stdout.encoding}")


_EXAMINATIONS: Final[tuple[Callable[[Session], Iterator[Finding]], ...]] = (
    _installation,
    _providers,
    _configuration,
    _stores,
    _surroundings,
)
