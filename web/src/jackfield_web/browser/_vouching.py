"""Trusting a private certificate authority for a Site's own origins, and for nothing else.

A browser trusts what its system trusts, and has no setting for one authority more. So each origin is asked
for its certificate when the browser is started; it is verified against the authority's file, chain, name and
dates, by OpenSSL; and the browser is told to accept that very key. Law: never the authority's key: a browser
that is told one accepts whoever sends that certificate along with their own. A key that is changed while the
browser runs is refused, until the browser starts anew.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from jackfield import Certainty, ConfigError, ConnectFailed, TLSFailed

from ..site import Address, read_address
from ._reach import WebProxy

_SECONDS: Final = 15.0
_CONTEXT_0: Final = 0xA0
_LONG_LENGTH: Final = 0x80
_MOST_OF_A_PROXY: Final = 65536
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
    try:
        with (
            _connected(origin, proxy) as connection,
            trust.wrap_socket(connection, server_hostname=origin.host.strip("[]")) as checked,
        ):
            certificate = checked.getpeercert(binary_form=True)
    except ssl.SSLCertVerificationError as error:
        raise TLSFailed(
            f"{origin.origin} has a certificate that ca_file does not vouch for: {error.verify_message}",
            certainty=Certainty.NOT_SENT,
        ) from None
    except OSError as error:
        raise ConnectFailed(
            f"{origin.origin} was not reached to see its certificate: {error.strerror or 'no answer'}",
            certainty=Certainty.NOT_SENT,
        ) from None
    assert certificate is not None, "it was verified"
    return certificate


@contextlib.contextmanager
def _connected(origin: Address, proxy: WebProxy | None) -> Iterator[socket.socket]:
    target = origin.host.strip("[]"), origin.port or 443
    if proxy is None:
        with socket.create_connection(target, _SECONDS) as connection:
            yield connection
        return
    way = read_address(proxy.address)
    if way is None or way.scheme != "http":
        raise ConfigError(
            f"ca_file and a proxy such as {proxy.address} do not go together",
            hint="Use an http:// proxy, or have the system trust the authority.",
        )
    with socket.create_connection((way.host.strip("[]"), way.port or 80), _SECONDS) as connection:
        _pass(connection, proxy, f"{origin.host}:{target[1]}")
        yield connection


def _pass(connection: socket.socket, proxy: WebProxy, target: str) -> None:
    """Have *proxy* connect to *target*."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.user is not None:
        known = f"{proxy.user.reveal()}:{proxy.password.reveal() if proxy.password else ''}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(known.encode()).decode()}")
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    said = b""
    while b"\r\n\r\n" not in said:
        piece = connection.recv(4096)
        said += piece
        if not piece or len(said) > _MOST_OF_A_PROXY:
            break
    if said.split(b" ")[1:2] != [b"200"]:
        raise ConnectFailed(f"the proxy {proxy.address} makes no connection", certainty=Certainty.NOT_SENT)


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
