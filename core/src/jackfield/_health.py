"""Looking whether a remote answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio
import attrs

from ._error_context import told
from ._exceptions import JackfieldError
from ._policy import Deadline

if TYPE_CHECKING:
    from ._connection import Connection

HEALTH_SECONDS: Final = 5.0


@attrs.frozen(kw_only=True)
class HealthReport:
    """What a health check found.

    Attributes:
        connection: The connection's name.
        error: What is wrong, or None.
        elapsed: Seconds it took.
    """

    connection: str
    error: JackfieldError | None
    elapsed: float

    @property
    def healthy(self) -> bool:
        """Whether the remote answered."""
        return self.error is None


async def checked(connection: Connection) -> HealthReport:
    """Check one connection within 5 seconds; whatever is wrong is in the report."""
    started, error = anyio.current_time(), None
    try:
        with told(connection.spec.name, connection.name, "health"):
            await Deadline(HEALTH_SECONDS).bound(connection.check_health(), "health")
    except JackfieldError as found:
        error = found
    return HealthReport(connection=connection.name, error=error, elapsed=anyio.current_time() - started)
