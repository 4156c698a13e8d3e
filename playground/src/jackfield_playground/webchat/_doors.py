"""What stands before the chat page: a proof of a person, a login by password, by a mailed code or link."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from ._state import WebChatState

LOGIN_COOKIE = "playground_login"
PERSON_COOKIE = "playground_person"
MAIL_COOKIE = "playground_mail"
_TEXTS = 200_000
_WRONG = "That is not right."


class Doors:
    """Answers the requests of who is not in yet."""

    def __init__(self, state: WebChatState) -> None:
        self._state = state
        inside = {name: page_text(f"{name}.html") for name in ("challenge", "code", "link", "login")}
        door = page_text("door.html")
        self._html = {name: door.replace("(inside)", form) for name, form in inside.items()}

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/login", self.login),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/code", self.code),
            Route("/code", self.take_code, methods=["POST"]),
            Route("/link", self.link),
            Route("/away", self.away),
            Route("/challenge", self.prove, methods=["POST"]),
            Route("/api/challenge", self.is_proven),
        ]

    def before(self, request: Request) -> Response | None:
        """Return what stands before the page for who asks; None when nothing does."""
        if not self._state.is_person(request.cookies.get(PERSON_COOKIE)):
            return HTMLResponse(self._html["challenge"])
        return None if self.is_in(request) else RedirectResponse("/login", 303)

    def is_in(self, request: Request) -> bool:
        """Whether who asks is logged in."""
        return self._state.is_logged_in(request.cookies.get(LOGIN_COOKIE))

    async def login(self, request: Request) -> Response:
        """The login form."""
        return self._shown(request, "login")

    async def log_in(self, request: Request) -> Response:
        """Take name and password, or mail a code."""
        form, settings = await _form(request), self._state.settings
        if settings.mails_code and form.get("username") == settings.username:
            answer = RedirectResponse("/code", 303)
            answer.set_cookie(MAIL_COOKIE, self._state.send_mail(), httponly=True)
            return answer
        if (form.get("username"), form.get("password")) != (settings.username, settings.password):
            return HTMLResponse(self._html["login"].replace("<!--fault-->", _WRONG))
        return RedirectResponse("/code", 303) if settings.second_factor else self._let_in()

    def _let_in(self) -> Response:
        answer = RedirectResponse("/", 303)
        answer.set_cookie(LOGIN_COOKIE, self._state.new_login(), max_age=86400, httponly=True)
        return answer

    async def code(self, request: Request) -> Response:
        """The page that wants a code."""
        return self._shown(request, "code")

    async def take_code(self, request: Request) -> Response:
        """Take a mailed code, from the browser that asked for it."""
        code = (await _form(request)).get("code", "")
        if self._state.is_mailed(request.cookies.get(MAIL_COOKIE), code):
            return self._let_in()
        return HTMLResponse(self._html["code"].replace("<!--fault-->", _WRONG))

    async def link(self, request: Request) -> Response:
        """The page that a mailed link opens; its script reads the fragment, which no server sees."""
        return self._shown(request, "link")

    async def away(self, request: Request) -> Response:
        """Lead elsewhere, as a page does that has moved or was taken over."""
        return RedirectResponse(request.query_params["to"])

    async def prove(self, request: Request) -> Response:
        """Take a click as proof of a person."""
        del request
        answer = RedirectResponse("/", 303)
        answer.set_cookie(PERSON_COOKIE, self._state.new_person(), httponly=True)
        return answer

    async def is_proven(self, request: Request) -> Response:
        """Tell a page that waits whether it may go on."""
        return JSONResponse(self._state.is_person(request.cookies.get(PERSON_COOKIE)))

    def _shown(self, request: Request, name: str) -> Response:
        self._state.opened(request.url.path)
        return HTMLResponse(self._html[name])


async def _form(request: Request) -> dict[str, str]:
    said = parse_qs((await request.body())[:_TEXTS].decode(errors="replace"))
    return {name: values[0] for name, values in said.items()}


def page_text(name: str) -> str:
    """Return the text of a page of this room."""
    return importlib.resources.files(__package__).joinpath(name).read_text("utf-8")
