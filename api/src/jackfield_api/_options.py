"""Settings of the network, for clients and for the options of providers. No import of the HTTP library."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from jackfield import ModelNotFound, ProviderOptions

from ._proxies import ENVIRONMENT, Proxy

Trust: TypeAlias = Literal["environment", "system", "certifi"]


def _to_proxy(given: str | Proxy) -> Proxy:
    return given if isinstance(given, Proxy) else Proxy.from_option(given)


# Without slots, so that it can stand beside another base.
@attrs.frozen(kw_only=True, slots=False)
class Network:
    """How a client reaches its remote.

    Attributes:
        proxy: What requests go through: `environment` for what HTTPS_PROXY, ALL_PROXY and NO_PROXY say,
            `none`, or an address such as `http://user:password@proxy.example:3128`; `socks5://` needs
            `jackfield-api[socks]`. Nothing unencrypted goes through one.
        trust: Whose certificates are trusted: `environment` for what SSL_CERT_FILE and SSL_CERT_DIR name, and
            the system's store where they name nothing; `system` for that store in any case; `certifi` for
            Mozilla's list as of that package.
        ca_file: A file with certificates, in PEM, of authorities that are trusted besides.
    """

    proxy: Proxy = attrs.field(default=Proxy(ENVIRONMENT), converter=_to_proxy)
    trust: Trust = "environment"
    ca_file: str | None = None


@attrs.frozen(kw_only=True)
class ApiOptions(Network, ProviderOptions):
    """Settings that every connection to an API has. A provider's options class adds its own.

    It is a `Network`, so a provider makes its client with `ApiClient(options.base_url, network=options)`.
    """

    def model_for(self, name: str | None) -> str | None:
        """Return the remote's name for a model; None where nobody names one, here or in the request.

        A name that no mapping knows is the remote's to judge.
        """
        name = name or self.default_model
        return self.model_mapping.get(name, name) if name else None

    def needed_model(self, name: str | None, remote: str) -> str:
        """Return the remote's name for a model, of a remote that has no default.

        Raises:
            ModelNotFound: Nobody names one.
        """
        if (model := self.model_for(name)) is None:
            raise ModelNotFound(
                f"no model is named, and {remote} has no default", hint="Name one, or set default_model."
            )
        return model
