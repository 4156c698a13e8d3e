"""`jackfield providers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("providers")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_session
def providers(session: Session, as_json: bool) -> None:
    """List the installed providers.

    Told from the metadata of the installed distributions: none of their code runs. `jackfield doctor` also
    tries whether each one loads.
    """
    from jackfield_cli._listing import list_providers

    list_providers(session, as_json=as_json)


COMMANDS: Final = {"providers": providers}
