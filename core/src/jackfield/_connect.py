"""From a provider's name and options to a connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from ._connection import Connection
from ._environment import options_from_environment
from ._exceptions import ConfigError
from ._options import build_options
from ._plugins import Plugins
from ._provider import ProviderContext, is_provider_name
from .default_plugins import DEFAULT_PLUGINS


def load_plugins(plugins: Iterable[object] = (), middleware: Iterable[str] = ()) -> Plugins:
    """Return the core's own plugins, those *plugins* and the installed *middleware* of those names."""
    loaded = Plugins()
    for plugin in (*DEFAULT_PLUGINS, *plugins):
        loaded.add(plugin)
    for name in middleware:
        loaded.add_middleware(name)
    return loaded


def build_connection(
    plugins: Plugins, provider: str, options: Mapping[str, Any] | None, name: str | None
) -> Connection:
    """Return a connection that is not open yet.

    Raises:
        PluginError: The provider is not installed or cannot be used.
        ConfigError: An option or the name is wrong.
    """
    spec = plugins.spec(provider)
    name = name or provider
    if not is_provider_name(name):
        raise ConfigError(f"{name!r} cannot be a connection's name: lower-case letters, digits, '_' and '-'")
    environment = options_from_environment(spec, name)
    return Connection(
        name, spec, build_options(spec.options, options, where=name, environment=environment), plugins
    )


def prepare(
    provider: str,
    options: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    plugins: Iterable[object] = (),
) -> Connection:
    """Return a connection that is not open: to look at its `spec` and its checked `options`, or to open it.

    Args:
        provider: The provider's name.
        options: Its options.
        name: The connection's name; the provider's by default.
        plugins: Plugins of the program's own.

    Raises:
        PluginError: The provider is not installed or cannot be used.
        ConfigError: An option or the name is wrong.
    """
    return build_connection(load_plugins(plugins), provider, options, name)


@asynccontextmanager
async def connect(
    provider: str,
    options: Mapping[str, Any] | None = None,
    context: ProviderContext | None = None,
    *,
    name: str | None = None,
    plugins: Iterable[object] = (),
) -> AsyncIterator[Connection]:
    """Open one connection for the length of a block; the short way for a program with one provider.

    Args:
        provider: The provider's name.
        options: Its options.
        context: What to log in with; None to look in the environment.
        name: The connection's name; the provider's by default.
        plugins: Plugins of the program's own.

    Raises:
        JackfieldError: As for `ProviderManager.add_provider` and `ProviderManager.set_provider_context`.
    """
    loaded = load_plugins(plugins)
    await loaded.find(provider)
    connection = build_connection(loaded, provider, options, name)
    async with connection.open(context):
        yield connection
