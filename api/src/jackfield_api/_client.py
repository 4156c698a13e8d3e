"""The HTTP client of every API provider: one origin, one way to send, errors of ours only.

Requests are handed to a connection as they are. There is no client object of the HTTP library in between:
its cookie jar, redirects, environment and logging are unwanted here, and every request would pay for them.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import anyio
import attrs

from jackfield import (
    ConfigError,
    ConnectFailed,
    InvalidRequest,
    MalformedResponse,
    ProviderError,
    ResponseStarted,
    TLSFailed,
    check_read_timeout,
    log_event,
    report_wait,
)

from ._base_url import checked_base_url, origin_of, path_hint
from ._body import decoded, parse_json, read_body
from ._compat import http
from ._connections import Connections
from ._credentials import Credential
from ._exchange import Exchange
from ._headers import BadHeader, encoded, is_token, merged
from ._limits import limits_of
from ._network import Reach
from ._options import Network
from ._requests import File, Said, Timeouts, draft, put, sign
from ._signing import Signer
from ._status import NotFound, error_from_status
from ._text import shown
from ._told import kept, request_id_of

_LARGE_JSON: Final = 2**20
_ERROR_BODY: Final = 2**16
_ERROR_SECONDS: Final = 5.0
_PLAIN: Final = (b"Accept-Encoding", b"identity")
_GZIP: Final = (b"Accept-Encoding", b"gzip")


class _Headed:
    """What the headers of an answer tell besides its body."""

    __slots__ = ()
    headers: Mapping[str, str]

    @property
    def remote_request_id(self) -> str | None:
        """The remote's own id of the request; for `ResponseStarted.remote_request_id`."""
        return request_id_of(self.headers)

    @property
    def limits(self) -> Mapping[str, float]:
        """What the remote tells about its limits; for `ResponseStarted.limits`."""
        return limits_of(self.headers)


@attrs.frozen(kw_only=True)
class Reply(_Headed):
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
            error.status, error.headers = self.status, kept(self.headers)
            error.remote_request_id = request_id_of(self.headers)
            raise


@attrs.define(eq=False)
class StreamedReply(_Headed):
    """An answer with a 2xx status that is still arriving: an iterator of its bytes, decoded.

    Attributes:
        status: The HTTP status.
        headers: Its headers; names are found in any case.
        read_timeout: Seconds after which a read that brings nothing ends by itself; None for never.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    read_timeout: float | None
    _chunks: AsyncIterator[bytes] = attrs.field(repr=False)
    _answer: Exchange = attrs.field(repr=False)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return await self._chunks.__anext__()

    def started(self, model: str | None = None) -> ResponseStarted:
        """Return what its headers tell of the answer.

        Args:
            model: The model that was asked for, as the remote calls it.
        """
        return ResponseStarted(
            requested_model=model, remote_request_id=self.remote_request_id, limits=self.limits
        )

    def finish(self) -> None:
        """Say that what was wanted has arrived, and only the body's end is to come.

        Leaving the block then waits a moment for that end, so that the connection can be used again.
        """
        self._answer.finish()


class ApiClient:
    """Talks to one API at one address, with one credential. Use it as a context manager.

    Args:
        base_url: Where the API is: https, or http on this machine. Its path, if it has one, goes before the
            path of every request.
        credential: What every request is signed with; see the attribute.
        timeouts: Limits for each step on the wire.
        headers: Further headers of every request.
        max_response_bytes: The largest decoded body, in bytes.
        network: Proxy and certificates; a provider gives its `ApiOptions`. The environment is looked at
            once, here.
        ca_file: That setting of *network* alone: a file with certificates to be trusted besides.

    Attributes:
        origin: Scheme, host and port of the API: what may be shown of its address.

    Raises:
        ConfigError: *base_url*, a header or a setting of the network cannot be used.
    """

    origin: str

    def __init__(
        self,
        base_url: str,
        *,
        credential: Credential | Signer | None = None,
        timeouts: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int = 32 * 2**20,
        network: Network | None = None,
        ca_file: str | None = None,
    ) -> None:
        url = checked_base_url(base_url)
        network = network or Network()
        self._reach = Reach.to(url, attrs.evolve(network, ca_file=ca_file) if ca_file else network)
        self.origin = origin_of(url)
        self._credential = credential
        self._limit = max_response_bytes
        self._base_path = url.path
        self._url = functools.lru_cache(maxsize=64)(functools.partial(_joined, url))
        usual = [(b"Host", url.netloc), (b"User-Agent", b"jackfield"), (b"Accept", b"*/*")]
        try:
            self._headers = merged(usual, encoded(headers or {}))
        except BadHeader as error:
            raise ConfigError(f"headers of the client of {self.origin}: {error}") from None
        self._timeouts = (timeouts or Timeouts()).extension()
        self._connections = Connections(self.origin, self._reach.tls, proxy=self._reach.route.proxy)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def credential(self) -> Credential | Signer | None:
        """What every request is signed with that names no credential of its own. It may be set at any time.

        A `Credential` is a key in a header. A callable, or a coroutine function, signs each request: it gets
        an `Unsigned` and returns the headers to add, such as a token that it renews or a signature over the
        body. What it returns is never logged, and masked in errors.
        """
        return self._credential

    @credential.setter
    def credential(self, credential: Credential | Signer | None) -> None:
        self._credential = credential

    async def aclose(self) -> None:
        """Close every connection, those in use too: whoever asks or reads gets `ProviderClosed`.

        It takes 5 seconds at most. Called in another process or on another event loop than the client's own,
        it touches no socket.
        """
        await self._connections.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | str | AsyncIterable[bytes] | None = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | Sequence[tuple[str, File]] | None = None,
        headers: Mapping[str, str] | None = None,
        credential: Credential | Signer | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Ask and read the whole answer.

        Args:
            method: The HTTP method.
            path: Where, after the base URL: `/v1/things`.
            params: The query; a value of None is left out, a list stands for several of its name.
            json: The body, to be encoded as JSON; None for no body.
            content: The body as it is: bytes, a text, or bytes as they come.
            data: The fields of a form.
            files: Its files: content (bytes, or a file open for reading in binary), or (name, content), or
                (name, content, media type). With files, the form is sent as multipart.
            headers: Further headers, over the client's. The credential's own header is not among them.
            credential: What to sign with instead of the client's own credential.
            timeouts: Limits for this request instead of the client's.

        Raises:
            ProviderError: What went wrong, with its certainty.
        """
        said = Said(params, json, content, data, files, headers, credential, timeouts)
        answer = await self._send(method, path, _GZIP, said)
        try:
            body = await read_body(answer, _encoding(answer), self._limit)
        finally:
            await answer.aclose()
        return Reply(status=answer.status, headers=answer.headers, body=body)

    async def request_json(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | str | AsyncIterable[bytes] | None = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | Sequence[tuple[str, File]] | None = None,
        headers: Mapping[str, str] | None = None,
        credential: Credential | Signer | None = None,
        timeouts: Timeouts | None = None,
    ) -> Any:
        """Ask and return the answer's JSON; arguments and errors as for `request`.

        Raises:
            MalformedResponse: The answer is not JSON.
        """
        reply = await self.request(
            method,
            path,
            params=params,
            json=json,
            content=content,
            data=data,
            files=files,
            headers=headers,
            credential=credential,
            timeouts=timeouts,
        )
        return await reply.json()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | str | AsyncIterable[bytes] | None = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | Sequence[tuple[str, File]] | None = None,
        headers: Mapping[str, str] | None = None,
        credential: Credential | Signer | None = None,
        timeouts: Timeouts | None = None,
    ) -> AsyncIterator[StreamedReply]:
        """Ask and read the answer as it arrives; arguments and errors as for `request`.

        Leaving the block closes the connection, or keeps it if the answer was read to its end, or comes to it
        soon after `StreamedReply.finish`.
        """
        said = Said(params, json, content, data, files, headers, credential, timeouts)
        read_timeout = timeouts.read if timeouts else self._timeouts["read"]
        check_read_timeout(read_timeout)
        answer = await self._send(method, path, _PLAIN, said)
        try:
            chunks = decoded(answer, _encoding(answer))
            yield StreamedReply(answer.status, answer.headers, read_timeout, chunks, answer)
        finally:
            await answer.aclose()

    async def _request(
        self, method: str, path: str, encoding: tuple[bytes, bytes], said: Said
    ) -> http.Request:
        signed_by = self._credential if said.credential is None else said.credential
        try:
            if not is_token(method):
                raise ValueError("method")
            url = self._url(said.target(path))
            request = draft(method, url, said, [*self._headers, encoding], signed_by)
        except BadHeader as error:
            raise InvalidRequest(f"the request to {self.origin} cannot be sent: {error}") from None
        except (TypeError, ValueError, AttributeError, RecursionError, http.InvalidURL):
            raise InvalidRequest(f"the request to {shown(str(path))} cannot be written as HTTP") from None
        request.extensions["timeout"] = said.timeouts.extension() if said.timeouts else self._timeouts
        if isinstance(signed_by, Credential):
            put(request, [signed_by.revealed()])
        elif signed_by is not None:
            await sign(request, signed_by)
        return request

    async def _send(self, method: str, path: str, encoding: tuple[bytes, bytes], said: Said) -> Exchange:
        request = await self._request(method, path, encoding, said)
        # Without its query, where remotes take keys.
        asked: dict[str, Any] = {"method": method, "origin": self.origin, "path": path.partition("?")[0]}
        log_event("http.requested", layer="api", **asked)
        try:
            answer = await self._connections.send(request, "stream" if encoding is _PLAIN else "body")
        except (ConnectFailed, TLSFailed) as error:
            self._reach.explain(error)
            raise
        log_event("http.answered", layer="api", status=answer.status, **asked)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        try:
            refusal = await self._error(answer)
            if refusal.retry_after:
                # A provider may swallow the error, as of a look or a poll; the ban concerns everybody.
                report_wait(refusal.retry_after)
            raise self._with_place(refusal, method, path) if isinstance(refusal, NotFound) else refusal
        finally:
            await answer.aclose()

    def _with_place(self, error: NotFound, method: str, path: str) -> NotFound:
        """Say in *error* what was asked for, without the query, and what may be wrong with the base URL."""
        asked = path.partition("?")[0]
        whole = f"{self._base_path.rstrip('/')}/{asked.lstrip('/')}"
        error.message += f" (asked for {shown(f'{method} {whole}')})"
        error.hint = error.hint or path_hint(self._base_path, asked)
        return error

    async def _error(self, answer: Exchange) -> ProviderError:
        """Return what a status other than 2xx means, with as much of the body as it takes to say so."""
        body = b""
        with anyio.move_on_after(_ERROR_SECONDS):
            try:
                async for chunk in decoded(answer, _encoding(answer)):
                    body += chunk
                    if len(body) > _ERROR_BODY:
                        break
            except ProviderError:
                pass  # what has arrived may say enough, and the status says the rest
        return error_from_status(answer.status, answer.headers, body, self.origin)


def _encoding(answer: Exchange) -> str:
    return answer.headers.get("content-encoding", "")


def _joined(base: http.URL, target: str) -> http.URL:
    prefix = base.raw_path.rstrip(b"/").decode("ascii")
    return base.copy_with(raw_path=f"{prefix}/{target.lstrip('/')}".encode("ascii"))
