"""The server's HTTP, held to what this door speaks of it.

Law: nobody is invited to send a body before somebody wants to read it. A client that expects to be asked for
one is told first whether it may ask at all. And a head leaves with the first bytes behind it, in one write:
each costs a way through the system, and may be a packet of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import h11
from anycorn.config import Config
from anycorn.events import RawData
from anycorn.protocol.events import Event, Response
from anycorn.protocol.h11 import H11Protocol
from anycorn.typing import AppWrapper

_CLOSE: Final = (b"connection", b"close")


class _Uninviting(h11.Connection):
    """HTTP/1 whose server does not see who waits to be asked: it would ask whatever the head says."""

    @property
    def they_are_waiting_for_100_continue(self) -> bool:
        return False


class Http1(H11Protocol):
    """HTTP/1 alone: a request for another protocol is answered in this one."""

    def __init__(self, app: AppWrapper, config: Config, *rest: Any) -> None:
        super().__init__(self._inviting, config, *rest)
        self._answers = app
        self._http = _Uninviting(h11.SERVER, max_incomplete_event_size=config.h11_max_incomplete_size)
        self.connection = self._http
        self._head = b""

    async def _inviting(self, scope: Any, receive: Any, send: Any, sync_spawn: Any, call_soon: Any) -> None:
        """Call the application; where its client waits to be asked for a body, the first read asks for it."""

        async def read() -> Any:
            if self._http.client_is_waiting_for_100_continue:
                headers = self.config.response_headers("h11")
                await self._send_h11_event(h11.InformationalResponse(status_code=100, headers=headers))
            return await receive()

        waits = self._http.client_is_waiting_for_100_continue
        await self._answers(scope, read if waits else receive, send, sync_spawn, call_soon)

    async def stream_send(self, event: Event | Any) -> None:
        """Send what the application says."""
        if isinstance(event, Response) and self._http.client_is_waiting_for_100_continue:
            # It may send its body all the same, or go on with its next request, and nobody could tell which.
            headers = [one for one in event.headers if one != _CLOSE]
            event = replace(event, headers=[*headers, _CLOSE])
        await super().stream_send(event)

    async def _send_h11_event(self, event: Any) -> None:
        try:
            data = self.connection.send(event) or b""
        except h11.LocalProtocolError:
            if self.connection.their_state != h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response):
            self._head = data
            return
        data, self._head = self._head + data, b""
        if data:
            await self.send(RawData(data=data))

    async def _check_protocol(self, event: Any) -> None:
        # HTTP/2 brings nothing here, and would be a second way in with limits of its own.
        pass
