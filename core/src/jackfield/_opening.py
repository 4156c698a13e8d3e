"""Opening a connection and closing it: what the task that owns it does, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

import anyio
import attrs

from . import _log
from ._blame import as_ours, in_words, is_plugins_fault
from ._exceptions import Certainty, ContractBroken, DeadlineExceeded
from ._line import Line
from ._opened import Opened
from ._owner import CLOSE_SECONDS
from ._policy import Attempts, answer_of, as_context, one_answer
from ._provider import Effect, Provider, ProviderContext, to_capabilities

_LEAVE_SECONDS: Final = 2.5
_RETRIES_OF_OPENING: Final = 3


@attrs.define(eq=False, repr=False)
class Openable(Line):
    """A line that one task opens and closes, again and again if need be."""

    _life: object = attrs.field(default=None, init=False)
    _given_up: anyio.Event = attrs.field(factory=anyio.Event, init=False)

    async def stay_open(self, closing: anyio.Event) -> None:
        """Return after *closing* is set and `wake` called; meanwhile tell what changes by time alone.

        For the task that owns the connection.
        """
        while not closing.is_set():
            self._news = anyio.Event()
            changes = self.gate.closed_until if self.gate.told_to_wait(anyio.current_time()) else float("inf")
            with anyio.CancelScope(deadline=changes):
                await self._news.wait()
            self._tell_status()

    def wake(self) -> None:
        """Let the owning task look whether it is to close."""
        self._news.set()

    def give_up(self) -> None:
        """End every pause: the connection is closed, and not opened anew."""
        self._given_up.set()

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until the connection is closed for good; a new login lets the wait go on."""
        with anyio.move_on_after(seconds):
            await self._given_up.wait()

    @asynccontextmanager
    async def hold_open(self, context: ProviderContext | None = None) -> AsyncIterator[None]:
        """Open the provider, log in with *context*, and close it when the block is left.

        Only for the task that owns the connection: see `open`.

        Raises:
            AuthenticationRequired: The remote refuses the context, or there is none and one is needed.
            DeadlineExceeded: It took longer than `open_timeout`.
            ProviderError: The remote cannot be reached.
            ContractBroken: The provider's plugin is at fault.
        """
        error: BaseException | None = None
        was_open, life = False, self._begun()
        # One scope for both ends: a provider may keep scopes and task groups of its own while it is open, and
        # those must be left before any that was entered earlier. So no other scope may lie round its opening
        # or its closing alone.
        try:
            with anyio.CancelScope(deadline=_from_now(self._open_timeout(context))) as scope:
                try:
                    async with AsyncExitStack() as stack:
                        try:
                            await self._open(stack, context)
                            was_open, scope.deadline = True, float("inf")
                            yield
                        except BaseException as failure:
                            error = failure
                            # Others are kept from the provider: a task group of its own would wrap them.
                            if not is_plugins_fault(failure):
                                raise
                        finally:
                            # What is still being opened is given up as its opener is, with its threads.
                            scope.shield, scope.deadline = was_open, _from_now(CLOSE_SECONDS)
                            # An opening that was given up may end only when the next one is open already.
                            if life is self._life:
                                await self._end_streams()
                except BaseException as late:
                    if not is_plugins_fault(late):
                        raise
                    _log.debug("provider.close_failed", connection=self.name, reason=in_words(late))
                    if error is None or not (is_plugins_fault(error) or isinstance(error, KeyboardInterrupt)):
                        error = as_ours(late, self.spec.name)
        finally:
            if was_open:
                self._plugins.notify("jackfield_provider_closed", connection=self, error=error)
        if scope.cancelled_caught and not was_open:
            raise self._too_slow()
        if error is not None:
            raise error

    def _begun(self) -> object:
        """Take in that it is being opened; return what this life of it is known by."""
        self._life, self._opening = object(), True
        if self._given_up.is_set():
            self._given_up = anyio.Event()
        self._tell_status()
        return self._life

    async def _open(self, stack: AsyncExitStack, context: ProviderContext | None) -> None:
        with self._provider_errors("open"):
            provider = await stack.enter_async_context(as_context(self.spec.open(self.options)))
            # One that did not heed that it was given up must not get into the login of who came after it.
            await anyio.lowlevel.checkpoint_if_cancelled()
            if not isinstance(provider, Provider):
                raise ContractBroken(f"{self.spec.name} opens {type(provider).__name__}, not a Provider")
            if provider.capabilities is not None:
                to_capabilities(provider.capabilities)
            context = await self.login.prepare(provider, context)
            if context is not None:
                await self._log_in(context)
            attempts = self._plugins.middlewares("jackfield_wrap_attempt", self.spec, self)
            requests = self._plugins.middlewares("jackfield_wrap_request", self.spec, self)
            opened = Opened(provider, attempts, requests, self._limits, self._begin)
        self._opened, self._opening = opened, False
        _log.info("provider.opened", connection=self.name, **{"gen_ai.provider.name": self.spec.name})
        self._plugins.notify("jackfield_provider_opened", connection=self)
        self._tell_status()

    async def _log_in(self, context: ProviderContext) -> None:
        policy = self._policies[Effect.SAFE]
        log_in = partial(self.login.log_in, context, self.login.generation)
        attempts: Attempts[None] = Attempts(
            handler=partial(one_answer, log_in),
            deadline=self._deadline(self.options.timeout),
            policy=attrs.evolve(policy, max_retries=min(_RETRIES_OF_OPENING, policy.max_retries)),
            budget=self._budget,
        )
        await answer_of(attempts)

    def _open_timeout(self, context: ProviderContext | None) -> float | None:
        """Return the seconds that opening may take; a person who logs in takes the time that they need."""
        is_for_a_person = context is not None and context.auth_type == "interactive"
        return None if is_for_a_person else self.options.open_timeout

    def _too_slow(self) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"{self.name} was not open within {self.options.open_timeout:g} s",
            phase="open",
            certainty=Certainty.NOT_SENT,
            provider=self.spec.name,
            hint="A larger open_timeout waits longer.",
        )

    async def _end_streams(self) -> None:
        """End every request at once; give those that somebody is reading a moment to leave what lies below.

        A request that nobody is reading just now holds nobody up: its reader hears of it when it comes back,
        and its slot is taken back here.
        """
        self._opened, self._opening = None, False
        leaving = [stream.cut() for stream in self._streams]
        for run in self._runs.values():
            run.deadline.cut()
        self.slots.clear()
        self.gate.clear()
        self._tell_status()
        with anyio.move_on_after(_LEAVE_SECONDS):
            for left in filter(None, leaving):
                await left.wait()


def _from_now(seconds: float | None) -> float:
    return float("inf") if seconds is None else anyio.current_time() + seconds
