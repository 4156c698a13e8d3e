"""`jackfield new`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.group("new")
def new() -> None:
    """Begin something of your own."""


@new.command("provider")
@click.argument("name")
@click.option(
    "--wire",
    type=click.Choice(["openai", "events", "poll", "web"]),
    default="openai",
    show_default=True,
    help="How the remote is spoken to.",
)
@click.option(
    "--folder", metavar="PATH", type=click.Path(), help="Where it goes; jackfield-NAME here by default."
)
@with_session
def provider(session: Session, name: str, wire: str, folder: str | None) -> None:
    """Write a provider's distribution, with tests that pass at once.

    \b
    openai  a remote that speaks OpenAI's chat completions
    events  server-sent events of its own, with JSON in them
    poll    a job that is created and looked at until it is done
    web     a chat page, described as data and driven in a browser
    """  # noqa: D301  click's mark
    from jackfield_cli._scaffold import tell_written, write_provider

    tell_written(session, write_provider(name, wire, folder))


COMMANDS: Final = {"new": new}
