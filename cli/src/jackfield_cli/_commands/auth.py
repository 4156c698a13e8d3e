"""`jackfield auth`: credentials go in by a prompt or a pipe, never by the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from .common import complete_auth_type, complete_connection, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session

_ON_THE_COMMAND_LINE: Final = (
    "a secret on the command line can be read by every process of this machine and stays in the shell's "
    "history, so it is not taken (and should be replaced, now that it was there). Type it at the prompt, or "
    "pipe it in: `jackfield auth set NAME < FILE`"
)


def _refuse(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value:
        raise click.UsageError(_ON_THE_COMMAND_LINE, ctx)


@click.group("auth")
def auth() -> None:
    """Store, list and remove credentials.

    They are kept by the system's keyring, or else in a file that only you can read. The environment comes
    first: CODEGEN_TOKEN, say, is used before anything stored.
    """


@auth.command("set")
@click.argument("name", shell_complete=complete_connection)
@click.argument("more", nargs=-1, callback=_refuse, metavar="")
@click.option(
    "--type",
    "auth_type",
    shell_complete=complete_auth_type,
    help="The kind of credentials, where the provider takes several.",
)
@click.option("--file", "to_file", is_flag=True, help="Keep them in a file, not in the keyring.")
@click.option("--token", "--api-key", "--password", "--secret", "--cookies", hidden=True, callback=_refuse)
@with_session
def set_(session: Session, name: str, auth_type: str | None, to_file: bool, **_: Any) -> None:
    """Store the credentials of connection NAME.

    They are asked for without an echo, or read from a pipe, one credential a line. They are never taken as
    an argument, where every process of the machine could read them.

    \b
    jackfield auth set work
    pass show codegen | jackfield auth set work
    """  # noqa: D301  click's mark
    from jackfield_cli._auth import set_credentials

    set_credentials(session, name, auth_type=auth_type, to_file=to_file)


@auth.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_session
def list_(session: Session, as_json: bool) -> None:
    """Show where credentials come from, never what they are."""
    from jackfield_cli._auth import list_credentials

    list_credentials(session, as_json=as_json)


@auth.command("remove")
@click.argument("name", shell_complete=complete_connection)
@with_session
def remove(session: Session, name: str) -> int:
    """Delete the logins of a connection.

    Wherever they are kept: the same as `jackfield logout NAME`.
    """
    from jackfield_cli._logout import logout as work

    return work(session, name)


auth.add_command(remove, "logout")

COMMANDS: Final = {"auth": auth}
