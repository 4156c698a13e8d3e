"""How one client reaches its remote: the settings put to use, and told to people."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Final

import attrs

from jackfield import ConfigError, ConnectFailed, Finding, TLSFailed, Verdict

from ._base_url import checked_base_url, origin_of
from ._compat import http
from ._options import Network
from ._proxies import Route, find_route
from ._tls import Store, find_store, trusting_nobody, verifying_context
from ._tunnel import check_supported

_HTTPS_PORT: Final = 443


@attrs.frozen
class Reach:
    """The way to one origin.

    Attributes:
        route: Directly or through a proxy.
        tls: The context of its connections.
        store: Whom that context trusts; None where nothing is encrypted.
        ca_file: What it trusts besides.
    """

    route: Route
    tls: ssl.SSLContext
    store: Store | None = None
    ca_file: str | None = None

    @classmethod
    def to(cls, url: http.URL, network: Network) -> Reach:
        """Find the way to *url*, once for all its requests.

        Raises:
            ConfigError: A setting of *network*, or of the environment, cannot be used.
        """
        route = route_to(url, network)
        check_supported(route)
        if url.scheme == "http":
            return cls(route, trusting_nobody())
        store = find_store(network.trust)
        return cls(route, verifying_context(store, network.ca_file), store, network.ca_file)

    def explain(self, error: ConnectFailed | TLSFailed) -> None:
        """Add to *error*'s hint which settings decided on the way, and on whom to trust."""
        if self.store is None:
            return
        known = f"It was tried {self.route}. "
        if isinstance(error, TLSFailed):
            besides = f" and the option ca_file ({self.ca_file})" if self.ca_file else ""
            known += f"Trusted are the authorities of {self.store.told}{besides}. " + _TRUST_MORE
        elif "407" in error.message:
            known += "The proxy wants a user and a password: http://user:password@host:port."
        else:
            known += _OTHER_WAY
        error.hint = f"{error.hint} {known}" if error.hint else known


_TRUST_MORE: Final = "Name one more with the option ca_file, or others with SSL_CERT_FILE."
_OTHER_WAY: Final = "The option proxy, or HTTPS_PROXY and NO_PROXY, decide on that."


def route_to(url: http.URL, network: Network) -> Route:
    """Return how requests to *url* go."""
    return find_route(url.scheme, url.raw_host.decode("ascii"), url.port or _HTTPS_PORT, network.proxy)


async def examine_network(network: Network, base_url: str) -> Sequence[Finding]:
    """Find which proxy and which certificates are in force. For `ProviderSpec.examine`; sends nothing.

    Args:
        network: The settings: a provider's `ApiOptions` are one.
        base_url: Where the API is.
    """
    try:
        url = checked_base_url(base_url)
    except ConfigError as error:
        return [Finding("base_url", Verdict.WRONG, str(error))]
    return [_route_found(url, network), *_store_found(url, network)]


def _route_found(url: http.URL, network: Network) -> Finding:
    try:
        route = route_to(url, network)
        check_supported(route)
    except ConfigError as error:
        return Finding("proxy", Verdict.WRONG, str(error))
    return Finding("proxy", Verdict.FINE, f"{origin_of(url)} is reached {route}")


def _store_found(url: http.URL, network: Network) -> list[Finding]:
    if url.scheme == "http":
        return []
    try:
        reach = Reach.to(url, attrs.evolve(network, proxy="none"))
    except ConfigError as error:
        return [Finding("certificates", Verdict.WRONG, str(error))]
    assert reach.store is not None
    besides = f", and of ca_file ({reach.ca_file})" if reach.ca_file else ""
    return [Finding("certificates", Verdict.FINE, f"those of {reach.store.told}{besides} are trusted")]
