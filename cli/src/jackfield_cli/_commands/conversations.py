"""`jackfield conversations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import with_session

if TYPE_CHECKING:
    from jackfield_cli._session import Session


@click.command("conversations")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--keep/--no-keep", default=None, help="Keep what is said from now on, or no word of it.")
@click.option("--forget", is_flag=True, help="Forget them all, on this machine.")
@with_session
def conversations(session: Session, as_json: bool, keep: bool | None, forget: bool) -> None:
    """List the conversations of this command, the last one first.

    Go on with the last by `send -c` or `chat -c`, with another by `--conversation ID`. Of a conversation that
    the provider keeps, its name there is kept here. No word of any is, unless you ask for it by --keep: then
    their first words are listed, and those with providers that keep nothing can be gone on with, too. The
    newest hundred are kept, in files that only you can read.
    """
    from jackfield_cli import _conversations as work

    if keep is not None:
        work.keep_words(session, keep=keep)
    elif forget:
        work.forget(session)
    else:
        work.show(session, as_json=as_json)


COMMANDS: Final = {"conversations": conversations}
