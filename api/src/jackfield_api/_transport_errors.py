"""What the HTTP library and the system below it raise, as errors of ours. None of theirs passes this module.

Classes are looked up by name along the MRO, so one table serves httpx and httpx2. Messages of the library are
shown but never decided upon: the same fault has other words in other versions.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
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
    redact,
)

from ._text import shown

Phase: TypeAlias = Literal["head", "body", "stream"]
"""How far the answer had come: nothing of it, its headers, or the headers of a stream."""

_CONNECTING: Final = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
_NEVER_SENT: Final = {"UnsupportedProtocol", "LocalProtocolError", "InvalidURL"}
_NONSENSE: Final = {"DecodingError", "TooManyRedirects", "HTTPStatusError", "CookieConflict"}
_PARSERS: Final = {"h11", "httptools"}
_BELOW_US: Final = {"httpx", "httpx2", "httpcore", "httpcore2", *_PARSERS, "anyio", "trio", "socksio"}


def is_from_below(error: BaseException) -> bool:
    """Whether *error* comes from the HTTP library or the system, and not from an iterator of the caller's."""
    if isinstance(error, OSError | UnicodeError):
        return True
    return isinstance(error, Exception) and type(error).__module__.partition(".")[0] in _BELOW_US


@attrs.frozen
class TransportErrors:
    """Makes the library's errors ours.

    Attributes:
        origin: Scheme, host and port of the remote, for messages.
    """

    origin: str

    def raise_ours(self, error: Exception, phase: Phase, *, sent: bool = True) -> NoReturn:
        """Raise the error of ours that *error* means; one that is not from below as it is.

        Args:
            error: What was raised.
            phase: How far the answer had come.
            sent: Whether the request may have left.
        """
        if not is_from_below(error):
            raise error
        ours = self._ours(error, phase, sent=sent)
        cause = error if _may_be_shown(error) and not isinstance(ours, InvalidRequest) else None
        try:
            raise ours from cause
        finally:
            if cause is None:
                # Reporters follow a context too, and that is set by raising.
                ours.__context__ = None

    def _ours(self, error: Exception, phase: Phase, *, sent: bool) -> ProviderError:
        names = {kind.__name__ for kind in type(error).__mro__}
        if names & _NEVER_SENT:
            # Its text repeats the header or address that it does not like, and that may be a key.
            certainty = _UNKNOWN if sent else Certainty.NOT_SENT
            return InvalidRequest(f"the request to {self.origin} is not valid HTTP", certainty=certainty)
        if names & _CONNECTING or (phase == "head" and not sent):
            return self._not_connected(error)
        said = _said(error)
        if phase == "stream":
            return StreamInterrupted(f"the stream from {self.origin} broke ({said})")
        if names & _NONSENSE or (phase == "head" and _not_http(error, names)):
            return MalformedResponse(f"{self.origin} does not answer in HTTP ({said})")
        return ConnectionLost(f"the connection to {self.origin} was lost ({said})", certainty=_UNKNOWN)

    def _not_connected(self, error: Exception) -> ProviderError:
        """Only a certificate that was looked at and found wrong is a matter of trust.

        A handshake that stalls, is dropped or is answered in another protocol is a connection that was not
        made, as it is one layer below: the next one may be.
        """
        if isinstance(error, UnicodeError):
            return InvalidRequest(f"the host of {self.origin} is no name that can be looked up")
        said = _said(error)
        fault = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
        if isinstance(fault, ssl.SSLCertVerificationError):
            why = shown(f"CERTIFICATE_VERIFY_FAILED: {getattr(fault, 'verify_message', fault)}")
            return TLSFailed(f"{self.origin} cannot be trusted ({why})", hint=_TLS_HINT)
        # An exception that no handshake made has neither attribute.
        if getattr(fault, "reason", None) in _NO_TLS:
            return ConnectFailed(f"{self.origin} does not speak TLS on that port ({said})", hint=_NO_TLS_HINT)
        failed = ConnectFailed(f"{self.origin} cannot be reached ({said})")
        if any(isinstance(cause, socket.gaierror) for cause in _causes(error)):
            # A name that nobody knows is mostly misspelt: who waits should hear of it soon.
            failed.most_retries, failed.hint = _LOOKUPS - 1, _NO_HOST_HINT
        return failed


_UNKNOWN: Final = Certainty.UNKNOWN
_TLS_HINT: Final = "Nothing was sent, and nothing unencrypted is tried instead."
_LOOKUPS: Final = 3
_NO_HOST_HINT: Final = "Look at the host's name in the address, and at the network."
_NO_TLS_HINT: Final = "Look at the port and at https:// of the address."
_NO_TLS: Final = {
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNKNOWN_PROTOCOL",
    "WRONG_VERSION_NUMBER",
}


def _said(error: Exception) -> str:
    """Return the error's class and words; where it has none, as on trio, those of what caused it."""
    words = next((str(cause) for cause in _causes(error) if str(cause)), "")
    return f"{type(error).__name__}: {shown(words)}" if words else type(error).__name__


def _not_http(error: Exception, names: set[str]) -> bool:
    """Whether something arrived that no parser can read; a connection that was closed has no such cause."""
    return "RemoteProtocolError" in names and any(
        type(cause).__module__.partition(".")[0] in _PARSERS for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and what is behind it, down to the system.

    httpcore cuts causes off, so contexts are followed too; but no further than the library goes: what the
    caller was handling before is another story.
    """
    cause: BaseException | None = error
    while cause is not None and is_from_below(cause):
        yield cause
        cause = cause.__cause__ or cause.__context__


def _may_be_shown(error: BaseException | None, depth: int = 20) -> bool:
    """Whether neither *error* nor anything behind it repeats a secret, as a remote's broken header may."""
    if error is None:
        return True
    text = str(error)
    return (
        depth > 0
        and redact(text) == text
        and _may_be_shown(error.__cause__, depth - 1)
        and (error.__cause__ is error.__context__ or _may_be_shown(error.__context__, depth - 1))
    )
