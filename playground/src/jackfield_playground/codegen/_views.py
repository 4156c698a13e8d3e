"""What the stand-in shows of runs, user and organization: the vendor's schemas, and a small page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import attrs

from ._run import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._run import Run
    from ._settings import CodegenSettings

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">{refresh}<title>{title}</title></head>
<body><h1>{title}</h1><p>Status: <strong>{status}</strong></p><ol>{entries}</ol>{pulls}<pre>{answer}</pre>
<p>This page is part of a stand-in on this machine.</p></body></html>"""


def run_view(run: Run, org_id: int) -> dict[str, Any]:
    """Return `AgentRunResponse` as one read shows it."""
    seen = run.look()
    return {
        "id": run.id,
        "organization_id": org_id,
        "status": seen.status,
        "created_at": run.created_at,
        "web_url": run.web_url,
        "result": seen.result,
        "summary": run.summary,
        "source_type": "API",
        "github_pull_requests": [attrs.asdict(pull_request) for pull_request in run.pull_requests],
        "metadata": run.metadata,
    }


def logs_view(run: Run, org_id: int, skip: int, limit: int, *, reverse: bool) -> dict[str, Any]:
    """Return `AgentRunWithLogsResponse`."""
    entries = run.logs[::-1] if reverse else run.logs
    shown = page_view(entries, skip, limit)
    view = run_view(run, org_id)
    kept = ("id", "organization_id", "status", "created_at", "web_url", "result", "metadata")
    return {
        **{name: view[name] for name in kept},
        "logs": [{"agent_run_id": run.id, **attrs.asdict(entry)} for entry in shown["items"]],
        "total_logs": shown["total"],
        "page": shown["page"],
        "size": shown["size"],
        "pages": shown["pages"],
    }


def page_view(items: Sequence[Any], skip: int, limit: int) -> dict[str, Any]:
    """Return one page of a list, in the shape of `Page[...]`."""
    return {
        "items": list(items[skip : skip + limit]),
        "total": len(items),
        "page": skip // limit + 1,
        "size": limit,
        "pages": -(-len(items) // limit),
    }


def user_view(settings: CodegenSettings) -> dict[str, Any]:
    """Return `UserResponse` of the token's user."""
    return {
        "id": settings.user_id,
        "email": "player@playground.invalid",
        "github_user_id": str(settings.user_id),
        "github_username": "player",
        "avatar_url": None,
        "full_name": "A Player",
        "role": "ADMIN",
        "is_admin": True,
    }


def organization_view(settings: CodegenSettings) -> dict[str, Any]:
    """Return `OrganizationResponse` of the one organization."""
    return {
        "id": settings.org_id,
        "name": "The Playground",
        "settings": {"enable_pr_creation": True, "enable_rules_detection": True},
    }


def trace_page(run: Run) -> str:
    """Return the page behind a run's `web_url`, which reloads itself while the run works."""
    entries = "".join(
        f"<li>{html.escape(entry.message_type)}: "
        f"{html.escape(str(entry.tool_name or entry.thought or entry.observation or ''))}</li>"
        for entry in run.logs
    )
    pulls = "".join(
        f'<p id="pull-{number}">Pull request: {html.escape(pull_request.title)}</p>'
        for number, pull_request in enumerate(run.pull_requests, 1)
    )
    return _PAGE.format(
        refresh="" if run.status in TERMINAL else '<meta http-equiv="refresh" content="1">',
        title=f"Agent run {run.id}",
        status=html.escape(str(run.status)),
        entries=entries,
        pulls=pulls,
        answer=html.escape(run.result or run.summary or ""),
    )
