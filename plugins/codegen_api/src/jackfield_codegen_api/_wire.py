"""The API's JSON as values. A field that is missing or of another form than documented is None.

Source: the vendor's OpenAPI file, `docs/api-reference/openapi3.json` in codegen-sh/codegen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from jackfield import MalformedResponse
from jackfield_api import error_for, error_in

GOOD_ENDS: Final = frozenset({"complete", "completed", "done"})
BAD_ENDS: Final = frozenset(
    {
        "failed",
        "error",
        "cancelled",
        "canceled",
        "expired",
        "stopped",
        "timeout",
        "max_iterations_reached",
        "out_of_tokens",
    }
)
RESTING: Final = frozenset({"paused"})
"""The vendor's word for a run that goes on only when it is resumed."""

AT_WORK: Final = frozenset({"active", "running", "pending", "queued", "evaluation"})


@attrs.frozen(kw_only=True)
class PullRequest:
    """A pull request that a run opened."""

    title: str
    url: str


@attrs.frozen(kw_only=True)
class Run:
    """An agent run, as one look shows it.

    Attributes:
        id: The API's number for it.
        status: The API's own word for its state. It is a free text, and may be missing.
        result: The answer.
        summary: What the run did, in short.
        url: The page where a person can look at it.
        created_at: When it was created.
        metadata: What was stored with it.
        pull_requests: What it opened.
    """

    id: int
    status: str | None = None
    result: str | None = None
    summary: str | None = None
    url: str | None = None
    created_at: datetime | None = None
    metadata: Mapping[str, Any] = attrs.field(factory=dict)
    pull_requests: tuple[PullRequest, ...] = ()

    @property
    def ended_well(self) -> bool:
        """Whether it is complete."""
        return (self.status or "").casefold() in GOOD_ENDS

    @property
    def ended_badly(self) -> bool:
        """Whether it ended without an answer."""
        return (self.status or "").casefold() in BAD_ENDS

    @property
    def ended(self) -> bool:
        """Whether it is over. A status that nobody knows means that it goes on."""
        return self.ended_well or self.ended_badly

    @property
    def is_at_rest(self) -> bool:
        """Whether it does nothing more until somebody says something to it."""
        return self.ended or (self.status or "").casefold() in RESTING

    @property
    def handle(self) -> str:
        """Its number as the text that names the answer."""
        return str(self.id)


@attrs.frozen(kw_only=True)
class LogPage:
    """A run and the part of its log that was asked for.

    Attributes:
        run: The run.
        entries: Log entries, oldest first.
        total: How many entries the run has so far, if the API tells.
    """

    run: Run
    entries: tuple[Mapping[str, Any], ...] = ()
    total: int | None = None


@attrs.frozen(kw_only=True)
class Organization:
    """An organization that a token may use."""

    id: int
    name: str


def read_run(data: Any) -> Run:
    """Read `AgentRunResponse`.

    Raises:
        MalformedResponse: It is no object, or its id is no number.
        ProviderError: It is an error in place of a run; so for everything that is read here.
    """
    told = _object(data, "an agent run")
    return Run(
        id=_id(told, "an agent run"),
        status=_text(told.get("status")),
        result=_text(told.get("result")),
        summary=_text(told.get("summary")),
        url=web_address(told.get("web_url")),
        created_at=_time(told.get("created_at")),
        metadata=_mapping(told.get("metadata")),
        pull_requests=tuple(_pull_requests(told.get("github_pull_requests"))),
    )


def read_log_page(data: Any) -> LogPage:
    """Read `AgentRunWithLogsResponse`.

    Raises:
        MalformedResponse: It is no object, or its logs are no list of objects.
    """
    told = _object(data, "a page of logs")
    entries = tuple(_object(entry, "a log entry") for entry in _list(told.get("logs"), "the logs"))
    total = told.get("total_logs")
    return LogPage(run=read_run(told), entries=entries, total=total if type(total) is int else None)


def read_runs(data: Any) -> tuple[Run, ...]:
    """Read a page of agent runs.

    Raises:
        MalformedResponse: It is no such page.
    """
    items = _list(_object(data, "a page of runs").get("items"), "the runs")
    return tuple(read_run(item) for item in items)


def read_organizations(data: Any) -> tuple[Organization, ...]:
    """Read a page of organizations.

    Raises:
        MalformedResponse: It is no such page.
    """
    items = _list(_object(data, "a page of organizations").get("items"), "the organizations")
    return tuple(_organization(_object(item, "an organization")) for item in items)


def _organization(told: Mapping[str, Any]) -> Organization:
    return Organization(id=_id(told, "an organization"), name=_text(told.get("name")) or "(no name)")


def _object(data: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise MalformedResponse(f"{what} from Codegen is not a JSON object")
    if "id" not in data:
        # An error with a good status, in the shape of a proxy or in the API's own.
        error = error_in(data, remote="Codegen")
        if error is None and "status_code" in data:
            error = error_for(data, remote="Codegen")
        if error is not None:
            raise error
    return data


def _list(data: Any, what: str) -> list[Any]:
    if not isinstance(data, list):
        raise MalformedResponse(f"{what} from Codegen are not a JSON list")
    return data


def _id(told: Mapping[str, Any], what: str) -> int:
    number = told.get("id")
    if type(number) is not int:
        raise MalformedResponse(f"{what} from Codegen has no number for its id")
    return number


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def web_address(value: Any) -> str | None:
    """Return *value* if it is the address of a web page."""
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _time(value: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _pull_requests(value: Any) -> Iterator[PullRequest]:
    for told in value if isinstance(value, list) else ():
        if isinstance(told, dict) and (url := web_address(told.get("url"))):
            yield PullRequest(title=_text(told.get("title")) or "Pull request", url=url)
