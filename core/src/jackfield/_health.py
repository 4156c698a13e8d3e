"""Looking whether a remote answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import attrs

from ._exceptions import JackfieldError

if TYPE_CHECKING:
    from ._connection import Connection


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
    """Check one connection; whatever is wrong is in the report."""
    started, error = anyio.current_time(), None
    try:
        await connection.check_health()
    except JackfieldError as found:
        error = found
    return HealthReport(connection=connection.name, error=error, elapsed=anyio.current_time() - started)
