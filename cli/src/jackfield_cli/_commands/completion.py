"""`jackfield completion`."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and names in a shell.

    \b
    eval "$(jackfield completion bash)"                          in ~/.bashrc
    eval "$(jackfield completion zsh)"                           in ~/.zshrc
    jackfield completion fish > ~/.config/fish/completions/jackfield.fish
    """  # noqa: D301  click's mark
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, "jackfield", "_JACKFIELD_COMPLETE").source())


COMMANDS: Final = {"completion": completion}
