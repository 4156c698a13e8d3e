"""One request and its answer, on the connection that they have for themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, Self

import anyio

from jackfield import (
    Certainty,
    JackfieldError,
    ProviderClosed,
    report_connecting,
    report_sent,
    wait_until_allowed,
)

from ._compat import http
from ._headers import AnswerHeaders
from ._transport_errors import Phase
from ._tunnel import Tunnel
from ._unread import is_silent
from ._wire import CLEANUP_SECONDS, Answer, Wire

if TYPE_CHECKING:
    from ._connections import Connections

_DRAIN_SECONDS: Final = 0.25
_DRAIN_BYTES: Final = 2**16
_WHEN_CLOSED: Final[Mapping[Phase, Certainty]] = {
    "head": Certainty.UNKNOWN,
    "body": Certainty.UNKNOWN,
    "stream": Certainty.STARTED,
}


class Exchange:
    """An answer on the connection that it comes on: its head, and an iterator of its body's bytes.

    Attributes:
        status: The HTTP status.
        headers: The headers; names are found in any case.
    """

    __slots__ = (
        "_asked",
        "_body_phase",
        "_broken",
        "_chunks",
        "_connection",
        "_ended",
        "_finished",
        "_left",
        "_owner",
        "_phase",
        "_scope",
        "_sent",
        "_socket",
        "_whole",
        "headers",
        "status",
    )
    status: int
    headers: Mapping[str, str]
    _chunks: AsyncIterator[bytes]

    def __init__(self, owner: Connections, phase: Phase) -> None:
        self._owner = owner
        self._phase: Phase = "head"
        self._body_phase = phase
        self._connection: Wire | Tunnel | None = None
        self._socket: _Closes | None = None
        self._scope: anyio.CancelScope | None = anyio.CancelScope()
        self._asked: anyio.Event | None = None
        self._sent = self._whole = self._broken = self._finished = self._ended = self._left = False

    async def ask(self, request: http.Request) -> None:
        """Send *request* and wait for the head of the answer.

        Raises:
            ProviderError: There is none; nothing of this exchange is left.
        """
        try:
            assert self._scope is not None
            with self._scope:
                self._take_in(await self._sent_off(request))
            if self._ended:
                raise self._closed()
        except BaseException as error:
            await self._leave()
            if isinstance(error, Exception):
                self._raise_ours(error)
            raise
        finally:
            self._scope = None
            if self._asked is not None:
                self._asked.set()

    async def _sent_off(self, request: http.Request) -> Answer:
        await wait_until_allowed()
        self._connection, self._sent = await self._owner.take()
        if self._sent:
            report_sent()
        else:
            report_connecting()
            request.extensions["trace"] = self._watch
        return await self._connection.ask(request)

    async def _watch(self, event: str, info: dict[str, Any]) -> None:
        """Hear from the library (its `trace` extension) how far a new connection has come.

        It loses the socket when a handshake is cancelled, because it closes after an `Exception` only; so the
        socket is noted.
        """
        if event.endswith("connect_tcp.complete"):
            self._socket = info["return_value"]
        elif event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self._sent, self._socket = True, None
            report_sent()

    def _take_in(self, answer: Answer) -> None:
        self.status, self.headers = answer.status, AnswerHeaders(answer.headers)
        self._chunks = aiter(answer.body)
        self._phase = self._body_phase

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._ended or not self._owner.home.is_here:
            raise self._closed()
        try:
            return await self._chunks.__anext__()
        except StopAsyncIteration:
            # A body that ends with its connection ends so too when it is we who close it.
            if self._ended:
                raise self._closed() from None
            self._whole = True
            raise
        except BaseException as error:
            self._broken = True
            if isinstance(error, Exception):
                self._raise_ours(error)
            raise

    def finish(self) -> None:
        """Say that what was wanted has arrived, and only the body's end is to come."""
        self._finished = True

    def _raise_ours(self, error: Exception) -> NoReturn:
        if isinstance(error, JackfieldError):
            raise error
        if self._ended:
            raise self._closed() from None
        self._owner.errors.raise_ours(error, self._phase, sent=self._sent)

    def _closed(self) -> ProviderClosed:
        certainty = _WHEN_CLOSED[self._phase]
        if self._phase == "head" and not self._sent:
            certainty = Certainty.NOT_SENT
        if not self._ended:
            return self._owner.home.away(certainty)
        return ProviderClosed(
            f"the client of {self._owner.origin} was closed while the request was under way",
            certainty=certainty,
        )

    async def end(self) -> None:
        """End it from outside, at once: whoever asks or reads gets `ProviderClosed`."""
        self._ended = True
        if self._phase != "head":
            await self._discard()
            return
        # What asks closes its connection by itself, or has none yet.
        self._asked = anyio.Event()
        if self._scope is not None:
            self._scope.cancel()
            await self._asked.wait()

    async def aclose(self) -> None:
        """Give the connection back if the body was read to its end, and close it otherwise."""
        if self._left:
            return
        if not self._owner.home.is_here:
            # The socket is shared with the process it belongs to, or watched by another loop.
            self._left = True
            return
        may_stay = False
        try:
            if not (self._whole or self._broken):
                await self._read_on()
            if self._finished:
                self._owner.is_patient = self._whole
            if self._connection is not None and await self._connection.end_answer():
                may_stay = self._whole and not self._broken and not self._ended
        except Exception:  # noqa: BLE001, S110  what closing raises is nobody's outcome: the outcome is known
            pass
        finally:
            await self._leave(may_stay=may_stay)

    async def _read_on(self) -> None:
        """Read the rest, if it is little and comes soon, so that the connection can be used again.

        After an answer that is known to be complete its end is waited for, a quarter of a second at most.
        Of one that is left early only what has arrived already is read: its end often comes with its last
        event. Cancelling that read ends the library's generators, as trio wants them to be.
        """
        if self._connection is not None and self._connection.has_ended_answer:
            self._whole = True
            return
        waits = self._finished and self._owner.is_patient
        size = 0
        with anyio.move_on_after(_DRAIN_SECONDS if waits else 0, shield=True) as scope:
            async for chunk in self:
                size += len(chunk)
                if size > _DRAIN_BYTES:
                    scope.cancel()

    async def _leave(self, *, may_stay: bool = False) -> None:
        self._left = True
        self._owner.forget(self)
        if may_stay and self._connection is not None and is_silent(self._connection):
            connection, self._connection = self._connection, None
            await self._owner.give_back(connection)
        else:
            await self._discard()

    async def _discard(self) -> None:
        for part in (self._connection, self._socket):
            if part is not None:
                await discard(part)
        self._connection = self._socket = None


class _Closes(Protocol):
    async def aclose(self) -> None: ...


async def discard(connection: _Closes) -> None:
    """Close *connection* for good. What that raises tells nothing of interest: it is thrown away anyhow."""
    with anyio.move_on_after(CLEANUP_SECONDS, shield=True):
        with suppress(Exception):
            await connection.aclose()
