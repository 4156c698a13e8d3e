"""Credentials from environment variables: `PREFIX_TOKEN` and the like, and those that a provider names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._environment import context_from_environment
from ..hookspecs import hookimpl

if TYPE_CHECKING:
    from .._options import ProviderOptions
    from .._provider import ProviderContext, ProviderSpec


@hookimpl(tryfirst=True)
def jackfield_load_context(
    spec: ProviderSpec, connection_name: str, options: ProviderOptions
) -> ProviderContext | None:
    """Return what the environment holds; it goes before keyring and file."""
    return context_from_environment(spec, connection_name, options=options)
