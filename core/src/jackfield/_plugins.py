"""Discovery, quarantine and typed hook calls. Only this module and `hookspecs` know pluggy.

Names, versions and requirements come from metadata; a plugin's module is imported the first time its name
is asked for. A plugin that cannot be used is set aside with its reason, and everything else goes on.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import pluggy

from . import _log, hookspecs
from ._discovery import (
    MIDDLEWARE,
    InstalledProvider,
    PluginState,
    check,
    distribution_of,
    entry_points,
    installed_providers,
    providers_by_name,
)
from ._exceptions import (
    ContractBroken,
    ImportFailed,
    JackfieldError,
    PluginError,
    UnknownProvider,
)
from ._names import near_names
from ._provider import Middleware, ProviderContext, ProviderSpec
from ._secrets import redact

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

    from ._connection import Connection


@attrs.define(eq=False, repr=False)
class Plugins:
    """The plugins of one manager: those installed, those given by the program, and the core's own."""

    _manager: pluggy.PluginManager = attrs.field(init=False)
    _specs: dict[str, ProviderSpec] = attrs.field(factory=dict, init=False)
    _set_aside: dict[str, PluginError] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._manager = pluggy.PluginManager("jackfield")
        self._manager.add_hookspecs(hookspecs)

    def add(self, plugin: object, name: str | None = None) -> None:
        """Take in a plugin that the program hands over: a module or an object with hook implementations.

        Raises:
            ContractBroken: A hook is unknown, or has arguments that the hook does not give.
        """
        told = name or str(getattr(plugin, "__name__", type(plugin).__name__))
        self._register(plugin, told, "")
        self._collect(plugin, told, "")

    def add_middleware(self, name: str) -> None:
        """Load the plugin called *name* of the group `jackfield.middleware`.

        Raises:
            PluginError: It is not installed or cannot be used.
        """
        found = {entry.name: entry for entry in entry_points(MIDDLEWARE)}
        if name not in found:
            raise UnknownProvider(
                f"no installed middleware is called {name!r}", plugin=name, hint=near_names(name, found)
            )
        self._register(self._import(found[name]), name, distribution_of(found[name])[0])

    def spec(self, name: str) -> ProviderSpec:
        """Return a provider's specification; its plugin is imported now if it was not before.

        Raises:
            UnknownProvider: No installed distribution registers the name.
            PluginError: One does, but it cannot be used.
        """
        if name not in self._specs:
            if name in self._set_aside:
                raise self._set_aside[name]
            try:
                self._load(name)
            except PluginError as error:
                if not isinstance(error, UnknownProvider):
                    self._set_aside[name] = error
                    _log.warning("plugin.set_aside", plugin=name, reason=str(error))
                raise
        return self._specs[name]

    def providers(self) -> Sequence[InstalledProvider]:
        """Return what is installed and what became of it, by name. Imports nothing."""
        return sorted(map(self._state_of, installed_providers()), key=lambda found: found.name)

    def _state_of(self, found: InstalledProvider) -> InstalledProvider:
        if found.name in self._specs:
            return attrs.evolve(found, state=PluginState.LOADED)
        if found.name in self._set_aside:
            reason = self._set_aside[found.name].message
            return attrs.evolve(found, state=PluginState.SET_ASIDE, reason=reason)
        return found

    def _load(self, name: str) -> None:
        found = providers_by_name().get(name, [])
        if not found:
            raise UnknownProvider(
                f"no installed provider is called {name!r}",
                plugin=name,
                hint=f"{near_names(name, providers_by_name())} A provider is plugged in by pip install.",
            )
        check(name, found)
        plugin, distribution = self._import(found[0]), distribution_of(found[0])[0]
        self._register(plugin, name, distribution)
        self._collect(plugin, name, distribution)
        if name not in self._specs:
            self._manager.unregister(plugin)
            raise ContractBroken(
                f"{distribution} registers no provider called {name!r}, as its entry point promises",
                plugin=name,
                distribution=distribution,
            )

    def _import(self, entry: EntryPoint) -> object:
        distribution, _ = distribution_of(entry)
        try:
            plugin: object = entry.load()
        except (Exception, SystemExit) as error:
            raise ImportFailed(
                f"{entry.value} of {distribution} cannot be imported: {_told(error)}",
                plugin=entry.name,
                distribution=distribution,
                hint=f"Reinstall it: pip install --force-reinstall {distribution}.",
            ) from error
        return plugin

    def _register(self, plugin: object, name: str, distribution: str) -> None:
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            raise ContractBroken(
                f"{distribution or name} does not fit the hooks: {_told(error)}",
                plugin=name,
                distribution=distribution,
                hint="The module jackfield.hookspecs lists the hooks and their arguments.",
            ) from None

    def _collect(self, plugin: object, name: str, distribution: str) -> None:
        """Ask one plugin for its providers; check each, for nothing else does."""
        for impl in self._manager.hook.jackfield_register_providers.get_hookimpls():
            if impl.plugin is plugin:
                for spec in _checked_specs(impl.function, name, distribution):
                    self._specs.setdefault(spec.name, spec)

    def middlewares(self, spec: ProviderSpec, connection: Connection) -> list[Middleware]:
        """Return the middlewares for a connection, outermost first.

        Raises:
            ContractBroken: A plugin gives something that is no middleware, or raises.
        """
        wrappers = []
        for plugin, call in self._implementations("jackfield_wrap_request"):
            try:
                middleware = call(spec=spec, connection=connection)
            except JackfieldError:
                raise
            except Exception as error:
                raise ContractBroken(
                    f"jackfield_wrap_request of {plugin} raised {_told(error)}", plugin=plugin
                ) from error
            if middleware is not None:
                wrappers.append(middleware)
        return wrappers

    def load_context(self, spec: ProviderSpec, connection_name: str) -> ProviderContext | None:
        """Ask the plugins for credentials; blocking, so call it in a worker thread."""
        found = self._manager.hook.jackfield_load_context(spec=spec, connection_name=connection_name)
        if found is not None and not isinstance(found, ProviderContext):
            raise ContractBroken(f"jackfield_load_context gave {type(found).__name__}, not a ProviderContext")
        return found

    def store_context(self, spec: ProviderSpec, connection_name: str, context: ProviderContext) -> bool:
        """Ask the plugins to keep credentials; blocking. Return whether one did."""
        hook = self._manager.hook.jackfield_store_context
        return bool(hook(spec=spec, connection_name=connection_name, context=context))

    def notify(self, hook: str, **facts: Any) -> None:
        """Call every implementation of a notifying hook; the fault of one loses nobody else's call."""
        for plugin, call in self._implementations(hook):
            try:
                call(**facts)
            except Exception as error:  # noqa: BLE001  a plugin's fault stays the plugin's
                _log.warning("hook.failed", hook=hook, plugin=plugin, error=_told(error))

    def listens(self, hook: str) -> bool:
        """Whether anybody implements *hook*."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

    def _implementations(self, hook: str) -> Iterator[tuple[str, Any]]:
        for impl in getattr(self._manager.hook, hook).get_hookimpls():
            yield impl.plugin_name, functools.partial(_call_with_known, impl.function, impl.argnames)


def _call_with_known(function: Any, names: Sequence[str], **facts: Any) -> Any:
    return function(**{name: facts[name] for name in names})


def _told(error: BaseException) -> str:
    return redact(f"{type(error).__name__}: {error}")


def _checked_specs(function: Any, name: str, distribution: str) -> list[ProviderSpec]:
    who = distribution or name
    try:
        answer = function()
        specs = list(answer) if isinstance(answer, Iterable) else [answer]
    except (Exception, SystemExit) as error:
        raise ContractBroken(
            f"jackfield_register_providers of {who} raised {_told(error)}",
            plugin=name,
            distribution=distribution,
        ) from error
    for spec in specs:
        if not isinstance(spec, ProviderSpec):
            raise ContractBroken(
                f"jackfield_register_providers of {who} gave {type(spec).__name__}, not ProviderSpec objects",
                plugin=name,
                distribution=distribution,
            )
    return specs
