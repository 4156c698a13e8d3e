"""The Codegen API's routes for users, organizations and agent runs.

Source: docs/api-reference/openapi3.json of the public repository codegen-sh/codegen, 2025-10-07 (Apache-2.0).
Read it beside that file: paths, parameters, shapes and words are the vendor's, behaviour behind them is ours.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response

from ._bodies import CreateRun, ResumeRun, Source, StopRun  # FastAPI reads the annotations
from ._desk import FrontDesk
from ._faults import error_answer
from ._guards import CREATE, LOGS, READ, Desk, Member, Refused, Shop
from ._run import TERMINAL, Message
from ._settings import Route
from ._views import logs_view, organization_view, page_view, run_view, trace_page, user_view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from ._run import Run
    from ._state import CodegenState
    from ._work import Workshop

Skip = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=100)]

# The routes stand in this order because a fixed path must come before one with an id in its place.
pages = APIRouter()
v1 = APIRouter(prefix="/v1")
org = APIRouter(prefix="/v1/organizations/{org_id}")
alpha = APIRouter(prefix="/v1/alpha/organizations/{org_id}")


class Json(JSONResponse):
    """JSON in ASCII: half a surrogate pair that a client stored comes back as it came."""

    def render(self, content: Any) -> bytes:  # the base class's
        """Encode the content."""
        return json.dumps(content).encode()


@v1.get("/users/me", name=Route.ME, dependencies=[READ])
async def current_user(desk: Desk) -> Json:
    return Json(user_view(desk.settings))


@v1.get("/organizations", name=Route.ORGANIZATIONS, dependencies=[READ])
async def organizations(desk: Desk, skip: Skip = 0, limit: Limit = 100) -> Json:
    return Json(page_view([organization_view(desk.settings)], skip, limit))


@org.get("/users", name=Route.USERS, dependencies=[READ])
async def users(desk: Member, skip: Skip = 0, limit: Limit = 100) -> Json:
    return Json(page_view([user_view(desk.settings)], skip, limit))


@org.get("/users/{user_id}", name=Route.USER, dependencies=[READ])
async def user(desk: Member, user_id: int) -> Json:
    if user_id != desk.settings.user_id:
        raise Refused(404, "User not found.")
    return Json(user_view(desk.settings))


@org.post("/agent/run", name=Route.CREATE, dependencies=[CREATE])
async def create_run(desk: Member, workshop: Shop, body: CreateRun) -> Json:
    plan_limit = desk.settings.plan_limit
    if plan_limit is not None and desk.runs_created >= plan_limit:
        raise Refused(402)
    run = desk.new_run(
        body.prompt,
        body.images or (),
        metadata=body.metadata,
        model=body.model,
        repo_id=body.repo_id,
        agent_type=body.agent_type,
    )
    workshop.take_up(run)
    return Json(run_view(run, desk.settings.org_id))


@org.post("/agent/run/resume", name=Route.RESUME)
async def resume_run(desk: Member, workshop: Shop, body: ResumeRun) -> Json:
    run = _sought(desk, body.agent_run_id)
    if run.status in TERMINAL:
        run.lagging.extend([run.truth] * desk.settings.resume_lag_reads)
    run.receive(Message(body.prompt, tuple(body.images or ())))
    answer = Json(run_view(run, desk.settings.org_id))
    workshop.take_up(run)
    return answer


@org.post("/agent/run/ban", name=Route.BAN)
@org.post("/agent/run/remove-from-pr", name=Route.REMOVE_FROM_PR)
async def ban_run(desk: Member, workshop: Shop, body: StopRun) -> Json:
    run = _sought(desk, body.agent_run_id)
    run.banned = True
    workshop.stop(run)
    return Json({"message": f"Agent run {run.id} is stopped and its checks are banned."})


@org.post("/agent/run/unban", name=Route.UNBAN)
async def unban_run(desk: Member, body: StopRun) -> Json:
    run = _sought(desk, body.agent_run_id)
    run.banned = False
    return Json({"message": f"The checks of agent run {run.id} are no longer banned."})


@org.get("/agent/run/{agent_run_id}", name=Route.RUN, dependencies=[READ])
async def get_run(desk: Member, agent_run_id: int) -> Json:
    return Json(run_view(_sought(desk, agent_run_id), desk.settings.org_id))


@org.get("/agent/runs", name=Route.RUNS, dependencies=[READ])
async def list_runs(
    desk: Member,
    user_id: int | None = None,
    source_type: Source | None = None,
    skip: Skip = 0,
    limit: Limit = 100,
) -> Json:
    ours = user_id in {None, desk.settings.user_id} and source_type in {None, "API"}
    page = page_view(desk.newest_runs() if ours else [], skip, limit)
    return Json({**page, "items": [run_view(run, desk.settings.org_id) for run in page["items"]]})


@alpha.get("/agent/run/{agent_run_id}/logs", name=Route.LOGS, dependencies=[LOGS])
async def get_logs(
    desk: Member, agent_run_id: int, skip: Skip = 0, limit: Limit = 100, *, reverse: bool = False
) -> Json:
    run = _sought(desk, agent_run_id)
    return Json(logs_view(run, desk.settings.org_id, skip, limit, reverse=reverse))


@pages.get("/agent/trace/{agent_run_id}")
async def trace(request: Request, agent_run_id: int) -> HTMLResponse:
    run = request.app.state.codegen.run(agent_run_id)
    if run is None:
        raise Refused(404)
    return HTMLResponse(trace_page(run).encode("utf-8", "xmlcharrefreplace"))


def build_app(state: CodegenState, workshop: Workshop) -> ASGIApp:
    """Return the stand-in as one ASGI application."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        workshop.go_on(state.unfinished_runs())
        yield
        await workshop.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.codegen, app.state.workshop = state, workshop
    for router in (v1, org, alpha, pages):
        app.include_router(router)
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_invalid)
    app.add_exception_handler(400, _refuse_unreadable)
    return FrontDesk(app, state, [route for router in (v1, org, alpha) for route in router.routes])


def _sought(desk: CodegenState, number: int) -> Run:
    run = desk.run(number)
    if run is None or not run.found():
        raise Refused(404)
    return run


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    answer = error_answer(error.status, error.message, retry_after=error.retry_after)
    headers = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
    return Response(answer.body, answer.status, headers)


async def _refuse_invalid(_: Request, error: Exception) -> Json:
    assert isinstance(error, RequestValidationError)
    # Not the input: it may be what JSON cannot hold, or a secret in the wrong place.
    detail = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    return Json({"detail": detail}, 422)


async def _refuse_unreadable(_: Request, error: Exception) -> Json:  # noqa: ARG001  # the framework's shape
    # The framework says 400 to a body that is no text at all; the vendor's file knows 422 only.
    return Json({"detail": [{"loc": ["body"], "msg": "The body is not JSON", "type": "json_invalid"}]}, 422)
