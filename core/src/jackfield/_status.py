"""A connection's status: a pure function of facts, never a stored copy that could go stale."""

from __future__ import annotations

import enum

import attrs


class ProviderStatus(enum.Enum):
    """The seven states of a connection."""

    INACTIVE = "inactive"
    """Not open. Requests fail with `ProviderClosed`."""
    AUTHENTICATION_REQUIRED = "authentication_required"
    """No valid login. Requests fail at once; only a new context leads out, never time."""
    INITIALIZING = "initializing"
    """Opening."""
    ERROR = "error"
    """It failed so often that requests wait for one probe."""
    RATE_LIMITED = "rate_limited"
    """The remote asked us to wait, and we do."""
    BUSY = "busy"
    """As many requests are on the wire as may be; the next one queues."""
    ACTIVE = "active"
    """Ready."""


@attrs.frozen(kw_only=True)
class Facts:
    """What the status is told from.

    Attributes:
        opening: Whether it is being opened.
        opened: Whether it is open.
        login_needed: Why there is no valid login, or None.
        breaker_open: Whether requests wait because the remote failed too often.
        told_to_wait: Seconds that the remote still wants us to wait.
        in_flight: Requests on the wire.
        limit: Requests that may be on the wire.
    """

    opening: bool = False
    opened: bool = False
    login_needed: str | None = None
    breaker_open: bool = False
    told_to_wait: float = 0.0
    in_flight: int = 0
    limit: int = 1


def status_of(facts: Facts) -> tuple[ProviderStatus, str]:
    """Return the status and its reason in a few words; the first that matches wins."""
    matches = (
        (facts.login_needed is not None, ProviderStatus.AUTHENTICATION_REQUIRED, str(facts.login_needed)),
        (facts.opening, ProviderStatus.INITIALIZING, "opening"),
        (not facts.opened, ProviderStatus.INACTIVE, "not open"),
        (facts.breaker_open, ProviderStatus.ERROR, "the remote failed too often; waiting to probe it"),
        (facts.told_to_wait > 0, ProviderStatus.RATE_LIMITED, f"asked to wait {facts.told_to_wait:.0f} s"),
        (facts.in_flight >= facts.limit, ProviderStatus.BUSY, f"{facts.in_flight} requests on the wire"),
        (True, ProviderStatus.ACTIVE, "ready"),
    )
    return next((status, reason) for holds, status, reason in matches if holds)
