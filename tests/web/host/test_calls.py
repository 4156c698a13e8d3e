"""Calls into the host: results, errors and cancellations come back as if nothing had been crossed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio.lowlevel
import pytest

from jackfield import DeadlineExceeded, ProviderClosed
from jackfield_web import BrowserError, BrowserHost, BrowserSettings, PageClosed, PageCrashed, PageHandle
from jackfield_web.hands import deadline

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

pytestmark = pytest.mark.anyio


async def evaluate(page: Page, script: str) -> object:
    return await page.evaluate(script)


async def hang(page: Page, begun: Any = None) -> None:
    if begun:
        begun.tell()
    await page.evaluate("new Promise(() => {})")


async def fails_with(error: type[BrowserError], page: PageHandle, begun: Any) -> None:
    with pytest.raises(error):
        await page.call(hang, begun)


async def goto(page: Page, url: str) -> None:
    await page.goto(url)


async def test_a_result_comes_back(page: PageHandle) -> None:
    """What a function returns inside is what the caller gets."""
    assert await page.call(evaluate, "6 * 7") == 42


async def test_a_page_that_prints_goes_on(page: PageHandle) -> None:
    """Nobody sees the window of a preview, so none is opened, and the page does not wait for it."""
    assert await page.call(evaluate, "print(), 42") == 42


async def test_the_function_runs_on_asyncio(host: BrowserHost) -> None:
    """Inside it is always asyncio, whatever the caller runs on."""

    async def where() -> bool:
        return asyncio.get_running_loop().is_running()

    assert await host.call(where)


async def test_an_engine_error_becomes_ours_with_its_cause(page: PageHandle) -> None:
    """A Playwright error does not reach the caller; it is the cause of one of ours, and the page goes on."""
    with pytest.raises(BrowserError, match="SyntaxError") as caught:
        await page.call(evaluate, "this is no script")

    assert type(caught.value.__cause__).__module__.startswith("playwright")
    assert await page.call(evaluate, "1") == 1


async def test_an_error_of_the_function_stays_itself(page: PageHandle) -> None:
    """A mistake in the caller's own function is not dressed up as a browser's."""

    async def mistaken(_: Page) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await page.call(mistaken)


async def test_cancelling_a_call_leaves_the_page_usable(page: PageHandle) -> None:
    """A script that never ends is ended by the caller's own deadline."""
    with anyio.move_on_after(0.2) as scope:
        await page.call(hang)

    assert scope.cancelled_caught
    assert await page.call(evaluate, "1") == 1


async def test_a_cancelled_click_does_not_happen_later(page: PageHandle, begin: Any) -> None:
    """A click that waited for its button and was cancelled is not done when the button comes."""
    begun = begin()

    async def click(page: Page) -> None:
        begun.tell()
        await page.click("#late")

    async def show(page: Page) -> object:
        await page.evaluate("document.body.innerHTML = '<button id=late onclick=\"clicks++\">x</button>'")
        await page.wait_for_timeout(300)
        return await page.evaluate("clicks")

    await page.call(evaluate, "window.clicks = 0")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(page.call, click)
        await begun.wait()
        await page.call(evaluate, "1")
        tasks.cancel_scope.cancel()

    assert await page.call(show) == 0


async def test_a_cancelled_caller_cancels_nobody_else(page: PageHandle, begin: Any) -> None:
    """Of two calls on one page, the one that is not cancelled ends well."""
    results, begun = [], begin()

    async def wait(page: Page) -> object:
        begun.tell()
        return await page.evaluate("new Promise(done => { window.end = done })")

    async def patient() -> None:
        results.append(await page.call(wait))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(patient)
        await begun.wait()
        with anyio.move_on_after(0.1):
            await page.call(hang)
        await page.call(evaluate, "end('done')")

    assert results == ["done"]


async def test_cancellation_wins_over_the_error_of_the_cancelled_work(host: BrowserHost) -> None:
    """When work that is cancelled ends in an error of its own, the caller is told of the cancellation."""

    async def stubborn() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            raise LookupError("while being cancelled")

    with pytest.raises(TimeoutError), anyio.fail_after(0.1):
        await host.call(stubborn)


async def test_our_deadline_ends_what_the_engine_does_not_limit(page: PageHandle) -> None:
    """A deadline inside becomes `DeadlineExceeded` with the phase `page`."""

    async def limited(page: Page) -> None:
        with deadline(0.1, "waiting for nothing"):
            await page.evaluate("new Promise(() => {})")

    with pytest.raises(DeadlineExceeded, match=r"for nothing took longer than 0\.1 seconds") as caught:
        await page.call(limited)

    assert caught.value.phase == "page"


async def test_calls_run_side_by_side(page: PageHandle) -> None:
    """Twenty calls that wait take about as long as one: all are under way at once."""
    under_way = most = 0

    async def wait(page: Page) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await page.evaluate("new Promise(done => setTimeout(done, 200))")
        under_way -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(page.call, wait)

    assert most == 20


async def test_sessions_do_not_see_each_other(host: BrowserHost, pages: Any) -> None:
    """A cookie of one session is not in another."""

    async def cookie_names(context: BrowserContext) -> list[str]:
        return [cookie["name"] for cookie in await context.cookies()]

    async with host.session() as one, host.session() as other:
        async with one.page() as page:
            await page.call(goto, pages.url + "login")
        assert await one.call(cookie_names) == ["sid"]
        assert await other.call(cookie_names) == []


async def test_a_page_ends_with_its_block(host: BrowserHost) -> None:
    """A page that is used after its block is closed, and says so."""
    async with host.session() as session, session.page() as page:
        states = [page.is_open]
    states.append(page.is_open)

    assert states == [True, False]
    with pytest.raises(ProviderClosed, match="session is closed"):
        async with session.page():
            pass
    with pytest.raises(PageClosed):
        await page.call(evaluate, "1")


async def test_a_host_is_used_inside_its_block(browser_settings: BrowserSettings) -> None:
    """Before and after its block a host refuses, and says what to do."""
    host = BrowserHost(browser_settings)

    with pytest.raises(ProviderClosed, match="inside its `async with` block"):
        await host.call(asyncio.sleep, 0)


async def test_closing_the_host_ends_the_calls_under_way(
    browser_settings: BrowserSettings, begin: Any
) -> None:
    """A call that waits, in a page or on nothing of the browser's, is told that the host was closed."""
    told: list[str] = []
    begun = begin(), begin()

    async def idle() -> None:
        begun[1].tell()
        await asyncio.sleep(30)

    async def wait(page: PageHandle | None) -> None:
        try:
            await (page.call(hang, begun[0]) if page else host.call(idle))
        except ProviderClosed as error:
            told.append(str(error))

    async with anyio.create_task_group() as tasks:
        async with BrowserHost(browser_settings) as host, host.session() as session:
            lost = session.page()
            page = await lost.__aenter__()
            tasks.start_soon(wait, page)
            tasks.start_soon(wait, None)
            for each in begun:
                await each.wait()
            await host.__aexit__()
        await lost.__aexit__(None, None, None)

    assert told == ["the browser host was closed meanwhile"] * 2


async def test_a_host_belongs_to_one_event_loop(host: BrowserHost) -> None:
    """Another loop is refused at once instead of hanging."""

    def elsewhere() -> None:
        anyio.run(host.call, asyncio.sleep, 0)

    with pytest.raises(RuntimeError, match="the event loop that opened it"):
        await anyio.to_thread.run_sync(elsewhere)


async def test_a_page_whose_opening_is_cancelled_is_closed(host: BrowserHost) -> None:
    """Pages that were cancelled while they opened are not open afterwards."""

    async def count(context: Any) -> int:
        return len(context.pages)

    async with host.session() as session:
        async with session.page():
            pass
        for point in range(12):
            with anyio.move_on_after(point * 0.02):
                async with session.page():
                    await anyio.lowlevel.checkpoint()
        assert await session.call(count) == 0


async def test_a_crashed_page_says_so_and_its_neighbour_lives(host: BrowserHost, begin: Any) -> None:
    """One page's process ends: PageCrashed for its calls, the one that ended it too; nothing for another."""
    async with host.session() as session, session.page() as page, session.page() as neighbour:
        async with anyio.create_task_group() as tasks:
            for begun in (begin(), begin()):
                tasks.start_soon(fails_with, PageCrashed, page, begun)
                await begun.wait()
            with pytest.raises(PageCrashed):
                await page.call(crash)
        assert not page.is_open
        with pytest.raises(PageCrashed):
            await page.call(evaluate, "1")
        assert await neighbour.call(evaluate, "1") == 1


async def crash(page: Page) -> None:
    session = await page.context.new_cdp_session(page)
    # The DevTools protocol never answers this.
    await session.send("Page.crash")


async def test_a_page_that_closes_itself_is_a_closed_page(host: BrowserHost, begin: Any) -> None:
    """A page closed under a call is PageClosed, and the browser goes on."""

    async def close(page: Page) -> None:
        await page.close()

    async with host.session() as session, session.page() as page:
        async with anyio.create_task_group() as tasks:
            begun = begin()
            tasks.start_soon(fails_with, PageClosed, page, begun)
            await begun.wait()
            await page.call(close)
        async with session.page() as another:
            assert await another.call(evaluate, "1") == 1


async def test_a_handle_shows_no_more_than_it_must(page: PageHandle) -> None:
    """The printed form of a page handle holds nothing of the page."""
    assert "127.0.0.1" not in repr(page)
