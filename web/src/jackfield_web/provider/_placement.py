"""Which of several browsers an account gets.

Law: an account is in one browser at a time, and goes back to where it was as long as that answers and has
room; otherwise it goes where the fewest are. A browser that did not answer is asked last for a while, and by
who waits for another one ever more rarely. In one that is gone is nobody: it has room, whoever was in it. One
that says nothing gets its share of the caller's time, so that the others are asked too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import anyio
import attrs
from anyio.lowlevel import RunVar

from jackfield import log_event

from ..accounts import Store
from ..browser import BrowserHost, BrowserSettings, RemoteBrowser, lend_host
from ..errors import LaunchFailed

_REST_SECONDS: Final = 30.0
_STEP_SECONDS: Final = 0.5
_DOUBLINGS: Final = 6
_TELLING_SECONDS: Final = 1.0
_TELLING_PART: Final = 0.2
_ROOM: Final = "Give them more slots, add a browser, or use fewer accounts at once."


@attrs.define(eq=False)
class _Load:
    """What this program knows of a browser, in one event loop."""

    places: dict[object, BrowserHost | None] = attrs.field(factory=dict)
    """The accounts' places in it; there is no host yet while it is connected to."""
    failures: int = 0
    """How often in a row it did not answer."""
    failed_at: float = float("-inf")

    @property
    def accounts(self) -> int:
        """How many accounts are in it: none that is in one that was noticed to be gone."""
        return sum(host is None or not host.is_lost for host in self.places.values())

    def fail(self) -> None:
        """Note that it did not answer."""
        self.failures += 1
        self.failed_at = anyio.current_time()

    def answer(self) -> None:
        """Note that it answered."""
        self.failures, self.failed_at = 0, float("-inf")

    @property
    def rests(self) -> bool:
        """Whether it did not answer a moment ago."""
        return anyio.current_time() < self.failed_at + _REST_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether it may be asked again by who has asked it: after a pause that doubles each time."""
        pause: float = min(_STEP_SECONDS * 2 ** min(self.failures, _DOUBLINGS), _REST_SECONDS)
        return anyio.current_time() >= self.failed_at + pause


_LOADS: Final[RunVar[dict[str, _Load]]] = RunVar("jackfield_browser_loads")


def _load_of(browser: RemoteBrowser) -> _Load:
    loads = _LOADS.get({})
    _LOADS.set(loads)
    return loads.setdefault(browser.address, _Load())


@attrs.define(eq=False)
class Placement:
    """Places one account in one of the browsers.

    Attributes:
        browsers: Where it may be.
        store: Where it is kept where the account was.
        account: Its name; empty for one that is not kept.
    """

    browsers: Sequence[RemoteBrowser]
    store: Store
    account: str
    last: str | None = attrs.field(default=None, init=False)
    """The mark of the browser where it is, or was last."""

    @asynccontextmanager
    async def lend(self, settings: BrowserSettings) -> AsyncIterator[BrowserHost]:
        """Lend the host of the browser that the account gets for the length of a block.

        Raises:
            LaunchFailed: None of them answers, which it says of each, or none has room in time.
        """
        async with AsyncExitStack() as stack:
            yield await self._opened(stack, settings)

    def pass_over(self) -> None:
        """Note that the browser where the account is says nothing, though it is not gone."""
        for browser in self.browsers:
            if browser.mark == self.last:
                _load_of(browser).fail()

    async def _opened(self, stack: AsyncExitStack, settings: BrowserSettings) -> BrowserHost:
        deadline, now = anyio.current_effective_deadline(), anyio.current_time()
        end = deadline - min(_TELLING_SECONDS, max(0.0, deadline - now) * _TELLING_PART)
        if self.last is None and self.account:
            kept = await self.store.load("place", self.account)
            self.last = kept.decode(errors="replace") if kept is not None else None
        failures: dict[str, LaunchFailed] = {}
        while True:
            asked = [one for one in self._in_order() if one.mark not in failures or _load_of(one).is_due]
            for place, browser in enumerate(asked):
                share = (end - anyio.current_time()) / (len(asked) - place)
                try:
                    return await self._in_time(share, browser, stack, settings)
                except LaunchFailed as error:
                    _load_of(browser).fail()
                    log_event("browser.passed_over", layer="web", browser=browser.shown)
                    # When time is up, the last that is heard of one is no reason.
                    failures.setdefault(browser.mark, error)
            if all(each.mark in failures for each in self.browsers) or anyio.current_time() >= end:
                raise self._none(failures)
            await anyio.sleep(_STEP_SECONDS)

    def _in_order(self) -> list[RemoteBrowser]:
        """Return the browsers with room, the best first."""

        def worth(browser: RemoteBrowser) -> tuple[bool, bool, float]:
            load = _load_of(browser)
            return load.rests, browser.mark != self.last, load.accounts / browser.slots

        free = [each for each in self.browsers if _load_of(each).accounts < each.slots]
        return sorted(free, key=worth)

    async def _in_time(
        self, seconds: float, browser: RemoteBrowser, stack: AsyncExitStack, settings: BrowserSettings
    ) -> BrowserHost:
        with anyio.move_on_after(seconds):
            return await self._in(browser, stack, settings)
        raise LaunchFailed(
            f"no browser answers at {browser.shown} within {max(seconds, 0.0):.0f} seconds",
            hint="Does it stand still? Allow more time (timeout, open_timeout) if it is slow.",
        )

    async def _in(
        self, browser: RemoteBrowser, stack: AsyncExitStack, settings: BrowserSettings
    ) -> BrowserHost:
        there = attrs.evolve(
            settings,
            cdp_url=browser.cdp_url,
            server_url=browser.server_url,
            headers=browser.header_pairs,
        )
        load, place = _load_of(browser), object()
        async with AsyncExitStack() as opening:
            # Counted before it is connected to, so that those who come meanwhile go elsewhere.
            load.places[place] = None
            opening.callback(load.places.pop, place)
            host = await opening.enter_async_context(lend_host(there))
            await host.wake()
            load.places[place] = host
            stack.push_async_exit(opening.pop_all())
        load.answer()
        await self._remember(browser)
        return host

    async def _remember(self, browser: RemoteBrowser) -> None:
        if browser.mark != self.last and self.account:
            await self.store.save("place", self.account, browser.mark.encode())
        self.last = browser.mark

    def _none(self, failures: Mapping[str, LaunchFailed]) -> LaunchFailed:
        if not failures:
            return LaunchFailed(f"all {len(self.browsers)} browsers are taken by other accounts", hint=_ROOM)
        if len(self.browsers) == 1:
            return next(iter(failures.values()))
        told, hints = [error.message for error in failures.values()], dict[str, list[str]]()
        for browser in self.browsers:
            if (error := failures.get(browser.mark)) is not None and error.hint:
                hints.setdefault(error.hint, []).append(browser.shown)
        advice = [f"Of {' and '.join(places)}: {hint}" for hint, places in hints.items()]
        if taken := len(self.browsers) - len(failures):
            told.append(f"{taken} taken by other accounts")
            advice.append(f"Of what is taken: {_ROOM}")
        return LaunchFailed(
            f"none of {len(self.browsers)} browsers can be used: {'; '.join(told)}", hint=" ".join(advice)
        )
