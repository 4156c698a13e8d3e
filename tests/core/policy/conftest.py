"""What lies below the attempts of a request: a wire that does as it is told, and a login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import AuthenticationRequired, ChatRequest, Effect
from jackfield._policy import Attempts, Deadline, RetryBudget, RetryPolicy


@attrs.define(eq=False)
class Wire:
    """What lies below: one list of steps for each attempt; the last one serves all further attempts.

    A step is an event, an error, or some seconds. An error as the first step is raised on entering.

    Attributes:
        attempts: The steps of each attempt.
        closing: The steps of leaving an attempt.
    """

    attempts: list[Iterable[Any]]
    entered: list[float] = attrs.field(factory=list)
    left: list[BaseException | None] = attrs.field(factory=list)
    left_at: list[float] = attrs.field(factory=list)
    closing: list[Any] = attrs.field(factory=list)

    @asynccontextmanager
    async def handler(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[Any]]:
        steps = list(self.attempts.pop(0) if len(self.attempts) > 1 else self.attempts[0])
        self.entered.append(anyio.current_time())
        if steps and isinstance(steps[0], BaseException):
            raise steps[0]
        if steps and isinstance(steps[0], int | float):
            await anyio.sleep(steps.pop(0))
        told: BaseException | None = None
        try:
            yield Events(steps)
        except BaseException as error:
            told = error
            raise
        finally:
            try:
                await Events([*self.closing, None]).__anext__()
            finally:
                self.left.append(told)
                self.left_at.append(anyio.current_time())


@attrs.define(eq=False)
class Events:
    steps: list[Any]

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Any:
        await anyio.lowlevel.checkpoint()
        while self.steps:
            step = self.steps.pop(0)
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, int | float):
                await anyio.sleep(step)
            else:
                return step
        raise StopAsyncIteration


@attrs.define(eq=False)
class Renewals:
    """A login that can be renewed as often as there are answers; None hangs."""

    answers: list[bool | None]
    generation: int = 0
    seen: list[int] = attrs.field(factory=list)

    async def renew(self, error: AuthenticationRequired, generation: int) -> bool:
        self.seen.append(generation)
        renewed = self.answers.pop(0)
        if renewed is None:
            await anyio.sleep_forever()
        self.generation += bool(renewed)
        return bool(renewed)


def make(wire: Wire, effect: Effect = Effect.EFFECT, **changes: Any) -> Attempts:
    retries: list[float] = changes.pop("retries", [])
    login: Renewals = changes.pop("login", Renewals([False]))
    policy = RetryPolicy(
        effect=effect,
        max_retries=changes.pop("max_retries", 20),
        base_delay=2.0,
        cap_delay=60.0,
        retry_after_cap=120.0,
        retry_uncertain=changes.pop("always", False),
        random=lambda: 1.0,
    )
    deadline = Deadline(changes.pop("timeout", 600.0), login=login)
    handler = changes.pop("handler", wire.handler)

    def attempt() -> Any:
        deadline.generation = login.generation
        return handler(ChatRequest(messages="Hi"))

    return Attempts(
        handler=attempt,
        deadline=deadline,
        policy=policy,
        retrying=lambda error, wait: retries.append(wait),
        **{"budget": RetryBudget(), **changes},
    )


@pytest.fixture
def make_wire() -> Callable[..., Wire]:
    """Make a wire of the attempts' steps, each a list."""
    return lambda *attempts: Wire(list(attempts))


@pytest.fixture
def make_login() -> Callable[..., Renewals]:
    """Make a login that can be renewed as the answers say."""
    return lambda *answers: Renewals(list(answers))


@pytest.fixture
def make_attempts() -> Callable[..., Attempts]:
    """Make the attempts of one request on a wire; keywords change the policy and the call."""
    return make


@pytest.fixture
def read() -> Callable[..., Any]:
    """Read all events of the attempts, which are made of a wire and changes where they are not made yet."""

    async def run(what: Wire | Attempts, *effect: Effect, **changes: Any) -> list[Any]:
        async with what if isinstance(what, Attempts) else make(what, *effect, **changes) as attempts:
            return [event async for event in attempts]

    return run
