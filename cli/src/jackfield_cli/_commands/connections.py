"""`jackfield add`, `rename`, `remove` and `list`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import click

from .common import complete_connection, complete_option, complete_provider, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


class _Add(click.Command):
    """A command whose help tells the options of the provider that is named."""

    _named: Final = "jackfield_cli.add.provider"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look whom the arguments name, before `--help` ends it all."""
        with contextlib.suppress(click.UsageError):
            given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
            ctx.meta[self._named] = given.get("provider") or given.get("name")
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the provider's options."""
        from jackfield_cli._options_help import found_spec, options_of

        named = ctx.meta.get(self._named)
        spec = found_spec(named) if isinstance(named, str) else None
        if spec is None:
            formatter.write_paragraph()
            formatter.write_text("The options of a provider: jackfield add --provider P --help")
            return
        found = options_of(spec)
        for heading, everywhere in ((f"Options of {spec.name}", False), ("Options everywhere", True)):
            rows = [(f"{one.name}=", one.told) for one in found if one.is_everywhere is everywhere]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


@click.command("add", cls=_Add)
@click.argument("name")
@click.option(
    "--provider", metavar="P", shell_complete=complete_provider, help="Its provider; NAME by default."
)
@click.option(
    "-o",
    "--option",
    "options",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=complete_option,
    help="An option of it.",
)
@with_session
def add(session: Session, name: str, provider: str | None, options: tuple[str, ...]) -> None:
    """Add a connection to jackfield.toml.

    A VALUE is read as TOML (323, true, {"gpt-4" = "big"}), and as text if it is none. Options are checked
    before anything is written, and what they name is looked for; nothing is sent.

    \b
    jackfield add codegen_api -o org_id=323
    jackfield add work --provider codegen_api -o org_id=323
    jackfield auth set work
    """  # noqa: D301  click's mark
    from jackfield_cli._editing import add as work

    work(session, name, provider or name, options)


@click.command("rename")
@click.argument("old", shell_complete=complete_connection)
@click.argument("new")
@with_session
def rename(session: Session, old: str, new: str) -> None:
    """Give a connection another name.

    What is known by the old name goes on under the new one: stored credentials, a page's saved session and
    browser profile, the default, aliases and choices. What `stats` counted stays where it was counted.

    \b
    jackfield rename work office
    """  # noqa: D301  click's mark
    from jackfield_cli._renaming import rename as work

    work(session, old, new)


@click.command("remove")
@click.argument("name", shell_complete=complete_connection)
@click.option("--credentials/--keep-credentials", default=None, help="Delete its logins too, or not.")
@with_session
def remove(session: Session, name: str, credentials: bool | None) -> int:
    """Remove a connection from jackfield.toml.

    It asks whether to delete the connection's logins too; where nobody can be asked they stay, and it tells.
    """
    from jackfield_cli._removing import remove as work

    return work(session, name, credentials=credentials)


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_session
def list_(session: Session, as_json: bool) -> None:
    """List the connections of jackfield.toml, and the other names that they are asked by."""
    from jackfield_cli._listing import list_connections

    list_connections(session, as_json=as_json)


COMMANDS: Final = {"add": add, "rename": rename, "remove": remove, "list": list_}
