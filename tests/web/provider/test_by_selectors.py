"""A page that is described by nothing but selectors in the connection's options, without a Site."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    ConfigError,
    ProviderContext,
    ProviderManager,
    ProviderStatus,
    prepare,
)
from jackfield_playground import WebChatPlayground
from jackfield_web import BrowserSettings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

SELECTORS = {"chat_input": "#composer", "send_button": "#send", "response_area": ".answer .text"}
FORM = {"login_username": "#username", "login_password": "#password", "login_button": "#log-in"}


def letters(text: str) -> str:
    """Return the letters of a text, which are the same however a page draws it."""
    return "".join(filter(str.isalnum, text))


@pytest.fixture
def options(chat: WebChatPlayground, browser_settings: BrowserSettings, _browser_of_the_module: None) -> Any:
    """Return options as somebody writes them who knows of the page its address and three selectors."""
    chat.state.change(login=True)
    return {
        "type": "web_automation",
        "base_url": chat.base_url,
        "login_required": True,
        "session_timeout": 3600,
        "headless": True,
        "selectors": SELECTORS,
        "browser": browser_settings.browser,
        "host_rules": browser_settings.host_rules,
        "min_interval": 0.0,
        "max_retries": 0,
        "site_overrides": {"timing": {"still": 1.5, "composer": 5}},
    }


async def test_three_selectors(options: Any, chat: WebChatPlayground) -> None:
    """It waits for a login, then answers whole though it pauses, and goes on with the conversation."""
    chat.state.change(pause_seconds=4.0)
    jar = [{"name": "playground_login", "value": chat.state.new_login(), "domain": "127.0.0.1"}]
    context = ProviderContext(provider_name="custom_web", auth_type="cookies", credentials={"cookies": jar})
    async with ProviderManager() as manager:
        connection = await manager.add_provider("custom_web", options)
        assert connection.status is ProviderStatus.AUTHENTICATION_REQUIRED
        assert connection.status_reason == "custom_web has no credentials"
        await manager.set_provider_context("custom_web", context)
        conversation = connection.conversation()
        first = await conversation.send("What is a jackfield?")
        chat.state.change(pause_seconds=0.0)
        second = await conversation.send("And who invented it?")

    asked = chat.state.asked
    assert [one.text for one in asked] == ["What is a jackfield?", "And who invented it?"]
    # It paused for longer than it must stand still; the request that the page had posted was under way.
    assert [letters(one.content) for one in (first, second)] == [letters(one.answer) for one in asked]
    assert first.metadata["ended_by"] == second.metadata["ended_by"] == "stillness"


async def test_with_its_login_form(options: Any, chat: WebChatPlayground) -> None:
    """With the login form among them the usual steps log in; a login that ended unseen is renewed in time."""
    settings = chat.state.settings
    login = {"username": settings.username, "password": settings.password}
    context = ProviderContext(provider_name="custom_web", auth_type="username_password", credentials=login)
    more = {
        "session_timeout": 0.5,
        "selectors": {**SELECTORS, **FORM, "stop_button": "#stop"},
        "site_overrides": {"addresses": {"conversation": "{base_url}/c/(?P<id>[0-9a-f-]+)"}},
    }
    async with ProviderManager() as manager:
        connection = await manager.add_provider("custom_web", {**options, **more})
        await manager.set_provider_context("custom_web", context)
        conversation = connection.conversation()
        first = await conversation.send("Hello")
        chat.state.log_everyone_out()
        await anyio.sleep(0.6)
        second = await conversation.send("Hello again")

    assert "ended_by" not in first.metadata
    assert second.conversation_id == first.conversation_id
    assert [asked.text for asked in chat.state.asked] == ["Hello", "Hello again"]
    # The one that was lost counts no more.
    assert chat.state.logins == 1


async def test_a_login_form_that_is_nobodys_business(options: Any, chat: WebChatPlayground) -> None:
    """Without `login_required` a page is used as it is; with it, one without its composer wants a login."""
    chat.state.change(login=False)
    async with ProviderManager() as manager:
        await manager.add_provider("custom_web", {**options, "login_required": False}, name="open")
        assert (await manager.send_message("open", "Hello")).success
        chat.state.change(login=True)
        await manager.add_provider("custom_web", options, name="closed")
        jar = [{"name": "playground_login", "value": "of-yesterday", "domain": "127.0.0.1"}]
        old = ProviderContext("custom_web", "cookies", {"cookies": jar})
        with pytest.raises(AuthenticationRequired, match="the page wants a login"):
            await manager.set_provider_context("closed", old)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "give `selectors`, chat_input and response_area at least, with base_url; or `site`: chainlit"),
        ({"selectors": {"chat_input": ""}}, "custom_web: needs to know the page"),
        ({"selectors": {"chat_input": "x"}, "base_url": "http://127.0.0.1:9"}, "response_area is missing"),
        ({"selectors": SELECTORS}, "needs base_url"),
        ({"selectors": {"chat_inptu": "x"}, "base_url": "http://127.0.0.1:9"}, "Did you mean 'chat_input'"),
    ],
)
def test_what_is_missing_is_told(changes: dict[str, Any], told: str) -> None:
    """What a page cannot be known by is told by its name."""
    from jackfield_custom_web import CustomWebOptions, read_site

    with pytest.raises(ConfigError, match=told):
        options = prepare("custom_web", changes).options
        assert isinstance(options, CustomWebOptions)
        read_site(options)


def test_selectors_over_a_sites_own() -> None:
    """With a Site they replace its own one by one; `site_overrides` goes over both; empty ones are none."""
    from jackfield_custom_web import CustomWebOptions, read_site

    given = {"chat_input": "#mine", "response_area": "", "send_button": "#go"}
    site = read_site(
        CustomWebOptions(
            site="gradio",
            base_url="http://127.0.0.1:9",
            selectors=given,
            site_overrides={"selectors": {"send_button": "#last"}},
        )
    )

    assert site.selectors.chat_input == ("#mine",)
    assert site.selectors.send_button == ("#last",)
    assert site.selectors.response_area == ('[data-testid="bot"]',)
    assert site.timing.still is None


def test_show_and_headless() -> None:
    """`headless` says the opposite of `show`; the two may not contradict each other."""
    page = {"base_url": "http://127.0.0.1:9", "selectors": SELECTORS}
    shown = {
        name: prepare("custom_web", {**page, **how}).options.has_window
        for name, how in {
            "usual": {},
            "show": {"show": True},
            "headless": {"headless": True},
            "window": {"headless": False},
        }.items()
    }

    assert shown == {"usual": False, "show": True, "headless": False, "window": True}
    with pytest.raises(ConfigError, match="'show' and 'headless' contradict"):
        prepare("custom_web", {**page, "show": True, "headless": True})


@pytest.mark.parametrize("wanted", [True, False, None])
async def test_credentials_are_waited_for_where_a_login_is_required(wanted: bool | None) -> None:
    """Nothing is opened without them then; else what the page shows decides."""
    page = {"base_url": "http://127.0.0.1:9", "selectors": SELECTORS}
    async with ProviderManager() as manager:
        connection = await manager.add_provider("custom_web", {**page, "login_required": wanted})
        waits = connection.status is ProviderStatus.AUTHENTICATION_REQUIRED

    assert waits is (wanted is True)


WIRE = {"url": "{base_url}/api", "kind": "json", "decoder": "openai"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"wires": [WIRE]}, r"page\.wires\[0\]\.decoder names the decoder 'openai', which nobody has"),
        ({"reading": {"decoder": "tree"}}, r"page\.reading\.decoder names the decoder 'tree'"),
        (
            {"variants": [{"name": "b", "shows": ".b", "wires": [WIRE]}]},
            r"page\.variants\[0\]\.wires\[0\]\.decoder names",
        ),
    ],
)
async def test_a_decoder_that_nobody_has_is_told_first(
    options: Any, chat: WebChatPlayground, changes: dict[str, Any], told: str
) -> None:
    """A decoder that nobody has is told by its field, with those there are, when the provider is opened."""
    async with ProviderManager() as manager:
        with pytest.raises(ConfigError, match=told) as caught:
            await manager.add_provider("custom_web", {**options, "site_overrides": changes})

    assert caught.value.hint == "Known: 'gradio', 'rules'."
    assert chat.state.asked == ()


async def test_every_selector_that_is_no_css_is_told_before_the_page_is_opened(
    options: Any, chat: WebChatPlayground
) -> None:
    """Wherever a selector stands, one that is no CSS is told by its name before the remote is asked for."""
    places = ("chat_input", "guest", "logged_in", "dismiss", "new_chat_button", "file_input", "login_button")
    wrong = {
        "selectors": {**dict.fromkeys(places, "[[["), "frame": "iframe >>> [[["},
        "models": {"button": "#models", "item": "[[["},
        "login": [{"action": "click", "selector": "[[["}],
        "variants": [{"name": "b", "shows": "[[[", "selectors": {"busy": "text=Working"}}],
    }
    async with ProviderManager() as manager:
        open_page = {**options, "login_required": False}
        connection = await manager.add_provider("custom_web", {**open_page, "site_overrides": wrong})
        with pytest.raises(ConfigError, match="has selectors that are no CSS: ") as caught:
            await connection.send("Hello")

    told = str(caught.value).partition("no CSS: ")[2].partition(". ")[0].split(", ")
    named = {*places, "frame", "models.item", "login[0].selector", "variants[0].shows"}
    assert {*told} == {f"{name} '[[['" for name in named} | {"variants[0].busy 'text=Working'"}
    assert chat.state.asked == ()


async def test_what_the_engine_takes_besides_is_taken_where_the_engine_looks(
    options: Any, chat: WebChatPlayground
) -> None:
    """CSS that only the engine takes serves where the engine looks, and not where the page itself does."""
    here = {"selectors": {"new_chat_button": "button:has-text('New chat')"}}
    there = {"selectors": dict.fromkeys(("busy", "frame"), "div:has-text('New chat')")}
    chat.state.change(login=False)
    async with ProviderManager() as manager:
        for name, changes in {"here": here, "there": there}.items():
            more = {"login_required": False, "site_overrides": {**options["site_overrides"], **changes}}
            connection = await manager.add_provider("custom_web", {**options, **more}, name=name)
        assert (await manager.send_message("here", "Hello")).success
        with pytest.raises(ConfigError, match=r"no CSS: busy .*, frame "):
            await connection.send("Hello")
