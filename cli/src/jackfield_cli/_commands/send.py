"""`jackfield send`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .common import (
    complete_conversation,
    complete_model,
    complete_name,
    complete_template,
    show_option,
    tool_options,
    with_session,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackfield_cli._session import Session
    from jackfield_cli._tool_loop import Wanted


class _File(click.Path):
    """A file that is there, `-` for what is piped in, or an address, which the remote reads by itself.

    `~` is the home, also where the shell leaves it as it stands.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; an address as it is."""
        if "://" in value:
            return value
        path = _PIPED if value == "-" else os.path.expanduser(value)  # noqa: PTH111  click's own path
        return super().convert(path, param, ctx)


_PIPED: Final = "/dev/stdin"


FILE: Final = _File(exists=True, dir_okay=False, path_type=Path)


@click.command("send")
@click.argument("words", metavar="[NAME] MESSAGE", nargs=-1, shell_complete=complete_name)
@click.option(
    "-p",
    "--provider",
    "names",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_name,
    help="Ask this connection; several times: ask them side by side.",
)
@click.option("-m", "--model", shell_complete=complete_model, help="The model; see `jackfield models`.")
@click.option("-s", "--system", metavar="TEXT", help="What the model is to keep to, before the message.")
@click.option(
    "-x",
    "--extract",
    is_flag=True,
    flag_value="first",
    type=click.STRING,
    help="Print only the first block of code, as it can be pasted.",
)
@click.option(
    "--extract-last",
    "extract",
    flag_value="last",
    type=click.STRING,
    help="Print only the last block of code.",
)
@click.option(
    "-t",
    "--template",
    metavar="NAME",
    shell_complete=complete_template,
    help="Ask what a template says; see `jackfield template`.",
)
@click.option(
    "-P",
    "--param",
    "parameters",
    metavar="KEY=VALUE",
    multiple=True,
    help="The value of a template's variable; several times.",
)
@click.option(
    "--image", "images", metavar="FILE", multiple=True, type=FILE, help="Send an image along; see --file."
)
@click.option(
    "--file",
    "files",
    metavar="FILE",
    multiple=True,
    type=FILE,
    help="Send a file along: a path, - for what is piped in, or an address that the remote is to read.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds the answer may take, at most."
)
@click.option("-c", "--continue", "go_on", is_flag=True, help="Go on with the last conversation.")
@click.option(
    "--conversation",
    metavar="ID",
    shell_complete=complete_conversation,
    help="Go on with this one; see `jackfield conversations`.",
)
@click.option(
    "--no-history", is_flag=True, help="Neither log this nor keep it as a conversation to go on with."
)
@tool_options
@click.option("--attach", metavar="HANDLE", help="Take up an answer that was asked for before; asks nothing.")
@click.option("--stream/--no-stream", default=None, help="Show the answer as it comes (so on a terminal).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: with --stream each event.")
@click.option(
    "--raw/--safe", default=None, help="The text as it came, or control characters escaped (a terminal)."
)
@show_option
@with_session
def send(
    session: Session,
    *,
    tools: Wanted | None,
    template: str | None,
    parameters: Sequence[str],
    **given: Any,
) -> int:
    """Ask, and show the answer.

    MESSAGE comes from the argument, from a pipe, or from both: what is piped in goes first. NAME is a
    connection, an alias or a choice of jackfield.toml, or an installed provider; without it the only
    connection is asked.

    \b
    jackfield send "What is a jackfield?"
    jackfield send work "Explain this picture" --image panel.png
    jackfield send work "Summarize it" --file report.pdf
    git diff | jackfield send work "Review this change"
    jackfield send -p work -p lab "Hello"              side by side
    jackfield send -c "And in one sentence?"           goes on with the last conversation
    jackfield send -t review -P language=German < change.diff
    jackfield send work --tool tools.py "How warm is it in Rome?"
    jackfield send work --attach 1234                  read on after Ctrl-C

    On a terminal the answer is shown as it comes, with the agent's steps; a pipe gets its plain text and
    nothing else. Ctrl-C stops the waiting and says how to take the answer up again.
    """  # noqa: D301  click's mark
    from jackfield_cli._send import send as work

    if template is not None:
        from jackfield_cli._templates import load

        given["template"] = load(template).with_values(parameters)
    elif parameters:
        raise click.UsageError("-P gives a value to a template's variable: name the template by -t")
    return work(session, tools=tools, **given)


COMMANDS: Final = {"send": send}
