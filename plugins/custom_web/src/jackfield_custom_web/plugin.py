"""The hook implementations. Cheap: the browser's engine is imported when a page is opened."""

from __future__ import annotations

from collections.abc import Iterable

from jackfield import ProviderContext, ProviderOptions, ProviderSpec, hookimpl
from jackfield_web import forget_login, saved_login

from ._options import CustomWebOptions
from ._spec import SPEC


@hookimpl
def jackfield_register_providers() -> Iterable[ProviderSpec]:
    """Register `custom_web`."""
    return [SPEC]


@hookimpl
def jackfield_forget_context(connection_name: str, options: ProviderOptions) -> Iterable[str]:
    """Delete the login that was saved."""
    return forget_login(options, connection_name) if isinstance(options, CustomWebOptions) else ()


@hookimpl
def jackfield_load_context(spec: ProviderSpec, connection_name: str) -> ProviderContext | None:
    """Use the login that `jackfield login` saved, where no other credentials were found."""
    return saved_login(spec, connection_name) if spec.name == SPEC.name else None
