"""The calls of the Codegen API that the provider makes, under the API's published rate limits.

The limits count for all runs of a connection together; `RateLimiter` keeps to four fifths of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from jackfield import AuthenticationRequired, RateLimiter, if_cut_off
from jackfield_api import ApiClient, Credential

from ._wire import LogPage, Organization, Run, read_log_page, read_organizations, read_run, read_runs

PAGE: Final = 100
"""The most that the API gives in one page."""

_MOST_PAGES: Final = 10
_CLOCKS_DIFFER: Final = 120.0
"""Seconds by which the clocks of the API's own machines may differ."""


@attrs.frozen(kw_only=True)
class Accepted:
    """A run that was created or resumed, with what else the answer told.

    Attributes:
        run: The run.
        remote_request_id: The API's id of the request.
        limits: What the API told about its limits; see `ChatResponse.limits`.
    """

    run: Run
    remote_request_id: str | None = None
    limits: Mapping[str, float] = attrs.field(factory=dict)


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

    async def check_user(self, credential: Credential | None = None, *, urgent: bool = False) -> None:
        """Ask who the token's user is: the cheapest call that needs a token.

        Args:
            credential: What to sign with instead of the token that was logged in with.
            urgent: Whether to go before everybody who waits for the limit; see `RateLimiter.acquire`.
        """
        await self._reads.acquire(urgent=urgent)
        await self._http.request("GET", "/v1/users/me", credential=credential)

    async def organizations(self, credential: Credential) -> tuple[Organization, ...]:
        """Return the organizations that the token may use; urgently, for whoever waits has no login."""
        found: list[Organization] = []
        for page in range(_MOST_PAGES):
            await self._reads.acquire(urgent=True)
            query = {"skip": page * PAGE, "limit": PAGE}
            data = await self._http.request_json(
                "GET", "/v1/organizations", params=query, credential=credential
            )
            more = read_organizations(data)
            found += more
            if len(more) < PAGE:
                break
        return tuple(found)

    async def create(self, body: Mapping[str, Any], if_lost: str) -> Accepted:
        """Create a run: `CreateAgentRunInput` in, a run out.

        Args:
            body: What to send.
            if_lost: What to tell when the request's time ends before the answer is there.
        """
        return await self._start("agent/run", body, if_lost)

    async def resume(self, body: Mapping[str, Any], if_lost: str) -> Accepted:
        """Say something more to a run: `ResumeAgentRunInput` in, the run out; arguments as for `create`."""
        return await self._start("agent/run/resume", body, if_lost)

    async def _start(self, path: str, body: Mapping[str, Any], if_lost: str) -> Accepted:
        await self._starts.acquire()
        with if_cut_off(if_lost):
            reply = await self._http.request("POST", self._path(path), json=dict(body))
            run = read_run(await reply.json())
        return Accepted(run=run, remote_request_id=reply.remote_request_id, limits=reply.limits)

    async def run(self, run_id: int) -> Run:
        """Look at a run."""
        await self._reads.acquire()
        return read_run(await self._http.request_json("GET", self._path(f"agent/run/{run_id}")))

    async def logs(self, run_id: int, skip: int) -> LogPage:
        """Look at a run and its log after the first *skip* entries. The vendor calls this endpoint alpha."""
        await self._log_reads.acquire()
        path = self._path(f"agent/run/{run_id}/logs").replace("/v1/", "/v1/alpha/", 1)
        return read_log_page(await self._http.request_json("GET", path, params={"skip": skip, "limit": PAGE}))

    async def runs_with(self, key: str, value: str, seconds: float) -> tuple[Run, ...]:
        """Return the runs of the last *seconds* whose metadata has *value* under *key*, oldest first.

        The time is measured on the API's clock alone: runs come newest first, none of them was created after
        now, and so none of ours longer than *seconds* before the newest. Runs that are created meanwhile
        move the pages, so that one may be seen on two.
        """
        found: dict[int, Run] = {}
        since: float | None = None
        for page in range(_MOST_PAGES):
            await self._reads.acquire()
            query = {"source_type": "API", "skip": page * PAGE, "limit": PAGE}
            runs = read_runs(await self._http.request_json("GET", self._path("agent/runs"), params=query))
            found |= {run.id: run for run in runs if run.metadata.get(key) == value}
            newest = max((run.created_at.timestamp() for run in runs if run.created_at), default=None)
            if since is None and newest is not None:
                since = newest - seconds - _CLOCKS_DIFFER
            is_too_old = since is not None and newest is not None and newest < since
            if len(runs) < PAGE or is_too_old:
                break
        return tuple(found[number] for number in sorted(found))

    def _path(self, rest: str) -> str:
        if self.org_id is None:
            raise AuthenticationRequired("nobody is logged in, so the organization is not known")
        return f"/v1/organizations/{self.org_id}/{rest}"
