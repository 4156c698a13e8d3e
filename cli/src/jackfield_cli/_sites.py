"""`jackfield doctor --sites`: opens web connections signed in, and looks whether their pages are as before.

Law: the report is for a bug tracker, where everybody reads it. It holds what was found on the page, and
versions: no secret, nothing of what was said, no conversation's address, and of this machine what it runs.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from jackfield import (
    ConfigError,
    ConnectionConfig,
    Finding,
    JackfieldError,
    ProviderManager,
    ProviderType,
    Verdict,
    prepare,
    providers,
    redact,
    version,
)

from ._asking import exchange
from ._doctor import examined, findings_table
from ._private import private_folder, state_folder, write_private
from ._report import sentence
from ._safe import one_line
from ._session import without_waiting

if TYPE_CHECKING:
    from ._session import Session

_HOW_TO_REPORT: Final = (
    "Where a page has changed, post this where the provider's plugin is kept: it holds no secret, and "
    "nothing of any conversation."
)
_LOOK_SECONDS: Final = 180.0
_OWN: Final = frozenset({"message", "profile", "session"})
"""What lies on this machine: it names files, accounts and conversations, and shows no drift."""
_TAIL: Final = re.compile(r"(://[^\s?#]*)[?#]\S*")
_NAMES: Final = re.compile(r"(?<=://)[^\s/@]*@|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""Who an address is opened as, and which conversation it leads to."""
_NOTHING: Final = Finding("page", Verdict.NOTE, "the provider does not look at its page")


def look_at_sites(session: Session, names: Sequence[str]) -> int:
    """Look at the pages of some web connections, or of all; return 1 when something is wrong.

    Raises:
        ConfigError: There is no web connection to look at.
    """
    entries = _chosen(session, names)
    found: dict[str, list[Finding]] = {}

    async def work(manager: ProviderManager) -> int:
        for entry in entries:
            session.say(f"Looking at {entry.name} …")
            found[entry.name] = await _look(manager, entry)
        return 0

    stopped = session.run(partial(exchange, session, work=work))
    if stopped:
        return stopped
    session.out.print(findings_table(_named(found)))
    file = _write(found, entries)
    session.say(f"A report to attach to a bug, without secrets or what was said, is in {file}.")
    if any(one.verdict is Verdict.WRONG for findings in found.values() for one in findings):
        session.say("Where a page has changed, post it where the provider's plugin is kept.")
    return int(any(one.verdict is Verdict.WRONG for findings in found.values() for one in findings))


def _chosen(session: Session, names: Sequence[str]) -> list[ConnectionConfig]:
    if names:
        return [session.connection(name) for name in dict.fromkeys(names)]
    found = [session.connection(name) for name, entry in session.configured.items() if _is_web(entry)]
    if not found:
        raise ConfigError(
            "no web connection is configured",
            hint="Name one, or add one: jackfield add NAME --provider custom_web -o site=FILE",
        )
    return found


def _is_web(entry: ConnectionConfig) -> bool:
    try:
        spec = prepare(entry.provider, entry.options, name=entry.name).spec
    except JackfieldError:
        return True  # what is wrong with it is to be told
    return spec.type is not ProviderType.API_BASED


async def _look(manager: ProviderManager, entry: ConnectionConfig) -> list[Finding]:
    """Return what is found on this machine, and then on the page."""
    findings: list[Finding] = []
    try:
        with anyio.move_on_after(_LOOK_SECONDS) as scope:
            connection = prepare(entry.provider, entry.options, name=entry.name)
            findings += await examined(connection)
            connection = await manager.add_provider(
                entry.provider, without_waiting(entry).options, name=entry.name
            )
            findings += await connection.examine() or [_NOTHING]
    except Exception as error:  # noqa: BLE001  whatever was raised is what was found
        findings.append(Finding("page", Verdict.WRONG, sentence(error).removeprefix(f"{entry.name}: ")))
    else:
        if scope.cancelled_caught:
            told = f"looking at it did not come to an end within {_LOOK_SECONDS:g} s"
            findings.append(Finding("page", Verdict.WRONG, told))
    return findings


def _named(found: Mapping[str, Iterable[Finding]]) -> list[Finding]:
    return [
        attrs.evolve(one, about=f"{name}: {one.about}")
        for name, findings in found.items()
        for one in findings
    ]


def _public(told: str) -> str:
    """Return what was found without what in an address may log in, or name a conversation."""
    return _NAMES.sub("…", _TAIL.sub(r"\1", told))


def _write(found: Mapping[str, Sequence[Finding]], entries: Iterable[ConnectionConfig]) -> Path:
    now = datetime.now(UTC)
    brought = {one.name: f"{one.distribution} {one.version}" for one in providers()}
    machine = f"jackfield {version()}, Python {platform.python_version()}, {platform.platform()}"
    lines = [f"# jackfield doctor --sites, {now:%Y-%m-%d %H:%M} UTC", "", machine]
    for entry in entries:
        by = brought.get(entry.provider, "not installed")
        lines += ["", f"## {entry.name}: {entry.provider}, {by}", ""]
        lines += [
            f"- {one.verdict.value}: {_NAMES.sub('…', one.about)}: {one_line(_public(one.told), most=2000)}"
            for one in found[entry.name]
            if one.about not in _OWN
        ]
    lines += ["", _HOW_TO_REPORT]
    # A home directory tells a person's name.
    text = redact("\n".join(lines)).replace(str(Path.home()), "~")
    file = private_folder(state_folder()) / "reports" / f"sites-{now:%Y%m%dT%H%M%S}.md"
    write_private(file, f"{text}\n")
    return file
