"""`jackfield doctor`: what is there, and what is wrong with it."""

from __future__ import annotations

import contextlib
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import attrs

import jackfield
from jackfield import (
    Config,
    Connection,
    ConnectionConfig,
    Finding,
    JackfieldError,
    PluginState,
    Verdict,
    is_plugins_fault,
    prepare,
    providers,
)

from ._auth import source
from ._installed import install_command
from ._listing import table
from ._plugged import plugged_commands
from ._private import data_folder, is_there, private_folder, read_private, state_folder
from ._report import sentence
from ._safe import one_line
from ._stores import KeyringStore, NoStore, StoreUnavailable
from ._tail import Tail

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.text import Text

    from ._running import Interrupts
    from ._session import Session


_EXAMINE_SECONDS: Final = 90.0
_LEAST_TOLD: Final = 50
"""Columns for verdict and words, below which a table would be all line breaks."""
_STYLES: Final = {Verdict.FINE: "green", Verdict.NOTE: "yellow", Verdict.WRONG: "red"}


def doctor(session: Session) -> int:
    """Show the report; return 1 when something is wrong."""
    findings = [finding for look_at in _EXAMINATIONS for finding in look_at(session)]
    session.out.print(findings_table(findings))
    return int(any(one.verdict is Verdict.WRONG for one in findings))


def findings_table(findings: Iterable[Finding]) -> RenderableType:
    """Return findings as a table; one below the other where there is no room for three columns."""
    return _Findings(list(findings))


@attrs.frozen
class _Findings:
    found: Sequence[Finding]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.padding import Padding
        from rich.text import Text

        about = max((len(one.about) for one in self.found), default=0)
        if about + _LEAST_TOLD <= options.max_width:
            rows = ((one.about, _verdict(one), Text(one_line(one.told, most=2000))) for one in self.found)
            yield table(("", "", ""), rows)
            return
        for one in self.found:
            yield Tail(Text.assemble(_verdict(one), "  ", one_line(one.about)))
            yield Tail(Padding(Text(one_line(one.told, most=2000), overflow="fold"), (0, 0, 0, 2)))


def _verdict(one: Finding) -> Text:
    from rich.text import Text

    return Text(one.verdict.value, _STYLES[one.verdict])


def _installation(session: Session) -> Iterator[Finding]:
    yield Finding("Python", Verdict.FINE, f"{platform.python_version()} at {sys.executable}")
    yield Finding("jackfield", Verdict.FINE, f"{jackfield.version()}, event loop {session.backend}")


def _providers(_: Session) -> Iterator[Finding]:
    """Load each one: only that shows whether it can be used."""
    found = providers()
    if not found:
        yield Finding(
            "providers", Verdict.NOTE, f"none is installed; {install_command('jackfield-codegen-api')}"
        )
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
    yield _configuration_file(session, len(config.connections))
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


def _configuration_file(session: Session, connections: int) -> Finding:
    try:
        there = f"{connections} connections" if is_there(session.path) else "not there yet"
    except OSError as error:
        return Finding("configuration", Verdict.NOTE, f"{session.path}: {error.strerror}")
    except JackfieldError as error:
        return Finding("configuration", Verdict.NOTE, str(error))
    return Finding("configuration", Verdict.FINE, f"{session.path}: {there}")


def _stores(_: Session) -> Iterator[Finding]:
    try:
        yield Finding("keyring", Verdict.FINE, KeyringStore().describe())
    except NoStore as error:
        yield Finding("keyring", Verdict.NOTE, f"{error}; credentials go to files")
    except StoreUnavailable as error:
        yield Finding("keyring", Verdict.WRONG, f"{error}; what it holds is not found until it answers")
    try:
        places = (data_folder() / "credentials", state_folder())
    except JackfieldError as error:
        yield Finding("permissions", Verdict.NOTE, f"{error} Nothing is kept.")
        return
    for folder in places:
        yield from _permissions(folder)


def _permissions(folder: Path) -> Iterator[Finding]:
    """Look at a folder and at what is in it; what nobody can look at is not told to be well."""
    try:
        found = [folder, *folder.iterdir()]
    except FileNotFoundError:
        yield Finding("permissions", Verdict.FINE, f"{folder}: not there yet")
        return
    except OSError as error:
        yield Finding("permissions", Verdict.NOTE, f"{folder} cannot be looked into: {error.strerror}")
        return
    wrong = [fault for path in found if (fault := _unsafe(path))]
    for fault in wrong:
        yield Finding("permissions", Verdict.WRONG, fault)
    if not wrong:
        yield Finding("permissions", Verdict.FINE, f"{folder}: only you can read")


def _unsafe(path: Path) -> str:
    try:
        private_folder(path) if path.is_dir() else read_private(path)
    except JackfieldError as error:
        return str(error)
    return ""


def _connections(session: Session) -> Iterator[Finding]:
    """Have every connection's provider look at what it needs. What several find alike is told once."""
    connections = _to_examine(session)
    found: dict[Finding, list[str]] = {}

    async def job(_: Interrupts) -> int:
        for connection in connections:
            for finding in await examined(connection):
                found.setdefault(finding, []).append(connection.name)
        return 0

    if connections and session.run(job):
        raise KeyboardInterrupt
    for finding, names in found.items():
        yield attrs.evolve(finding, about=f"{finding.about} of {', '.join(names)}")


def _to_examine(session: Session) -> list[Connection]:
    """Return the connections whose providers examine them: the configured ones, and installed providers."""
    try:
        entries = list(session.config.connections)
    except JackfieldError:
        entries = []  # told already
    used = {entry.provider for entry in entries}
    entries += [ConnectionConfig(one.name, one.name) for one in providers() if one.name not in used]
    found = []
    for entry in entries:
        with contextlib.suppress(JackfieldError):  # told already, or the provider wants options
            found.append(prepare(entry.provider, entry.options, name=entry.name))
    return [connection for connection in found if connection.spec.examine is not None]


async def examined(connection: Connection) -> Sequence[Finding]:
    """Return what a connection's provider finds before anything is opened; nothing if it looks at nothing."""
    if connection.spec.examine is None:
        return ()
    try:
        with anyio.move_on_after(_EXAMINE_SECONDS):
            found = await connection.spec.examine(connection.options, connection.name)
            return [_finding(one) for one in found]
    except BaseException as error:
        if not is_plugins_fault(error):
            raise
        told = sentence(error)
    else:
        told = f"the provider did not come to an end of it within {_EXAMINE_SECONDS:g} s"
    return [Finding("examination", Verdict.WRONG, told)]


def _finding(told: object) -> Finding:
    """Return what a provider's plugin told, which may be of any type, as a finding."""
    if isinstance(told, Finding):
        return told
    return Finding("examination", Verdict.WRONG, f"the provider gave {type(told).__name__}, not a finding")


def _commands(session: Session) -> Iterator[Finding]:
    """Load each one, and have it look at what it needs, where it knows how to."""
    for name, plugged in plugged_commands().items():
        try:
            command = plugged.load()
        except JackfieldError as error:
            yield Finding(f"command {name}", Verdict.WRONG, sentence(error))
            continue
        yield Finding(f"command {name}", Verdict.FINE, f"{plugged.short_help}, loads")
        if examine := getattr(command, "examine", None):
            yield from _looked_at_by(examine, name, session)


def _looked_at_by(
    examine: Callable[[Config | None], Sequence[Finding]], name: str, session: Session
) -> Sequence[Finding]:
    config = None
    with contextlib.suppress(JackfieldError):  # told already
        config = session.config
    try:
        return examine(config)
    except BaseException as error:
        if not is_plugins_fault(error):
            raise
        return [Finding(f"examination of {name}", Verdict.WRONG, sentence(error))]


def _surroundings(session: Session) -> Iterator[Finding]:
    there = find_spec("jackfield_playground") is not None
    told = "installed; try it: jackfield demo" if there else install_command("jackfield-playground")
    yield Finding("playground", Verdict.FINE if there else Verdict.NOTE, told)
    out = session.out
    kind = f"{out.width} by {out.height}" if session.is_seen else "a pipe or a file: plain text"
    colours = out.color_system or "no colours"
    yield Finding("output", Verdict.FINE, f"{kind}, {colours}, {sys.stdout.encoding}")


_EXAMINATIONS: Final[tuple[Callable[[Session], Iterator[Finding]], ...]] = (
    _installation,
    _providers,
    _configuration,
    _connections,
    _commands,
    _stores,
    _surroundings,
)
