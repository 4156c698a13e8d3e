"""The root command: which commands there are, and how a failure becomes an exit code.

Law: nothing here or in `_commands` imports rich, anyio or jackfield before a command runs, so that `--help`
and shell completion answer at once.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from ._commands.common import Common
from ._plugged import missing, plugged_commands
from ._streams import close_output, mend_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

SECTIONS: Final = {
    "Ask": {"send": "send", "chat": "chat"},
    "Set up": {
        "providers": "providers",
        "add": "connections",
        "rename": "connections",
        "remove": "connections",
        "list": "connections",
        "use": "use",
        "config": "config",
        "template": "template",
        "auth": "auth",
        "login": "login",
        "logout": "login",
        "completion": "completion",
    },
    "Look": {
        "test": "checks",
        "health": "checks",
        "models": "models",
        "conversations": "conversations",
        "logs": "logs",
        "stats": "stats",
        "doctor": "doctor",
    },
    "Try": {"demo": "demo", "playground": "playground"},
    "Write": {"new": "new"},
}
"""The commands by the heading of `--help`, each with the module of `_commands` that holds it."""

EPILOG: Final = """
\b
Exit codes:
  0    it worked                           5    unreachable or unavailable
  1    the request failed                  6    timed out, cut off or uncertain
  2    wrong usage or configuration        130  stopped by Ctrl-C
  3    authentication is needed            143  stopped by SIGTERM
  4    rate limit or quota

\b
Try it without an account:  jackfield demo
"""


_OF_A_CONNECTION: Final = {"-o", "--option"}
OWN: Final = {name: module for names in SECTIONS.values() for name, module in names.items()}
"""The command's own commands. What other distributions add does not take their names."""


class Exchange(click.Group):
    """The root group; a command's module is imported when the command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names in the order of the help."""
        return [*OWN, *(name for name in plugged_commands() if name not in OWN)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; for an unknown name find all, since click looks for near ones."""
        if cmd_name in OWN:
            return self._own(cmd_name)
        self.commands = {**plugged_commands(), **{name: self._own(name) for name in OWN}}
        if cmd_name not in self.commands and (told := missing(cmd_name)):
            raise click.UsageError(told, ctx)
        return self.commands.get(cmd_name)

    def _own(self, name: str) -> click.Command:
        found: click.Command = import_module(f"{__package__}._commands.{OWN[name]}").COMMANDS[name]
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands under their headings."""
        found = {heading: [self._own(name) for name in names] for heading, names in SECTIONS.items()}
        found["Plugged in"] = [one for name, one in plugged_commands().items() if name not in OWN]
        for heading, commands in found.items():
            if commands:
                with formatter.section(heading):
                    formatter.write_dl([(str(one.name), one.get_short_help_str(70)) for one in commands])


@click.command(cls=Exchange, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jackfield-cli", message="jackfield %(version)s")
@click.option("--config", metavar="FILE", help="Use this jackfield.toml instead of the usual one.")
@click.option("--debug", is_flag=True, help="Show logs, and tracebacks when something fails.")
@click.option("-v", "verbose", count=True, help="As --debug; -vv: what other libraries log, too.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), help="Colours and emphasis.")
@click.option("--backend", type=click.Choice(["asyncio", "trio"]), hidden=True)
@click.pass_context
def jackfield(
    ctx: click.Context,
    *,
    config: str | None,
    debug: bool,
    verbose: int,
    backend: str | None,
    color: str | None,
) -> None:
    """Ask any installed AI provider from a terminal.

    \b
    jackfield send "What is a jackfield?"              ask the only connection
    jackfield send -p work -p lab "Hello"              ask two, side by side
    jackfield chat work                                talk

    A provider is plugged in by pip install, a connection to it made by `jackfield add`.
    """  # noqa: D301  click's mark
    ctx.obj = Common(config=config, verbose=max(debug, verbose), backend=backend, color=color)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command with *args* (those of the process by default) and leave with its exit code."""
    mend_streams()
    try:
        code = _run(args)
    finally:
        # Also where a library below leaves by itself, as when whoever read is gone.
        failure = close_output()
    if failure and code == 0:
        code = _report(failure)
    sys.exit(code)


def _run(args: Sequence[str] | None) -> int:
    try:
        code: Any = jackfield.main(args, prog_name="jackfield", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        return _usage(error)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  the last door: whatever went wrong is told in a sentence
        return _report(error)
    return int(code or 0)


def _report(error: Exception) -> int:
    from ._report import report

    return report(error)


def _usage(error: click.ClickException) -> int:
    from ._safe import escape

    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    if context is not None:
        click.echo(context.get_usage(), err=True)
    click.echo(f"Error: {escape(error.format_message())}", err=True)
    if isinstance(error, click.NoSuchOption) and error.option_name in _OF_A_CONNECTION:
        click.echo("A connection keeps its options: jackfield add NAME --provider P -o KEY=VALUE", err=True)
    elif isinstance(error, click.NoSuchOption) and context is not None and context.info_name == "send":
        click.echo("A message that begins with a dash goes after `--`: jackfield send -- MESSAGE", err=True)
    if context is not None:
        click.echo(f"Help: {context.command_path} --help", err=True)
    return 2
