"""Discovery, quarantine and typed hook calls. Only this module and `hookspecs` know pluggy.

Names, versions and requirements come from metadata; a plugin's module is imported the first time its name
is asked for. A plugin that cannot be used is set aside with its reason, and everything else goes on.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import anyio
import attrs
import pluggy

from . import _log, hookspecs
from ._blame import blame, in_words, is_plugins_fault
from ._discovery import (
    MIDDLEWARE,
    PROVIDERS,
    Claim,
    Installed,
    InstalledProvider,
    PluginState,
    check,
    providers,
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
from ._options import ProviderOptions
from ._provider import Middleware, ProviderContext, ProviderSpec, as_specs, is_provider_name
from ._secrets import Secret


@attrs.frozen
class Candidate:
    """A plugin that was imported and tried out; no manager has taken it in yet.

    Attributes:
        plugin: The module or object.
        name: What it is asked for by.
        claim: What led to it; None for a plugin that the program hands over.
        specs: The providers that it registers, by name.
    """

    plugin: object
    name: str
    claim: Claim | None = None
    specs: Mapping[str, ProviderSpec] = attrs.field(factory=dict)


def _new_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager("jackfield")
    manager.add_hookspecs(hookspecs)
    return manager


@attrs.define(eq=False, repr=False)
class Plugins:
    """The plugins of one manager: those installed, those given by the program, and the core's own."""

    _manager: pluggy.PluginManager = attrs.field(factory=_new_manager, init=False)
    _installed: Installed = attrs.field(factory=Installed, init=False)
    _specs: dict[str, ProviderSpec] = attrs.field(factory=dict, init=False)
    _set_aside: dict[str, PluginError] = attrs.field(factory=dict, init=False)
    _loading: dict[str, anyio.Lock] = attrs.field(factory=lambda: defaultdict(anyio.Lock), init=False)

    def add(self, plugin: object, name: str | None = None) -> None:
        """Take in a plugin that the program hands over: a module or an object with hook implementations.

        Raises:
            ContractBroken: A hook is unknown, or has arguments that the hook does not give.
        """
        name = name or str(getattr(plugin, "__name__", type(plugin).__name__))
        self._take_in(_try_out(plugin, name))

    def add_middleware(self, name: str) -> None:
        """Load the plugin called *name* of the group `jackfield.middleware`.

        Raises:
            PluginError: It is not installed or cannot be used.
        """
        self._take_in(self._load(MIDDLEWARE, name, self._installed.reads))

    def spec(self, name: str) -> ProviderSpec:
        """Return a provider's specification; its plugin is imported now if it was not before.

        It blocks while it reads the metadata and imports: on an event loop, await `find`.

        Raises:
            UnknownProvider: No installed distribution registers the name.
            PluginError: One does, but it cannot be used.
        """
        if name not in self._specs:
            with self._setting_aside(name):
                self._take_in(self._load(PROVIDERS, name, self._installed.reads))
        return self._specs[name]

    async def find(self, name: str) -> ProviderSpec:
        """Do as `spec` does, with the reading and the importing in a worker thread; errors as for `spec`."""
        # Counted before anybody is waited for: what is read while we wait is new enough for us.
        reads = self._installed.reads
        if name not in self._specs:
            # One imports for all who ask for a name; one that hangs keeps only those waiting who want it.
            # Who is cancelled leaves nothing half done: the thread it leaves behind changes nothing here.
            async with self._loading[name]:
                if name not in self._specs:
                    with self._setting_aside(name):
                        load = functools.partial(self._load, PROVIDERS, name, reads)
                        self._take_in(await anyio.to_thread.run_sync(load, abandon_on_cancel=True))
        return self._specs[name]

    async def find_middleware(self, name: str) -> None:
        """Do as `add_middleware` does, with the reading and the importing in a worker thread."""
        load = functools.partial(self._load, MIDDLEWARE, name, self._installed.reads)
        self._take_in(await anyio.to_thread.run_sync(load, abandon_on_cancel=True))

    @contextmanager
    def _setting_aside(self, name: str) -> Iterator[None]:
        """Keep why a plugin cannot be used, so that it is not tried again."""
        if name in self._set_aside:
            raise self._set_aside[name].with_traceback(None)
        try:
            yield
        except UnknownProvider:
            raise
        except PluginError as error:
            self._set_aside[name] = error
            _log.warning("plugin.set_aside", plugin=name, reason=str(error))
            raise

    def providers(self) -> Sequence[InstalledProvider]:
        """Return what is installed and what became of it, by name. Imports nothing."""
        return sorted(map(self._state_of, providers()), key=lambda found: found.name)

    def _state_of(self, found: InstalledProvider) -> InstalledProvider:
        if found.name in self._specs:
            return attrs.evolve(found, state=PluginState.LOADED)
        if found.name in self._set_aside and found.state is not PluginState.SET_ASIDE:
            reason = self._set_aside[found.name].message
            return attrs.evolve(found, state=PluginState.SET_ASIDE, reason=reason)
        return found

    def _load(self, group: str, name: str, reads: int) -> Candidate:
        """Find, import and try out a plugin. Blocking; changes nothing here, so any thread may do it."""
        installed = self._installed.claims(group, name, reads)
        if name not in installed:
            what, where = ("provider", " A provider is plugged in by pip install.")
            if group == MIDDLEWARE:
                what, where = ("middleware", "")
            raise UnknownProvider(
                f"no installed {what} is called {name!r}",
                plugin=name,
                hint=f"{near_names(name, filter(is_provider_name, installed))}{where}",
            )
        check(name, installed[name])
        (claim,) = installed[name]
        plugin = _import(name, claim)
        # Of several providers of one module, each leads here, and the module is asked for them only once.
        is_known = self._manager.is_registered(plugin)
        return Candidate(plugin, name, claim) if is_known else _try_out(plugin, name, claim)

    def _take_in(self, candidate: Candidate) -> None:
        """Take in a plugin's hooks and its providers, or nothing of it."""
        is_known = self._manager.is_registered(candidate.plugin)
        specs = {} if is_known else candidate.specs
        for name in specs:
            if name in self._specs:
                raise NameTaken(f"there is a provider {name!r} already", plugin=candidate.name)
        _refuse_broken_promise(candidate, {*self._specs, *specs})
        if not is_known:
            # A program may hand over two plugins of one class.
            names = itertools.chain([candidate.name], (f"{candidate.name} {n}" for n in itertools.count(2)))
            free = next(name for name in names if not self._manager.has_plugin(name))
            self._manager.register(candidate.plugin, free)
            self._specs |= specs
            if candidate.claim:
                # By custom a module's logger has its name, and so the package's logger is above it.
                _log.mask(candidate.claim.entry.module.partition(".")[0])

    def middlewares(self, hook: str, spec: ProviderSpec, connection: object) -> list[Middleware]:
        """Return the middlewares that *hook* gives for a connection, outermost first.

        Raises:
            ContractBroken: A plugin gives something that is no middleware, or raises.
        """
        wrappers = []
        for plugin, call in self._implementations(hook):
            with blame(plugin, f"{hook} of {plugin}"):
                middleware = call(spec=spec, connection=connection)
            if middleware is not None and not callable(middleware):
                found = type(middleware).__name__
                raise ContractBroken(f"{hook} of {plugin} gave {found}", plugin=plugin)
            wrappers += [middleware] if middleware is not None else []
        return wrappers

    def load_context(
        self, spec: ProviderSpec, connection_name: str, options: ProviderOptions
    ) -> ProviderContext | None:
        """Ask the plugins for credentials, one after the other; blocking, so call it in a worker thread.

        Raises:
            JackfieldError: A plugin says why it cannot give any.
        """
        facts = {"spec": spec, "connection_name": connection_name, "options": options}
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
            except BaseException as error:
                if not is_plugins_fault(error):
                    raise
                fault = ContractBroken(f"{plugin} cannot forget: {in_words(error)}", plugin=plugin)
                failed.append(error if isinstance(error, JackfieldError) else fault)
        return deleted, failed

    def notify(self, hook: str, **facts: Any) -> None:
        """Call every implementation of a notifying hook; the fault of one loses nobody else's call."""
        for _ in self._answers(hook, facts):
            pass

    def listens(self, hook: str) -> bool:
        """Whether anybody implements *hook*."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

    def may_block(self, hook: str) -> bool:
        """Whether somebody but the core itself implements *hook*, and may take any time in it."""
        core = __name__.rpartition(".")[0] + "."
        impls = getattr(self._manager.hook, hook).get_hookimpls()
        return any(not getattr(impl.function, "__module__", "").startswith(core) for impl in impls)

    def _first(self, hook: str, kind: Any, facts: Mapping[str, Any]) -> Any:
        """Return the first answer, which must be of a *kind*; None when there is none."""
        for plugin, found in self._answers(hook, facts, passing=JackfieldError):
            if isinstance(found, kind):
                return found
            if found is not None:
                kind_found = type(found).__name__
                raise ContractBroken(
                    f"{hook} of {plugin} gave {kind_found}, which it must not", plugin=plugin
                )
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
            except BaseException as error:
                if not is_plugins_fault(error):
                    raise
                _log.warning("hook.failed", hook=hook, plugin=plugin, error=in_words(error))
            else:
                yield plugin, answer

    def _implementations(self, hook: str) -> Iterator[tuple[str, Any]]:
        """Yield what implements *hook*, first registered first; pluggy keeps them the other way round."""
        impls = getattr(self._manager.hook, hook).get_hookimpls()
        for impl in sorted(impls, key=lambda impl: impl.trylast - impl.tryfirst):
            yield impl.plugin_name, functools.partial(_call_with_known, impl.function, impl.argnames)


def _call_with_known(function: Any, names: Sequence[str], **facts: Any) -> Any:
    return function(**{name: facts[name] for name in names})


def _import(name: str, claim: Claim) -> object:
    try:
        plugin: object = claim.entry.load()
    except BaseException as error:
        if not is_plugins_fault(error):
            raise
        raise ImportFailed(
            f"{claim.entry.value} of {claim.distribution} cannot be imported: {in_words(error)}",
            plugin=name,
            distribution=claim.distribution,
            hint=f"Reinstall it: pip install --force-reinstall {claim.distribution}.",
        ) from error
    return plugin


def _try_out(plugin: object, name: str, claim: Claim | None = None) -> Candidate:
    """Check a plugin's hooks and ask it for its providers, where nothing of it can get into the exchange."""
    # In a manager of its own: what is set aside was never among the others, and a thread may do this.
    manager = _new_manager()
    try:
        manager.register(plugin)
        manager.check_pending()
        for hook in manager.get_hookcallers(plugin) or ():
            for impl in hook.get_hookimpls():
                if impl.wrapper or impl.hookwrapper:
                    raise ContractBroken(f"{hook.name} is a hook wrapper; return a middleware instead")
                if _is_async(impl.function):
                    raise ContractBroken(f"{hook.name} is asynchronous; hooks are plain functions")
        answers = [impl.function() for impl in manager.hook.jackfield_register_providers.get_hookimpls()]
        specs = [spec for answer in answers for spec in as_specs(answer)]
    except BaseException as error:
        if not is_plugins_fault(error):
            raise
        reason = error.message if isinstance(error, PluginError) else in_words(error)
        raise _misfit(name, claim, reason) from None
    candidate = Candidate(plugin, name, claim, {spec.name: spec for spec in specs})
    if len(candidate.specs) < len(specs):
        raise _misfit(name, claim, "it registers one provider twice")
    for taken in candidate.specs:
        if claim and taken not in claim.providers:
            raise _misfit(name, claim, f"it registers {taken!r}, which none of its entry points names")
    _refuse_broken_promise(candidate, candidate.specs)
    return candidate


def _refuse_broken_promise(candidate: Candidate, specs: Iterable[str]) -> None:
    claim = candidate.claim
    if claim and claim.entry.group == PROVIDERS and candidate.name not in specs:
        reason = f"it registers no provider called {candidate.name!r}, as its entry point promises"
        raise _misfit(candidate.name, claim, reason)


def _misfit(name: str, claim: Claim | None, reason: str) -> ContractBroken:
    distribution = claim.distribution if claim else ""
    return ContractBroken(
        f"{distribution or name} does not fit the hooks: {reason}",
        plugin=name,
        distribution=distribution,
        hint="The module jackfield.hookspecs lists the hooks and their arguments.",
    )


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
