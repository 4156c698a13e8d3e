"""The calls of the Codegen API that the provider makes, under the API's published rate limits.

The limits count for all runs of a connection together; `RateLimiter` keeps to four fifths of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from jackfield import AuthenticationRequired, RateLimiter
from jackfield_api import ApiClient, Credential

from ._wire import LogPage, Organization, Run, read_log_page, read_organizations, read_run, read_runs

PAGE: Final = 100
"""The most that the API gives in one page."""

_MOST_PAGES: Final = 10


@attrs.define(eq=False)
class CodegenClient:
    """Asks the API. Every method raises `ProviderError`; of the wrong shape is `MalformedResponse`.

    Attributes:
        org_id: The organization that runs belong to; None until the login has told it.
    """

    _http: ApiClient
    org_id: int | None = None
    _starts: RateLimiter = attrs.field(factory=lambda: RateLimiter(10, 60.0), init=False)
    _reads: RateLimiter = attrs.field(factory=lambda: RateLimiter(60, 30.0), init=False)
    _log_reads: RateLimiter = attrs.field(factory=lambda: RateLimiter(60, 60.0), init=False)

    def sign_with(self, credential: Credential) -> None:
        """Sign every later request with *credential*."""
        self._http.credential = credential

    async def check_user(self, credential: Credential | None = None) -> None:
        """Ask who the token's user is: the cheapest call that needs a token."""
        await self._reads.acquire()
        await self._http.request("GET", "/v1/users/me", credential=credential)

    async def organizations(self, credential: Credential) -> tuple[Organization, ...]:
        """Return the organizations that the token may use."""
        found: list[Organization] = []
        for page in range(_MOST_PAGES):
            await self._reads.acquire()
            query = {"skip": page * PAGE, "limit": PAGE}
            data = await self._http.request_json(
                "GET", "/v1/organizations", params=query, credential=credential
            )
            more = read_organizations(data)
            found += more
            if len(more) < PAGE:
                break
        return tuple(found)

    async def create(self, body: Mapping[str, Any]) -> Run:
        """Create a run: `CreateAgentRunInput` in, a run out."""
        await self._starts.acquire()
        return read_run(await self._http.request_json("POST", self._path("agent/run"), json=dict(body)))

    async def resume(self, body: Mapping[str, Any]) -> Run:
        """Say something more to a run: `ResumeAgentRunInput` in, the run out."""
        await self._starts.acquire()
        return read_run(
            await self._http.request_json("POST", self._path("agent/run/resume"), json=dict(body))
        )

    async def run(self, run_id: int) -> Run:
        """Look at a run."""
        await self._reads.acquire()
        return read_run(await self._http.request_json("GET", self._path(f"agent/run/{run_id}")))

    async def logs(self, run_id: int, skip: int) -> LogPage:
        """Look at a run and its log after the first *skip* entries. The vendor calls this endpoint alpha."""
        await self._log_reads.acquire()
        path = self._path(f"agent/run/{run_id}/logs").replace("/v1/", "/v1/alpha/", 1)
        return read_log_page(await self._http.request_json("GET", path, params={"skip": skip, "limit": PAGE}))

    async def runs_with(self, key: str, value: str, since: datetime) -> tuple[Run, ...]:
        """Return the runs created after *since* whose metadata has *value* under *key*, oldest first."""
        found: list[Run] = []
        for page in range(_MOST_PAGES):
            await self._reads.acquire()
            query = {"source_type": "API", "skip": page * PAGE, "limit": PAGE}
            runs = read_runs(await self._http.request_json("GET", self._path("agent/runs"), params=query))
            found += [run for run in runs if run.metadata.get(key) == value]
            oldest = min((run.created_at for run in runs if run.created_at), default=since)
            if len(runs) < PAGE or oldest < since:
                break
        return tuple(sorted(found, key=lambda run: run.id))

    def _path(self, rest: str) -> str:
        if self.org_id is None:
            raise AuthenticationRequired("nobody is logged in, so the organization is not known")
        return f"/v1/organizations/{self.org_id}/{rest}"
