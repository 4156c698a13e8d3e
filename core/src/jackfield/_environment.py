"""Environment variables as options and credentials. Names come from `ProviderSpec.environment_variable`."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs

from ._exceptions import AuthenticationRequired
from ._options import FromEnvironment
from ._provider import CREDENTIALS, ProviderContext, ProviderSpec


def options_from_environment(spec: ProviderSpec, connection_name: str) -> dict[str, FromEnvironment]:
    """Return the environment variables that are set for a connection's options."""
    found = {}
    for field in attrs.fields(spec.options):
        variable = spec.environment_variable(connection_name, field.name)
        if variable and (text := os.environ.get(variable, "")):
            found[field.name] = FromEnvironment(variable, text)
    return found


def context_from_environment(
    spec: ProviderSpec, connection_name: str, variables: Mapping[str, str] | None = None
) -> ProviderContext | None:
    """Return the first kind of credentials that is wholly set in the environment, or None.

    Args:
        spec: The provider.
        connection_name: The connection, which has variables of its own.
        variables: Credential names to variable names, where they are not the usual ones.
    """
    for auth_type, names in CREDENTIALS.items():
        if names and auth_type in spec.auth_types:
            found = {name: _read(spec, connection_name, name, variables or {}) for name in names}
            if all(found.values()):
                return ProviderContext(spec.name, auth_type=auth_type, credentials=found)
    return None


def resolved(context: ProviderContext, spec: ProviderSpec, connection_name: str) -> ProviderContext:
    """Return *context* itself or, for auth type `env`, the one that the environment holds.

    Raises:
        AuthenticationRequired: The variables are not set.
    """
    if context.auth_type != "env":
        return context
    variables = {name: secret.reveal() for name, secret in context.credentials.items()}
    found = context_from_environment(spec, connection_name, variables)
    if found is None:
        wanted = sorted(variables.values()) or [
            spec.environment_variable(connection_name, "token") or "(none)"
        ]
        raise AuthenticationRequired(
            f"the environment variable {' or '.join(wanted)} is not set", provider=spec.name
        )
    return found


def _read(spec: ProviderSpec, connection_name: str, name: str, variables: Mapping[str, str]) -> str:
    variable = variables.get(name) or spec.environment_variable(connection_name, name)
    return os.environ.get(variable, "").strip() if variable else ""
