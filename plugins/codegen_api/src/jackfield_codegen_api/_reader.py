"""Looking at a run: through its log, and where the log endpoint does not serve, at the run itself.

The log endpoint is alpha: the vendor may change or withdraw it. Then activity is lost and the answer is not.
"""

from __future__ import annotations

from typing import Final

import attrs

from jackfield import MalformedResponse, PermissionDenied
from jackfield_api import NotFound

from ._client import CodegenClient
from ._wire import LogPage, Run

_TRIES: Final = 3


@attrs.define(eq=False)
class RunReader:
    """Looks at one run.

    Attributes:
        run_id: Its number.
        no_logs: Why the log could not be read at the last look, or None.
    """

    _client: CodegenClient
    run_id: int
    no_logs: str | None = attrs.field(default=None, init=False)
    _failures: int = attrs.field(default=0, init=False)

    async def look(self, skip: int) -> LogPage:
        """Return the run as it is now, and its log entries after the first *skip*.

        After three failures in a row the log is not asked for again; a page without entries comes then.

        Raises:
            ProviderError: The run itself cannot be read either.
        """
        if self._failures < _TRIES:
            try:
                page = await self._client.logs(self.run_id, skip)
            except (NotFound, PermissionDenied, MalformedResponse) as error:
                run = await self.whole()
                self._failures += 1
                self.no_logs = error.message
                return LogPage(run=run)
            self._failures, self.no_logs = 0, None
            return page
        return LogPage(run=await self.whole())

    def without_log(self) -> None:
        """Do not ask for the log again: what in it is new can no longer be told."""
        self._failures = _TRIES

    async def whole(self) -> Run:
        """Return the run with what only its own endpoint tells: summary and pull requests."""
        return await self._client.run(self.run_id)
