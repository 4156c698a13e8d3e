"""`jackfield template`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import complete_template, with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session

_NAME: Final = click.argument("name", shell_complete=complete_template)


@click.group("template")
def template() -> None:
    """Write down questions that are asked often, with variables: `jackfield send -t NAME`.

    A template is a TOML file beside jackfield.toml. `$input` in it stands for the message, `$name` for what
    `-P name=value` says, else for what it says itself under [defaults].
    """


@template.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_session
def list_(session: Session, as_json: bool) -> None:
    """List the templates, with their variables."""
    from jackfield_cli._templates import show_list as work

    work(session, as_json=as_json)


@template.command("show")
@_NAME
@with_session
def show(session: Session, name: str) -> None:
    """Print a template as it is written."""
    from jackfield_cli._templates import show_one as work

    work(session, name)


@template.command("edit")
@_NAME
@with_session
def edit(session: Session, name: str) -> None:
    """Open a template in your editor, a new one if there is none; check it afterwards."""
    from jackfield_cli._templates import edit as work

    work(session, name)


@template.command("path")
@click.argument("name", required=False, shell_complete=complete_template)
@with_session
def path(_: Session, name: str | None) -> None:
    """Print where templates are, or where the one of a NAME is or would be."""
    from jackfield_cli._templates import file_of, folder

    print(folder() if name is None else file_of(name))  # noqa: T201


COMMANDS: Final = {"template": template}
