"""Credentials at the terminal: taken by a prompt or a pipe, shown never."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from jackfield import (
    ConfigError,
    Connection,
    ConnectionConfig,
    JackfieldError,
    ProviderContext,
    ProviderSpec,
    prepare,
    providers,
)

from ._input import decoded
from ._listing import table
from ._session import json_line
from ._stores import FileStore
from ._usage import UsageFault
from .credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._session import Session

STORED_TYPES: Final = ("token", "username_password", "cookies", "code")
"""The kinds of credentials that can be stored, those first that are asked for first."""

_TOLD: Final = {
    "token": "a key of its API",
    "username_password": "a name and its password",
    "cookies": "those of a browser in which you are logged in",
    "code": "an address that login codes are sent to",
}
_LONGEST: Final = 1_000_000
_EXPORT: Final = (
    "Of a browser's own database nothing can be read: export its cookies as JSON or as a Netscape file."
)
_ORPHAN: Final = "a private file, for no connection of this name; delete it"


def set_credentials(session: Session, name: str, *, auth_type: str | None, to_file: bool) -> None:
    """Ask for the credentials of connection *name* and store them; an alias is the one that it stands for."""
    entry = session.connection(name)
    name = entry.name
    connection = prepare(entry.provider, entry.options, name=name)
    spec = connection.spec
    kind = _kind(spec, auth_type)
    wanted = ProviderContext(spec.name, kind).missing
    given = _prompted(wanted, name) if sys.stdin.isatty() else _piped(wanted, name)
    kept = Credentials(session.say).keep(name, ProviderContext(spec.name, kind, given), to_file=to_file)
    session.say(f"Stored the {' and the '.join(wanted)} of {name} in {kept}.")
    if variables := environment_names(connection):
        session.say(f"The environment goes first, and sets {' and '.join(variables)}.")


def _kind(spec: ProviderSpec, wanted: str | None) -> str:
    possible = [kind for kind in STORED_TYPES if kind in spec.auth_types]
    if wanted in possible:
        return wanted
    if not possible:
        raise ConfigError(f"{spec.name} takes no credentials that could be stored")
    if wanted is not None:
        raise ConfigError(
            f"{spec.name} takes no {wanted!r}", hint=f"Use --type with one of: {', '.join(possible)}."
        )
    if len(possible) > 1 and sys.stdin.isatty():
        return _chosen(possible, spec)
    return possible[0]


def _chosen(possible: Sequence[str], spec: ProviderSpec) -> str:
    """Ask for one of several kinds, by number or name; no other answer is repeated: it may be the secret."""
    numbered = {str(number): kind for number, kind in enumerate(possible, 1)}
    click.echo(f"{spec.title} takes several kinds of credentials:", err=True)
    for number, kind in numbered.items():
        click.echo(f"  {number}  {kind}: {_TOLD[kind]}", err=True)

    def understood(answer: str) -> str:
        kind = numbered.get(answer.strip(), answer.strip())
        if kind not in possible:
            raise click.UsageError(f"Type {' or '.join(numbered)}. The secret is asked for next, unseen.")
        return kind

    chosen: str = click.prompt("Which one", default="1", value_proc=understood, err=True)
    return chosen


def _prompted(wanted: Sequence[str], name: str) -> dict[str, str]:
    return {one: _required(getpass.getpass(f"{one} of {name} (not shown): "), one) for one in wanted}


def _piped(wanted: Sequence[str], name: str) -> dict[str, str]:
    text = decoded(sys.stdin.buffer.read(_LONGEST), "standard input", instead=_EXPORT).strip()
    if "\0" in text:
        raise UsageFault(f"standard input is no text. {_EXPORT}")
    # A file of cookies has a line for each.
    lines = [text] if tuple(wanted) == ("cookies",) else text.splitlines()
    if len(lines) != len(wanted):
        raise ConfigError(
            f"standard input has {len(lines)} lines; {name} needs {len(wanted)}: {', '.join(wanted)}",
            hint="One credential a line.",
        )
    return {one: _required(line, one) for one, line in zip(wanted, lines, strict=True)}


def _required(text: str, name: str) -> str:
    if not text.strip():
        raise ConfigError(f"the {name} is empty; nothing was stored")
    return text


def list_credentials(session: Session, *, as_json: bool) -> None:
    """Show where the credentials of every connection come from."""
    rows = [(entry.name, entry.provider, source(entry)) for entry in session.config.connections]
    rows += [(name, "", f"{_ORPHAN}: jackfield logout {name}") for name in _orphans(session)]
    if as_json:
        for name, provider, found in rows:
            print(json_line({"name": name, "provider": provider, "source": found}))  # noqa: T201
    elif rows:
        session.out.print(table(("connection", "provider", "credentials"), rows))
    else:
        session.say(f"No connection in {session.path}. Add one: jackfield add NAME --provider P")


def _orphans(session: Session) -> list[str]:
    """Return the names that credentials are kept for in files and no connection has. A keyring lists none."""
    known = {*session.configured, *(found.name for found in providers())}
    return [name for name in FileStore().names() if name not in known]


def source(entry: ConnectionConfig) -> str:
    """Return where a connection's credentials come from, or what is wrong with them; never a value."""
    try:
        connection = prepare(entry.provider, entry.options, name=entry.name)
        spec = connection.spec
        if variables := environment_names(connection):
            return f"environment: {', '.join(variables)}"
        context, store = Credentials().find(entry.name)
        if context is None and connection.login.known() is not None:
            return "a saved login"
    except JackfieldError as error:
        return f"wrong: {error.message}"
    if context is None:
        return "missing" if spec.needs_context else _none_of(spec)
    if context.provider != spec.name:
        return f"wrong: the stored ones are for {context.provider}; store them anew"
    return store


def _none_of(spec: ProviderSpec) -> str:
    may_want = spec.auth_types.intersection(STORED_TYPES)
    return "none kept; it may do without" if may_want else "none needed"


def _is_set(variable: str) -> bool:
    return bool(os.environ.get(variable, "").strip())


def environment_names(connection: Connection) -> list[str]:
    """Return the environment variables that are set and hold a whole login of the connection."""
    spec, options = connection.spec, connection.options
    for kind in STORED_TYPES:
        if kind in spec.auth_types:
            wanted = ProviderContext(spec.name, kind).missing
            variables = [spec.credential_variables(connection.name, one, options) for one in wanted]
            found = [first for them in variables if (first := next(filter(_is_set, them), None))]
            if len(found) == len(wanted):
                return found
    return []
