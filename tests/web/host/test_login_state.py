"""The login of a session as it is saved, whatever its pages keep in databases."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield_web import BrowserHost, StorageState

if TYPE_CHECKING:
    from playwright.async_api import Page

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
