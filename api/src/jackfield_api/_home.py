"""Where a client lives: in one process, on one event loop. Its sockets are of use nowhere else.

After a fork both processes hold the same connections, and what one writes the other one's answer follows. An
event loop wakes only its own readers. So a client settles where it is used first, and refuses elsewhere.
"""

from __future__ import annotations

import os
from asyncio import _get_running_loop
from typing import Final

import attrs
from anyio.lowlevel import current_token

from jackfield import Certainty, ProviderClosed


class _Forks:
    """How often this process and its ancestors came out of a fork, counted since the module was imported."""

    count: int = 0

    @classmethod
    def add(cls) -> None:
        cls.count += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Forks.add)


@attrs.define(eq=False)
class Home:
    """The process and the event loop of one client.

    Attributes:
        origin: Scheme, host and port of the remote, for messages.
    """

    origin: str
    _forks: int = attrs.field(init=False)
    _loop: object = attrs.field(default=None, init=False)

    @property
    def is_here(self) -> bool:
        """Whether this is the place, or none was chosen yet."""
        return self._loop is None or (self._forks == _Forks.count and self._loop == _loop())

    def settle(self) -> None:
        """Choose this place at the first use, and be sure at each later one that it is the same.

        Raises:
            ProviderClosed: It is another one. Nothing was sent.
        """
        if self._loop is None:
            self._forks, self._loop = _Forks.count, _loop()
        elif not self.is_here:
            raise self.away()

    def away(self, certainty: Certainty = Certainty.NOT_SENT) -> ProviderClosed:
        """Return the error of a use that is not at home."""
        if self._forks != _Forks.count:
            where, hint = "in the process that this one was forked from", _PER_PROCESS
        else:
            where, hint = "on another event loop", _PER_LOOP
        return ProviderClosed(f"the client of {self.origin} is open {where}", hint=hint, certainty=certainty)


_PER_PROCESS: Final = "Open a connection in each process, after the fork."
_PER_LOOP: Final = "Open a connection on each event loop, or use it from the loop that it was first used on."


def _loop() -> object:
    # The token costs five times as much, and asyncio's loop is at hand.
    return _get_running_loop() or current_token()
