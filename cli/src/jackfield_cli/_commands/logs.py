"""`jackfield logs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from .common import complete_connection, with_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackfield_cli._session import Session


def _listing(function: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the options of what lists entries."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with the whole texts."),
        click.option("-n", "most", type=click.IntRange(min=1), default=20, help="How many at most; 20."),
        click.option(
            "--connection", metavar="NAME", shell_complete=complete_connection, help="Only those of this one."
        ),
    ):
        function = option(function)
    return function


@click.group("logs", invoke_without_command=True)
@_listing
@click.pass_context
def logs(ctx: click.Context, /, **given: Any) -> None:
    """Log what is asked and answered, if you wish so, and look into it.

    Nothing is logged before `jackfield logs on`. The log is a SQLite database on this machine that only you
    can read. What is asked with --no-history is never logged. Without a subcommand the entries are listed.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, **given)
    elif any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in given):
        raise click.UsageError(f"options of {ctx.invoked_subcommand} go behind it", ctx)


@logs.command("list")
@_listing
@with_session
def list_(session: Session, **given: Any) -> None:
    """List the entries, newest first."""
    from jackfield_cli._reading_logs import show_list as work

    work(session, **given)


@logs.command("search")
@click.argument("words", nargs=-1, required=True)
@_listing
@with_session
def search(session: Session, words: Sequence[str], **given: Any) -> None:
    """List the entries that hold all WORDS in their question or answer, in any case."""
    from jackfield_cli._reading_logs import show_list as work

    work(session, words, **given)


@logs.command("show")
@click.argument("number", metavar="[ID]", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@with_session
def show(session: Session, number: int | None, as_json: bool) -> None:
    """Show one entry whole; the last one if none is named."""
    from jackfield_cli._reading_logs import show_one as work

    work(session, number, as_json=as_json)


@logs.command("on")
@with_session
def on(session: Session) -> None:
    """Log from now on."""
    from jackfield_cli._reading_logs import switch as work

    work(session, on=True)


@logs.command("off")
@with_session
def off(session: Session) -> None:
    """Log nothing from now on; what is there stays."""
    from jackfield_cli._reading_logs import switch as work

    work(session, on=False)


@logs.command("path")
@with_session
def path(session: Session) -> None:
    """Print where the database is, or would be."""
    from jackfield_cli._logs import Log

    print(Log(session.say).file)  # noqa: T201


@logs.command("clear")
@with_session
def clear(session: Session) -> None:
    """Remove every entry."""
    from jackfield_cli._reading_logs import clear as work

    work(session)


COMMANDS: Final = {"logs": logs}
