"""What stands before the page: the interstitial, and logging in by mail or through another site.

The identity provider and the mailbox have an origin of their own, as they have in the world.
"""

from __future__ import annotations

import html
import importlib.resources
import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ._api import SESSION
from ._bodies import error, interstitial

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ._state import ClaudeState

PERSON = "cf_clearance"
_ASKER = "pendingLogin"
_PROOF = "/cdn-cgi/challenge-platform/verify"
_MONTH = 30 * 86400


def page(name: str) -> str:
    """Return a file of the page's."""
    return importlib.resources.files(__package__).joinpath("page", name).read_text("utf-8")


class Doors:
    """Lets people in."""

    def __init__(self, state: ClaudeState) -> None:
        self._state = state
        self._codes: set[str] = set()

    def routes(self) -> list[Route]:
        """Return what is served on the site's own origin."""
        return [
            Route("/login", self.login),
            Route("/magic-link", self.login),
            Route("/api/auth/send_magic_link", self.send, methods=["POST"]),
            Route("/api/auth/verify_magic_link", self.verify, methods=["POST"]),
            Route("/api/auth/verify_code", self.verify, methods=["POST"]),
            Route("/oauth/google", self.to_identity),
            Route("/oauth/callback", self.from_identity),
            Route("/logout", self.log_out),
            Route(_PROOF, self.prove, methods=["POST"]),
        ]

    async def login(self, request: Request) -> Response:
        """The login page, which is also where a mail's link leads."""
        self._state.opened(request.url.path)
        return HTMLResponse(page("login.html").replace("(mailbox)", f"{self._state.identity_url}/mail"))

    async def send(self, request: Request) -> Response:
        """Send a mail to an address; the browser that asked gets a cookie that binds the login to it."""
        answer = JSONResponse({"sent": True})
        asker = self._state.send_mail(str((await request.json())["email_address"]))
        answer.set_cookie(_ASKER, asker, httponly=True)
        return answer

    async def verify(self, request: Request) -> Response:
        """Take a code, or the fragment of a link; only in the browser that asked for them."""
        mail = self._state.pending(request.cookies.get(_ASKER))
        given = await request.json()
        if mail is None:
            return error(403, "This link was asked for in another browser", "code_required")
        if mail.code != given.get("code") and urlsplit(mail.link).fragment != given.get("fragment"):
            return error(400, "Invalid verification code")
        return self._logged_in(JSONResponse({"success": True}))

    def _logged_in(self, answer: Response) -> Response:
        answer.set_cookie(SESSION, self._state.new_login(), max_age=_MONTH, httponly=True)
        answer.set_cookie("lastActiveOrg", self._state.organization, max_age=_MONTH)
        answer.set_cookie("anthropic-device-id", secrets.token_hex(16), max_age=_MONTH)
        answer.delete_cookie(_ASKER)
        return answer

    async def to_identity(self, request: Request) -> Response:
        """Lead to the identity provider."""
        del request
        back = urlencode({"redirect_uri": f"{self._state.base_url}/oauth/callback"})
        return RedirectResponse(f"{self._state.identity_url}/authorize?{back}", 303)

    async def from_identity(self, request: Request) -> Response:
        """Take the word of the identity provider."""
        code = request.query_params.get("code", "")
        if code not in self._codes:
            return RedirectResponse("/login", 303)
        self._codes.discard(code)
        return self._logged_in(RedirectResponse("/new", 303))

    async def log_out(self, request: Request) -> Response:
        """End a session."""
        self._state.end_login(request.cookies.get(SESSION))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(SESSION)
        return answer

    async def prove(self, request: Request) -> Response:
        """Take a click as proof of a person."""
        del request
        answer = RedirectResponse("/new", 303)
        answer.set_cookie(PERSON, self._state.new_person(), httponly=True)
        return answer

    def identity_app(self) -> ASGIApp:
        """Return the identity provider and the mailbox, for an origin of their own."""
        return Starlette(routes=[Route("/authorize", self.identity), Route("/mail", self.mailbox)])

    async def identity(self, request: Request) -> Response:
        """Ask who one is; there is one answer."""
        code = secrets.token_urlsafe(16)
        self._codes.add(code)
        back = f"{request.query_params['redirect_uri']}?code={quote(code)}"
        given = {"(email)": self._state.settings.email, "(back)": back}
        shown = page("identity.html")
        for mark, value in given.items():
            shown = shown.replace(mark, html.escape(value))
        return HTMLResponse(shown)

    async def mailbox(self, request: Request) -> Response:
        """Every mail that was sent, newest first."""
        del request
        mails = (
            f"<article><h2>Secure link to log in to Claude.ai</h2><p>To {html.escape(mail.to)}</p><p>"
            f'<a href="{html.escape(mail.link)}">Log in</a>, or type <b>{mail.code}</b></p></article>'
            for mail in reversed(self._state.mails)
        )
        return HTMLResponse(page("mailbox.html").replace("(mails)", "".join(mails) or "No mail yet."))


class Guarded:
    """Puts the interstitial before everything, while proof of a person is wanted."""

    def __init__(self, app: ASGIApp, state: ClaudeState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the interstitial in its place."""
        guarded = scope["type"] == "http" and scope["path"] != _PROOF
        if guarded and not self._state.is_person(Request(scope).cookies.get(PERSON)):
            await interstitial(page("challenge.html"))(scope, receive, send)
        else:
            await self._app(scope, receive, send)
