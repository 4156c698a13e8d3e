"""TLS contexts: always verifying, made when the first https connection needs one, one a process."""

from __future__ import annotations

import functools
import ssl

from jackfield import ConfigError

from ._compat import http


@functools.cache
def verifying_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a context that trusts the usual authorities, and those in *ca_file* too. Making one takes 20 ms.

    Raises:
        ConfigError: *ca_file* cannot be read.
    """
    context = http.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise ConfigError(f"ca_file {ca_file!r} cannot be used: {error.strerror or error}") from None
    return context


@functools.cache
def trusting_nobody() -> ssl.SSLContext:
    """Return the context for http://: cheap, and if TLS were ever tried with it, no certificate would do."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
