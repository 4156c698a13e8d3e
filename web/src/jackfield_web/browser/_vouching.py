"""Trusting a private certificate authority for a Site's own origins, and for nothing else.

A browser trusts what its system trusts, and has no setting for one authority more. So each origin is asked
for its certificate when the browser is started; it is verified against the authority's file, chain, name and
dates, by OpenSSL; and the browser is told to accept that very key. Law: never the authority's key: a browser
that is told one accepts whoever sends that certificate along with their own. A key that is changed while the
browser runs is refused, until the browser starts anew.
"""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jackfield import Certainty, ConfigError, ConnectFailed, TLSFailed

from ..site import Address, read_address
from ._reach import WebProxy

if TYPE_CHECKING:
    from http.client import HTTPSConnection

_SECONDS: Final = 15.0
_CONTEXT_0: Final = 0xA0
_LONG_LENGTH: Final = 0x80
_FIELDS_BEFORE_KEY: Final = 5
"""Of a certificate: serial number, signature, issuer, validity, subject; a version may stand before them."""


def vouched_keys(origins: Iterable[str], ca_file: str, proxy: WebProxy | None = None) -> tuple[str, ...]:
    """Return the keys of *origins*, as Chromium's `--ignore-certificate-errors-spki-list` has them.

    Connects to each origin that is reached by TLS, and says nothing to it. Blocks.

    Args:
        origins: The Site's own.
        ca_file: Certificates, in PEM, of authorities that are trusted besides the system's.
        proxy: What the origins are reached through.

    Raises:
        ConfigError: The file has no certificate, or the proxy is of a kind that cannot be gone through here.
        ConnectFailed: An origin is not reached.
        TLSFailed: Its certificate is none that the authority vouches for, by this name and today.
    """
    trust = _trust(ca_file)
    found = (address for address in map(read_address, origins) if address and address.scheme == "https")
    return tuple(sorted({_named(_certificate(one, trust, proxy)) for one in found if "*" not in one.host}))


def _trust(given: str) -> ssl.SSLContext:
    ca_file = Path(os.path.expanduser(given))  # noqa: PTH111  a Path's raises for no user
    trust = ssl.create_default_context()
    # Authorities that people made themselves often lack what is asked of public ones; browsers do not ask it.
    trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        trust.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no certificate in it"
        raise ConfigError(
            f"option 'ca_file' cannot be used: {str(ca_file)!r}: {reason}",
            hint="It holds certificates of authorities, in PEM: -----BEGIN CERTIFICATE-----.",
        ) from None
    return trust


def _certificate(origin: Address, trust: ssl.SSLContext, proxy: WebProxy | None) -> bytes:
    from http.client import HTTPException

    connection = _way(origin, trust, proxy)
    try:
        connection.connect()
        certificate: bytes | None = connection.sock.getpeercert(binary_form=True)
    except ssl.SSLCertVerificationError as error:
        raise TLSFailed(
            f"{origin.origin} has a certificate that ca_file does not vouch for: {error.verify_message}",
            certainty=Certainty.NOT_SENT,
        ) from None
    except (OSError, HTTPException) as error:
        through = f" through the proxy {proxy.address}" if proxy is not None else ""
        why = (error.strerror or str(error)) if isinstance(error, OSError) else "what answers is no proxy"
        raise ConnectFailed(
            f"{origin.origin} was not reached{through} to see its certificate: {why}",
            certainty=Certainty.NOT_SENT,
        ) from None
    finally:
        connection.close()
    assert certificate is not None, "it was verified"
    return certificate


def _way(origin: Address, trust: ssl.SSLContext, proxy: WebProxy | None) -> HTTPSConnection:
    """Return the connection to *origin* that is to be opened."""
    from http.client import HTTPSConnection

    if proxy is None:
        return HTTPSConnection(origin.host, origin.port, timeout=_SECONDS, context=trust)
    way = read_address(proxy.address)
    if way is None or way.scheme != "http":
        raise ConfigError(
            f"ca_file and a proxy such as {proxy.address} do not go together",
            hint="Use an http:// proxy, or have the system trust the authority.",
        )
    told = {"Host": f"{origin.host}:{origin.port}"}
    if proxy.user is not None:
        known = f"{proxy.user.reveal()}:{proxy.password.reveal() if proxy.password else ''}"
        told["Proxy-Authorization"] = f"Basic {base64.b64encode(known.encode()).decode()}"
    connection = HTTPSConnection(way.host, way.port, timeout=_SECONDS, context=trust)
    connection.set_tunnel(origin.host, origin.port, told)
    return connection


def _named(certificate: bytes) -> str:
    return base64.b64encode(hashlib.sha256(public_key(certificate)).digest()).decode()


def public_key(certificate: bytes) -> bytes:
    """Return the `SubjectPublicKeyInfo` of a certificate, both in DER."""
    _, to_be_signed, _ = _element(_element(certificate)[1])
    rest = to_be_signed
    if rest[0] == _CONTEXT_0:
        rest = _element(rest)[2]
    for _ in range(_FIELDS_BEFORE_KEY):
        rest = _element(rest)[2]
    return _element(rest)[0]


def _element(der: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the first element of *der*, what is in it, and what follows it."""
    start, length = 2, der[1]
    if length >= _LONG_LENGTH:
        start += length - _LONG_LENGTH
        length = int.from_bytes(der[2:start], "big")
    return der[: start + length], der[start : start + length], der[start + length :]
