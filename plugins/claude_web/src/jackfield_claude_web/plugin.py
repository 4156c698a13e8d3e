"""The hook implementations. Cheap: the browser's engine is imported when a page is opened."""

from __future__ import annotations

from collections.abc import Iterable

from jackfield import ProviderContext, ProviderSpec, hookimpl
from jackfield_web import saved_login

from ._spec import SPEC


@hookimpl
def jackfield_register_providers() -> Iterable[ProviderSpec]:
    """Register `claude_web`."""
    return [SPEC]


@hookimpl
def jackfield_load_context(spec: ProviderSpec, connection_name: str) -> ProviderContext | None:
    """Use the login that `jackfield login` saved, where no other credentials were found."""
    return saved_login(spec, connection_name) if spec.name == SPEC.name else None
