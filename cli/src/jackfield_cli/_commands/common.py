"""What every command shares: its options, and the way from them to a session."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackfield import Config


class Common(NamedTuple):
    """The options that every command takes, before or after its name."""

    config: str | None = None
    verbose: int = 0
    backend: str | None = None
    color: str | None = None


def with_session(function: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the common options; call it with the session they make as its first argument."""

    @click.option("--config", metavar="FILE", help="Use this jackfield.toml instead of the usual one.")
    @click.option("--debug", is_flag=True, help="Show logs, and tracebacks when something fails.")
    @click.option("-v", "verbose", count=True, help="As --debug; -vv: what other libraries log, too.")
    @click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        help="Colours and emphasis: on a terminal (auto), into a pipe too, or nowhere.",
    )
    @click.option("--backend", type=click.Choice(["asyncio", "trio"]), hidden=True)
    @click.pass_context
    def call(
        ctx: click.Context,
        /,
        *,
        config: str | None,
        debug: bool,
        verbose: int,
        backend: str | None,
        color: str | None,
        **given: Any,
    ) -> int:
        from jackfield_cli._session import Session

        before: Common = ctx.obj or Common()
        session = Session.start(
            config=config or before.config,
            verbose=max(debug, verbose, before.verbose),
            backend=backend or before.backend,
            show=given.pop("show", False),
            color=color or before.color or "auto",
        )
        return function(session, **given) or 0

    return functools.update_wrapper(call, function)


show_option = click.option(
    "--show", is_flag=True, help="Show the window, of a provider that drives a page in a browser."
)
"""For commands that open connections; `with_session` puts it into the session."""


def tool_options(function: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the options for what the model may have called, as its parameter `tools`."""

    @click.option(
        "--tool",
        "tools",
        metavar="REF",
        multiple=True,
        help="Let the model call Python functions: FILE.py, FILE.py:FUNCTION or MODULE:FUNCTION.",
    )
    @click.option(
        "--mcp",
        "servers",
        metavar="SERVER",
        multiple=True,
        help="Let the model call the tools of an MCP server: a command in quotes, or an address.",
    )
    @click.option("-y", "--yes", "is_allowed", is_flag=True, help="Allow every call of a tool, unasked.")
    @click.option(
        "--max-calls",
        type=click.IntRange(min=1),
        default=20,
        help="How many calls of tools there may be; 20.",
    )
    @functools.wraps(function)
    def call(
        *given: Any,
        tools: Sequence[str],
        servers: Sequence[str],
        is_allowed: bool,
        max_calls: int,
        **options: Any,
    ) -> int | None:
        from jackfield_cli._tool_loop import Wanted

        wanted = Wanted(functions=tools, servers=servers, is_allowed=is_allowed, most=max_calls)
        return function(*given, tools=wanted if tools or servers else None, **options)

    return call


def complete_connection(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the connections whose names begin with *incomplete*; nothing when the file is wrong."""
    config = _config(ctx)
    return [entry.name for entry in config.connections if entry.name.startswith(incomplete)]


def complete_name(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return what can be asked: connections as for `complete_connection`, and their other names."""
    others = [entry.name for entry in _config(ctx).choices if entry.name.startswith(incomplete)]
    return [*complete_connection(ctx, parameter, incomplete), *others]


def _config(ctx: click.Context) -> Config:
    from jackfield import Config, ConfigError, load_config

    before: Common = ctx.obj or Common()
    try:
        return load_config(ctx.params.get("config") or before.config)
    except ConfigError:
        return Config()


def complete_model(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the models known here of whoever is asked, whose names begin with *incomplete*."""
    from jackfield_cli._completing import models

    asked = next(iter(ctx.params.get("names") or ()), None) or _argument(ctx)
    return [model for model in models(_config(ctx), asked) if model.startswith(incomplete)]


def _argument(ctx: click.Context) -> str | None:
    """Return the first argument. Behind an option that has no value yet click leaves it unnamed."""
    found = ctx.params.get("name") or next(iter([*(ctx.params.get("words") or ()), *ctx.args]), None)
    return None if found is None else str(found)


def complete_auth_type(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the kinds of credentials that the connection takes and that begin with *incomplete*."""
    from jackfield_cli._completing import auth_types

    kinds = auth_types(_config(ctx), _argument(ctx))
    return [kind for kind in kinds if kind.startswith(incomplete)]


def complete_option(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the options of the provider, as `KEY=` and then `KEY=VALUE`, that begin with *incomplete*."""
    from jackfield_cli._completing import options

    provider = ctx.params.get("provider") or _argument(ctx)
    found = options(provider, ctx.params.get("options") or (), incomplete)
    return [option for option in found if option.startswith(incomplete)]


def complete_provider(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the installed providers whose names begin with *incomplete*."""
    from jackfield import providers

    return [found.name for found in providers() if found.name.startswith(incomplete)]


def complete_conversation(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the conversations of this command whose names begin with *incomplete*, the last one first."""
    from jackfield import ConfigError
    from jackfield_cli._conversations import names

    try:
        return [name for name in names() if name.startswith(incomplete)]
    except (ConfigError, OSError):
        return []


def complete_key(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the keys of the file that begin with *incomplete*, and those that connections there can have."""
    from jackfield_cli._completing import keys

    return [key for key in keys(_config(ctx)) if key.startswith(incomplete)]


def complete_template(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the templates whose names begin with *incomplete*."""
    from jackfield import ConfigError
    from jackfield_cli._templates import names

    try:
        return [name for name in names() if name.startswith(incomplete)]
    except (ConfigError, OSError):
        return []
