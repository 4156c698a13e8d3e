"""Requests: what a caller says, as one of the HTTP library's."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from json import JSONEncoder
from typing import IO, Any, Final, TypeAlias
from urllib.parse import urlencode

import anyio
import attrs

from jackfield import Certainty, InvalidRequest

from ._compat import http
from ._credentials import Credential
from ._headers import BadHeader, Headers, encoded, merged, names_of
from ._signing import Signer, Unsigned, ask_for_signature

_ENCODER: Final = JSONEncoder(ensure_ascii=False, allow_nan=False)
_JSON: Final = (b"Content-Type", b"application/json")
_AUTHORIZATION: Final = "authorization"

FileContent: TypeAlias = bytes | str | IO[bytes]
File: TypeAlias = FileContent | tuple[str, FileContent] | tuple[str, FileContent, str]
"""A file of a form: its content, or its name and content, or those and its media type."""


@attrs.frozen(kw_only=True)
class Timeouts:
    """How long one step on the wire may take, in seconds; None for no limit.

    Attributes:
        connect: Reaching the remote, TLS included; through a proxy all of it takes twice that at most.
        write: Each write of the request.
        read: Each wait for more of the answer.
    """

    connect: float | None = 5.0
    write: float | None = 60.0
    read: float | None = 60.0

    def extension(self) -> dict[str, Any]:
        """Return them in the library's form."""
        return {"connect": self.connect, "write": self.write, "read": self.read, "pool": None}


@attrs.define(eq=False)
class Said:
    """What a caller says of a request besides its method and path; see `ApiClient.request`."""

    params: Mapping[str, Any] | None = None
    json: Any = None
    content: bytes | str | AsyncIterable[bytes] | None = None
    data: Mapping[str, Any] | None = None
    files: Mapping[str, File] | Sequence[tuple[str, File]] | None = None
    headers: Mapping[str, str] | None = None
    credential: Credential | Signer | None = None
    timeouts: Timeouts | None = None

    def target(self, path: str) -> str:
        """Return *path* with the query."""
        given = {name: _written(value) for name, value in (self.params or {}).items() if value is not None}
        if not given:
            return path
        return f"{path}{'&' if '?' in path else '?'}{urlencode(given, doseq=True)}"

    def own_headers(self, signed_by: Credential | Signer | None) -> Headers:
        """Return the headers of this request alone.

        Raises:
            BadHeader: One cannot be sent, or would stand in place of the credential.
        """
        headers = encoded(self.headers or {})
        if signed_by is not None and headers:
            name = signed_by.header.lower() if isinstance(signed_by, Credential) else _AUTHORIZATION
            if name.encode() in names_of(headers):
                raise BadHeader(f"the header {name} is the credential's: give the request another credential")
        return headers

    def body(self) -> tuple[bytes | dict[str, Any], Headers]:
        """Return the body, or the library's arguments that mean it, and the headers that it brings.

        Raises:
            InvalidRequest: There are several bodies.
            TypeError, ValueError, RecursionError: The body cannot be written.
        """
        form = self.data is not None or self.files is not None
        if (self.json is not None) + (self.content is not None) + form > 1:
            raise InvalidRequest("a request has one body: json, or content, or data and files")
        if self.json is not None:
            body = _ENCODER.encode(self.json).encode()
            return body, [_JSON, (b"Content-Length", b"%d" % len(body))]
        if not isinstance(self.content, bytes | str | AsyncIterable | None):
            raise TypeError("content")
        if not isinstance(self.data, Mapping | None):
            raise TypeError("data")
        if not all(
            isinstance(content, bytes | str) or hasattr(content, "read") for content in self.contents()
        ):
            raise TypeError("files")
        return {"content": self.content, "data": self.data, "files": self.files}, []

    def contents(self) -> list[FileContent]:
        """Return what is in the files of the form."""
        files = self.files.items() if isinstance(self.files, Mapping) else self.files or ()
        return [file[1] if isinstance(file, tuple) else file for _, file in files]


def _written(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def draft(
    method: str, url: http.URL, said: Said, headers: Headers, signed_by: Credential | Signer | None
) -> http.Request:
    """Return the request that *said* means, not yet signed.

    Args:
        method: The HTTP method.
        url: Where it goes, query included.
        said: What the caller says.
        headers: The headers that every request has.
        signed_by: What it will be signed by.

    Raises:
        InvalidRequest: There are several bodies.
        TypeError, ValueError, RecursionError: Something cannot be written; the text may hold what.
    """
    body, brought = said.body()
    whole = headers + brought
    if said.headers:
        whole = merged(whole, said.own_headers(signed_by))
    if isinstance(body, bytes):
        # Its headers are all there: the library need not look for what is to be added.
        return http.Request(method, url, headers=whole, stream=OnePiece(body))
    request = http.Request(method, url, headers=whole, **body)
    if said.files and any(hasattr(content, "read") for content in said.contents()):
        assert isinstance(request.stream, http.SyncByteStream)
        request.stream = _OffTheLoop(request.stream)
    elif isinstance(request.stream, http.ByteStream):
        request.stream = OnePiece(request.content)
    elif isinstance(said.content, AsyncIterable):
        request.stream = _AsItComes(said.content)
    return request


async def sign(request: http.Request, signer: Signer) -> None:
    """Have *request* signed by a callback.

    Raises:
        AuthenticationRequired: It could not sign.
    """
    unsigned = Unsigned(
        method=request.method, url=str(request.url), headers=request.headers.copy(), body=_body_of(request)
    )
    headers, secrets = await ask_for_signature(signer, unsigned)
    put(request, headers)
    request.extensions["secrets"] = secrets  # they live as long as the request


def _body_of(request: http.Request) -> bytes | None:
    """Return the body of *request*; None when it is not in memory."""
    if isinstance(request.stream, OnePiece):
        return request.stream.body
    if isinstance(request.stream, http.SyncByteStream):
        request.read()  # a form of bytes: it is in memory anyhow
    try:
        return request.content
    except http.RequestNotRead:
        return None


def put(request: http.Request, headers: Headers) -> None:
    """Put *headers* on *request*, in place of those that bear the same names."""
    for name, value in headers:
        request.headers[name.decode()] = value.decode()


class OnePiece(http.AsyncByteStream):
    """A body of bytes. The library's own is a generator that it leaves lying when the request breaks off."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Once(self.body)


@attrs.define(eq=False)
class _Once:
    """An iterator of one piece."""

    _body: bytes | None

    def __aiter__(self) -> _Once:
        return self

    async def __anext__(self) -> bytes:
        body, self._body = self._body, None
        if body is None:
            raise StopAsyncIteration
        return body


class _AsItComes(http.AsyncByteStream):
    """A body in pieces of the caller's. httpx reads such in a generator that leaves the caller's lying."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._pieces)


class _OffTheLoop(http.AsyncByteStream):
    """A body whose pieces are read from files, each in a worker thread."""

    def __init__(self, stream: http.SyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces: Iterator[bytes] = iter(self._stream)
        try:
            while piece := await anyio.to_thread.run_sync(next, pieces, b""):
                yield piece
        except (OSError, ValueError, TypeError) as error:
            # The head has left, so "not sent" would be too much to say.
            raise InvalidRequest(
                f"a file of the request cannot be read ({type(error).__name__})", certainty=Certainty.UNKNOWN
            ) from error
