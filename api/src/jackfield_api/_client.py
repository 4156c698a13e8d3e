"""The HTTP client of every API provider: one origin, one way to send, errors of ours only.

Requests are handed to a connection as they are. There is no client object of the HTTP library in between:
its cookie jar, redirects, environment and logging are unwanted here, and every request would pay for them.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from json import JSONEncoder
from types import TracebackType
from typing import Any, Final, Self, TypedDict, Unpack
from urllib.parse import urlencode

import anyio
import attrs

from jackfield import InvalidRequest, MalformedResponse, ProviderClosed, ProviderError

from ._base_url import checked_base_url, origin_of
from ._body import parse_json, read_body
from ._compat import http
from ._connections import Connections, Exchange
from ._credentials import Credential
from ._status import error_from_status
from ._text import shown
from ._tls import trusting_nobody, verifying_context
from ._transport_errors import TransportErrors

_ENCODER: Final = JSONEncoder(ensure_ascii=False, allow_nan=False)
_LARGE_JSON: Final = 2**20
_ERROR_BODY: Final = 2**16
_JSON: Final = (b"Content-Type", b"application/json")
_PLAIN: Final = (b"Accept-Encoding", b"identity")
_GZIP: Final = (b"Accept-Encoding", b"gzip")


@attrs.frozen(kw_only=True)
class Timeouts:
    """How long one step on the wire may take, in seconds; None for no limit.

    Attributes:
        connect: Reaching the remote, TLS included.
        write: Each write of the request.
        read: Each wait for more of the answer.
    """

    connect: float | None = 5.0
    write: float | None = 60.0
    read: float | None = 60.0


class Said(TypedDict, total=False):
    """What a request says besides its method and path."""

    params: Mapping[str, Any] | None
    """The query; a value of None is left out."""
    json: Any
    """The body, to be encoded as JSON; None for no body."""
    credential: Credential | None
    """What to sign with instead of the client's own credential."""


@attrs.frozen(kw_only=True)
class Reply:
    """A whole answer with a 2xx status.

    Attributes:
        status: The HTTP status.
        headers: Its headers; names are found in any case.
        body: Its body, decoded.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    async def json(self) -> Any:
        """Parse the body; a large one in a worker thread, so that the event loop goes on.

        Raises:
            MalformedResponse: It is not JSON.
        """
        try:
            if len(self.body) > _LARGE_JSON:
                return await anyio.to_thread.run_sync(parse_json, self.body)
            return parse_json(self.body)
        except MalformedResponse as error:
            kind = self.headers.get("content-type", "")
            error.message += f"; it is {shown(kind, 60)}" if kind else ""
            raise


@attrs.define(eq=False)
class StreamedReply:
    """An answer with a 2xx status that is still arriving: an iterator of its bytes.

    Attributes:
        status: The HTTP status.
        headers: Its headers; names are found in any case.
    """

    status: int
    headers: Mapping[str, str]
    _chunks: AsyncIterator[bytes]
    _errors: TransportErrors

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except http.HTTPError as error:
            self._errors.raise_ours(error)


class ApiClient:
    """Talks to one API at one address, with one credential. Use it as a context manager.

    Args:
        base_url: Where the API is: https, or http on this machine. Paths are added to it.
        credential: What every request is signed with; it may be set later.
        timeouts: Limits for each step on the wire.
        headers: Further headers of every request.
        max_response_bytes: The largest decoded body, in bytes.
        ca_file: A file with certificates to be trusted besides the usual ones.

    Raises:
        ConfigError: *base_url* or *ca_file* cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        credential: Credential | None = None,
        timeouts: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int = 32 * 2**20,
        ca_file: str | None = None,
    ) -> None:
        url = checked_base_url(base_url)
        self.origin = origin_of(url)
        self.credential = credential
        self._limit = max_response_bytes
        self._errors = TransportErrors(self.origin)
        self._body_errors = TransportErrors(self.origin, "body")
        self._stream_errors = TransportErrors(self.origin, "stream")
        self._url = functools.lru_cache(maxsize=64)(functools.partial(_joined, url))
        self._headers = _encoded(
            {"Host": url.netloc.decode(), "User-Agent": "jackfield", "Accept": "*/*", **(headers or {})}
        )
        self._extensions = {"timeout": {**attrs.asdict(timeouts or Timeouts()), "pool": None}}
        tls = verifying_context(ca_file) if url.scheme == "https" else trusting_nobody()
        self._connections = Connections(tls)
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; those in use are closed when their answers are."""
        self._closed = True
        await self._connections.aclose()

    async def request(self, method: str, path: str, **said: Unpack[Said]) -> Reply:
        """Ask and read the whole answer.

        Args:
            method: The HTTP method.
            path: Where, after the base URL: `/v1/things`.
            **said: The query, the body and the key; see `Said`.

        Raises:
            ProviderError: What went wrong, with its certainty.
        """
        answer = await self._send(self._request(method, path, _GZIP, **said))
        try:
            with self._body_errors:
                body = await read_body(answer, answer.encoding, self._limit)
        finally:
            await answer.aclose()
        return Reply(status=answer.status, headers=answer.headers, body=body)

    async def request_json(self, method: str, path: str, **said: Unpack[Said]) -> Any:
        """Ask and return the answer's JSON; arguments and errors as for `request`.

        Raises:
            MalformedResponse: The answer is not JSON.
        """
        reply = await self.request(method, path, **said)
        return await reply.json()

    @asynccontextmanager
    async def stream(self, method: str, path: str, **said: Unpack[Said]) -> AsyncIterator[StreamedReply]:
        """Ask and read the answer as it arrives; arguments and errors as for `request`.

        Leaving the block closes the connection, or keeps it if the answer was read to its end.
        """
        answer = await self._send(self._request(method, path, _PLAIN, **said))
        try:
            if answer.encoding != "identity":
                raise MalformedResponse(f"the stream from {self.origin} is in an encoding not asked for")
            yield StreamedReply(answer.status, answer.headers, answer, self._stream_errors)
        finally:
            await answer.aclose()

    def _request(
        self, method: str, path: str, encoding: tuple[bytes, bytes], **said: Unpack[Said]
    ) -> http.Request:
        body = said.get("json")
        headers = [*self._headers, encoding]
        try:
            url = self._url(_target(path, said.get("params")))
            content = None if body is None else _ENCODER.encode(body).encode()
        except (TypeError, ValueError, RecursionError, http.InvalidURL):
            raise InvalidRequest(f"the request to {path} cannot be written as a URL and JSON") from None
        if content is not None:
            headers.append(_JSON)
        signed_by = said.get("credential") or self.credential
        if signed_by is not None:
            headers.append(signed_by.revealed())
        return http.Request(method, url, headers=headers, content=content, extensions=self._extensions)

    async def _send(self, request: http.Request) -> Exchange:
        if self._closed:
            raise ProviderClosed(f"the client of {self.origin} is closed")
        with self._errors:
            answer = await self._connections.send(request)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        try:
            raise await self._error(answer)
        finally:
            await answer.aclose()

    async def _error(self, answer: Exchange) -> ProviderError:
        """Return what a status other than 2xx means, with as much of the body as it takes to say so."""
        body = b""
        with suppress(ProviderError, http.HTTPError):
            body = await read_body(answer, answer.encoding, _ERROR_BODY)
        return error_from_status(answer.status, answer.headers, body, self.origin)


def _target(path: str, params: Mapping[str, Any] | None) -> str:
    given = {name: value for name, value in (params or {}).items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _joined(base: http.URL, target: str) -> http.URL:
    prefix = base.raw_path.rstrip(b"/").decode("ascii")
    return base.copy_with(raw_path=f"{prefix}/{target.lstrip('/')}".encode("ascii"))


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
