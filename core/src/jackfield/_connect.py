"""From a provider's name and options to a connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs

from ._connection import Connection
from ._environment import options_from_environment
from ._exceptions import ConfigError
from ._names import plain_name
from ._options import build_options
from ._plugins import Plugins
from ._provider import ProviderContext, ProviderSpec, ProviderType, is_provider_name
from ._secrets import redact
from .default_plugins import DEFAULT_PLUGINS

_TYPE: Final = "type"
_FITS: Final = {
    ProviderType.API_BASED: (ProviderType.API_BASED,),
    ProviderType.WEB_AUTOMATION: (ProviderType.WEB_AUTOMATION,),
    # A page that is described is driven like any other.
    ProviderType.CUSTOM_WEB: (ProviderType.CUSTOM_WEB, ProviderType.WEB_AUTOMATION),
}
"""What the option `type` may say of a provider of each type."""


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
        plain = plain_name(redact(str(name)))  # in other letters a secret would not be known as one
        raise ConfigError(
            f"{name!r} cannot be a connection's name: lower-case letters, digits, '_' and '-'",
            hint=f"For example {plain!r}." if is_provider_name(plain) else None,
        )
    options = _without_type(spec, dict(options or {}), name)
    environment = options_from_environment(spec, name)
    return Connection(
        name, spec, build_options(spec.options, options, where=name, environment=environment), plugins
    )


def _without_type(spec: ProviderSpec, options: dict[str, Any], name: str) -> dict[str, Any]:
    """Return *options* without the one that says what type the provider is, which decides nothing.

    Raises:
        ConfigError: It says something else than the provider.
    """
    if _TYPE not in options or _TYPE in attrs.fields_dict(spec.options):
        return options
    told = _type_of(options.pop(_TYPE))
    if told in _FITS[spec.type]:
        return options
    shown = "no type of a provider" if told is None else repr(told.value)
    raise ConfigError(
        f"{name}: option 'type' is {shown}, and {spec.name} is {spec.type.value!r}",
        hint="Leave it out, for the provider's name says it already; or name the provider that was meant.",
    )


def _type_of(told: object) -> ProviderType | None:
    try:
        return ProviderType(told)
    except ValueError:
        return None


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


def provider_spec(provider: str) -> ProviderSpec:
    """Return what is known of an installed provider before it has options. Blocking: it imports the plugin.

    Raises:
        PluginError: The provider is not installed or cannot be used.
    """
    return load_plugins().spec(provider)


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
