"""Looking whether a remote answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio
import attrs

from ._error_context import contract_broken
from ._exceptions import DeadlineExceeded, JackfieldError, PluginError, ProviderError

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
    started = anyio.current_time()
    error: JackfieldError | None = DeadlineExceeded(f"no answer within {HEALTH_SECONDS:g} s", phase="health")
    with anyio.move_on_after(HEALTH_SECONDS):
        try:
            await connection.check_health()
        except (ProviderError, PluginError) as found:
            error = found
        except Exception as bug:  # noqa: BLE001  one plugin's fault is one report's
            error = contract_broken(connection.spec.name, bug)
        else:
            error = None
    return HealthReport(connection=connection.name, error=error, elapsed=anyio.current_time() - started)
