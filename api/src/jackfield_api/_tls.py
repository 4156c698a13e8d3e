"""TLS contexts: always verifying, made when the first https client needs one, one a process for each store.

Whom to trust is found here and not by the HTTP library, because httpx takes certifi's list and httpx2 the
system's: which library is installed must not decide whom a user trusts.
"""

from __future__ import annotations

import functools
import os
import re
import ssl
import sys
from pathlib import Path
from typing import Final

import attrs

from jackfield import ConfigError

from ._options import Trust

_BY_HASH: Final = re.compile(r"[0-9a-f]{8}\.[0-9]+", re.ASCII)
_NATIVE: Final = sys.platform in {"darwin", "win32"}
_HINT: Final = "Correct it, or set the option trust to 'system'."


@attrs.frozen
class Store:
    """Authorities that are trusted.

    Attributes:
        told: Which they are, for people.
        files: Files that hold them.
        folders: Folders that hold them, as OpenSSL reads them.
        native: Whether the operating system is asked instead.
    """

    told: str
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    native: bool = False


def find_store(trust: Trust) -> Store:
    """Return the authorities that *trust* stands for.

    Raises:
        ConfigError: The environment names a file or folder that is not there.
    """
    if trust == "environment" and (told := _of_the_environment()):
        return told
    if trust == "certifi":
        return _certifi()
    return Store("the system's store", native=True) if _NATIVE else _openssl()


def _of_the_environment() -> Store | None:
    """Read SSL_CERT_FILE and SSL_CERT_DIR. As in OpenSSL, both count, and the system's store does not."""
    file, folders = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file and not Path(file).is_file():
        raise ConfigError(f"SSL_CERT_FILE names {file!r}, which is no file", hint=_HINT)
    there = tuple(folder for folder in (folders or "").split(os.pathsep) if folder and Path(folder).is_dir())
    if folders and not there:
        raise ConfigError(f"SSL_CERT_DIR names {folders!r}, which is no folder", hint=_HINT)
    if not file and not folders:
        return None
    named = {"SSL_CERT_FILE": file, "SSL_CERT_DIR": folders}
    told = " and ".join(f"{variable} ({value})" for variable, value in named.items() if value)
    return Store(told, (*([file] if file else []), *_without_hashes(there)), there)


def _without_hashes(folders: tuple[str, ...]) -> list[str]:
    """Return the certificates in *folders* that OpenSSL would not find: nobody ran `openssl rehash` there."""
    found: list[str] = []
    for folder in map(Path, folders):
        if not _hashed(folder):
            found += sorted(str(file) for kind in ("*.pem", "*.crt") for file in folder.glob(kind))
    return found


def _hashed(folder: Path) -> bool:
    return any(_BY_HASH.fullmatch(file.name) for file in folder.iterdir())


def _openssl() -> Store:
    """Return the store of the distribution; certifi's list where there is none, as in a bare container."""
    places = ssl.get_default_verify_paths()  # its other two attributes are changed by the environment
    file, folder = Path(places.openssl_cafile), Path(places.openssl_capath)
    files = (str(file),) if file.is_file() else ()
    folders = (str(folder),) if folder.is_dir() and _hashed(folder) else ()
    if files or folders:
        return Store(f"the system's store ({' and '.join(files + folders)})", files, folders)
    return attrs.evolve(_certifi(), told=f"{_certifi().told}, for the system has no store")


def _certifi() -> Store:
    import certifi

    return Store(f"certifi {certifi.__version__}", (certifi.where(),))


@functools.cache
def verifying_context(store: Store, ca_file: str | None = None) -> ssl.SSLContext:
    """Return a context that trusts *store*, and the authorities in *ca_file* too. Making one takes 20 ms.

    Unlike `ssl.create_default_context`, it writes no keys to SSLKEYLOGFILE, and takes the authorities that
    companies have from 3.13 on as before.

    Raises:
        ConfigError: One of the files cannot be read.
    """
    context = _empty_context(native=store.native)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    for folder in store.folders:
        context.load_verify_locations(capath=folder)
    for file in store.files:
        _load(context, file, "the certificates of " + store.told)
    if ca_file is not None:
        _load(context, os.path.expanduser(ca_file), f"ca_file {ca_file!r}")  # noqa: PTH111  raises nothing
    return context


def _empty_context(*, native: bool) -> ssl.SSLContext:
    if not native:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _load(context: ssl.SSLContext, file: str, named: str) -> None:
    try:
        context.load_verify_locations(cafile=file)
    except OSError as error:
        raise ConfigError(f"{named} cannot be used: {error.strerror or error}") from None


@functools.cache
def trusting_nobody() -> ssl.SSLContext:
    """Return the context for http://: cheap, and if TLS were ever tried with it, no certificate would do."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
