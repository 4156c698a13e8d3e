"""What a promise is tried with, and what a promise is."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

import attrs

from .._capability import Capability
from .._connect import build_connection, load_plugins
from .._connection import Connection
from .._exceptions import ContractBroken
from .._provider import Provider, ProviderContext, ProviderSpec
from .._types import ChatRequest, Usage
from ._remote import Arrived, Remote, ShowingRemote

_LONG: Final = 8
"""A credential of fewer characters may be part of a common word: `ada` is in `metadata`."""


@attrs.frozen
class Trial:
    """What a promise is tried with.

    Attributes:
        spec: The provider.
        capabilities: What it can do with these options.
        context: A login that the remote takes.
        refused_context: A login that the remote refuses.
        message: What is asked.
        remote: The remote, if it can be steered.
        text: The text of its answer, if it is known.
        usage: The counts of its answer, if they are known.
        module: The module of its plugin, if it is installed.
    """

    spec: ProviderSpec
    plugins: tuple[object, ...] = attrs.field(repr=False)
    options: Mapping[str, Any] = attrs.field(repr=False)
    capabilities: frozenset[Capability]
    context: ProviderContext | None
    refused_context: ProviderContext | None
    message: str
    remote: Remote | None
    text: str | None
    usage: Usage | None
    module: str

    def connection(self) -> Connection:
        """Return a new connection that is not open. Against a steered remote it does not try again."""
        # What is retried is the core's business, and would hide what the provider did.
        once = {} if self.remote is None else {"max_retries": 0}
        return build_connection(load_plugins(self.plugins), self.spec.name, {**self.options, **once}, None)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Connection]:
        """Open a new connection, with the login that the remote takes."""
        connection = self.connection()
        async with connection.open(self.context):
            yield connection

    def request(self, **settings: Any) -> ChatRequest:
        """Return what is asked, as the provider gets it."""
        return ChatRequest(messages=self.message, **settings)

    @property
    def steered(self) -> Remote:
        """The remote that can be steered, for a promise that is tried only where there is one."""
        assert self.remote is not None
        return self.remote

    def can_play(self, fault: str) -> bool:
        """Whether the remote can play a fault."""
        try:
            self.steered.play(fault)
        except ValueError:
            return False
        finally:
            self.steered.play("none")
        return True

    def shown(self) -> tuple[Arrived, ...]:
        """Return what arrived at the remote so far, where it shows it."""
        return tuple(self.remote.arrived()) if isinstance(self.remote, ShowingRemote) else ()

    def secrets(self) -> tuple[str, ...]:
        """Return the credentials, in clear."""
        contexts = (self.context, self.refused_context)
        return tuple(secret.reveal() for one in contexts if one for secret in one.credentials.values())

    def told_in(self, text: str) -> bool:
        """Whether *text* tells one of the credentials: one of a few letters, such as a name, as a word."""
        return any(re.search(_as_it_is_told(secret), text) for secret in self.secrets())


def _as_it_is_told(secret: str) -> str:
    literal = re.escape(secret)
    return literal if len(secret) >= _LONG else rf"(?<!\w){literal}(?!\w)"


class Promise:
    """Something that every provider promises, or every one with some capability. Its docstring says what."""

    needs: ClassVar[Capability | None] = None
    needs_remote: ClassVar[bool] = False
    plays: str = ""

    @property
    def name(self) -> str:
        """Its short name: that of its class, in words."""
        return re.sub(r"(?<!^)([A-Z])", r" \1", type(self).__name__).lower()

    @property
    def sentence(self) -> str:
        """What is promised."""
        return " ".join(inspect.cleandoc(type(self).__doc__ or "").split())

    def not_tried(self, trial: Trial) -> str:
        """Return why this promise cannot be tried here; empty when it can."""
        if self.needs is not None and self.needs not in trial.capabilities:
            return f"it does not claim {self.needs.value}"
        if (self.needs_remote or self.plays) and trial.remote is None:
            return "no remote that can be steered was given"
        if self.plays and not trial.can_play(self.plays):
            return f"the remote cannot play {self.plays!r}"
        return ""

    async def try_it(self, trial: Trial) -> None:
        """Raise `ContractBroken` if the promise is not kept."""
        raise NotImplementedError


def expect(kept: object, otherwise: str) -> None:
    """Raise `ContractBroken` saying *otherwise* unless *kept*."""
    if not kept:
        raise ContractBroken(otherwise)


def raw(connection: Connection) -> Provider:
    """Return the provider of an open connection itself, without what the core puts round it."""
    provider = connection._provider  # noqa: SLF001  the kit looks under the core on purpose
    assert provider is not None
    return provider


def in_words(error: BaseException) -> Iterator[str]:
    """Yield what was raised; of a group, each error that is in it."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from in_words(one)
    elif isinstance(error, ContractBroken):
        yield str(error)
    else:
        yield f"raised {type(error).__name__}: {error}"
