"""What a web provider plugs in: the hooks that are the same for all of them."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from jackfield import ProviderContext, ProviderOptions, ProviderSpec, hookimpl

from .doctor import forget_login
from .provider import WebOptions, saved_login


@attrs.frozen
class WebPlugin:
    """The hook implementations of a web provider; the object that its entry point names.

    Attributes:
        spec: The provider.
    """

    spec: ProviderSpec

    @hookimpl
    def jackfield_register_providers(self) -> Iterable[ProviderSpec]:
        """Register the provider."""
        return [self.spec]

    @hookimpl
    def jackfield_load_context(
        self, spec: ProviderSpec, connection_name: str, options: ProviderOptions
    ) -> ProviderContext | None:
        """Use the login that `jackfield login` saved, where no other credentials were found."""
        if spec.name != self.spec.name or not isinstance(options, WebOptions):
            return None
        return saved_login(spec, options, connection_name)

    @hookimpl
    def jackfield_forget_context(
        self, spec: ProviderSpec, connection_name: str, options: ProviderOptions
    ) -> Iterable[str]:
        """Delete the login that was saved."""
        if spec.name != self.spec.name or not isinstance(options, WebOptions):
            return ()
        return forget_login(options, connection_name)
