"""What the entry point names. Cheap: the HTTP client is imported when a connection is opened."""

from __future__ import annotations

from collections.abc import Iterable

from jackfield import ProviderSpec, hookimpl

from ._spec import SPEC


@hookimpl
def jackfield_register_providers() -> Iterable[ProviderSpec]:
    """Register `tern`."""
    return [SPEC]
