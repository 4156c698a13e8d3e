"""A browser that keeps its own login: it has one account's, cookies and storage, and never parts of two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jackfield import ConfigError, Secret
from jackfield_web import (
    BrowserSettings,
    Cookie,
    FileStore,
    PageHandle,
    ProfileInUse,
    StorageState,
    WebOptions,
)
from jackfield_web.provider._account import Account

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio

KEEP = """async () => {
    localStorage.setItem("draft", "hers")
    await caches.open("hers")
    await new Promise(done => { indexedDB.open("hers").onsuccess = done })
}"""
KEPT = """async () => ({...localStorage, cookies: document.cookie,
    caches: await caches.keys(), databases: (await indexedDB.databases()).map(one => one.name)})"""
NOTHING: dict[str, Any] = {"cookies": "", "caches": [], "databases": []}


@pytest.fixture(autouse=True)
def _state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def a_login(who: str, origin: str, **more: Any) -> StorageState:
    cookie = Cookie(name="who", value=Secret(who), domain="127.0.0.1", expires=2e9)
    items = [{"name": "token", "value": who}]
    return StorageState((cookie,), ({"origin": origin, "localStorage": items, **more},))


def of(who: str) -> dict[str, Any]:
    """Return what a page sees of `a_login`."""
    return NOTHING | {"token": who, "cookies": f"who={who}"}


@pytest.fixture
def profile(browser_settings: BrowserSettings) -> WebOptions:
    """Return options with a profile of ours."""
    settings = browser_settings
    return WebOptions(profile=True, pace="off", browser=settings.browser, host_rules=settings.host_rules)


async def keep(page: Page, url: str) -> None:
    await page.goto(url)
    await page.evaluate(KEEP)


async def kept(page: Page, url: str) -> dict[str, Any]:
    await page.goto(url)
    found: dict[str, Any] = await page.evaluate(KEPT)
    return found


@asynccontextmanager
async def opened(
    options: WebOptions, url: str, login: StorageState | None, who: str
) -> AsyncIterator[PageHandle]:
    """Give a page of the account that is opened with the credentials *who*, as one program would."""
    account = Account(options, own=(url.rstrip("/"),))
    await account.open("x", login, Secret(who))
    try:
        async with (await account.session()).page() as page:
            yield page
        await account.save()
    finally:
        await account.close()


async def test_another_account_finds_nothing_of_the_first(profile: WebOptions, pages: Any) -> None:
    """Other credentials begin on an empty profile, whatever origin stored it; the same ones go on in it."""
    async with opened(profile, pages.url, a_login("alice", pages.url), "alice") as page:
        await page.call(keep, pages.url)
        await page.call(keep, pages.elsewhere)
    hers = {"draft": "hers", "caches": ["hers"], "databases": ["hers"]}
    async with opened(profile, pages.url, None, "alice") as page:
        assert await page.call(kept, pages.url) == of("alice") | hers
    async with opened(profile, pages.url, a_login("bob", pages.url), "bob") as page:
        assert await page.call(kept, pages.url) == of("bob")
        assert await page.call(kept, pages.elsewhere) == NOTHING
    async with opened(profile, pages.url, None, "carol") as page:
        assert await page.call(kept, pages.url) == NOTHING


async def test_a_login_is_put_in_before_its_remote_is_asked(profile: WebOptions, pages: Any) -> None:
    """Cookies and local storage are there at the page's first request, and putting them in is none."""
    before = len(pages.seen)
    async with opened(profile, pages.url, a_login("alice", pages.url), "alice") as page:
        assert len(pages.seen) == before
        assert await page.call(kept, pages.url) == of("alice")


async def test_who_was_forgotten_is_so_also_after_a_program_that_ended(
    profile: WebOptions, pages: Any
) -> None:
    """A program that ends between another's login and saving it does not leave that to the first account."""
    async with opened(profile, pages.url, a_login("alice", pages.url), "alice"):
        pass
    with pytest.raises(LookupError):
        async with opened(profile, pages.url, a_login("bob", pages.url), "bob"):
            raise LookupError
    async with opened(profile, pages.url, None, "alice") as page:
        assert await page.call(kept, pages.url) == NOTHING


@pytest.mark.parametrize(
    ("origin", "more", "told"),
    [
        ("", {"indexedDB": [{"name": "s3cret"}]}, "also has indexedDB of http://127.0.0.1"),
        ("", {"localStorage": [{"name": "token", "value": ["s3cret"]}]}, "item 1 of http://127"),
        ("", {"localStorage": "s3cret"}, "is no name with a text"),
        ("s3cret", {}, "no http or https address"),
    ],
)
async def test_what_cannot_be_put_in_is_refused(
    profile: WebOptions, pages: Any, origin: str, more: dict[str, Any], told: str
) -> None:
    """A login that such a browser cannot be given whole is a mistake that is told; it keeps what it had."""
    async with opened(profile, pages.url, a_login("alice", pages.url), "alice"):
        pass
    with pytest.raises(ConfigError, match=told) as caught:
        async with opened(profile, pages.url, a_login("bob", origin or pages.url, **more), "bob"):
            pass
    async with opened(profile, pages.url, None, "alice") as page:
        assert await page.call(kept, pages.url) == of("alice")
    assert "s3cret" not in str(caught.value)


async def test_a_person_s_browser_forgets_what_is_the_site_s(devtools: str, pages: Any) -> None:
    """In a browser that was attached to another account begins anew too; other origins lose nothing."""
    options = WebOptions(engine="attach", cdp_url=devtools, pace="off")
    async with opened(options, pages.url, a_login("alice", pages.url), "alice") as page:
        await page.call(keep, pages.url)
        await page.call(keep, pages.elsewhere)
    hers = await seen_elsewhere(options, pages)
    async with opened(options, pages.url, a_login("bob", pages.url), "bob") as page:
        assert await page.call(kept, pages.url) == of("bob")
    assert await seen_elsewhere(options, pages) == hers
    assert hers["draft"] == "hers"
    async with opened(options, pages.url, None, "nobody") as page:
        assert await page.call(kept, pages.url) == NOTHING


async def seen_elsewhere(options: WebOptions, pages: Any) -> dict[str, Any]:
    """Return what the person has at an origin of their own, with a cookie of it."""

    async def look(page: Page) -> dict[str, Any]:
        await page.goto(pages.elsewhere)
        await page.evaluate("document.cookie = 'own=1; max-age=999'")
        return await kept(page, pages.elsewhere)

    account = Account(options)
    try:
        async with (await account.session()).page() as page:
            return await page.call(look)
    finally:
        await account.close()


async def test_a_person_s_browser_forgets_what_is_sent_to_the_site(devtools: str) -> None:
    """Cookies that the Site's hosts are sent go, a parent's too; those of its neighbours and others stay."""
    domains = [".example.org", "chat.example.org", "org.example.org", "a.b.example.net", ".example.com"]
    cookies = [Cookie(name="a", value=Secret("1"), domain=domain) for domain in domains]
    account = Account(WebOptions(engine="attach", cdp_url=devtools, pace="off"))
    try:
        session = await account.session()
        await session.add_cookies(cookies)
        await session.forget_login(["https://chat.example.org", "https://*.example.net"])
        left = {cookie.domain for cookie in (await session.storage_state()).cookies}
    finally:
        await account.close()
    assert left & set(domains) == {"org.example.org", ".example.com"}


async def test_machines_with_one_store_share_no_person_s_browser(
    devtools: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has a browser's own cookies is kept where the accounts are: another machine is refused too."""
    store = FileStore(tmp_path / "shared")
    options = WebOptions(engine="attach", cdp_url=devtools, pace="off", store=store)
    here, there = Account(options), Account(options)
    try:
        await here.session()
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "there"))
        with pytest.raises(ProfileInUse, match="another account already uses the browser"):
            await there.session()
        await here.close()
        await there.session()
    finally:
        await here.close()
        await there.close()
