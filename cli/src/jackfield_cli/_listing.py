"""Tables: the installed providers, the configured connections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from jackfield import PluginState, providers

from ._installed import install_command
from ._private import is_there
from ._safe import one_line
from ._session import json_line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

    from ._session import Session

_PADDED: Final = (0, 2, 0, 0)
_FOLDED: Final = 16
"""How many columns the last one of a table needs at most, to be folded in."""


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> RenderableType:
    """Return a table without lines; cells that are plain text are escaped.

    Where there is no room for all but the last column, each row is told in words.
    """
    from rich.text import Text

    escaped = [[Text(one_line(cell)) if isinstance(cell, str) else cell for cell in row] for row in rows]
    return _Rows(headings, escaped)


@attrs.frozen
class _Rows:
    headings: Sequence[str]
    rows: Sequence[Sequence[Text]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from ._tail import Tail

        if self._least_width() <= options.max_width:
            yield Tail(self._table())
        else:
            yield from map(Tail, self._told())

    def _least_width(self) -> int:
        """Return the columns that it takes beside each other when only the last of its own is folded."""
        *others, last = zip(self.headings, *([cell.plain for cell in row] for row in self.rows), strict=True)
        longest = max(len(word) for cell in last for word in (*cell.split(), ""))
        wide = [max(map(len, column)) + _PADDED[1] for column in others]
        return sum(wide) + min(longest, _FOLDED)

    def _table(self) -> Table:
        from rich.table import Table

        shown = any(self.headings)
        found = Table(box=None, padding=_PADDED, pad_edge=False, header_style="bold", show_header=shown)
        for number, heading in enumerate(self.headings):
            found.add_column(heading, overflow="fold", no_wrap=number < len(self.headings) - 1)
        for row in self.rows:
            found.add_row(*row)
        return found

    def _told(self) -> Iterator[RenderableType]:
        from rich.padding import Padding
        from rich.text import Text

        for name, *cells in self.rows:
            yield name
            told = [
                Text.assemble(f"{heading} " if heading else "", cell)
                for heading, cell in zip(self.headings[1:], cells, strict=True)
                if cell.plain
            ]
            yield Padding(Text(", ").join(told), (0, 0, 0, _PADDED[1]))


def list_providers(session: Session, *, as_json: bool) -> None:
    """List what is installed; imports none of it."""
    found = providers()
    if as_json:
        for one in found:
            print(json_line({**attrs.asdict(one), "state": one.state.value}))  # noqa: T201
    elif not found:
        session.say(
            f"No provider is installed. One is plugged in so: {install_command('jackfield-codegen-api')}"
        )
    else:
        session.out.print(providers_table())


def providers_table() -> RenderableType:
    """Return the installed providers as a table."""
    from rich.text import Text

    styles = {PluginState.SET_ASIDE: "red"}
    return table(
        ("provider", "state", "distribution", "version", "reason"),
        [
            (
                one.name,
                Text(one.state.value, styles.get(one.state, "green")),
                one.distribution,
                one.version,
                one.reason,
            )
            for one in providers()
        ],
    )


def list_connections(session: Session, *, as_json: bool) -> None:
    """List the connections of the configuration file, and the other names that they are asked by."""
    found, choices = session.config.connections, session.config.choices
    if as_json:
        for one in found:
            options = {key: _masked(value) for key, value in one.options.items()}
            print(json_line(attrs.asdict(one) | {"options": options}))  # noqa: T201
        for choice in choices:
            print(json_line({"name": choice.name, "asks": list(map(str, choice.targets))}))  # noqa: T201
    elif not found:
        told = "" if is_there(session.path) else ", which is not there yet"
        session.say(f"No connection in {session.path}{told}. Add one: jackfield add NAME --provider P")
    else:
        rows = [(one.name, one.provider, _told(one.options.items())) for one in found]
        session.out.print(table(("connection", "provider", "options"), rows))
    if choices and not as_json:
        session.out.print()
        asked = [(one.name, ", then ".join(map(str, one.targets))) for one in choices]
        session.out.print(table(("other name", "asks"), asked))


def _told(options: Iterable[tuple[str, object]]) -> str:
    return ", ".join(f"{key}={_masked(value)}" for key, value in options)


def _masked(value: object) -> object:
    """Return *value* without the password that may stand in an address, such as a proxy's."""
    return _PASSWORD.sub(r"\1**********@", value) if isinstance(value, str) else value


_PASSWORD: Final = re.compile(r"((?:^|://)[^@\s:/]*:)\S*@")
