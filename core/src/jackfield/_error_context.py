"""What is added to an error as it flies past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._exceptions import ContractBroken, ProviderError
from ._secrets import redact


def contract_broken(provider: str, error: Exception) -> ContractBroken:
    """Return the error for an exception that a provider's plugin ought not to have raised."""
    return ContractBroken(
        f"{provider} raised {type(error).__name__}: {redact(str(error))}",
        plugin=provider,
        hint="That is a fault of the provider's plugin.",
    )


@contextmanager
def provider_context(**facts: Any) -> Iterator[None]:
    """Stamp *facts* on every `ProviderError` that flies past, where the error does not know them yet."""
    try:
        yield
    except ProviderError as error:
        stamp(error, **facts)
        raise


def stamp(error: ProviderError, **facts: Any) -> None:
    """Fill in those *facts* that *error* does not know yet."""
    for name, value in facts.items():
        if not getattr(error, name):
            setattr(error, name, value)
