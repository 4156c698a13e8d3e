"""`jackfield serve`: the command that this distribution adds to `jackfield`.

click is not required by this distribution: who loads this module is `jackfield`, and has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from jackfield import Config, ConfigError, Finding

from ._budget import PERIODS, Budget
from ._server import PORT

_NAME: Final = re.compile(r"(?!own$)[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)


class _Serve(click.Command):
    """The command, and what `jackfield doctor` is told of the door that it opens."""

    def examine(self, config: Config | None) -> Sequence[Finding]:
        """Look at the door: its tokens, its port, its names, and who may ask."""
        from ._doctor import examine

        return list(examine(config))


@click.command("serve", cls=_Serve)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: a free one.")
@click.option("--connection", "connections", metavar="NAME", multiple=True, help="Serve this one alone.")
@click.option("--alias", "aliases", metavar="MODEL=TARGET", multiple=True, help="A name that clients know.")
@click.option(
    "--token-file", metavar="PATH", type=click.Path(path_type=Path), help="Where the token is kept."
)
@click.option(
    "--guest", "guests", metavar="NAME=CONNECTION,...", multiple=True, help="One more token, for these alone."
)
@click.option(
    "--per-minute", metavar="TOKEN=N", multiple=True, help="Questions of a guest, or of `own`, in a minute."
)
@click.option(
    "--budget", "budgets", metavar="TOKEN=N/PERIOD", multiple=True, help="Tokens of models it may spend."
)
@click.option("--web", metavar="NAME", multiple=True, help="Serve this account on a chat page, too.")
@click.option("--yes", "confirmed", is_flag=True, help="The accounts of --web are mine, and I may do this.")
@click.option("--allow-origin", "origins", metavar="ORIGIN", multiple=True, help="Pages that may ask.")
@click.option("--side-model", metavar="MODEL", help="Whom to ask for titles and tags.")
@click.option("--ollama", is_flag=True, help="Speak Ollama's wire, too.")
@click.option("--config", metavar="FILE", help="Use this jackfield.toml instead of the usual one.")
@click.option("--backend", type=click.Choice(["asyncio", "trio"]), hidden=True)
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    *,
    aliases: Iterable[str],
    token_file: Path | None,
    guests: Iterable[str],
    per_minute: Iterable[str],
    budgets: Iterable[str],
    config: str | None,
    backend: str | None,
    **told: Any,
) -> int:
    """Serve connections over the wires that programs speak.

    The connections of jackfield.toml become models: CONNECTION, CONNECTION/MODEL, or an --alias. Only this
    machine can ask, and only with the token of the file that is named at the start.

    \b
    jackfield serve --alias gpt-4=work:codegen-advanced
    jackfield serve --connection work --port 0
    """  # noqa: D301  click's mark
    from ._serving import Serving
    from ._token import default_token_file

    serving = Serving(
        aliases=dict(map(_alias, aliases)),
        token_file=token_file or default_token_file(),
        guests=dict(map(_guest, guests)),
        per_minute=dict(map(_pace, per_minute)),
        budgets=dict(map(_budget, budgets)),
        config=config or getattr(ctx.obj, "config", None),
        **told,
    )
    return serving.run(backend or getattr(ctx.obj, "backend", None) or "asyncio")


def _alias(text: str) -> tuple[str, str]:
    name, equals, target = text.partition("=")
    if not (name.strip() and equals and target.strip()):
        raise ConfigError(f"--alias {text!r} makes no sense", hint="Write --alias gpt-4=work:some-model.")
    return name.strip(), target.strip()


def _guest(text: str) -> tuple[str, list[str]]:
    name, _, reached = text.partition("=")
    names = [one.strip() for one in reached.split(",") if one.strip()]
    # The name becomes a part of a file's name.
    if not (_NAME.fullmatch(name) and names):
        raise ConfigError(f"--guest {text!r} makes no sense", hint="Write --guest editor=work,home.")
    return name, names


def _pace(text: str) -> tuple[str, int]:
    name, _, most = text.partition("=")
    if not (name and most.isdecimal() and int(most)):
        raise ConfigError(f"--per-minute {text!r} makes no sense", hint="Write --per-minute editor=30.")
    return name, int(most)


def _budget(text: str) -> tuple[str, Budget]:
    name, _, most = text.partition("=")
    count, _, period = most.partition("/")
    if not (name and count.isdecimal() and int(count) and period in PERIODS):
        raise ConfigError(
            f"--budget {text!r} makes no sense", hint="Write --budget editor=200000/day, or /month."
        )
    return name, Budget(int(count), period)
