"""Who is there: guests, signing in with a slider, and the tokens that tell them apart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from ._state import Visitor, ZaiState

_LEAST_MOVES = 5
_LEAST_MILLISECONDS = 100
_NEAR = 6


class Visitors:
    """Answers what the page asks about its visitor."""

    def __init__(self, state: ZaiState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/api/v1/auths/", self.who),
            Route("/api/v1/auths/signin", self.sign_in, methods=["POST"]),
            Route("/api/v1/oauth/google/login", self.vouched),
            Route("/captcha/verify", self.verify, methods=["POST"]),
            Route("/captcha/traceless", self.pass_by_itself, methods=["POST"]),
        ]

    async def who(self, request: Request) -> Response:
        """Tell a token's visitor; make whoever has none a guest, and so may who has one that has ended."""
        settings = self._state.settings
        await asyncio.sleep(settings.who_seconds)
        token = bearer(request)
        visitor = self._state.visitor(token)
        if visitor is None and (settings.login or (token is not None and not settings.quiet_guest)):
            return JSONResponse({"detail": "Your session has expired or the token is invalid."}, 401)
        return self._told(token if visitor else self._state.new_token())

    async def sign_in(self, request: Request) -> Response:
        """Take an address and a password, and a slider's proof."""
        form = await request.json()
        settings = self._state.settings
        if settings.slider and not self._state.use_proof(form.get("captcha_verify_param")):
            return JSONResponse({"detail": "FRONTEND_CAPTCHA_REQUIRED"}, 403)
        if (form.get("email"), form.get("password")) != (settings.email, settings.password):
            return JSONResponse({"detail": "The email or password provided is incorrect."}, 400)
        return self._told(self._state.new_token(email=settings.email))

    async def vouched(self, request: Request) -> Response:
        """Come back from who vouches for the account, with its token in the fragment of the address."""
        del request
        if self._state.settings.social == "off":
            return JSONResponse({"detail": "Not Found"}, 404)
        token = self._state.new_token(email=self._state.settings.email)
        return RedirectResponse(f"/auth#token={token}&is_new_user=false", 302)

    def _told(self, token: str | None) -> Response:
        visitor = self._state.visitor(token)
        assert visitor is not None, "the token was handed out just now"
        said = {"id": visitor.id, "name": visitor.name, "email": visitor.email, "role": visitor.role}
        answer = JSONResponse({**said, "token": token, "token_type": "Bearer"})
        if visitor.role == "user" and token:
            answer.set_cookie("token", token, httponly=True, samesite="lax")
        return answer

    async def verify(self, request: Request) -> Response:
        """Take the way of a slider; one that a hand may have drawn gives proof for one use."""
        drawn = await request.json()
        if not _is_drawn_by_hand(drawn):
            return JSONResponse({"result": False})
        return JSONResponse({"result": True, "captcha_verify_param": self._state.new_person()})

    async def pass_by_itself(self, request: Request) -> Response:
        """Give proof to a page that nobody sees, where the captcha finds nothing to ask."""
        del request
        if not self._state.settings.traceless:
            return JSONResponse({"result": False})
        return JSONResponse({"result": True, "captcha_verify_param": self._state.new_person()})


def _is_drawn_by_hand(drawn: dict[str, Any]) -> bool:
    way: list[list[float]] = drawn.get("way") or []
    if len(way) < _LEAST_MOVES or not drawn.get("trusted"):
        return False
    (_, begun), (end, ended) = way[0], way[-1]
    gap: float = drawn.get("gap", -1)
    return ended - begun >= _LEAST_MILLISECONDS and abs(end - gap) <= _NEAR


def bearer(request: Request) -> str | None:
    """Return the token of a request's header, or None."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" and token else None


def for_visitors(
    state: ZaiState, answer: Callable[[Request, Visitor], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Let only who has a token that is good ask: in the header, or in the query as the page sends it."""

    async def guarded(request: Request) -> Response:
        visitor = state.visitor(bearer(request) or request.query_params.get("token"))
        if visitor is None:
            return JSONResponse({"detail": "Your session has expired or the token is invalid."}, 401)
        return await answer(request, visitor)

    return guarded
