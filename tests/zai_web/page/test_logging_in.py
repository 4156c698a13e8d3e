"""Guests, tokens, the e-mail form with its slider, and people who draw it."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ProviderContext,
    hookimpl,
)
from jackfield_playground import ZaiPlayground
from jackfield_web import BrowserError

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

STEPS = 12
INTERACTIVE = ProviderContext("zai_web", "interactive")


async def draw_slider(page: Any) -> bool:
    """Draw the slider into its gap, as a hand does, if the page shows one. Runs in the browser's loop."""
    handle = page.locator("#aliyunCaptcha-sliding-slider")
    if not await handle.is_visible():
        return False
    start, gap = await handle.bounding_box(), await page.locator(".gap").bounding_box()
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in range(1, STEPS + 1):
        await page.mouse.move(x + (gap["x"] - start["x"]) * step / STEPS, y + step % 2)
        await page.wait_for_timeout(20)
    await page.mouse.up()
    return True


def signs_in(zai: ZaiPlayground) -> Callable[[Any], Awaitable[bool]]:
    """Return what somebody does who signs in by hand."""

    async def sign_in(page: Any) -> bool:
        settings = zai.state.settings
        if await draw_slider(page):
            return True
        if not page.url.endswith("/auth"):
            await page.goto(f"{zai.base_url}/auth")
        elif await page.locator("#ways .primary").is_visible():
            await page.click("#ways .primary")
            await page.fill("input[type=email]", settings.email)
            await page.fill("input[type=password]", settings.password)
            await page.click("button[type=submit]")
        return False

    return sign_in


async def act(tabs: Any, does: Callable[[Any], Awaitable[bool]]) -> None:
    """Be the person at the browser: do in its last page what is to be done, until it is done.

    Who is quicker than the page, which is just being opened, is pushed aside by it and tries again.
    """
    while True:
        pages = [tab.page for tab in tabs._tabs if tab.has_page and tab.page.is_open]
        with contextlib.suppress(BrowserError):
            if pages and await pages[-1].call(does):
                return
        await anyio.sleep(0.2)


@attrs.define(eq=False)
class Owner:
    """The account's owner, who sits at the browser and does something when they are called for.

    Attributes:
        does: What they do.
        called: Set when they are.
    """

    does: Callable[[Any], Awaitable[bool]]
    called: anyio.Event = attrs.field(factory=anyio.Event)
    tabs: Any = None

    @hookimpl
    def jackfield_human_needed(self, challenge: ChallengeRequired) -> None:
        assert isinstance(challenge.passed, partial)
        self.tabs = challenge.passed.func.__self__._tabs
        self.called.set()

    async def wait(self) -> None:
        await self.called.wait()
        await act(self.tabs, self.does)


def token(zai: ZaiPlayground) -> str:
    return zai.state.new_token(email=zai.state.settings.email)


def user(given: str) -> ProviderContext:
    return ProviderContext("zai_web", "token", {"token": given})


async def keep_token(page: Any, given: str) -> None:
    """Put another token into the page's local storage. Runs in the browser's loop."""
    await page.evaluate("token => localStorage.setItem('token', token)", given)


def asked_by(zai: ZaiPlayground) -> list[str]:
    """Return whose token each request carried."""
    found = [zai.state.visitor(one.query["token"]) for one in zai.state.completions]
    return [visitor.role if visitor else "nobody" for visitor in found]


async def test_without_credentials_one_is_a_guest(
    connected: Any, zai: ZaiPlayground, state_folder: Path
) -> None:
    """Without credentials the page is used as a guest, one for all conversations; nothing is kept."""
    async with connected() as connection:
        for _ in range(2):
            await connection.send("Hello?")

    assert asked_by(zai) == ["guest", "guest"]
    assert len(zai.state.tokens) == 1
    assert not (state_folder / "sessions").exists()


async def test_a_guest_whose_token_has_ended_comes_in_anew(connected: Any, zai: ZaiPlayground) -> None:
    """A guest's token lives for minutes: when it ends unseen, a new guest asks the same, once."""
    zai.state.fail_next(401)
    async with connected() as connection:
        response = await connection.send("Hello?")

    assert response.success
    assert len(zai.state.completions) == 2
    assert len({one.query["token"] for one in zai.state.completions}) == 2
    assert [asked.text for asked in zai.state.asked] == ["Hello?"]


async def test_a_guest_s_conversation_is_that_guest_s(connected: Any, zai: ZaiPlayground) -> None:
    """In a conversation that is begun nobody else comes in: the guest has gone, and the error says so."""
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        zai.state.fail_next(401)
        with pytest.raises(AuthenticationRequired):
            await conversation.send("Two?")

    assert [asked.text for asked in zai.state.asked] == ["One?"]


@pytest.mark.parametrize("form", ["token", "storage state"])
async def test_a_token_is_a_login(connected: Any, zai: ZaiPlayground, state_folder: Path, form: str) -> None:
    """What the page keeps in its local storage is a login: the bare token, or a browser's whole state."""
    given = token(zai)
    storage = [{"name": "token", "value": given}]
    state = {"cookies": [], "origins": [{"origin": zai.base_url, "localStorage": storage}]}
    context = ProviderContext("zai_web", "cookies", {"cookies": json.dumps(state)})
    async with connected(user(given) if form == "token" else context) as connection:
        await connection.send("Hello?")

    saved = state_folder / "sessions" / "zai_web.json"
    assert asked_by(zai) == ["user"]
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


NO_SIGN = {"selectors": {"guest": []}}
"""A page that shows a guest what it shows to everybody."""


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("shows", [{}, NO_SIGN], ids=["the page shows it", "the page shows nothing"])
async def test_a_guest_is_nobody_who_has_an_account(
    connected: Any, zai: ZaiPlayground, quiet: bool, shows: dict[str, Any]
) -> None:
    """A token that has ended is refused, though the page goes on as a guest; its value is not told."""
    zai.state.change(quiet_guest=quiet)
    given = token(zai)
    zai.state.log_everyone_out()
    with pytest.raises(AuthenticationRequired, match="as a guest") as caught:
        async with connected(user(given), site_overrides=shows):
            pass

    assert given not in str(caught.value)
    assert zai.state.completions == ()


async def test_a_page_that_learns_late_that_it_is_a_guest_s(connected: Any, zai: ZaiPlayground) -> None:
    """Where the composer is there before the page knows whose it is, nothing is asked as a stranger."""
    zai.state.change(draws_early=True, who_seconds=2)
    given = token(zai)
    zai.state.log_everyone_out()
    with pytest.raises(AuthenticationRequired, match="as a guest") as caught:
        async with connected(user(given), site_overrides=NO_SIGN) as connection:
            await connection.send("Hello?")

    assert caught.value.certainty in {Certainty.NOT_SENT, Certainty.REJECTED}
    assert zai.state.completions == ()


async def test_a_token_that_says_that_it_has_ended(connected: Any, zai: ZaiPlayground) -> None:
    """By its own claim a token is known to have ended before any page is opened; so is one of a guest's."""
    zai.state.change(token_seconds=-3600)
    ended = token(zai)
    zai.state.change(token_seconds=None)
    for given, said in ((ended, "by its own word"), (zai.state.new_token(), "guest's")):
        with pytest.raises(AuthenticationRequired, match=said) as caught:
            async with connected(user(given)):
                pass
        assert caught.value.certainty is Certainty.NOT_SENT
        assert given not in str(caught.value)

    assert zai.state.pages == ()


async def test_a_token_of_another_account(connected: Any, zai: ZaiPlayground) -> None:
    """Another account in the page than the one that the token names is nobody whose messages are sent."""
    async with connected(user(token(zai)), site_overrides=NO_SIGN) as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        other = zai.state.new_token(email="mel@playground.example")
        page = connection._provider._tabs._tabs[0].page
        await page.call(keep_token, other)
        with pytest.raises(AuthenticationRequired, match="as a guest"):
            await conversation.send("Two?")

    assert [asked.text for asked in zai.state.asked] == ["One?"]


async def test_somebody_comes_in_by_google(connected: Any, zai: ZaiPlayground) -> None:
    """A login that another site vouches for is a login like others, and is kept for the next program."""
    zai.state.change(social="goes_on")

    async def come_in(page: Any) -> bool:
        if not page.url.endswith("/auth"):
            await page.goto(f"{zai.base_url}/auth")
        await page.click("#google")
        return True

    owner = Owner(come_in)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(owner.wait)
        async with connected(INTERACTIVE, owner, attended=True, human_seconds=60) as connection:
            await connection.send("Hello?")

    assert asked_by(zai) == ["user"]


async def test_a_token_that_ends_later(connected: Any, zai: ZaiPlayground) -> None:
    """When an account's token ends, a login is needed, and nothing is asked as a guest."""
    async with connected(user(token(zai))) as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        zai.state.log_everyone_out()
        with pytest.raises(AuthenticationRequired):
            await conversation.send("Two?")

    assert [asked.text for asked in zai.state.asked] == ["One?"]


async def test_the_form_is_filled_where_no_slider_is(
    connected: Any, zai: ZaiPlayground, password: ProviderContext
) -> None:
    """Without a slider the steps sign in; the next program uses the login that was kept."""
    zai.state.change(slider=False)
    for _ in range(2):
        async with connected(password) as connection:
            await connection.send("Hello?")

    assert asked_by(zai) == ["user", "user"]
    assert zai.state.logins == 1


async def test_a_wrong_password_is_refused(connected: Any, zai: ZaiPlayground) -> None:
    """A wrong password is refused, and stands nowhere in the error."""
    zai.state.change(slider=False)
    secret = "not-the-right-one"
    wrong = {"username": zai.state.settings.email, "password": secret}
    with pytest.raises(AuthenticationRequired, match="refuses the name and the password") as caught:
        async with connected(ProviderContext("zai_web", "username_password", wrong)):
            pass

    assert secret not in str(caught.value)


async def test_the_slider_is_for_a_person(
    connected: Any, zai: ZaiPlayground, password: ProviderContext
) -> None:
    """With a slider the steps end there, and the error says how a person logs in; nobody here draws it."""
    with pytest.raises(ChallengeRequired, match="jackfield login zai_web"):
        async with connected(password):
            pass

    assert zai.state.logins == 0


async def test_a_person_signs_in(connected: Any, zai: ZaiPlayground) -> None:
    """In a window somebody signs in by hand, slider and all; the login is kept for the next program."""
    owner = Owner(signs_in(zai))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(owner.wait)
        async with connected(INTERACTIVE, owner, attended=True, human_seconds=100) as connection:
            await connection.send("Hello?")
    async with connected() as connection:
        await connection.send("Again?")

    assert asked_by(zai) == ["user", "user"]
    assert zai.state.logins == 1


@pytest.mark.parametrize("by", ["guest", "user"])
async def test_a_person_proves_to_be_one(connected: Any, zai: ZaiPlayground, by: str) -> None:
    """Where somebody sees the page, they draw the slider in it, and the message goes by itself, once."""
    zai.state.change(enable_captcha=True)
    context = user(token(zai)) if by == "user" else None
    owner = Owner(draw_slider)
    async with (
        connected(context, owner, attended=True, human_seconds=60) as connection,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(owner.wait)
        response = await connection.send("Hello?")

    assert response.success
    assert asked_by(zai) == [by, by]
    assert [asked.text for asked in zai.state.asked] == ["Hello?"]
