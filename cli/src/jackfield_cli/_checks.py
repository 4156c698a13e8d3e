"""`jackfield test`, `health` and `models`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from jackfield import (
    AccountBusy,
    ConfigError,
    ConnectionConfig,
    HealthReport,
    JackfieldError,
    ProviderManager,
    to_json,
)

from ._asking import exchange, open_all
from ._listing import table
from ._report import exit_code, sentence
from ._session import json_line, without_waiting

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from ._session import Session


@attrs.frozen
class Finding:
    """What a check found out about one connection."""

    name: str
    error: JackfieldError | None
    elapsed: float = 0.0
    said: str = ""


def test(session: Session, names: Sequence[str], *, as_json: bool) -> int:
    """Ask one small question of each; return the exit code."""
    return _check(session, names, _test_all, as_json=as_json)


def health(session: Session, names: Sequence[str], *, as_json: bool) -> int:
    """Look whether each answers; return the exit code."""
    return _check(session, names, _health_of_all, as_json=as_json)


async def _test_all(manager: ProviderManager) -> Iterable[Finding]:
    reports = await manager.test_all_providers()
    return [
        Finding(name, one.error, one.elapsed, one.response.content if one.response else "")
        for name, one in reports.items()
    ]


async def _health_of_all(manager: ProviderManager) -> Iterable[Finding]:
    return found_of(await manager.health_check_all())


def found_of(reports: Mapping[str, HealthReport]) -> list[Finding]:
    """Return health reports as findings."""
    return [Finding(name, one.error, one.elapsed, "the remote answers") for name, one in reports.items()]


def _check(session: Session, names: Sequence[str], look: Any, *, as_json: bool) -> int:
    entries = session.connections(names or session.configured)
    if look is _health_of_all:
        entries = [without_waiting(entry) for entry in entries]
    if not entries:
        raise ConfigError(
            "there is no connection yet", hint="Add one with `jackfield add NAME --provider P`."
        )
    findings: list[Finding] = []

    async def work(manager: ProviderManager) -> int:
        unopened = await open_all(manager, entries)
        findings.extend(Finding(name, error) for name, error in unopened.items())
        findings.extend(await look(manager))
        return 0

    with _spinner(session, "asking" if look is _test_all else "looking", as_json=as_json):
        stopped = session.run(partial(exchange, session, work=work))
    if stopped:
        return stopped
    order = [entry.name for entry in entries]
    findings.sort(key=lambda found: order.index(found.name))
    _show(session, findings, as_json=as_json)
    return next((exit_code(found.error) for found in findings if found.error), 0)


def _spinner(session: Session, text: str, *, as_json: bool) -> Any:
    from contextlib import nullcontext

    return nullcontext() if as_json or not sys.stderr.isatty() else session.err.status(text)


def _show(session: Session, findings: Iterable[Finding], *, as_json: bool) -> None:
    if not as_json:
        session.out.print(findings_table(findings))
        return
    from ._views._json import described

    for found in findings:
        error = described(found.error) if found.error else None
        facts = {"ok": not found.error, "elapsed": round(found.elapsed, 3), "said": found.said}
        print(json_line({"connection": found.name, **facts, "error": error}))  # noqa: T201


def findings_table(findings: Iterable[Finding]) -> RenderableType:
    """Return what checks found as a table."""
    return table(
        ("connection", "", "took", ""),
        [
            (
                found.name,
                _verdict(found.error),
                f"{found.elapsed:.2f} s",
                sentence(found.error, about=found.name) if found.error else found.said,
            )
            for found in findings
        ],
    )


def _verdict(error: JackfieldError | None) -> Text:
    from rich.text import Text

    if error is None:
        return Text("ok", "green")
    return Text("busy", "yellow") if isinstance(error, AccountBusy) else Text("failed", "red")


def models(session: Session, name: str | None, *, as_json: bool) -> int:
    """List the models of one connection; return the exit code."""
    work = partial(_models, session, session.connection(name), as_json)
    return session.run(partial(exchange, session, work=work))


async def _models(session: Session, entry: ConnectionConfig, as_json: bool, manager: ProviderManager) -> int:
    connection = await manager.add_provider(entry.provider, entry.options, name=entry.name)
    found = await connection.list_models()
    if as_json:
        for one in found:
            print(to_json(one))  # noqa: T201
    else:
        rows = [(one.id, "default" if one.default else "", ", ".join(one.aliases)) for one in found]
        session.out.print(table(("model", "", "also called"), rows))
    return 0
