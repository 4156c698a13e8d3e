"""`jackfield completion`."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

_NO_SPACE: Final = {
    "bash": ("    return 0\n", "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n    return 0\n"),
    "zsh": (
        "compadd -U -V unsorted -a completions",
        """[[ ${completions[1]} == *= ]] && set -- -S '' || set --
        compadd "$@" -U -V unsorted -a completions""",
    ),
    "fish": ("", ""),
}
"""What click's scripts have to do so that a value can be typed right after `KEY=`. Fish does so by itself."""


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
    script = found(ctx.find_root().command, {}, "jackfield", "_JACKFIELD_COMPLETE").source()
    click.echo(script.replace(*_NO_SPACE[shell]))


COMMANDS: Final = {"completion": completion}
