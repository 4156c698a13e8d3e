"""A page that nobody can reach fails as an API that nobody can reach: at once, and nothing was sent."""

from __future__ import annotations

import socket
from typing import Any, Final

import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ConnectFailed,
    PermissionDenied,
    ProviderContext,
    ProviderError,
    ProviderUnavailable,
)
from jackfield_playground import WebChatPlayground, site_of
from jackfield_web import NavigationRefused, PageChanged

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


SELECTORS: Final = {
    "chat_input": "#in",
    "send_button": "#go",
    "response_area": ".bot",
    "stop_button": "#stop",
}


@pytest.fixture
def nobody() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture(params=["no listener", "no host"])
def place(request: pytest.FixtureRequest, nobody: str) -> str:
    """Return an address that cannot be reached."""
    return nobody if request.param == "no listener" else "http://nobody.invalid"


async def test_an_unreachable_page_fails_at_once(connected: Any, chat: WebChatPlayground, place: str) -> None:
    """Whether nobody listens or there is no such host, no time for a page to open is waited for."""
    site = site_of(place, chat.state.settings)
    async with connected(site=site, page_seconds=3600.0, session="work") as connection:
        with pytest.raises(ConnectFailed) as caught:
            await connection.send("Hello?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert caught.value.attempts == 1


async def test_a_server_that_went_away_fails_at_once(
    connected: Any, chat: WebChatPlayground, nobody: str
) -> None:
    """The same for a conversation that was going on: the second message was not sent."""
    site = site_of(nobody, chat.state.settings)
    async with connected() as connection:
        await connection.send("Before")
    async with connected(site=site) as connection:
        with pytest.raises(ConnectFailed) as caught:
            await connection.send("After", conversation_id=f"{nobody}/c/1")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert [asked.text for asked in chat.state.asked] == ["Before"]


@pytest.mark.parametrize(("status", "kind"), [(502, ProviderUnavailable), (403, PermissionDenied)])
async def test_an_error_in_the_place_of_the_page(
    small: Any, talking: Any, status: int, kind: type[ProviderError]
) -> None:
    """What the remote says is told, not that the page has changed; once it is there again, it is used."""
    small.status, small.replies, small.script = status, [(200, "ok")], 'await ask(text); add("bot", "Here");'
    async with talking(timing={"composer": 1}) as connection:
        with pytest.raises(kind, match=f"HTTP status {status}") as caught:
            await connection.send("Are you there?")
        small.status = 200
        response = await connection.send("And now?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert response.content == "Here"
    assert len(small.asked) == 1


@pytest.mark.parametrize(
    "shown",
    [
        "<title>Just a moment...</title>",
        "<title>Einen Moment</title><script>window._cf_chl_opt = {}</script>",
    ],
    ids=["by its title", "in another language"],
)
async def test_a_challenge_in_the_place_of_the_page(small: Any, talking: Any, shown: str) -> None:
    """What a firewall asks of a person is told as that, also where no Site says how it looks."""
    small.status, small.sorry = 403, shown
    async with talking(timing={"composer": 1}) as connection:
        with pytest.raises(ChallengeRequired, match=r"proof of a person.*jackfield login") as caught:
            await connection.send("Are you there?")

    assert caught.value.address == f"{small.url}/"


@pytest.mark.parametrize(
    ("selectors", "kind"),
    [({}, AuthenticationRequired), ({"login_username": "#gone"}, PageChanged)],
    ids=["no form is named", "another one is"],
)
async def test_a_password_is_asked_for_in_the_place_of_the_page(
    small: Any, talking: Any, selectors: dict[str, Any], kind: type[ProviderError]
) -> None:
    """That is a login where the Site knows of none; where it names a form, that one has changed."""
    small.setup = "document.body.innerHTML = '<form><input type=password></form>';"
    async with talking(selectors, timing={"composer": 1}) as connection:
        with pytest.raises(kind):
            await connection.send("Are you there?")

    assert small.asked == []


async def test_a_download_in_the_place_of_the_page(small: Any, talking: Any) -> None:
    """An address that is saved instead of shown is told as that."""
    small.kind = "application/octet-stream"
    async with talking() as connection:
        with pytest.raises(
            PageChanged, match=f"{small.url}/ is a file to download.*addresses.start"
        ) as caught:
            await connection.send("Are you there?")

    assert caught.value.certainty is Certainty.NOT_SENT


@pytest.mark.parametrize("when", ["go()", "onload = go", "setTimeout(go, 200)"])
async def test_a_page_that_leads_elsewhere(small: Any, connected: Any, nobody: str, when: str) -> None:
    """A page whose script leaves for another origin is told as that, and no time to open is waited for."""
    small.setup = f"document.body.replaceChildren(); const go = () => {{ location = '{nobody}/'; }}; {when}"
    site = {"name": "small", "version": "2026-11-26", "base_url": small.url, "selectors": SELECTORS}
    overrides = {"timing": {"composer": 2}}
    async with connected(site=site, site_overrides=overrides, page_seconds=3600.0) as connection:
        with pytest.raises(NavigationRefused) as caught:
            await connection.send("Are you there?")

    for said in (
        f"{nobody} is outside",
        f"{small.url}/ leads there",
        f"Allowed: {small.url}",
        "other_origins",
    ):
        assert said in str(caught.value)
    assert caught.value.certainty is Certainty.NOT_SENT


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_login_that_leads_elsewhere(small: Any, talking: Any, nobody: str, goes_on: bool) -> None:
    """A login step that leaves for another origin is told as that, unless the page has gone on since."""
    small.setup = f"document.body.innerHTML = '<a id=away href={nobody}/>Log in</a>'"
    steps = [
        {"action": "click", "selector": "login_button"},
        *([{"action": "goto", "value": f"{small.url}/form"}] if goes_on else []),
        {"action": "fill", "selector": "login_password", "value": "password", "seconds": 1},
    ]
    context = ProviderContext("custom_web", "username_password", {"username": "me", "password": "s3cret"})
    selectors = {"login_button": "#away", "login_password": "#word"}
    with pytest.raises(ProviderError) as caught:
        async with talking(selectors, context, login=steps):
            pass

    said = f"{nobody} is outside the allowed origins. {small.url}/ leads there."
    assert isinstance(caught.value, NavigationRefused) is not goes_on
    assert (said in str(caught.value)) is not goes_on
    assert ("other_origins" in str(caught.value)) is not goes_on


OPENS: Final = """
document.body.innerHTML = '<form><input id=word type=password><button id=away>Log in</button></form>';
document.querySelector("form").onsubmit = (event) => { event.preventDefault(); GOES };"""


@pytest.mark.parametrize(
    "goes",
    ["window.open('AWAY')", "const one = window.open('/form'); one.onload = () => { one.location = 'AWAY' }"],
)
@pytest.mark.parametrize("attended", [False, True])
async def test_a_window_of_a_login_that_leads_elsewhere(
    small: Any, connected: Any, nobody: str, goes: str, attended: bool
) -> None:
    """A last step whose window leaves for another origin is told as that, and not as a refused password."""
    small.setup = OPENS.replace("GOES", goes.replace("AWAY", f"{nobody}/"))
    site = {
        "name": "small",
        "version": "2026-11-26",
        "base_url": small.url,
        "selectors": {**SELECTORS, "login_button": "#away", "login_password": "#word"},
        "login": [
            {"action": "fill", "selector": "login_password", "value": "password"},
            {"action": "click", "selector": "login_button"},
        ],
        "timing": {"composer": 2},
    }
    context = ProviderContext("custom_web", "username_password", {"username": "me", "password": "s3cret"})
    said = f"{nobody} is outside.*{small.url}/ leads there.*other_origins"
    with pytest.raises(NavigationRefused, match=said):
        async with connected(context, site=site, site_overrides={}, attended=attended, human_seconds=1.0):
            pass
