"""Looking whether a remote answers, for nothing or with a small question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import attrs

from ._exceptions import JackfieldError

if TYPE_CHECKING:
    from ._connection import Connection
    from ._types import ChatResponse


@attrs.frozen(kw_only=True)
class HealthReport:
    """What a health check or a test found. It is true exactly when all is well: `if report: …`.

    Attributes:
        connection: The connection's name.
        error: What is wrong, or None.
        elapsed: Seconds it took.
        response: What was answered when it was tested with a question; None when nothing was asked.
    """

    connection: str
    error: JackfieldError | None
    elapsed: float
    response: ChatResponse | None = None

    @property
    def healthy(self) -> bool:
        """Whether the remote answered."""
        return self.error is None

    # A response itself is true whatever became of it, as every object is: `if response:` asks whether there
    # is one. That a report is not is safe because nobody holds one for anything but its verdict.
    def __bool__(self) -> bool:
        return self.healthy


async def checked(connection: Connection) -> HealthReport:
    """Check one connection; whatever is wrong is in the report."""
    started, error = anyio.current_time(), None
    try:
        await connection.check_health()
    except JackfieldError as found:
        error = found
    return HealthReport(connection=connection.name, error=error, elapsed=anyio.current_time() - started)


def tested(response: ChatResponse) -> HealthReport:
    """Return what the answer to a small question tells."""
    return HealthReport(
        connection=response.connection, error=response.error, elapsed=response.elapsed, response=response
    )
