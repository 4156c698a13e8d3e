"""What is added to an error as it flies past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._exceptions import Certainty, ContractBroken, JackfieldError, ProviderClosed, ProviderError
from ._secrets import redact
from ._types import ChatResponse


def contract_broken(provider: str, error: Exception) -> ContractBroken:
    """Return the error for an exception that a provider's plugin ought not to have raised."""
    broken = ContractBroken(
        f"{provider} raised {type(error).__name__}: {redact(str(error))}",
        plugin=provider,
        hint="That is a fault of the provider's plugin.",
    )
    broken.__cause__ = error
    return broken


@contextmanager
def plugin_faults(provider: str) -> Iterator[None]:
    """Turn what a provider's plugin ought not to have raised into `ContractBroken`."""
    try:
        yield
    except JackfieldError:
        raise
    except Exception as error:
        raise contract_broken(provider, error) from error


def closed_meanwhile(error: Exception) -> ProviderClosed:
    """Return the error for a request that was on the wire when its connection was closed."""
    certainty = error.certainty if isinstance(error, ProviderError) else Certainty.UNKNOWN
    closed = ProviderClosed(
        "the connection was closed while the request was on the wire", certainty=certainty
    )
    closed.__cause__ = error
    return closed


def failed_response(connection: str, provider: str, error: JackfieldError) -> ChatResponse:
    """Return *error* as a response, with what it knows of the request."""
    known = ("partial", "handle", "url", "elapsed", "attempts", "request_id")
    facts = {name: getattr(error, name) for name in known if hasattr(error, name)}
    return ChatResponse(error=error, provider=provider, connection=connection, **facts)


@contextmanager
def provider_context(**facts: Any) -> Iterator[None]:
    """Stamp *facts* on every `ProviderError` that flies past, where the error does not know them yet."""
    try:
        yield
    except ProviderError as error:
        stamp(error, **facts)
        raise


def stamp(error: JackfieldError, **facts: Any) -> None:
    """Fill in those *facts* that *error* does not know yet."""
    for name, value in facts.items():
        if not getattr(error, name):
            setattr(error, name, value)
