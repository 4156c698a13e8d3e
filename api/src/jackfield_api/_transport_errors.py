"""What the HTTP library raises, as errors of ours. Nothing of the library's passes this module.

Classes are looked up by name along the MRO, so one table serves httpx and httpx2. Messages of the library are
shown but never decided upon: the same fault has other words in other versions.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Literal, NoReturn, TypeAlias

import attrs

from jackfield import (
    Certainty,
    ConnectFailed,
    ConnectionLost,
    InvalidRequest,
    MalformedResponse,
    ProviderError,
    StreamInterrupted,
    TLSFailed,
)

from ._compat import http
from ._text import shown

Phase: TypeAlias = Literal["head", "body", "stream"]
"""How far the answer had come: nothing of it, its headers, or the headers of a stream."""

_CONNECTING: Final = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
_NEVER_SENT: Final = {"UnsupportedProtocol", "LocalProtocolError", "InvalidURL"}
_NONSENSE: Final = {"DecodingError", "TooManyRedirects", "HTTPStatusError", "CookieConflict"}
_LIBRARY: Final = (http.HTTPError, http.InvalidURL, http.CookieConflict)


@attrs.define(eq=False)
class TransportErrors:
    """A block in which the HTTP library's errors become ours.

    Attributes:
        origin: Scheme, host and port of the remote, for messages.
        phase: How far the answer has come.
    """

    origin: str
    phase: Phase = "head"

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if isinstance(error, _LIBRARY):
            self.raise_ours(error)

    def raise_ours(self, error: Exception) -> NoReturn:
        """Raise the error of ours that *error*, one of the library's, means."""
        names = {kind.__name__ for kind in type(error).__mro__}
        if names & _NEVER_SENT:
            # Its text repeats the header or address that it does not like, and that may be a key.
            raise InvalidRequest(f"the request to {self.origin} is not valid HTTP") from None
        raise self._ours(error, names) from error

    def _ours(self, error: Exception, names: set[str]) -> ProviderError:
        said = f"{type(error).__name__}: {shown(str(error))}" if str(error) else type(error).__name__
        if names & _CONNECTING:
            if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
                return TLSFailed(f"{self.origin} cannot be trusted ({said})", hint=_TLS_HINT)
            return ConnectFailed(f"{self.origin} cannot be reached ({said})")
        if self.phase == "stream":
            return StreamInterrupted(f"the stream from {self.origin} broke ({said})")
        if names & _NONSENSE or (self.phase == "head" and _not_http(error, names)):
            return MalformedResponse(f"{self.origin} does not answer in HTTP ({said})")
        return ConnectionLost(f"the connection to {self.origin} was lost ({said})", certainty=_UNKNOWN)


_UNKNOWN: Final = Certainty.UNKNOWN
_TLS_HINT: Final = "Nothing was sent, and nothing unencrypted is tried instead."


def _not_http(error: Exception, names: set[str]) -> bool:
    """Whether something arrived that h11 cannot read; a connection that was closed has no such cause."""
    return "RemoteProtocolError" in names and any(
        type(cause).__module__.partition(".")[0] == "h11" for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
