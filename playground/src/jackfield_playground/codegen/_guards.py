"""Who may pass: the token is looked at first, then the published rate, then the organization."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException, Request

from ._limits import Budget
from ._state import CodegenState
from ._work import Workshop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Refused(Exception):  # an answer, not a fault of ours
    """The request is answered with an error in the API's documented shape."""

    def __init__(self, status: int, message: str | None = None, *, retry_after: str | None = None) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


async def _state(request: Request) -> CodegenState:
    state: CodegenState = request.app.state.codegen
    return state


async def _workshop(request: Request) -> Workshop:
    workshop: Workshop = request.app.state.workshop
    return workshop


async def known_caller(request: Request, state: Annotated[CodegenState, Depends(_state)]) -> CodegenState:
    """Let the holder of the token pass."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = state.settings.token
    if scheme.lower() != "bearer" or not secrets.compare_digest(token.encode(), expected.encode()):
        raise HTTPException(401, "Invalid or missing API token", headers={"WWW-Authenticate": "Bearer"})
    return state


async def member(org_id: int, state: Annotated[CodegenState, Depends(known_caller)]) -> CodegenState:
    """Let the organization's members pass."""
    if org_id != state.settings.org_id:
        raise Refused(403)
    return state


def within(budget: Budget) -> Callable[[CodegenState], Awaitable[None]]:
    """Return a dependency that counts the request against a published limit."""

    async def check(state: Annotated[CodegenState, Depends(known_caller)]) -> None:
        settings = state.settings
        wait = state.limiter.admit(budget, settings.rate_window_scale) if settings.rate_limits else None
        if wait is not None:
            raise Refused(429, retry_after=str(wait))

    return check


Desk = Annotated[CodegenState, Depends(known_caller)]
Member = Annotated[CodegenState, Depends(member)]
Shop = Annotated[Workshop, Depends(_workshop)]
CREATE, READ, LOGS = (Depends(within(budget)) for budget in (Budget.CREATE, Budget.READ, Budget.LOGS))
