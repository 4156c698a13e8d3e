"""The login of a session as it is saved, whatever its pages keep in databases."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield_web import BrowserHost, StorageState

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

pytestmark = pytest.mark.anyio

STORE = """async () => {
    const put = (name, options, ...items) => new Promise(done => {
        const asked = indexedDB.open(name, 3)
        asked.onupgradeneeded = () => {
            const store = asked.result.createObjectStore("kept", options)
            store.createIndex("by user", "user", {unique: true})
        }
        asked.onsuccess = () => {
            const writing = asked.result.transaction("kept", "readwrite")
            for (const [value, key] of items) writing.objectStore("kept").put(value, key)
            writing.oncomplete = () => { asked.result.close(); done() }
        }
    })
    const endless = {id: 1}
    endless.self = endless
    localStorage.setItem("draft", "hers")
    await put("endless", {keyPath: "id"}, [endless])
    await put("login", {keyPath: "id"}, [{id: "auth", user: "her", tokens: {access: "s3cret", until: 9}}])
    await put("keyed", undefined, ["text", "first"], [[1, null, true], 7])
}"""
STORED = """async () => {
    const done = request => new Promise(done => { request.onsuccess = () => done(request.result) })
    const found = {draft: localStorage.getItem("draft")}
    for (const {name, version} of await indexedDB.databases()) {
        const database = await done(indexedDB.open(name))
        const store = database.transaction("kept").objectStore("kept")
        const keys = await done(store.getAllKeys())
        found[name] = [version, keys, await done(store.getAll()), [...store.indexNames]]
        database.close()
    }
    return found
}"""


async def visit(page: Page, url: str, script: str) -> Any:
    await page.goto(url)
    return await page.evaluate(script)


async def test_an_object_that_holds_itself_costs_its_own_database_only(
    host: BrowserHost, pages: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The browser lives on, what else the page stores is kept and put in again, and it is told once."""
    with caplog.at_level(logging.WARNING):
        async with host.session() as session, session.page() as page, session.page() as empty:
            await page.call(visit, pages.url, STORE)
            await session.storage_state()
            state = await session.storage_state()
            assert page.is_open
            assert empty.is_open

    saved = StorageState.from_playwright(state.as_playwright())
    async with host.session(saved) as session, session.page() as page:
        found = await page.call(visit, pages.url, STORED)
        again = await session.storage_state()

    assert found == {
        "draft": "hers",
        "login": [
            3,
            ["auth"],
            [{"id": "auth", "user": "her", "tokens": {"access": "s3cret", "until": 9}}],
            ["by user"],
        ],
        "keyed": [3, [7, "first"], [[1, None, True], "text"], ["by user"]],
    }
    assert {one["name"] for one in again.origins[0]["indexedDB"]} == {"keyed", "login"}
    assert caplog.text.count("login.databases_left_out") == 1
    assert "s3cret" not in caplog.text


async def test_an_object_that_is_very_deep_costs_its_own_database_only(host: BrowserHost, pages: Any) -> None:
    """Deeper than the browser's protocol can say, it keeps nothing else from being saved."""
    deep = STORE.replace(
        "endless.self = endless", "for (let at = endless, n = 0; n < 2000; n++) at = at.in = {}"
    )
    async with host.session() as session, session.page() as page:
        await page.call(visit, pages.url, deep)
        state = await session.storage_state()

    assert {one["name"] for one in state.origins[0]["indexedDB"]} == {"keyed", "login"}


async def leave(page: Page, url: str, script: str) -> None:
    """Store on *url*, and go elsewhere."""
    await page.goto(url)
    await page.evaluate(script)
    await page.goto("about:blank")


async def test_what_an_origin_stores_that_was_left_ends_nothing(host: BrowserHost, pages: Any) -> None:
    """On one that no page is on any more an object that holds itself costs no more than its own database."""
    async with host.session() as session, session.page() as page:
        await page.call(leave, pages.elsewhere, STORE)
        await page.call(visit, pages.url, "() => 0")
        for _ in range(2):
            state = await session.storage_state()
        assert page.is_open

    (origin,) = state.origins
    assert origin["origin"] == pages.elsewhere.rstrip("/")
    assert {one["name"] for one in origin["indexedDB"]} == {"keyed", "login"}
    async with host.session(state) as session, session.page() as page:
        await page.call(visit, pages.url, STORE)
        again = await session.storage_state()

    assert {one["origin"]: len(one["indexedDB"]) for one in again.origins} == {
        pages.url.rstrip("/"): 2,
        pages.elsewhere.rstrip("/"): 2,
    }


async def test_an_origin_that_was_left_is_read_once(host: BrowserHost, pages: Any) -> None:
    """Each save reads the open pages, and what was left only where somebody was on it since."""
    async with host.session() as session, session.page() as page:
        opened: list[str] = []
        await session.call(note_pages, opened)
        await page.call(leave, pages.elsewhere, "() => localStorage.setItem('draft', 'hers')")
        await session.storage_state()
        await session.storage_state()
        assert len(opened) == 1
        await page.call(leave, pages.elsewhere, "() => 0")
        await session.storage_state()

    assert len(opened) == 2


async def note_pages(context: BrowserContext, opened: list[str]) -> None:
    context.on("page", lambda page: opened.append(page.url))
