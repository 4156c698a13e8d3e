"""Runs the promises against a provider, each on a connection of its own, and reports what it found."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import anyio
import attrs

from .._capability import Capability
from .._connect import build_connection, load_plugins
from .._exceptions import ContractBroken
from .._provider import ProviderContext, ProviderSpec
from ..hookspecs import hookimpl
from ._promises import PROMISES, Trial

_PROMISE_SECONDS: Final = 60.0


@attrs.frozen
class Outcome:
    """What became of one promise.

    Attributes:
        promise: The promise, as a sentence.
        passed: Whether it was kept.
        detail: What happened instead.
    """

    promise: str
    passed: bool
    detail: str = ""


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
    message: str = "Say hello in one short sentence.",
) -> Sequence[Outcome]:
    """Try every promise of the contract that the provider's capabilities make.

    It asks about a dozen small questions: run it against a stand-in, or know what it costs.

    Args:
        provider: The provider's specification, or its name when it is installed.
        options: Options for its connections.
        context: A login that the remote takes.
        refused_context: A login that the remote refuses; None leaves that promise out.
        message: What is asked.

    Returns:
        An outcome for each promise that was tried.
    """
    given = [_OneProvider(provider)] if isinstance(provider, ProviderSpec) else []
    name = provider.name if isinstance(provider, ProviderSpec) else provider
    spec = load_plugins(given).spec(name)
    opened = build_connection(load_plugins(given), name, options, None)
    trial = Trial(spec, await _capabilities(opened, context), context, refused_context, message)
    outcomes = []
    for promise in PROMISES:
        if promise.applies(trial):
            connection = build_connection(load_plugins(given), name, options, None)
            outcomes.append(await _outcome_of(promise.__doc__ or "", promise.try_it, trial, connection))
    return outcomes


async def _capabilities(connection: Any, context: ProviderContext | None) -> frozenset[Capability]:
    """Return what the provider can do with these options; one that cannot be opened is tried with all."""
    with contextlib.suppress(Exception), anyio.move_on_after(_PROMISE_SECONDS):
        async with connection.open(context):
            return frozenset(connection.capabilities)
    return frozenset(connection.spec.capabilities)


async def _outcome_of(promise: str, try_it: Any, trial: Trial, connection: Any) -> Outcome:
    try:
        with anyio.fail_after(_PROMISE_SECONDS):
            await try_it(trial, connection)
    except TimeoutError:
        return Outcome(promise, passed=False, detail=f"not kept within {_PROMISE_SECONDS:g} s")
    except ContractBroken as broken:
        return Outcome(promise, passed=False, detail=str(broken))
    except Exception as error:  # noqa: BLE001  whatever was raised is the outcome
        return Outcome(promise, passed=False, detail=f"raised {type(error).__name__}: {error}")
    return Outcome(promise, passed=True)
