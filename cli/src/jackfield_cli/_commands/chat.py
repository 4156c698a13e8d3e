"""`jackfield chat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .common import (
    complete_conversation,
    complete_model,
    complete_name,
    show_option,
    tool_options,
    with_session,
)

if TYPE_CHECKING:
    from jackfield_cli._session import Session
    from jackfield_cli._tool_loop import Wanted


@click.command("chat")
@click.argument("name", required=False, shell_complete=complete_name)
@click.option("-m", "--model", shell_complete=complete_model, help="The model; see `jackfield models`.")
@click.option("-s", "--system", metavar="TEXT", help="What the model is to keep to.")
@click.option("-c", "--continue", "go_on", is_flag=True, help="Go on with the last conversation.")
@click.option(
    "--conversation",
    metavar="ID",
    shell_complete=complete_conversation,
    help="Go on with this one; see `jackfield conversations`.",
)
@click.option(
    "--no-history",
    is_flag=True,
    help="Neither read nor keep what you typed, nor keep or log the conversation.",
)
@tool_options
@show_option
@with_session
def chat(
    session: Session,
    *,
    name: str | None,
    model: str | None,
    system: str | None,
    go_on: bool,
    conversation: str | None,
    no_history: bool,
    tools: Wanted | None,
) -> int:
    r"""Talk with one connection, over several turns.

    Arrow keys edit and recall what you typed before, kept in a file that only you can read. Alt-Enter, or
    \ at the end of a line, begins another line of the same message. Ctrl-C stops an answer, Ctrl-D leaves.
    /help lists the commands: files, models, the last question anew. Without a terminal each line is a turn.
    """
    from jackfield_cli._chat import chat as work

    return work(
        session,
        name,
        model=model,
        system=system,
        go_on=go_on,
        conversation=conversation,
        history=not no_history,
        tools=tools,
    )


COMMANDS: Final = {"chat": chat}
