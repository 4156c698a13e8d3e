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


def status_of(facts: Facts) -> tuple[ProviderStatus, str]:  # noqa: PLR0911  one line for each state
    """Return the status and its reason in a few words; the first that matches wins."""
    if facts.login_needed is not None:
        return ProviderStatus.AUTHENTICATION_REQUIRED, facts.login_needed
    if facts.opening:
        return ProviderStatus.INITIALIZING, "opening"
    if not facts.opened:
        return ProviderStatus.INACTIVE, "not open"
    if facts.breaker_open:
        return ProviderStatus.ERROR, "the remote failed too often; waiting to probe it"
    if facts.told_to_wait > 0:
        return ProviderStatus.RATE_LIMITED, f"asked to wait {facts.told_to_wait:.0f} s"
    if facts.in_flight >= facts.limit:
        return ProviderStatus.BUSY, f"{facts.in_flight} requests on the wire"
    return ProviderStatus.ACTIVE, "ready"
