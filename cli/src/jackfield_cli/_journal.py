"""What requests came to, over many runs of the command: one line of JSON each, without content.

Law: the file is private, and two files of at most `_MOST_BYTES` are kept: the newer replaces the older.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import ChatResponse, ConfigError, Connection, JackfieldError, ProviderStats, hookimpl

from ._listing import table
from ._private import append_private, is_there, read_private, state_folder
from ._session import json_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ._session import Session

_MOST_BYTES: Final = 512 * 1024


@attrs.define(eq=False)
class Journal:
    """A plugin that keeps the outcome of every request."""

    file: Path = attrs.field(factory=lambda: state_folder() / "requests.jsonl")

    @property
    def _older(self) -> Path:
        return self.file.with_suffix(".old.jsonl")

    @hookimpl
    def jackfield_response_finished(
        self, connection: Connection, response: ChatResponse, error: JackfieldError | None
    ) -> None:
        """Add one line. Notifying, so that a full disk costs no answer."""
        usage = response.usage
        outcome = type(error).__name__ if error else "ok" if response.finish_reason else "left early"
        line = {
            "at": round(time.time()),
            "connection": connection.name,
            "provider": connection.spec.name,
            "model": response.model or response.requested_model,
            "outcome": outcome,
            "elapsed": round(response.elapsed, 3),
            "attempts": response.attempts,
            "input_tokens": usage.input_tokens if usage else None,
            "output_tokens": usage.output_tokens if usage else None,
        }
        if is_there(self.file) and self.file.stat().st_size > _MOST_BYTES:
            self.file.replace(self._older)
        append_private(self.file, json_line(line) + "\n")

    def read(self) -> Iterator[Mapping[str, Any]]:
        """Return the lines, oldest first; one that makes no sense is passed over."""
        for file in (self._older, self.file):
            for text in (read_private(file) or "").splitlines():
                if (line := _understood(text)) is not None:
                    yield line

    def clear(self) -> None:
        """Forget everything."""
        for file in (self._older, self.file):
            file.unlink(missing_ok=True)


def _understood(text: str) -> Mapping[str, Any] | None:
    try:
        line = json.loads(text)
        elapsed, outcome = float(line["elapsed"]), line.get("outcome")
        if not (math.isfinite(elapsed) and isinstance(outcome, str | None)):
            return None
        return {**line, "connection": str(line["connection"]), "elapsed": elapsed}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def kept() -> list[Journal]:
    """Return the plugin that keeps outcomes, where there is a place for them."""
    try:
        return [Journal()]
    except ConfigError:
        return []


def show(session: Session, *, as_json: bool, clear: bool) -> None:
    """Show the sums, or forget them."""
    journal = Journal()
    if clear:
        journal.clear()
        session.say("Forgotten.")
        return
    sums = _sums(journal.read())
    if as_json:
        for name, stats in sums.items():
            print(json_line({"connection": name, **attrs.asdict(stats)}))  # noqa: T201
    elif sums:
        session.out.print(stats_table(sums))
    else:
        session.say("No request was made with this command yet.")


def _sums(lines: Iterator[Mapping[str, Any]]) -> dict[str, ProviderStats]:
    """Return what the lines come to, as the statistics that a running connection tells of itself."""
    sums: dict[str, ProviderStats] = {}
    for line in lines:
        before, outcome = sums.get(line["connection"], ProviderStats()), line.get("outcome")
        sums[line["connection"]] = attrs.evolve(
            before,
            requests=before.requests + 1,
            succeeded=before.succeeded + (outcome == "ok"),
            left_early=before.left_early + (outcome == "left early"),
            failed=before.failed + (outcome not in {"ok", "left early"}),
            retries=before.retries + max(0, _number(line.get("attempts"), 1) - 1),
            input_tokens=_more(before.input_tokens, line.get("input_tokens")),
            output_tokens=_more(before.output_tokens, line.get("output_tokens")),
            elapsed=before.elapsed + line["elapsed"],
            last_error=before.last_error if outcome in {"ok", "left early"} else str(outcome),
        )
    return sums


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _more(total: int | None, value: object) -> int | None:
    return (total or 0) + value if isinstance(value, int) else total


def stats_table(sums: Mapping[str, ProviderStats]) -> RenderableType:
    """Return statistics as a table, one connection a line."""
    headings = ("connection", "requests", "ok", "failed", "left", "retries", "average", "tokens in/out")
    return table(headings, [(name, *_cells(stats)) for name, stats in sums.items()])


def _cells(stats: ProviderStats) -> tuple[str, ...]:
    counts = (stats.requests, stats.succeeded, stats.failed, stats.left_early, stats.retries)
    tokens = (stats.input_tokens, stats.output_tokens)
    told = "not told" if tokens == (None, None) else "/".join("?" if n is None else str(n) for n in tokens)
    return (*map(str, counts), f"{stats.average_elapsed:.1f} s", told)
