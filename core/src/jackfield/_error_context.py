"""What is added to an error as it flies past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._exceptions import Certainty, ContractBroken, JackfieldError, ProviderClosed, ProviderError
from ._secrets import redact
from ._types import ChatResponse


def in_our_words(provider: str, error: Exception) -> JackfieldError:
    """Return *error* if it is ours, or `ContractBroken`: the provider's plugin ought not to raise it."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, JackfieldError):
        return error
    broken = ContractBroken(
        f"{provider} raised {type(error).__name__}: {redact(str(error))}",
        plugin=provider,
        hint="That is a fault of the provider's plugin.",
    )
    broken.__cause__ = error
    return broken


@contextmanager
def told(provider: str, connection: str, operation: str) -> Iterator[None]:
    """Turn what a provider raises in *operation* into an error of ours that says whose it is."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever it is, it is told as one of ours
        ours = in_our_words(provider, error)
        if isinstance(ours, ProviderError):
            stamp(ours, provider=provider, connection=connection, operation=operation)
        raise ours from ours.__cause__


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
