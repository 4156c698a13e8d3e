"""Runs the promises against a provider, each on a connection of its own, and reports what it found."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import anyio
import anyio.to_thread
import attrs

from .._capability import Capability
from .._connect import build_connection, load_plugins
from .._provider import ProviderContext, ProviderSpec
from .._types import Usage
from ..hookspecs import hookimpl
from ._arriving import ARRIVING
from ._faults import FAULTS
from ._importing import IMPORTING, module_of
from ._manners import MANNERS
from ._promises import PROMISES
from ._remote import Remote
from ._report import LeftOut, Outcome, Report
from ._steered import STEERED
from ._trial import Promise, Trial, in_words

ALL: Final[tuple[Promise, ...]] = (*PROMISES, *IMPORTING, *MANNERS, *STEERED, *ARRIVING, *FAULTS)


def promises() -> Mapping[str, str]:
    """Return every promise that `check_provider` knows: its sentence, by its short name."""
    return {promise.name: promise.sentence for promise in ALL}


@attrs.frozen
class _OneProvider:
    spec: ProviderSpec

    @hookimpl
    def jackfield_register_providers(self) -> Sequence[ProviderSpec]:
        return [self.spec]


async def check_provider(
    provider: ProviderSpec | str,
    options: Mapping[str, Any] | None = None,
    context: ProviderContext | None = None,
    *,
    refused_context: ProviderContext | None = None,
    remote: Remote | None = None,
    message: str = "Say hello in one short sentence.",
    text: str | None = None,
    usage: Usage | None = None,
    only: Collection[str] | None = None,
    seconds: float = 60.0,
) -> Report:
    """Try every promise of the contract that the provider's capabilities make.

    It asks dozens of small questions: run it against a stand-in, or know what it costs. It runs on the event
    loop that it is called in: call it once on each that you support.

    Args:
        provider: The provider's specification, or its name when it is installed.
        options: Options for its connections.
        context: A login that the remote takes.
        refused_context: A login that the remote refuses; None leaves that promise out.
        remote: The remote, if it can be steered: `replay` makes one of a recorded answer. Without one, how
            the provider meets a remote that fails is not tried, and the report says so.
        message: What is asked.
        text: The text that the remote answers with, if that is known.
        usage: What the remote counts, if that is known; None in it leaves a count out.
        only: The short names of the promises to try; None tries all.
        seconds: How long each promise may take. A provider that shields its waits from cancellation cannot be
            ended from outside: have your test framework end the test.

    Returns:
        An outcome for each promise that was tried, and the reason for each that was not.

    Raises:
        PluginError: The provider is not installed or cannot be used.
        ConfigError: An option is wrong.
        LookupError: *only* names a promise that there is not.
    """
    plugins = (_OneProvider(provider),) if isinstance(provider, ProviderSpec) else ()
    name = provider.name if isinstance(provider, ProviderSpec) else provider
    spec = load_plugins(plugins).spec(name)
    opened = build_connection(load_plugins(plugins), name, options, None)
    trial = Trial(
        spec=spec,
        plugins=plugins,
        options=dict(options or {}),
        capabilities=await _capabilities(opened, context, seconds),
        context=context,
        refused_context=refused_context,
        message=message,
        remote=remote,
        text=text,
        usage=usage,
        module=await anyio.to_thread.run_sync(module_of, name),
    )
    return await _report(trial, _chosen(only), seconds)


def _chosen(only: Collection[str] | None) -> Sequence[Promise]:
    known = {promise.name for promise in ALL}
    if unknown := set(only or ()) - known:
        raise LookupError(f"there is no promise {sorted(unknown)}; there is {', '.join(sorted(known))}")
    return [promise for promise in ALL if only is None or promise.name in only]


async def _report(trial: Trial, promises: Sequence[Promise], seconds: float) -> Report:
    outcomes, left_out = [], []
    for promise in promises:
        if reason := promise.not_tried(trial):
            left_out.append(LeftOut(promise.sentence, reason, promise.name))
        else:
            outcomes.append(await _outcome_of(promise, trial, seconds))
    return Report(trial.spec.name, tuple(outcomes), tuple(left_out))


async def _capabilities(
    connection: Any, context: ProviderContext | None, seconds: float
) -> frozenset[Capability]:
    """Return what the provider can do with these options; one that cannot be opened is tried with all."""
    with contextlib.suppress(Exception), anyio.move_on_after(seconds):
        async with connection.open(context):
            return frozenset(connection.capabilities)
    return frozenset(connection.spec.capabilities)


async def _outcome_of(promise: Promise, trial: Trial, seconds: float) -> Outcome:
    try:
        with anyio.fail_after(seconds):
            await promise.try_it(trial)
    except TimeoutError:
        detail = f"not kept within {seconds:g} s"
    except Exception as error:  # noqa: BLE001  whatever was raised is the outcome
        detail = "\n".join(dict.fromkeys(in_words(error)))
    else:
        return Outcome(promise.sentence, passed=True, name=promise.name)
    return Outcome(promise.sentence, passed=False, detail=detail, name=promise.name)
