"""A model's name as a client says it → whom to ask. The one place that says what is served, and to whom."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import anyio
import attrs

from jackfield import (
    Capability,
    ChatRequest,
    Choice,
    Connection,
    Effect,
    JackfieldError,
    ProviderManager,
    ProviderType,
    ResponseStream,
    Target,
    near_names,
)

from ._fault import Refusal
from ._settings import GatewaySettings
from ._token import Token

_LISTING_SECONDS: Final = 2.5
"""A client that lists models before it starts waits 3 seconds for them."""
_LISTED_SECONDS: Final = 300.0


@attrs.frozen
class Route:
    """Whom to ask for one model.

    Attributes:
        asked: A connection, or several behind one name.
        connections: The connections that may answer, in their order.
        model: The model to ask for; None where the name says no more than whom.
        handle: An answer that was asked for already and is taken up again.
    """

    asked: Connection | Choice
    connections: tuple[Connection, ...]
    model: str | None = None
    handle: str | None = None

    def stream(self, request: ChatRequest) -> AbstractAsyncContextManager[ResponseStream]:
        """Ask, or take up what was asked for; see `Connection.stream`."""
        if self.handle is not None:
            return self.connections[0].attach(self.handle)
        if request.model != self.model:
            request = attrs.evolve(request, model=self.model)
        return self.asked.stream(request)

    @property
    def first(self) -> Target:
        """The one that is asked first, with its model."""
        if isinstance(self.asked, Choice):
            return self.asked.targets[0]
        return Target(self.asked.name, self.model)

    def only(self, connection: Connection, handle: str | None = None) -> Route:
        """Return how one of the connections alone is asked, or an answer of its taken up."""
        targets = self.asked.targets if isinstance(self.asked, Choice) else (self.first,)
        model = next(target.model for target in targets if target.connection == connection.name)
        return Route(connection, (connection,), model, handle)

    @property
    def embeds(self) -> bool:
        """Whether the first one turns texts into vectors."""
        return Capability.EMBEDDINGS in self.connections[0].capabilities

    @property
    def acts(self) -> bool:
        """Whether asking twice does a second thing, such as an agent's second run."""
        return any(one.spec.effect is Effect.EFFECT for one in self.connections)

    @property
    def stops(self) -> bool:
        """Whether leaving early stops what is upstream, or at least does no harm there."""
        return not self.acts or all(Capability.STOP in one.capabilities for one in self.connections)


@attrs.define(eq=False)
class Routes:
    """All that is served."""

    _manager: ProviderManager
    _settings: GatewaySettings
    _listed: dict[str, tuple[float, tuple[str, ...]]] = attrs.field(factory=dict, init=False)
    _working: Counter[str] = attrs.field(factory=Counter, init=False)
    _turns: Counter[str] = attrs.field(factory=Counter, init=False)
    _turn: Iterator[int] = attrs.field(factory=lambda: itertools.count(1), init=False)

    @property
    def served(self) -> list[str]:
        """The names of the connections that are served.

        A web account acts as the person it belongs to: it is shown only where its owner named it.
        """
        return [
            name
            for name in self._manager.list_providers()
            if name in self._settings.web
            or self._manager.get_provider(name).spec.type is ProviderType.API_BASED
        ]

    def find(self, model: str, token: Token) -> Route:
        """Return whom *token* reaches under the name *model*.

        It is an alias, a choice, `CONNECTION/MODEL`, `MODEL@CONNECTION` or `CONNECTION`.

        Raises:
            Refusal: Nobody of that name is served. What is installed but not served is told the same way.
        """
        route = self._named(model)
        if route is None or not self._allows(token, route):
            raise self._unknown(model, token)
        return route

    def reached(self, token: Token) -> list[str]:
        """Return the names of the served connections that *token* reaches."""
        return [name for name in self.served if token.connections is None or name in token.connections]

    @contextlib.contextmanager
    def working(self, route: Route) -> Iterator[None]:
        """Count a request as one that the first connection of its route works on."""
        name = route.first.connection
        self._working[name] += 1
        self._turns[name] = next(self._turn)
        try:
            yield
        finally:
            self._working[name] -= 1

    def status(self) -> list[dict[str, Any]]:
        """Return each served connection with how it fares; `failing` says that nothing has succeeded yet."""
        return [self._status(name) for name in self.served]

    def _status(self, name: str) -> dict[str, Any]:
        connection, stats = self._manager.get_provider(name), self._manager.get_provider_stats(name)
        working = self._working[name]
        idle = "failing" if stats.failed and not stats.succeeded else "ready"
        return {
            "name": name,
            "provider": connection.spec.title,
            "state": f"working on {working}" if working else idle,
            "requests": stats.requests,
            "failed": stats.failed,
        }

    def _busy(self, target: str) -> tuple[int, int]:
        """Return how busy a target is; of those that are equally so, the one that was asked last is last."""
        name = target.partition(":")[0]
        return self._working[name], self._turns[name]

    def _allows(self, token: Token, route: Route) -> bool:
        reached = set(self.reached(token))
        return all(connection.name in reached for connection in route.connections)

    def _named(self, model: str) -> Route | None:
        if groups := self._settings.aliases.get(model):
            targets = [target for group in groups for target in sorted(group.split("|"), key=self._busy)]
            return self._choice(self._manager.first_of(*targets)) if self._are_there(targets) else None
        if model in self._manager.list_choices():
            return self._choice(self._manager.get_choice(model))
        there = set(self._manager.list_providers())
        if model in there:
            return self._one(model, None)
        before, _, after = model.rpartition("@")
        if before and after in there:
            return self._one(after, before)
        name, slash, rest = model.partition("/")
        return self._one(name, rest) if slash and rest and name in there else None

    def _are_there(self, targets: Sequence[str]) -> bool:
        there = {*self._manager.list_providers(), *self._manager.list_choices()}
        return all(target.partition(":")[0] in there for target in targets)

    def _one(self, name: str, model: str | None) -> Route:
        connection = self._manager.get_provider(name)
        return Route(connection, (connection,), model)

    def _choice(self, choice: Choice) -> Route:
        named = dict.fromkeys(target.connection for target in choice.targets)
        return Route(choice, tuple(self._manager.get_provider(name) for name in named))

    def _unknown(self, model: str, token: Token) -> Refusal:
        # What a token does not reach is not hinted at either.
        known = [*self.aliases(token), *self.reached(token)]
        return Refusal(
            "model",
            f"there is no model {model[:200]!r} here. {near_names(model, known)} "
            "A model is an alias, CONNECTION/MODEL, or CONNECTION; GET /v1/models lists them.",
            param="model",
        )

    def aliases(self, token: Token) -> list[str]:
        """Return the names beside the connections' own by which *token* can ask."""
        names = dict.fromkeys([*self._settings.aliases, *self._manager.list_choices()])
        return [name for name in names if (route := self._named(name)) and self._allows(token, route)]

    async def names(self, token: Token) -> list[str]:
        """Return every name that can be asked for; connections list their models within a short time."""
        reached = self.reached(token)
        models: dict[str, Sequence[str]] = {}

        async def look(name: str) -> None:
            models[name] = await self._models(name)

        async with anyio.create_task_group() as tasks:
            for name in reached:
                tasks.start_soon(look, name)
        names = self.aliases(token)
        for name in reached:
            names += [name, *(f"{name}/{model}" for model in models[name])]
        return names

    async def _models(self, name: str) -> Sequence[str]:
        now = anyio.current_time()
        if (kept := self._listed.get(name)) and now - kept[0] < _LISTED_SECONDS:
            return kept[1]
        connection = self._manager.get_provider(name)
        found: tuple[str, ...] = tuple(connection.options.model_mapping)
        if Capability.MODELS in connection.capabilities:
            with anyio.move_on_after(_LISTING_SECONDS) as scope:
                try:
                    listed = await connection.list_models()
                except JackfieldError:
                    return found
                found = (*found, *(model.id for model in listed if model.id not in found))
            if not scope.cancelled_caught:
                self._listed[name] = (now, found)
        return found

    def owner(self, name: str) -> str:
        """Return the provider behind a listed name, for `owned_by`."""
        route = self._named(name)
        return route.connections[0].spec.name if route else "jackfield"
