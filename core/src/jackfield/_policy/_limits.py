"""What every attempt passes on its way: the queue, a slot, the gate, the last look at the login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs

from .._exceptions import AuthenticationRequired
from ._attempts import as_context
from ._deadline import on_first_event, waiting_for

if TYPE_CHECKING:
    from ._gate import Gate
    from ._slots import Slots

Asked = TypeVar("Asked")
Item = TypeVar("Item")


class Admits(Protocol):
    """A login, as far as the way to the wire knows it."""

    async def admit(self) -> None:
        """Let one attempt go on to the wire, right before it does, or refuse it."""

    def note_refusal(self, error: AuthenticationRequired) -> None:
        """Take in that the remote refused what the running operation was sent with."""


@attrs.frozen(eq=False)
class Limits:
    """The limits of one connection, round whatever is sent for it."""

    _slots: Slots
    _gate: Gate
    _login: Admits

    def wrap(
        self, handler: Callable[[Asked], AbstractAsyncContextManager[AsyncIterator[Item]]]
    ) -> Callable[[Asked], AbstractAsyncContextManager[AsyncIterator[Item]]]:
        """Return *handler* so that each attempt waits for a free slot, an open gate and a good login."""

        @asynccontextmanager
        async def limited(asked: Asked) -> AsyncIterator[AsyncIterator[Item]]:
            waiting_for("queue")
            async with self._slots.hold():
                waiting_for("gate")
                async with self._gate.passage() as passage:
                    await self._login.admit()
                    waiting_for("answer")
                    on_first_event(partial(self._gate.answered, passage))
                    try:
                        async with as_context(handler(asked)) as events:
                            yield events
                    except AuthenticationRequired as error:
                        # Before anybody else can run: those who wait must not send what was just refused.
                        self._login.note_refusal(error)
                        raise

        return limited
