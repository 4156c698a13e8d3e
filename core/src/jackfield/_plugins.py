"""Discovery, quarantine and typed hook calls. Only this module and `hookspecs` know pluggy.

Names, versions and requirements come from metadata; a plugin's module is imported the first time its name
is asked for. A plugin that cannot be used is set aside with its reason, and everything else goes on.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import pluggy

from . import _log, hookspecs
from ._discovery import (
    MIDDLEWARE,
    PROVIDERS,
    InstalledProvider,
    PluginState,
    check,
    distribution_of,
    entry_points,
    promised,
    providers,
    providers_by_name,
)
from ._exceptions import (
    ContractBroken,
    ImportFailed,
    JackfieldError,
    NameTaken,
    PluginError,
    UnknownProvider,
)
from ._names import near_names
from ._provider import Middleware, ProviderContext, ProviderSpec, as_specs
from ._secrets import Secret, redact

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
        self._take_in(plugin, name or str(getattr(plugin, "__name__", type(plugin).__name__)))

    def add_middleware(self, name: str) -> None:
        """Load the plugin called *name* of the group `jackfield.middleware`.

        Raises:
            PluginError: It is not installed or cannot be used.
        """
        installed = list(entry_points(MIDDLEWARE))
        found = [entry for entry in installed if entry.name == name]
        if not found:
            known = {entry.name for entry in installed}
            raise UnknownProvider(
                f"no installed middleware is called {name!r}", plugin=name, hint=near_names(name, known)
            )
        check(name, found)
        self._take_in(self._import(found[0]), name, found[0])

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
        return sorted(map(self._state_of, providers()), key=lambda found: found.name)

    def _state_of(self, found: InstalledProvider) -> InstalledProvider:
        if found.name in self._specs:
            return attrs.evolve(found, state=PluginState.LOADED)
        if found.name in self._set_aside:
            reason = self._set_aside[found.name].message
            return attrs.evolve(found, state=PluginState.SET_ASIDE, reason=reason)
        return found

    def _load(self, name: str) -> None:
        installed = providers_by_name()
        found = installed.get(name, [])
        if not found:
            raise UnknownProvider(
                f"no installed provider is called {name!r}",
                plugin=name,
                hint=f"{near_names(name, installed)} A provider is plugged in by pip install.",
            )
        check(name, found)
        self._take_in(self._import(found[0]), name, found[0])

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

    def _take_in(self, plugin: object, name: str, entry: EntryPoint | None = None) -> None:
        """Take in a plugin's hooks and its providers, or nothing of it."""
        distribution = distribution_of(entry)[0] if entry else ""
        known = self._manager.is_registered(plugin)
        try:
            if not known:
                self._register(plugin, name)
                self._specs |= self._collected(plugin, name, entry)
            if entry and entry.group == PROVIDERS and name not in self._specs:
                raise ContractBroken(f"it registers no provider called {name!r}, as its entry point promises")
        except (Exception, SystemExit) as error:
            if not known and self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            if isinstance(error, NameTaken):
                raise
            reason = error.message if isinstance(error, PluginError) else _told(error)
            raise ContractBroken(
                f"{distribution or name} does not fit the hooks: {reason}",
                plugin=name,
                distribution=distribution,
                hint="The module jackfield.hookspecs lists the hooks and their arguments.",
            ) from None

    def _register(self, plugin: object, name: str) -> None:
        # A program may hand over two plugins of one class.
        names = (f"{name} {number}" if number > 1 else name for number in itertools.count(1))
        self._manager.register(plugin, next(free for free in names if not self._manager.has_plugin(free)))
        self._manager.check_pending()
        for hook in self._manager.get_hookcallers(plugin) or ():
            for impl in hook.get_hookimpls():
                if impl.plugin is plugin and (impl.wrapper or impl.hookwrapper):
                    raise ContractBroken(f"{hook.name} is a hook wrapper; return a middleware instead")
                if impl.plugin is plugin and _is_async(impl.function):
                    raise ContractBroken(f"{hook.name} is asynchronous; hooks are plain functions")

    def _collected(self, plugin: object, name: str, entry: EntryPoint | None) -> dict[str, ProviderSpec]:
        """Ask one plugin for its providers; check each, for nothing else does."""
        hook = self._manager.hook.jackfield_register_providers
        answers = (impl.function() for impl in hook.get_hookimpls() if impl.plugin is plugin)
        found = {}
        for spec in (spec for answer in answers for spec in as_specs(answer)):
            if spec.name in self._specs or spec.name in found:
                raise NameTaken(f"there is a provider {spec.name!r} already", plugin=name)
            if entry and entry.dist and spec.name not in promised(entry.dist):
                raise ContractBroken(f"it registers {spec.name!r}, which none of its entry points names")
            found[spec.name] = spec
        return found

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
            except (Exception, SystemExit) as error:
                raise ContractBroken(
                    f"jackfield_wrap_request of {plugin} raised {_told(error)}", plugin=plugin
                ) from error
            if middleware is not None and not callable(middleware):
                told = type(middleware).__name__
                raise ContractBroken(f"jackfield_wrap_request of {plugin} gave {told}", plugin=plugin)
            wrappers += [middleware] if middleware is not None else []
        return wrappers

    def load_context(self, spec: ProviderSpec, connection_name: str) -> ProviderContext | None:
        """Ask the plugins for credentials, one after the other; blocking, so call it in a worker thread.

        Raises:
            JackfieldError: A plugin says why it cannot give any.
        """
        facts = {"spec": spec, "connection_name": connection_name}
        found: ProviderContext | None = self._first("jackfield_load_context", ProviderContext, facts)
        return found

    def ask_person(self, spec: ProviderSpec, connection_name: str, question: str) -> Secret | None:
        """Have a plugin ask the account's owner; blocking. Return what they answered, None for nothing."""
        facts = {"spec": spec, "connection_name": connection_name, "question": question}
        answer: Secret | str | None = self._first("jackfield_ask_person", (str, Secret), facts)
        return Secret(answer) if answer else None

    def store_context(self, spec: ProviderSpec, connection_name: str, context: ProviderContext) -> bool:
        """Ask the plugins to keep credentials; blocking. Return whether one did."""
        facts = {"spec": spec, "connection_name": connection_name, "context": context}
        return any(answer is True for _, answer in self._answers("jackfield_store_context", facts))

    def forget_context(self, **facts: Any) -> tuple[list[str], list[JackfieldError]]:
        """Have every plugin delete what it keeps of a connection's logins; blocking.

        Return what was deleted, in words, and what went wrong.
        """
        deleted: list[str] = []
        failed: list[JackfieldError] = []
        for plugin, call in self._implementations("jackfield_forget_context"):
            try:
                deleted += call(**facts) or ()
            except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's fault stays the plugin's
                fault = ContractBroken(f"{plugin} cannot forget: {_told(error)}", plugin=plugin)
                failed.append(error if isinstance(error, JackfieldError) else fault)
        return deleted, failed

    def notify(self, hook: str, **facts: Any) -> None:
        """Call every implementation of a notifying hook; the fault of one loses nobody else's call."""
        for _ in self._answers(hook, facts):
            pass

    def listens(self, hook: str) -> bool:
        """Whether anybody implements *hook*."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

    def _first(self, hook: str, kind: Any, facts: Mapping[str, Any]) -> Any:
        """Return the first answer, which must be of a *kind*; None when there is none."""
        for plugin, found in self._answers(hook, facts, passing=JackfieldError):
            if isinstance(found, kind):
                return found
            if found is not None:
                told = type(found).__name__
                raise ContractBroken(f"{hook} of {plugin} gave {told}, which it must not", plugin=plugin)
        return None

    def _answers(
        self, hook: str, facts: Mapping[str, Any], passing: type[Exception] | tuple[()] = ()
    ) -> Iterator[tuple[str, Any]]:
        """Yield each plugin's answer. One that raises is logged and passed over, save what is *passing*."""
        for plugin, call in self._implementations(hook):
            try:
                answer = call(**facts)
            except passing:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's fault stays the plugin's
                _log.warning("hook.failed", hook=hook, plugin=plugin, error=_told(error))
            else:
                yield plugin, answer

    def _implementations(self, hook: str) -> Iterator[tuple[str, Any]]:
        """Yield what implements *hook*, first registered first; pluggy keeps them the other way round."""
        impls = getattr(self._manager.hook, hook).get_hookimpls()
        for impl in sorted(impls, key=lambda impl: impl.trylast - impl.tryfirst):
            yield impl.plugin_name, functools.partial(_call_with_known, impl.function, impl.argnames)


def _call_with_known(function: Any, names: Sequence[str], **facts: Any) -> Any:
    return function(**{name: facts[name] for name in names})


def _told(error: BaseException) -> str:
    return redact(f"{type(error).__name__}: {error}")


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
