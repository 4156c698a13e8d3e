"""Environment variables as options and credentials. Names come from `ProviderSpec.environment_variable`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import attrs

from ._exceptions import AuthenticationRequired
from ._options import FromEnvironment, ProviderOptions
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
    spec: ProviderSpec,
    connection_name: str,
    variables: Mapping[str, str] | None = None,
    options: ProviderOptions | None = None,
) -> ProviderContext | None:
    """Return the first kind of credentials that is wholly set in the environment, or None.

    Args:
        spec: The provider.
        connection_name: The connection, which has variables of its own.
        variables: Credential names to variable names, where they are not the usual ones.
        options: The connection's options, which may decide what the variables are called.
    """
    given = {name: (variable,) for name, variable in (variables or {}).items()}
    for auth_type, names in CREDENTIALS.items():
        if names and auth_type in spec.auth_types:
            places = {
                name: given.get(name) or spec.credential_variables(connection_name, name, options)
                for name in names
            }
            found = {name: _read(place) for name, place in places.items()}
            if all(found.values()):
                return ProviderContext(spec.name, auth_type=auth_type, credentials=found)
    return None


def resolved(
    context: ProviderContext, spec: ProviderSpec, connection_name: str, options: ProviderOptions | None = None
) -> ProviderContext:
    """Return *context* itself or, for auth type `env`, the one that the environment holds.

    Raises:
        AuthenticationRequired: The variables are not set.
    """
    if context.auth_type != "env":
        return context
    variables = {name: secret.reveal() for name, secret in context.credentials.items()}
    found = context_from_environment(spec, connection_name, variables, options)
    if found is None:
        usual = spec.credential_variables(connection_name, "token", options)
        wanted = sorted(variables.values()) or list(usual) or ["(none)"]
        raise AuthenticationRequired(
            f"the environment variable {' or '.join(wanted)} is not set", provider=spec.name
        )
    return found


def _read(variables: Iterable[str]) -> str:
    return next(filter(None, (os.environ.get(one, "").strip() for one in variables)), "")
