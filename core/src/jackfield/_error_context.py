"""What is added to an error as it flies past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ._blame import as_ours, is_plugins_fault
from ._exceptions import (
    Certainty,
    ContractBroken,
    DeadlineExceeded,
    JackfieldError,
    ProviderClosed,
    ProviderError,
)
from ._masking import mask_behind
from ._secrets import redact

if TYPE_CHECKING:
    from ._policy import Run


@contextmanager
def provider_errors(provider: str, connection: str, operation: str) -> Iterator[None]:
    """Turn what a provider raises in *operation* into an error of ours that says whose it is."""
    try:
        yield
    except BaseException as error:
        if not is_plugins_fault(error):
            raise
        ours = without_secrets(as_ours(error, provider))
        if isinstance(ours, ProviderError):
            stamp(ours, provider=provider, connection=connection, operation=operation)
        raise ours from ours.__cause__


def closed_meanwhile(error: BaseException) -> ProviderClosed:
    """Return the error for a request that was on the wire when its connection was closed."""
    certainty = error.certainty if isinstance(error, ProviderError) else Certainty.UNKNOWN
    closed = ProviderClosed(
        "the connection was closed while the request was on the wire", certainty=certainty
    )
    closed.__cause__ = error
    return closed


def failure_of(run: Run[Any], error: BaseException, *, provider: str, **facts: Any) -> JackfieldError:
    """Return what ended *run*, a call with one answer, as an error of ours with all that is known on it."""
    if run.deadline.is_cut and not isinstance(error, ProviderClosed | DeadlineExceeded):
        error = closed_meanwhile(error)
    ours = without_secrets(as_ours(error, provider))
    known = {"attempts": max(1, run.count), "request_id": run.request.id}
    if isinstance(ours, ContractBroken):
        stamp(ours, **known)
        ours.certainty = run.certainty
    elif isinstance(ours, ProviderError):
        stamp(ours, provider=provider, **known, **facts)
    return ours


def stamp(error: JackfieldError, **facts: Any) -> None:
    """Fill in those *facts* that *error* does not know yet."""
    for name, value in facts.items():
        if not getattr(error, name):
            setattr(error, name, value)


def without_secrets(error: JackfieldError) -> JackfieldError:
    """Mask what a provider let slip into what *error* tells, and into what it was caused by; return it.

    A provider is somebody else's code and a remote repeats what it was sent: no error leaves without this.
    """
    error.message = redact(error.message)
    for name in ("hint", "url", "code", "remote_request_id"):
        if isinstance(text := getattr(error, name, None), str):
            setattr(error, name, redact(text))
    error.args = (error.message,)
    mask_behind(error)
    return error
