"""`jackfield doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from jackfield_cli._plugged import missing, plugged_commands

from .common import complete_connection, show_option, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("doctor", context_settings={"ignore_unknown_options": True})
@click.option("--sites", is_flag=True, help="Open web connections, signed in, and look at their pages.")
@click.option("--stealth", is_flag=True, help="Run `jackfield stealth` with what follows.")
@click.argument("words", metavar="[NAME]...", nargs=-1, shell_complete=complete_connection)
@show_option
@with_session
@click.pass_context
def doctor(ctx: click.Context, session: Session, sites: bool, stealth: bool, words: tuple[str, ...]) -> int:
    """Look at the installation and say what is wrong with it.

    Python, the core, every provider (each is loaded), jackfield.toml, where credentials are kept and come
    from, what connections need (browsers, descriptions of pages, sessions), permissions, the playground, the
    terminal. Nothing is sent.

    With --sites it opens the web connections NAME, or all, and looks whether their pages are still as they
    are described. It says nothing to anybody, and writes a report that can be attached to a bug.

    Exits with 1 when something is wrong.
    """
    if stealth:
        return _run_stealth(ctx, words)
    unknown = [word for word in words if word.startswith("-")]
    if unknown:
        raise click.NoSuchOption(unknown[0], ctx=ctx)
    if words and not sites:
        raise click.UsageError("names are for --sites: jackfield doctor --sites NAME", ctx)
    if sites:
        from jackfield_cli._sites import look_at_sites

        return look_at_sites(session, words)
    from jackfield_cli._doctor import doctor as work

    return work(session)


def _run_stealth(ctx: click.Context, words: tuple[str, ...]) -> int:
    command = plugged_commands().get("stealth")
    if command is None:
        raise click.UsageError(missing("stealth"), ctx)
    with command.make_context("stealth", list(words), parent=ctx.parent) as inner:
        return int(inner.command.invoke(inner) or 0)


COMMANDS: Final = {"doctor": doctor}
